//! What is printed: for each set of rules the worst that was found against each target, and what
//! every attack with a name comes to.

use std::sync::Arc;

use crate::{
    attacker::Program,
    figures::{Effort, Estimate, Figures, each},
    rule_sets::RuleSet,
    run::MOST_MINUTES,
    strategies::{self, Attack},
    world::Codes,
};

/// How many random attacks are searched for each set of rules.
const RANDOM: u64 = 1_000;

/// What is simulated of a random attack while searching.
const SEARCH: Effort = Effort { days: 1, probes: 8, longs: 1, long: 3 };

/// How many of the worst random attacks are simulated as carefully as those with a name.
const FINALISTS: usize = 2;

const CAREFUL: Effort = Effort { days: 40, probes: 20, longs: 1, long: 30 };

/// One thing that is measured.
struct Measure {
    name: &'static str,
    target: Option<f64>,
    of: fn(&Figures) -> f64,
    write: fn(&Figures) -> String,
    /// The attacks that the target is about.
    about: fn(&Attack) -> bool,
}

fn percent(estimate: Estimate) -> String {
    format!("{:.1} ± {:.1} %", estimate.share * 100.0, estimate.error * 100.0)
}

fn minutes(minutes: u64) -> String {
    match minutes {
        0..120 => format!("{minutes} min"),
        MOST_MINUTES => "over 25 h".to_owned(),
        _ => format!("{} h", minutes.div_ceil(60)),
    }
}

fn any(_: &Attack) -> bool {
    true
}

fn sent(attack: &Attack) -> bool {
    attack.codes == Codes::Sent
}

fn measures() -> [Measure; 12] {
    let measure = |name, target, of, write, about| Measure { name, target, of, write, about };
    [
        measure(
            "a guess succeeds in a day, in millionths",
            Some(50.0),
            |figures| figures.guess_day as f64,
            |figures| figures.guess_day.to_string(),
            any,
        ),
        measure(
            "a guess succeeds in a year",
            None,
            |figures| figures.guess_year,
            |figures| format!("{:.2} %", figures.guess_year * 100.0),
            any,
        ),
        measure(
            "wrong codes in a row",
            Some(100.0),
            |figures| figures.row as f64,
            |figures| figures.row.to_string(),
            any,
        ),
        measure(
            "purchases elsewhere that fail",
            Some(0.01),
            |figures| figures.elsewhere.share,
            |figures| percent(figures.elsewhere),
            any,
        ),
        measure(
            "of those in unknown browsers",
            None,
            |figures| figures.elsewhere_unknown.share,
            |figures| percent(figures.elsewhere_unknown),
            any,
        ),
        measure(
            "purchases at the attacked merchants that fail, sent codes",
            Some(0.25),
            |figures| figures.attacked.share,
            |figures| percent(figures.attacked),
            sent,
        ),
        measure(
            "of those in unknown browsers",
            None,
            |figures| figures.attacked_unknown.share,
            |figures| percent(figures.attacked_unknown),
            sent,
        ),
        measure(
            "messages that the issuer pays for, a destination and day",
            Some(20.0),
            |figures| figures.most_messages as f64,
            |figures| figures.most_messages.to_string(),
            any,
        ),
        measure(
            "messages that the owner gets in a day",
            None,
            |figures| figures.to_owner as f64,
            |figures| figures.to_owner.to_string(),
            any,
        ),
        measure(
            "free elsewhere after it stops",
            Some(15.0),
            |figures| figures.free_elsewhere as f64,
            |figures| minutes(figures.free_elsewhere),
            any,
        ),
        measure(
            "free at the attacked merchant after it stops",
            Some(15.0),
            |figures| figures.free_attacked as f64,
            |figures| minutes(figures.free_attacked),
            any,
        ),
        measure(
            "the same, known browser or signed in",
            Some(15.0),
            |figures| figures.free_proved as f64,
            |figures| minutes(figures.free_proved),
            any,
        ),
    ]
}

/// Prints what a set of rules comes to.
pub(crate) fn print(set: &Arc<RuleSet>) {
    println!("\n## {}\n\n{}.\n", set.name, set.about);
    let named = strategies::named();
    let figures = each(&named, |attack| Figures::of(set, attack, CAREFUL));
    let random: Vec<Attack> = (0..RANDOM).map(strategies::random).collect();
    let searched = each(&random, |attack| Figures::of(set, attack, SEARCH));
    let mut found: Vec<(Attack, Figures)> = named.iter().cloned().zip(figures.clone()).collect();
    let mut careful: Vec<usize> =
        measures().iter().flat_map(|measure| finalists(measure, &random, &searched)).collect();
    careful.sort_unstable();
    careful.dedup();
    let again = each(&careful, |index| Figures::of(set, &random[*index], CAREFUL));
    found.extend(careful.iter().map(|index| random[*index].clone()).zip(again));
    print_worst(&found);
    print_merchants(set);
    println!();
    print_named(&named, &figures);
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
fn print_merchants(set: &Arc<RuleSet>) {
    const EFFORT: Effort = Effort { days: 25, probes: 20, longs: 0, long: 0 };
    let numbers: Vec<u32> = (1..=20).chain([25, 30, 40]).collect();
    let most = |name: &str, codes: Codes, holds: fn(&Figures) -> bool| {
        let named = strategies::named().into_iter();
        let mut attack = named.filter(|attack| attack.name == name && attack.codes == codes);
        let attack = attack.next_back().expect("an attack of this name");
        let figures = each(&numbers, |merchants| {
            let program = Program { merchants: *merchants, ..attack.program.clone() };
            Figures::of(set, &Attack { program, ..attack.clone() }, EFFORT)
        });
        let held = figures.iter().take_while(|figures| holds(figures)).count();
        match held.checked_sub(1) {
            None => "with no number of merchants".to_owned(),
            Some(last) if held == numbers.len() => format!("with all of {}", numbers[last]),
            Some(last) => format!("up to {} merchants", numbers[last]),
        }
    };
    let guess = "guess, 1 merchant";
    let elsewhere: fn(&Figures) -> bool = |figures| figures.elsewhere.share < 0.01;
    println!("\nOf purchases elsewhere under 1 % fail:");
    println!("- sent codes, guessed: {}", most(guess, Codes::Sent, elsewhere));
    println!("- an app's codes, guessed: {}", most(guess, Codes::App, elsewhere));
    let mailbox = "fill the mailbox, 1 merchant";
    println!("- sent codes, only asked for: {}", most(mailbox, Codes::Sent, elsewhere));
    let cheap = most(mailbox, Codes::Sent, |figures| figures.most_messages <= 20);
    println!("\nAt most 20 messages a destination, only asked for: {cheap}");
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
    format!(
        "random, {codes}: {} merchants, {} guesses, {} resends, batches of {}, every {} s",
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
            percent(figures.elsewhere),
            percent(figures.attacked),
            figures.most_messages,
            figures.all_messages,
            minutes(figures.free_elsewhere),
            minutes(figures.free_attacked),
            minutes(figures.free_proved),
        );
    }
}
