//! Many runs of one attack, and what they come to.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    owner::Habits,
    rule_sets::RuleSet,
    run::{self, DayRun, LongRun, Purchases, Share},
    strategies::Attack,
    world::Second,
};

/// How much is simulated of one attack.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Attacks of a day.
    pub(crate) days: u64,
    /// Purchases in each, at the attacked merchants and as many elsewhere.
    pub(crate) probes: u32,
    /// Attacks of weeks, and how many days each has.
    pub(crate) longs: u64,
    pub(crate) long: Second,
    /// How the owner is in those of a day.
    pub(crate) habits: Habits,
}

/// A share that was sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) share: f64,
    /// Its standard error. Purchases of one run are alike, so the runs are what is counted.
    pub(crate) error: f64,
}

impl Estimate {
    pub(crate) fn of(runs: &[Share]) -> Self {
        let of: f64 = runs.iter().map(|run| f64::from(run.of)).sum();
        if of == 0.0 {
            return Self::default();
        }
        let share = runs.iter().map(|run| f64::from(run.failed)).sum::<f64>() / of;
        let residual = |run: &Share| (f64::from(run.failed) - share * f64::from(run.of)).powi(2);
        let error = runs.iter().map(residual).sum::<f64>().sqrt() / of;
        Self { share, error }
    }
}

/// How the owner's purchases go, of one flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bought {
    /// Purchases that fail: elsewhere, and of those the ones in unknown browsers.
    pub(crate) elsewhere: Estimate,
    pub(crate) elsewhere_unknown: Estimate,
    pub(crate) attacked: Estimate,
    pub(crate) attacked_unknown: Estimate,
    /// Minutes.
    pub(crate) free_elsewhere: u64,
    pub(crate) free_attacked: u64,
    pub(crate) free_proved: u64,
}

impl Bought {
    fn of(days: &[&Purchases]) -> Self {
        let most = |of: fn(&Purchases) -> u64| days.iter().map(|day| of(day)).max();
        let share = |of: fn(&Purchases) -> [Share; 2]| {
            let both = |[unknown, known]: [Share; 2]| Share {
                failed: unknown.failed + known.failed,
                of: unknown.of + known.of,
            };
            let all: Vec<Share> = days.iter().map(|day| both(of(day))).collect();
            let unknown: Vec<Share> = days.iter().map(|day| of(day)[0]).collect();
            (Estimate::of(&all), Estimate::of(&unknown))
        };
        let (elsewhere, elsewhere_unknown) = share(|day| day.elsewhere);
        let (attacked, attacked_unknown) = share(|day| day.attacked);
        Self {
            elsewhere,
            elsewhere_unknown,
            attacked,
            attacked_unknown,
            free_elsewhere: most(|day| day.free_elsewhere).unwrap_or_default(),
            free_attacked: most(|day| day.free_attacked).unwrap_or_default(),
            free_proved: most(|day| day.free_proved).unwrap_or_default(),
        }
    }
}

/// What an attack costs whom under a set of rules. Where nothing else is said: the worst run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Chance that a guess succeeds in a day, in millionths.
    pub(crate) guess_day: u64,
    /// The same in a year of that attack, as a share.
    pub(crate) guess_year: f64,
    pub(crate) row: u64,
    /// Purchases by the merchants' servers, and by 3-D Secure.
    pub(crate) by_merchants: Bought,
    pub(crate) by_three_ds: Bought,
    /// Messages to the owner, to one destination, to all.
    pub(crate) to_owner: u64,
    pub(crate) most_messages: u64,
    pub(crate) all_messages: u64,
}

impl Figures {
    pub(crate) fn of(set: &Arc<RuleSet>, attack: &Attack, effort: Effort) -> Self {
        let day = |seed| run::day(set, attack, effort.habits, seed, effort.probes);
        let days: Vec<DayRun> = (0..effort.days).map(day).collect();
        let guesses = attack.program.guesses > 0;
        let longs = if guesses { effort.longs } else { 0 };
        let longs: Vec<LongRun> =
            (0..longs).map(|seed| run::long(set, attack, seed, effort.long)).collect();
        let most = |of: &dyn Fn(&DayRun) -> u64| days.iter().map(of).max().unwrap_or_default();
        let bought =
            |of: fn(&DayRun) -> &Purchases| Bought::of(&days.iter().map(of).collect::<Vec<_>>());
        let worst_day = longs.iter().map(|long| long.worst_day).max().unwrap_or_default();
        let a_day = longs.iter().map(|long| long.guessed_a_day).fold(0.0, f64::max);
        Self {
            guess_day: most(&|day| day.guessed).max(worst_day),
            guess_year: 1.0 - (1.0 - a_day / 1e6).powi(365),
            row: longs.iter().map(|long| long.row).max().unwrap_or_default(),
            by_merchants: bought(|day| &day.by_merchants),
            by_three_ds: bought(|day| &day.by_three_ds),
            to_owner: most(&|day| day.to_owner),
            most_messages: most(&|day| day.most_messages),
            all_messages: most(&|day| day.all_messages),
        }
    }
}

/// Applies a function to each, on every processor. The results come in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    // Each processor takes the next item when it is done with one: some take a hundred times longer.
    let work = || {
        let indexes = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let taken = indexes.map_while(|index| Some((index, of(items.get(index)?))));
        taken.collect::<Vec<(usize, R)>>()
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("a run does not panic"));
        done.flatten().collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attacker::Program,
        rule_sets,
        strategies::{self, named, three_ds},
        world::{Codes, MINUTE},
    };

    const SMALL: Effort = Effort { days: 1, probes: 2, longs: 1, long: 4, habits: Habits::USUAL };

    #[test]
    fn a_share_and_its_error() {
        let run = |failed, of| Share { failed, of };
        let none = Estimate::of(&[]);
        assert_eq!((none.share, none.error), (0.0, 0.0));
        let same = Estimate::of(&[run(1, 4), run(1, 4)]);
        assert_eq!((same.share, same.error), (0.25, 0.0));
        // Two runs of which one fails whole: the residuals are 2 and -2 of 8 purchases.
        let unlike = Estimate::of(&[run(4, 4), run(0, 4)]);
        assert_eq!(unlike.share, 0.5);
        assert!((unlike.error - 8_f64.sqrt() / 8.0).abs() < 1e-12);
    }

    #[test]
    fn two_runs_give_the_same_figures_and_other_seeds_others() {
        let sets = rule_sets::all();
        for set in [&sets[0], &sets[2]] {
            for number in 0..2 {
                let attack = strategies::random(number);
                assert_eq!(Figures::of(set, &attack, SMALL), Figures::of(set, &attack, SMALL));
            }
        }
        let day = |seed| run::day(&sets[0], &strategies::random(1), Habits::USUAL, seed, 8);
        assert_eq!(day(1), day(1));
        assert_ne!(day(1), day(2));
    }

    #[test]
    fn results_come_in_order_whatever_the_processors_do() {
        let items: Vec<u64> = (0..101).collect();
        let doubled: Vec<u64> = items.iter().map(|item| item * 2).collect();
        assert_eq!(each(&items, |item| item * 2), doubled);
    }

    /// The two bounds on guessing hold in every set: here against the attacks that guess most.
    #[test]
    fn every_set_holds_both_bounds_on_guessing() {
        let most = [
            "guess, 5 merchants",
            "guess, 15 merchants at once",
            "guess, 15 merchants, by 3-D Secure",
            "guess, 15 merchants, both ways",
        ];
        let all = named().into_iter().chain(three_ds::named());
        let attacks = all.filter(|attack| most.contains(&attack.name));
        // As often as a merchant's wait ends: between these, whoever asks is refused.
        let poll = Some(15 * MINUTE);
        let attacks: Vec<Attack> = attacks
            .map(|attack| Attack { program: Program { poll, ..attack.program }, ..attack })
            .collect();
        for set in rule_sets::all() {
            let all = each(&attacks, |attack| run::long(&set, attack, 1, 3));
            let worst = all.iter().map(|long| long.worst_day).max();
            assert!(worst >= Some(36), "{}: they do guess, {worst:?}", set.name);
            for (long, attack) in all.iter().zip(&attacks) {
                assert!(long.worst_day <= 50, "{} {attack:?} {long:?}", set.name);
                assert!(long.row <= 100, "{} {attack:?} {long:?}", set.name);
            }
        }
    }

    /// What the rules are for: a stranger at one merchant takes nothing from the owner elsewhere,
    /// whoever asks for whose challenges.
    #[test]
    fn an_attack_at_one_merchant_costs_the_owner_nothing_at_others() {
        let set = &rule_sets::all()[0];
        let first = |all: Vec<Attack>| all.into_iter().find(|attack| attack.codes == Codes::Sent);
        for attack in [first(named()), first(three_ds::named())] {
            let attack = attack.expect("an attack with sent codes");
            let figures = Figures::of(set, &attack, Effort { days: 4, probes: 20, ..SMALL });
            assert_eq!(figures.guess_day, 10);
            for bought in [&figures.by_merchants, &figures.by_three_ds] {
                let elsewhere = (bought.elsewhere.share, bought.free_elsewhere);
                assert_eq!(elsewhere, (0.0, 0), "{attack:?} {figures:?}");
            }
            assert_eq!(figures.by_merchants.free_proved, 0, "{attack:?} {figures:?}");
        }
    }
}
