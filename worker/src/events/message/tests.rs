use warifu_core::time::Timestamp;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::frozen;

fn event(kind: EventKind) -> Event {
    Event {
        number: 7,
        kind,
        challenge: ChallengeId::random([1; 32]).0,
        at: Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap(),
        test: false,
    }
}

/// The name of an event's frozen message, and the next event. The match makes a new kind break the
/// build here.
fn named(kind: EventKind) -> (&'static str, Option<EventKind>) {
    match kind {
        EventKind::Ended(Ended::Verified) => {
            ("queue.verified", Some(EventKind::Ended(Ended::Failed)))
        }
        EventKind::Ended(Ended::Failed) => ("queue.failed", Some(EventKind::Ended(Ended::Expired))),
        EventKind::Ended(Ended::Expired) => {
            ("queue.expired", Some(EventKind::Ended(Ended::Canceled)))
        }
        EventKind::Ended(Ended::Canceled) => ("queue.canceled", Some(EventKind::DeliveryFailed(2))),
        EventKind::DeliveryFailed(_) => ("queue.delivery", Some(EventKind::Locked)),
        EventKind::Locked => ("queue.locked", Some(EventKind::FraudReported)),
        EventKind::FraudReported => ("queue.reported", Some(EventKind::ThreeDsResult)),
        EventKind::ThreeDsResult => ("queue.result", None),
    }
}

fn event_of(text: &str) -> Option<QueuedEvent> {
    match QueuedMessage::read(text)? {
        QueuedMessage::Event(event) => Some(event),
        QueuedMessage::Act(_) => None,
    }
}

fn act_of(text: &str) -> Option<QueuedAct> {
    match QueuedMessage::read(text)? {
        QueuedMessage::Event(_) => None,
        QueuedMessage::Act(act) => Some(act),
    }
}

#[wasm_bindgen_test]
fn messages_of_acts_are_frozen() {
    let first = QueuedAct {
        act: "audit.key.created".to_owned(),
        id: "evt_00112233445566778899aabbccddeeff".to_owned(),
        payload: r#"{"type":"audit.key.created"}"#.to_owned(),
        to: None,
    };
    for (name, act) in
        [("queue.act", first.clone()), ("queue.act.again", first.again_to(To::Issuer))]
    {
        assert_eq!(act.written().unwrap(), frozen(name));
        assert_eq!(act_of(frozen(name)), Some(act));
    }
    // An act that only a newer version knows is told as that version wrote it.
    let newer = frozen("queue.act").replace("key.created", "merchant.audited");
    assert_eq!(act_of(&newer).map(|act| act.act).as_deref(), Some("audit.merchant.audited"));
}

/// A receiver drops what has an id that it had before.
#[wasm_bindgen_test]
fn an_audit_record_has_an_id_of_its_own() {
    let ended = QueuedEvent::of(&event(EventKind::Ended(Ended::Verified)));
    assert_eq!(ended.id_to(To::Merchant), ended.id_to(To::Issuer));
    assert_ne!(ended.id_to(To::Audit), ended.id_to(To::Issuer));
    let again = ended.again_to(To::Audit);
    assert_eq!(again.id_to(To::Audit), ended.id_to(To::Audit));
}

/// The fixture's file says what a change of these bytes costs.
#[wasm_bindgen_test]
fn messages_are_frozen() {
    let first = EventKind::Ended(Ended::Verified);
    for kind in std::iter::successors(Some(first), |kind| named(*kind).1) {
        let (name, _) = named(kind);
        let message = QueuedEvent::of(&event(kind));
        assert_eq!(message.written().unwrap(), frozen(name));
        assert_eq!(event_of(frozen(name)), Some(message));
    }
    for (name, to) in [
        ("queue.to_merchant", To::Merchant),
        ("queue.to_issuer", To::Issuer),
        ("queue.to_audit", To::Audit),
    ] {
        let message = QueuedEvent::of(&event(EventKind::Locked)).again_to(to);
        assert_eq!(message.written().unwrap(), frozen(name));
        assert_eq!(event_of(frozen(name)), Some(message));
    }
}

/// Its id is the test's, and what says that it is one is in no message of a live challenge.
#[wasm_bindgen_test]
fn a_message_of_a_test_is_frozen_and_has_an_id_of_its_own() {
    let live = event(EventKind::Ended(Ended::Expired));
    let test = QueuedEvent::of(&Event { test: true, ..live.clone() });
    assert_eq!(test.written().unwrap(), frozen("queue.test"));
    assert_eq!(event_of(frozen("queue.test")), Some(test.clone()));
    assert_ne!(test.id_to(To::Merchant), QueuedEvent::of(&live).id_to(To::Merchant));
    assert!(test.again_to(To::Merchant).test);
}

/// Such a message would be posted as another event, or be dropped as posted.
#[wasm_bindgen_test]
fn a_kind_or_a_receiver_that_is_not_known_is_not_read() {
    let written = frozen("queue.to_issuer");
    for (known, newer) in [
        (r#""kind":"locked""#, r#""kind":"opened""#),
        (r#""to":"issuer""#, r#""to":"acquirer""#),
        (r#""kind":"locked","#, ""),
        (r#""number":7"#, r#""number":-7"#),
    ] {
        assert!(written.contains(known), "{known}");
        assert!(QueuedMessage::read(&written.replace(known, newer)).is_none(), "{newer}");
    }
    for none in ["", "{}", "null", &written[1..]] {
        assert!(QueuedMessage::read(none).is_none(), "{none}");
    }
}

#[wasm_bindgen_test]
fn what_a_newer_version_added_is_ignored_and_what_is_missing_is_none() {
    let message = QueuedEvent::of(&event(EventKind::Locked));
    let newer = frozen("queue.locked").replace('{', r#"{"added":{"kind":["x"]},"#);
    assert_eq!(event_of(&newer), Some(message.clone()));
    let shorter = newer.replace(r#","to":null"#, "").replace(r#""delivery":null,"#, "");
    assert!(!shorter.contains("null"));
    assert_eq!(event_of(&shorter), Some(message));
}
