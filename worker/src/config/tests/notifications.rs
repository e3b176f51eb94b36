//! The settings of notifications: they are told unless that is switched off or nothing queues them.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

const QUEUE: (&str, &str) = (EVENTS, "bound");

/// Whether cardholders are told, and whether former destinations are.
fn told(changes: &[(&str, &str)]) -> (bool, bool) {
    let config = configured(changes).unwrap_or_else(|error| panic!("{error}"));
    (config.rules.notifications, config.rules.notifies_former)
}

#[wasm_bindgen_test]
fn they_are_told_where_the_queue_is_bound_unless_switched_off() {
    assert_eq!(told(&[]), (false, false));
    assert_eq!(told(&[QUEUE]), (true, true));
    for (notifications, former, expected) in [
        ("", "", (true, true)),
        ("on", "on", (true, true)),
        ("on", "off", (true, false)),
        ("off", "", (false, false)),
        ("off", "on", (false, false)),
    ] {
        let changes =
            [QUEUE, ("NOTIFICATIONS", notifications), ("ANNOUNCE_DESTINATION_CHANGES", former)];
        assert_eq!(told(&changes), expected, "{notifications:?} {former:?}");
    }
}

/// Who asked for notifications is not left without them in silence.
#[wasm_bindgen_test]
fn asked_for_without_the_queue_they_are_refused() {
    for name in ["NOTIFICATIONS", "ANNOUNCE_DESTINATION_CHANGES"] {
        assert_eq!(refused(&[(name, "on")]), format!("EVENTS must be bound where {name} is on"));
        assert_eq!(refused(&[(name, "off")]), "");
        for bad in ["On", "true", "1", "yes", " on", "0"] {
            assert_eq!(refused(&[(name, bad)]), format!("{name} must be on or off"), "{bad:?}");
        }
    }
}

#[wasm_bindgen_test]
fn a_wording_that_cannot_be_used_is_named() {
    let why = refused(&[("NOTIFICATION_TEXT", "{{code}}")]);
    assert!(why.starts_with("NOTIFICATION_TEXT must name between "), "{why}");
}
