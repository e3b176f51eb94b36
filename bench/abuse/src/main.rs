//! Simulates attacks on a cardholder under sets of rules, and prints what each costs whom.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a measurement stops where it is wrong; it is no part of the product"
)]

mod attacker;
mod figures;
mod measures;
mod notices;
mod owner;
mod report;
mod rule_sets;
mod run;
mod strategies;
mod tally;
mod world;

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| names.iter().any(|chosen| chosen == name);
    let kinds = report::Kind::ALL;
    let of_kinds = kinds.iter().any(|kind| named(kind.name()));
    let sets = rule_sets::all();
    let of_sets = sets.iter().any(|set| named(set.name));
    for set in sets.iter().filter(|set| !of_sets || named(set.name)) {
        for kind in kinds.into_iter().filter(|kind| !of_kinds || named(kind.name())) {
            report::print(set, kind);
        }
    }
}
