//! Simulates attacks on a cardholder under sets of rules, and prints what each costs whom.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a measurement stops where it is wrong; it is no part of the product"
)]

mod attacker;
mod figures;
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
    for set in rule_sets::all() {
        if names.is_empty() || names.iter().any(|name| name == set.name) {
            report::print(&set);
        }
    }
}
