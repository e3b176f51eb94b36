//! What is printed: for each set of rules the worst that was found against each target, and what
//! every attack with a name comes to.

use std::sync::Arc;

use crate::{
    attacker::{Flows, Program},
    figures::{Effort, Figures, each},
    measures::{Measure, measures, minutes, percent},
    owner::Habits,
    rule_sets::RuleSet,
    strategies::{self, Attack, three_ds},
    world::Codes,
};

/// What is simulated of a random attack while searching.
const SEARCH: Effort = Effort { days: 1, probes: 8, longs: 1, long: 3, habits: Habits::USUAL };

/// How many of the worst random attacks are simulated as carefully as those with a name.
const FINALISTS: usize = 2;

/// Who asks for an attacker's challenges.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// The merchants' servers alone.
    Merchants,
    /// Directory servers, or both.
    ThreeDs,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Merchants, Self::ThreeDs];

    /// Its name in the command.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Merchants => "merchants",
            Self::ThreeDs => "3ds",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Merchants => "attacks by merchants' servers",
            Self::ThreeDs => "attacks by 3-D Secure and both ways",
        }
    }

    fn named(self) -> Vec<Attack> {
        match self {
            Self::Merchants => strategies::named(),
            Self::ThreeDs => three_ds::named(),
        }
    }

    /// The random attacks that are searched for each set of rules.
    fn random(self) -> Vec<Attack> {
        match self {
            Self::Merchants => (0..1_000).map(strategies::random).collect(),
            Self::ThreeDs => (0..100).map(three_ds::random).collect(),
        }
    }

    /// What is simulated of an attack that is looked at with care. Those of forms that are left take
    /// long.
    fn careful(self) -> Effort {
        let days = match self {
            Self::Merchants => 40,
            Self::ThreeDs => 8,
        };
        Effort { days, probes: 20, longs: 1, long: 30, habits: Habits::USUAL }
    }
}

/// Prints what a set of rules comes to.
pub(crate) fn print(set: &Arc<RuleSet>, kind: Kind) {
    println!("\n## {}: {}\n\n{}.\n", set.name, kind.about(), set.about);
    let named = kind.named();
    let figures = each(&named, |attack| Figures::of(set, attack, kind.careful()));
    let random = kind.random();
    let searched = each(&random, |attack| Figures::of(set, attack, SEARCH));
    let mut found: Vec<(Attack, Figures)> = named.iter().cloned().zip(figures.clone()).collect();
    let mut careful: Vec<usize> =
        measures().iter().flat_map(|measure| finalists(measure, &random, &searched)).collect();
    careful.sort_unstable();
    careful.dedup();
    let again = each(&careful, |index| Figures::of(set, &random[*index], kind.careful()));
    found.extend(careful.iter().map(|index| random[*index].clone()).zip(again));
    let (near, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(attack, _)| attack.program.is_near);
    print_worst(&others);
    if !near.is_empty() {
        println!("\nBy somebody in a network from which the owner verified:\n");
        print_worst(&near);
    }
    print_merchants(set, kind);
    println!();
    print_named(&named, &figures);
    println!();
    print_by_three_ds(&named, &figures);
    println!();
    print_habits(set, kind);
}

/// The worst of the random attacks by one measure.
fn finalists(measure: &Measure, random: &[Attack], searched: &[Figures]) -> Vec<usize> {
    let mut about: Vec<usize> =
        (0..random.len()).filter(|index| (measure.about)(&random[*index])).collect();
    about.sort_by(|a, b| {
        let of = |index: &usize| (measure.of)(&searched[*index]);
        of(b).total_cmp(&of(a)).then(a.cmp(b))
    });
    about.truncate(FINALISTS);
    about
}

/// With how many merchants the second column's attackers do.
const FEW: u32 = 4;

fn print_worst(found: &[(Attack, Figures)]) {
    println!("| the worst found | all attacks | target | by | at most {FEW} merchants | target |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for measure in measures() {
        let worst = |few: bool| {
            let about = found.iter().filter(|(attack, _)| {
                (measure.about)(attack) && (!few || attack.program.merchants <= FEW)
            });
            about.max_by(|(_, a), (_, b)| (measure.of)(a).total_cmp(&(measure.of)(b)))
        };
        let verdict = |figures| match measure.target {
            Some(target) if (measure.of)(figures) <= target => "met",
            Some(_) => "**not met**",
            None => "",
        };
        let (Some((attack, all)), Some((_, few))) = (worst(false), worst(true)) else { continue };
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            measure.name,
            (measure.write)(all),
            verdict(all),
            describe(attack),
            (measure.write)(few),
            verdict(few),
        );
    }
}

/// Prints how many merchants an attacker needs until a target is missed.
fn print_merchants(set: &Arc<RuleSet>, kind: Kind) {
    let effort = Effort { days: kind.careful().days.min(25), longs: 0, ..kind.careful() };
    let numbers: Vec<u32> = (1..=20).chain([25, 30, 40]).collect();
    let most = |name: &str, codes: Codes, holds: fn(&Figures) -> bool| {
        let mut attacks = kind.named().into_iter();
        let attack = attacks.find(|attack| attack.name.starts_with(name) && attack.codes == codes);
        let attack = attack.expect("an attack of this name");
        let figures = each(&numbers, |merchants| {
            let program = Program { merchants: *merchants, ..attack.program.clone() };
            Figures::of(set, &Attack { program, ..attack.clone() }, effort)
        });
        let held = figures.iter().take_while(|figures| holds(figures)).count();
        match held.checked_sub(1) {
            None => "with no number of merchants".to_owned(),
            Some(last) if held == numbers.len() => format!("with all of {}", numbers[last]),
            Some(last) => format!("up to {} merchants", numbers[last]),
        }
    };
    let guess = "guess, 1 merchant";
    let elsewhere: fn(&Figures) -> bool = |figures| {
        [&figures.by_merchants, &figures.by_three_ds].iter().all(|by| by.elsewhere.share < 0.01)
    };
    println!("\nOf purchases elsewhere under 1 % fail:");
    println!("- sent codes, guessed: {}", most(guess, Codes::Sent, elsewhere));
    println!("- an app's codes, guessed: {}", most(guess, Codes::App, elsewhere));
    let mailbox = "fill the mailbox, 1 merchant";
    println!("- sent codes, only asked for: {}", most(mailbox, Codes::Sent, elsewhere));
    let cheap = most(mailbox, Codes::Sent, |figures| figures.most_messages <= 20);
    println!("\nAt most 20 messages a destination, only asked for: {cheap}");
}

/// Prints how the first attack with a name depends on what is assumed of the owner.
fn print_habits(set: &Arc<RuleSet>, kind: Kind) {
    let guesses = |attack: &Attack| attack.codes == Codes::Sent && attack.program.guesses > 0;
    let attacks: Vec<Attack> = match kind {
        Kind::Merchants => kind.named().into_iter().filter(guesses).take(1).collect(),
        Kind::ThreeDs => {
            let all = kind.named().into_iter().filter(guesses);
            all.filter(|attack| attack.program.merchants == 1).collect()
        }
    };
    let usual = Habits::USUAL;
    let habits = [
        ("as usual", usual),
        ("40 % known", Habits { known: 0.4, ..usual }),
        ("20 % known", Habits { known: 0.2, ..usual }),
        ("names an amount once", Habits { orders: 1, ..usual }),
        ("all sign in, once", Habits { orders: 1, signs_in: 1.0, known: 0.0, ..usual }),
    ];
    println!("| attack, the owner | fail at attacked | by 3-D Secure |");
    println!("| --- | --- | --- |");
    for attack in &attacks {
        let figures = each(&habits, |(_, habits)| {
            let effort = Effort { days: 20, longs: 0, habits: *habits, ..kind.careful() };
            Figures::of(set, attack, effort)
        });
        for ((name, _), figures) in habits.iter().zip(figures) {
            let [merchants, three_ds] = [&figures.by_merchants, &figures.by_three_ds]
                .map(|bought| percent(bought.attacked));
            println!("| {}, {name} | {merchants} | {three_ds} |", attack.name);
        }
    }
}

fn describe(attack: &Attack) -> String {
    let codes = match attack.codes {
        Codes::Sent => "sent",
        Codes::App => "app",
    };
    if attack.name != "random" {
        return format!("{}, {codes}", attack.name);
    }
    let program = &attack.program;
    let by = match program.flows {
        Flows::Merchants => "",
        Flows::ThreeDs => " by 3-D Secure",
        Flows::Both => " both ways",
    };
    format!(
        "random{by}, {codes}: {} merchants, {} guesses, {} resends, batches of {}, every {} s",
        program.merchants, program.guesses, program.resends, program.batch, program.gap
    )
}

fn print_named(named: &[Attack], figures: &[Figures]) {
    println!(
        "| attack | codes | a guess a day | a year | in a row | fail elsewhere | fail at attacked | messages, one destination | all | free elsewhere | at attacked | proved |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (attack, figures) in named.iter().zip(figures) {
        println!(
            "| {} | {:?} | {} | {:.2} % | {} | {} | {} | {} | {} | {} | {} | {} |",
            attack.name,
            attack.codes,
            figures.guess_day,
            figures.guess_year * 100.0,
            figures.row,
            percent(figures.by_merchants.elsewhere),
            percent(figures.by_merchants.attacked),
            figures.most_messages,
            figures.all_messages,
            minutes(figures.by_merchants.free_elsewhere),
            minutes(figures.by_merchants.free_attacked),
            minutes(figures.by_merchants.free_proved),
        );
    }
}

/// How the owner's purchases by 3-D Secure go.
fn print_by_three_ds(named: &[Attack], figures: &[Figures]) {
    println!(
        "| attack | codes | by 3-D Secure: fail elsewhere | fail at attacked | free elsewhere | at attacked | known network or signed in |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (attack, figures) in named.iter().zip(figures) {
        let by = &figures.by_three_ds;
        println!(
            "| {} | {:?} | {} | {} | {} | {} | {} |",
            attack.name,
            attack.codes,
            percent(by.elsewhere),
            percent(by.attacked),
            minutes(by.free_elsewhere),
            minutes(by.free_attacked),
            minutes(by.free_proved),
        );
    }
}
