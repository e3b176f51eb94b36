//! The sets of rules that are compared: today's, and candidates that add to each other.

use std::{sync::Arc, time::Duration};

use warifu_core::rules::Rules;

use crate::{
    layer::{Creates, LaneLimits, Layer, PlaceLimits, Wary},
    world::{DAY, HOUR, MINUTE},
};

/// A set of rules: core's numbers, and what is added around them.
pub(crate) struct RuleSet {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rules: Rules,
    pub(crate) layer: Option<Layer>,
}

/// Core's rules without its lock, which a layer replaces.
fn unlocked() -> Rules {
    Rules { lock_after: u32::MAX, ..Rules::default() }
}

/// The two bounds on guessing, and nothing else: 50 in a million in any 24 hours, 100 in a row.
fn bounds() -> Layer {
    Layer {
        day: 50,
        row: 100,
        row_kept: 0,
        waits: Vec::new(),
        merchant_waits: Vec::new(),
        wary: None,
        creates: Creates::Kept,
        places: None,
        lane: None,
        release: false,
        notices: true,
    }
}

/// The waits that the issue proposes, for new challenges.
const GROWING: [(u32, u64); 3] = [(10, 15 * MINUTE), (20, HOUR), (40, DAY)];

fn by_merchant() -> Layer {
    Layer {
        merchant_waits: vec![(5, 15 * MINUTE), (10, DAY)],
        wary: Some(Wary { from: 10, tries: 2 }),
        ..bounds()
    }
}

fn places() -> Layer {
    Layer {
        places: Some(PlaceLimits { common: 10, merchant: 5, most: 30, lane: 10 }),
        ..by_merchant()
    }
}

/// What a layer with [`Creates::AtShow`] leaves to core: it bounds open challenges by what they may
/// still spend, and what was never shown is in no object.
fn shown_only() -> Rules {
    Rules { open_challenges: usize::MAX, retention: Duration::from_secs(1), ..unlocked() }
}

fn lane() -> Layer {
    Layer {
        day: 44,
        row_kept: 10,
        creates: Creates::AtShow,
        lane: Some(LaneLimits { day: 6 }),
        ..places()
    }
}

/// Every set, in the order of the table.
pub(crate) fn all() -> Vec<Arc<RuleSet>> {
    let set = |name, about, rules, layer| Arc::new(RuleSet { name, about, rules, layer });
    vec![
        set("today", "core's decide with its default settings", Rules::default(), None),
        set(
            "bounds",
            "no lock; 50 wrong codes by weight in any 24 h, 100 in a row",
            unlocked(),
            Some(bounds()),
        ),
        set(
            "waits",
            "bounds, and new challenges wait: from 10 on 15 min, 20 1 h, 40 the day",
            unlocked(),
            Some(Layer { waits: GROWING.to_vec(), ..bounds() }),
        ),
        set(
            "merchants",
            "bounds, and counters by merchant: 15 min from 5, the day from 10; from 10 in all, 2 tries a merchant",
            unlocked(),
            Some(by_merchant()),
        ),
        set(
            "creates",
            "merchants, places for messages by merchant, 20 creates a merchant and day",
            Rules { open_challenges: 30, ..unlocked() },
            Some(Layer { creates: Creates::AtMost(20), ..places() }),
        ),
        set(
            "shown",
            "merchants, places for messages by merchant, a create leaves nothing in the object",
            shown_only(),
            Some(Layer { creates: Creates::AtShow, ..places() }),
        ),
        set(
            "lane",
            "shown, and a lane of 6 (of the 50) for browsers that verified at the merchant before",
            shown_only(),
            Some(lane()),
        ),
        set(
            "release",
            "lane, and the owner lets a purchase in by signing in at the member site",
            shown_only(),
            Some(Layer { release: true, ..lane() }),
        ),
    ]
}
