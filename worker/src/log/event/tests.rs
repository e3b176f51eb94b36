//! Every line, as log queries and alerts know it, and the table of the issuer's guide.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::record;
use warifu_core::locale::Locale;

const CODE: &str = r#""challenge":"CHALLENGE","send":"1","delivery":"2","channel":"sms""#;
const LOCKED: &str = r#""kind":"locked","challenge":"CHALLENGE","channel":"email""#;
const CHANGED: &str = r#""kind":"method_changed","channel":"sms""#;

/// How many variants [`LogEvent`] has.
const VARIANTS: usize = 18;

/// The variant of an event. The match makes a new one break the build here, so that it is given an
/// example below.
fn variant(event: &LogEvent<'_>) -> usize {
    match event {
        LogEvent::Offered { .. } => 0,
        LogEvent::NotOffered { .. } => 1,
        LogEvent::ProviderFailed { .. } => 2,
        LogEvent::SmsLong { .. } => 3,
        LogEvent::Receipt { .. } => 4,
        LogEvent::ReceiptRefused { .. } => 5,
        LogEvent::ReceiptsConfirmed { .. } => 6,
        LogEvent::EventNotReceived(_) => 7,
        LogEvent::EventDead(_) => 8,
        LogEvent::EventWithoutRecord { .. } => 9,
        LogEvent::EventNotQueued { .. } => 10,
        LogEvent::Redeemed { .. } => 11,
        LogEvent::EnrollmentChanged { .. } => 12,
        LogEvent::Fault { .. } => 13,
        LogEvent::RefusedToStart { .. } => 14,
        LogEvent::ObjectFailed { .. } => 15,
        LogEvent::AlarmFailed { .. } => 16,
        LogEvent::Panic { .. } => 17,
        // Never published, and in no document.
        #[cfg(feature = "trap-on-demand")]
        LogEvent::Hang { .. } => VARIANTS,
    }
}

/// Gives `look` an example of every event, with all fields that it can have, and its line.
fn with_examples(mut look: impl FnMut(&LogEvent<'_>, &str)) {
    let challenge = &record(Locale::Ja).id;
    let session = &SessionId::random([1; 16]);
    let terms = &TermsVersion::parse("2026-04").unwrap();
    let mut line = |event: LogEvent<'_>, rest: &str| {
        let rest = rest.replace("CHALLENGE", challenge.as_str());
        look(&event, &format!("{{\"event\":{rest}}}").replace("SESSION", session.as_str()));
    };
    let code = LoggedMessage::Code { challenge, send: 1, delivery: 2, channel: SendChannel::Sms };
    let locked = LoggedMessage::Notification {
        kind: NotificationKind::Locked,
        challenge: Some(challenge),
        channel: SendChannel::Email,
    };
    let changed = LoggedMessage::Notification {
        kind: NotificationKind::MethodChanged,
        challenge: None,
        channel: SendChannel::Sms,
    };
    let notification = ["notification_sent", "notification_unconfirmed", "notification_not_sent"];
    let offer = Offer { provider: "sns", milliseconds: 34, tried: 5, segments: Some(6) };
    let whole = Offer { segments: None, ..offer };
    let asked = r#""provider":"sns","milliseconds":"34","tried":"5""#;
    let why = "timed out";

    for (message, about, names) in [
        (code, CODE, ["code_sent", "code_unconfirmed", "code_not_sent"]),
        (locked, LOCKED, notification),
        (changed, CHANGED, notification),
    ] {
        for (outcome, name, reason) in [
            (Outcome::Accepted, names[0], ""),
            (Outcome::Unconfirmed(why), names[1], r#","why":"timed out""#),
            (Outcome::Refused(why), names[2], r#","why":"timed out""#),
        ] {
            let rest = format!(r#""{name}",{about},{asked}{reason}"#);
            line(LogEvent::Offered { message, offer: whole, outcome }, &rest);
            let rest = format!(r#"{rest},"segments":"6""#);
            line(LogEvent::Offered { message, offer, outcome }, &rest);
            let rest = rest.replacen(name, "sms_long", 1) + r#","encoding":"ucs2""#;
            line(LogEvent::SmsLong { message, offer, outcome, encoding: Encoding::Ucs2 }, &rest);
        }
        let rest = format!(r#""{}",{about},"why":"timed out""#, names[2]);
        line(LogEvent::NotOffered { message, why }, &rest);
        let rest = format!(
            r#""provider_failed",{about},"provider":"sns","milliseconds":"34","why":"timed out""#
        );
        line(LogEvent::ProviderFailed { message, provider: "sns", milliseconds: 34, why }, &rest);
    }
    line(
        LogEvent::Receipt { challenge, delivery: 2, state: DeliveryState::Delivered },
        r#""receipt","challenge":"CHALLENGE","delivery":"2","state":"delivered""#,
    );
    line(LogEvent::ReceiptRefused { provider: "ses" }, r#""receipt_refused","provider":"ses""#);
    line(
        LogEvent::ReceiptsConfirmed { provider: "ses" },
        r#""receipts_confirmed","provider":"ses""#,
    );
    let event_type = "challenge.failed";
    let missed = || MissedEvent { challenge, event_type, to: "merchant", attempt: 3, why: "500" };
    let rest = r#","challenge":"CHALLENGE","type":"challenge.failed""#;
    let missing = format!(r#"{rest},"to":"merchant","attempt":"3","why":"500""#);
    line(LogEvent::EventNotReceived(missed()), &format!(r#""event_not_received"{missing}"#));
    line(LogEvent::EventDead(missed()), &format!(r#""event_dead"{missing}"#));
    line(
        LogEvent::EventWithoutRecord { challenge, event_type },
        &format!(r#""event_without_record"{rest}"#),
    );
    line(LogEvent::EventNotQueued { why }, r#""event_not_queued","why":"timed out""#);
    line(LogEvent::Redeemed { challenge }, r#""redeemed","challenge":"CHALLENGE""#);
    line(
        LogEvent::EnrollmentChanged { session, channel: Channel::App, terms },
        r#""enrollment_changed","session":"SESSION","channel":"app","terms":"2026-04""#,
    );
    line(
        LogEvent::Fault { problem: "internal", why },
        r#""fault","problem":"internal","why":"timed out""#,
    );
    line(LogEvent::RefusedToStart { why }, r#""refused_to_start","why":"timed out""#);
    line(LogEvent::ObjectFailed { why }, r#""object_failed","why":"timed out""#);
    line(LogEvent::AlarmFailed { why }, r#""alarm_failed","why":"timed out""#);
    line(LogEvent::Panic { at: "a.rs:1:2" }, r#""panic","at":"a.rs:1:2""#);
}

#[wasm_bindgen_test]
fn every_line_has_these_fields_in_this_order() {
    let mut seen = BTreeSet::new();
    with_examples(|event, line| {
        assert_eq!(event.line(), line);
        seen.insert(variant(event));
    });
    assert_eq!(seen, (0..VARIANTS).collect());
}

#[wasm_bindgen_test]
fn a_line_is_one_json_object_whatever_it_says() {
    let why = "a \"quote\"\n{\"event\":\"forged\"}";
    let line = LogEvent::Fault { problem: "internal", why }.line();
    assert!(!line.contains('\n'), "{line}");
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read, serde_json::json!({ "event": "fault", "problem": "internal", "why": why }));
}

/// The words in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[wasm_bindgen_test]
fn the_table_of_the_guide_has_every_event_and_its_fields_and_no_other() {
    let guide = include_str!("../../../../docs/issuer/operate.md");
    let (_, table) = guide.split_once("| --- | --- | --- |\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let documented: BTreeMap<_, _> = rows
        .map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            (cells[0].trim_matches(['|', ' ', '`']).to_owned(), quoted(cells[1]))
        })
        .collect();
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    with_examples(|event, _| {
        let fields = event.fields().0.into_iter().map(|(name, _)| name.to_owned());
        written.entry(event.name().to_owned()).or_default().extend(fields);
    });
    assert_eq!(documented, written, "the guide on the left, the code on the right");
}
