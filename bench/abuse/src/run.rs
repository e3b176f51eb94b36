//! One run: an attack of a day with the owner's purchases in it, or of weeks for what adds up.

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use crate::{
    attacker::{Attacker, Flows},
    owner::{self, Habits, Place, Purchase},
    rule_sets::RuleSet,
    strategies::Attack,
    world::{Browser, DAY, Flow, MINUTE, Merchant, OWN_MERCHANTS, Second, World, Yen},
};

/// How many merchants the owner buys at that the attacker does not use.
const OWN: u32 = 8;

/// Of how many purchases how many failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Share {
    pub(crate) failed: u32,
    pub(crate) of: u32,
}

impl Share {
    fn note(&mut self, succeeded: bool) {
        self.of += 1;
        self.failed += u32::from(!succeeded);
    }
}

/// How the owner's purchases go, of one flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Purchases {
    /// At the attacker's merchants, in unknown and in known browsers, or networks by 3-D Secure.
    pub(crate) attacked: [Share; 2],
    /// Elsewhere, likewise.
    pub(crate) elsewhere: [Share; 2],
    /// If the attack had stopped in the worst moment: minutes until the owner can buy in an unknown
    /// browser, elsewhere and at a merchant that was attacked. Up to [`MOST_MINUTES`].
    pub(crate) free_elsewhere: u64,
    pub(crate) free_attacked: u64,
    /// The same at a merchant that was attacked, in a known browser or after signing in.
    pub(crate) free_proved: u64,
}

/// What one attack of a day did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DayRun {
    /// Expected successes of guessing at the cardholder with the most, in millionths.
    pub(crate) guessed: u64,
    /// The owner's purchases by the merchants' servers, and by 3-D Secure.
    pub(crate) by_merchants: Purchases,
    pub(crate) by_three_ds: Purchases,
    /// Messages at the owner's destination, at the destination with the most, and in all.
    pub(crate) to_owner: u64,
    pub(crate) most_messages: u64,
    pub(crate) all_messages: u64,
}

/// Two days; it takes no longer under any rule of a day.
pub(crate) const MOST_MINUTES: u64 = 2 * 24 * 60;

/// When it is looked whether the owner is free, in minutes: a figure is the first of these.
const STEPS: [u64; 13] = [0, 1, 5, 10, 15, 30, 60, 120, 360, 720, 1080, 1440, 1500];

/// The first seed of what the owner does by 3-D Secure: numbers of its own, so that purchases by the
/// merchants' servers are the same with and without these.
const THREE_DS_SEEDS: u64 = 0x3D5_0000;

/// How many times in a day it is looked how long the owner would not be free.
const STOPS: usize = 2;

/// What one attack of weeks did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LongRun {
    /// Expected successes a day, in millionths, over the whole run, and in its worst day.
    pub(crate) guessed_a_day: f64,
    pub(crate) worst_day: u64,
    /// The longest row of wrong codes.
    pub(crate) row: u64,
}

/// Attacker and owner in one world, one act after the other.
#[derive(Clone)]
struct Course {
    world: World,
    attacker: Attacker,
}

impl Course {
    fn new(set: &Arc<RuleSet>, attack: &Attack) -> Self {
        Self {
            world: World::new(set, attack.codes, attack.household),
            attacker: Attacker::new(attack.program.clone(), 0),
        }
    }

    /// Runs until `end`, or until the purchase is over. In one second the attacker is first.
    fn run(&mut self, end: Second, mut purchase: Option<&mut Purchase>, rng: &mut ChaCha8Rng) {
        loop {
            let buys_at = purchase.as_ref().filter(|purchase| purchase.done.is_none());
            let buys_at = buys_at.map_or(Second::MAX, |purchase| purchase.next_at);
            let at = self.attacker.next_at.min(buys_at);
            if at >= end {
                self.world.now = end;
                self.world.settle();
                return;
            }
            self.world.now = at;
            if self.attacker.next_at <= buys_at {
                self.attacker.act(&mut self.world);
            } else if let Some(purchase) = purchase.as_deref_mut() {
                purchase.act(&mut self.world, rng);
                if purchase.done.is_some() {
                    return;
                }
            }
        }
    }

    /// The owner's purchase now, in another course of things: whether it succeeds.
    fn probe(&self, place: Place, habits: Habits, seed: u64) -> bool {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut course = self.clone();
        let now = course.world.now;
        let mut purchase = Purchase::new(0, place, habits, now);
        course.run(now + DAY, Some(&mut purchase), rng);
        purchase.done == Some(true)
    }

    /// Notes how long the owner would not be free if the attack stopped now.
    fn stop(&self, flow: Flow, result: &mut Purchases) {
        let place = |merchant, browser| Place { merchant, flow, browser, yen: SOME_YEN };
        let unknown = |merchant| self.free_after(place(merchant, Browser::Unknown), 0.0);
        result.free_elsewhere = result.free_elsewhere.max(unknown(OWN_MERCHANTS));
        result.free_attacked = result.free_attacked.max(unknown(0));
        let known = self.free_after(place(0, Browser::Known), 1.0);
        let proved = known.min(self.free_after(place(0, Browser::Unknown), 1.0));
        result.free_proved = result.free_proved.max(proved);
    }

    /// In how many minutes a purchase without a mistake first succeeds, with the attacker gone.
    fn free_after(&self, place: Place, signs_in: f64) -> u64 {
        let habits = Habits { mistypes: 0.0, patience: 0, orders: 1, signs_in, ..Habits::USUAL };
        let mut course = self.clone();
        course.attacker.next_at = Second::MAX;
        let now = course.world.now;
        let free = STEPS.into_iter().find(|minute| {
            course.world.now = now + minute * MINUTE;
            course.probe(place, habits, *minute)
        });
        free.unwrap_or(MOST_MINUTES)
    }

    /// Lets the owner buy at an attacked merchant and elsewhere, and notes how that goes.
    fn buy(
        &self,
        attack: &Attack,
        flow: Flow,
        habits: Habits,
        rng: &mut ChaCha8Rng,
        result: &mut Purchases,
    ) {
        for attacked in [true, false] {
            let merchant = merchant(attack, attacked, rng);
            let browser = browser(habits, rng);
            let place = Place { merchant, flow, browser, yen: yen(flow, rng) };
            let succeeded = self.probe(place, habits, rng.random());
            let shares = if attacked { &mut result.attacked } else { &mut result.elsewhere };
            shares[usize::from(browser == Browser::Known)].note(succeeded);
        }
    }
}

/// Where the owner's next purchase is: at a merchant of their own or at one of the attacker's.
fn merchant(attack: &Attack, attacked: bool, rng: &mut ChaCha8Rng) -> Merchant {
    match attacked {
        true => rng.random_range(0..attack.program.merchants),
        false => OWN_MERCHANTS + rng.random_range(0..OWN),
    }
}

fn browser(habits: Habits, rng: &mut ChaCha8Rng) -> Browser {
    if rng.random_bool(habits.known) { Browser::Known } else { Browser::Unknown }
}

/// What the owner pays where nobody looks at it, and in a purchase that is not sampled.
const SOME_YEN: Yen = 3_150;

/// What the owner pays.
fn yen(flow: Flow, rng: &mut ChaCha8Rng) -> Yen {
    match flow {
        Flow::Merchant => SOME_YEN,
        Flow::ThreeDs => owner::yen(rng),
    }
}

/// How the owner buys next in an attack of weeks: as the attacker does, or half of the time.
fn flow(attack: &Attack, rng: &mut ChaCha8Rng) -> Flow {
    match attack.program.flows {
        Flows::Merchants => Flow::Merchant,
        Flows::ThreeDs | Flows::Both if rng.random() => Flow::ThreeDs,
        Flows::ThreeDs | Flows::Both => Flow::Merchant,
    }
}

/// An attack of a day. `probes`: of each flow how many purchases at the attacked merchants and as many
/// elsewhere, each in its own course, so that none changes what the next one meets.
pub(crate) fn day(
    set: &Arc<RuleSet>,
    attack: &Attack,
    habits: Habits,
    seed: u64,
    probes: u32,
) -> DayRun {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let three_ds = &mut ChaCha8Rng::seed_from_u64(THREE_DS_SEEDS + seed);
    let mut course = Course::new(set, attack);
    let mut result = DayRun::default();
    let mut times: Vec<Second> = (0..probes).map(|_| rng.random_range(0..DAY)).collect();
    times.sort_unstable();
    let every = times.len().div_ceil(STOPS).max(1);
    for (number, at) in times.into_iter().enumerate() {
        course.run(at, None, rng);
        if number % every == 0 {
            course.stop(Flow::Merchant, &mut result.by_merchants);
            course.stop(Flow::ThreeDs, &mut result.by_three_ds);
        }
        course.buy(attack, Flow::Merchant, habits, rng, &mut result.by_merchants);
        course.buy(attack, Flow::ThreeDs, habits, three_ds, &mut result.by_three_ds);
    }
    course.run(DAY, None, rng);
    course.stop(Flow::Merchant, &mut result.by_merchants);
    course.stop(Flow::ThreeDs, &mut result.by_three_ds);
    let world = &course.world;
    let cards = 0..attack.household.cards;
    result.guessed = cards.map(|card| world.tally(card).guessed).max().unwrap_or_default();
    result.to_owner = world.messages().next().unwrap_or_default();
    result.most_messages = world.messages().max().unwrap_or_default();
    result.all_messages = world.messages().sum();
    result
}

/// An attack of `days`, with the owner buying now and then at merchants of their own.
pub(crate) fn long(set: &Arc<RuleSet>, attack: &Attack, seed: u64, days: Second) -> LongRun {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let mut course = Course::new(set, attack);
    let mut result = LongRun::default();
    let habits = Habits::USUAL;
    let mut next_purchase = waiting_time(habits, rng);
    let guessed = |world: &World| -> Vec<u64> {
        (0..attack.household.cards).map(|card| world.tally(card).guessed).collect()
    };
    for day in 1..=days {
        let before = guessed(&course.world);
        while next_purchase < day * DAY {
            course.run(next_purchase, None, rng);
            let flow = flow(attack, rng);
            let browser = browser(habits, rng);
            let merchant = merchant(attack, false, rng);
            let place = Place { merchant, flow, browser, yen: yen(flow, rng) };
            let mut purchase = Purchase::new(0, place, habits, next_purchase);
            course.run(day * DAY + DAY, Some(&mut purchase), rng);
            next_purchase = course.world.now.max(next_purchase) + waiting_time(habits, rng);
        }
        course.run(day * DAY, None, rng);
        let after = guessed(&course.world);
        let most = after.iter().zip(&before).map(|(after, before)| after - before).max();
        result.worst_day = result.worst_day.max(most.unwrap_or_default());
    }
    let all = guessed(&course.world).into_iter().max().unwrap_or_default();
    result.guessed_a_day = all as f64 / days as f64;
    let rows = (0..attack.household.cards).map(|card| course.world.tally(card).longest_row);
    result.row = rows.max().unwrap_or_default();
    result
}

/// How long until the next purchase: purchases come at random.
fn waiting_time(habits: Habits, rng: &mut ChaCha8Rng) -> Second {
    (-(1.0 - rng.random::<f64>()).ln() * habits.between as f64) as Second
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rule_sets, strategies::three_ds};

    /// Whoever has forms opened without end, and looks at none, takes no room that the owner needs: at
    /// no merchant that is not attacked, whoever asks for the owner's challenge.
    #[test]
    fn forms_that_are_left_keep_the_owner_from_nothing_elsewhere() {
        let habits = Habits { mistypes: 0.0, orders: 1, ..Habits::USUAL };
        let leaves = |attack: &Attack| !attack.program.shows;
        for attack in three_ds::named().into_iter().filter(leaves) {
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            let mut course = Course::new(&rule_sets::all()[0], &attack);
            // More than a form is open, at one challenge in two seconds: more than an object keeps.
            course.run(15 * MINUTE, None, rng);
            for (flow, seed) in [(Flow::Merchant, 1), (Flow::ThreeDs, 2)] {
                for second in 0..4 {
                    course.run(15 * MINUTE + second, None, rng);
                    let (merchant, browser, yen) = (OWN_MERCHANTS, Browser::Unknown, SOME_YEN);
                    let place = Place { merchant, flow, browser, yen };
                    assert!(course.probe(place, habits, seed), "{flow:?} {second} {attack:?}");
                }
            }
        }
    }
}
