//! The sets of rules that are compared: core's own, and the same with some of them off.

use std::{sync::Arc, time::Duration};

use warifu_core::rules::{Rules, UnverifiedSendLimits, WrongCodeLimits};

/// A set of rules: core's, with these numbers.
pub(crate) struct RuleSet {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rules: Rules,
}

/// More than any attack reaches.
const OFF: u32 = 1_000_000;

/// Every set, in the order of the table.
pub(crate) fn all() -> Vec<Arc<RuleSet>> {
    let set = |name, about, rules| Arc::new(RuleSet { name, about, rules });
    // `notifications`: the notices are messages too. `events`: directory servers are told by them.
    let core = Rules { notifications: true, events: true, ..Rules::default() };
    let unkept = Rules {
        wrong_codes: WrongCodeLimits {
            day: 50,
            day_known: 0,
            day_known_network: 0,
            row_kept: 0,
            ..core.wrong_codes
        },
        unverified_sends: UnverifiedSendLimits {
            kept: 0,
            kept_network: 0,
            ..core.unverified_sends
        },
        ..core.clone()
    };
    let most = usize::MAX;
    let bounds = Rules {
        wrong_codes: WrongCodeLimits {
            merchant_wait_from: OFF,
            merchant_wait: Duration::ZERO,
            merchant_day: OFF,
            wary_from: OFF,
            ..unkept.wrong_codes
        },
        unverified_sends: UnverifiedSendLimits {
            common: 20,
            merchant: most,
            most: 20,
            kept: 0,
            kept_network: 0,
        },
        ..unkept.clone()
    };
    vec![
        set("core", "core's rules with their numbers", core),
        set("unkept", "core, with nothing kept for known browsers", unkept),
        set("bounds", "unkept, with nothing counted by merchant", bounds),
    ]
}
