//! What is measured of an attack, and its targets.

use crate::{
    figures::{Estimate, Figures},
    run::MOST_MINUTES,
    strategies::Attack,
    world::Codes,
};

/// One thing that is measured.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) target: Option<f64>,
    pub(crate) of: fn(&Figures) -> f64,
    pub(crate) write: fn(&Figures) -> String,
    /// The attacks that the target is about.
    pub(crate) about: fn(&Attack) -> bool,
}

pub(crate) fn percent(estimate: Estimate) -> String {
    format!("{:.1} ± {:.1} %", estimate.share * 100.0, estimate.error * 100.0)
}

pub(crate) fn minutes(minutes: u64) -> String {
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

pub(crate) fn measures() -> [Measure; 17] {
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
            |figures| figures.by_merchants.elsewhere.share,
            |figures| percent(figures.by_merchants.elsewhere),
            any,
        ),
        measure(
            "of those in unknown browsers",
            None,
            |figures| figures.by_merchants.elsewhere_unknown.share,
            |figures| percent(figures.by_merchants.elsewhere_unknown),
            any,
        ),
        measure(
            "purchases at the attacked merchants that fail, sent codes",
            Some(0.25),
            |figures| figures.by_merchants.attacked.share,
            |figures| percent(figures.by_merchants.attacked),
            sent,
        ),
        measure(
            "of those in unknown browsers",
            None,
            |figures| figures.by_merchants.attacked_unknown.share,
            |figures| percent(figures.by_merchants.attacked_unknown),
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
            |figures| figures.by_merchants.free_elsewhere as f64,
            |figures| minutes(figures.by_merchants.free_elsewhere),
            any,
        ),
        measure(
            "free at the attacked merchant after it stops",
            Some(15.0),
            |figures| figures.by_merchants.free_attacked as f64,
            |figures| minutes(figures.by_merchants.free_attacked),
            any,
        ),
        measure(
            "the same, known browser or signed in",
            Some(15.0),
            |figures| figures.by_merchants.free_proved as f64,
            |figures| minutes(figures.by_merchants.free_proved),
            any,
        ),
        measure(
            "purchases elsewhere by 3-D Secure that fail",
            Some(0.01),
            |figures| figures.by_three_ds.elsewhere.share,
            |figures| percent(figures.by_three_ds.elsewhere),
            any,
        ),
        measure(
            "purchases at the attacked merchants by 3-D Secure that fail, sent codes",
            Some(0.25),
            |figures| figures.by_three_ds.attacked.share,
            |figures| percent(figures.by_three_ds.attacked),
            sent,
        ),
        measure(
            "free elsewhere by 3-D Secure after it stops",
            Some(15.0),
            |figures| figures.by_three_ds.free_elsewhere as f64,
            |figures| minutes(figures.by_three_ds.free_elsewhere),
            any,
        ),
        measure(
            "free at the attacked merchant by 3-D Secure after it stops",
            Some(15.0),
            |figures| figures.by_three_ds.free_attacked as f64,
            |figures| minutes(figures.by_three_ds.free_attacked),
            any,
        ),
        measure(
            "the same, known network or signed in",
            Some(15.0),
            |figures| figures.by_three_ds.free_proved as f64,
            |figures| minutes(figures.by_three_ds.free_proved),
            any,
        ),
    ]
}
