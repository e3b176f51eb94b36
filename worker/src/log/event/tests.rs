//! Every line, as log queries and alerts know it, and the table of the issuer's guide.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{fixtures::record, log::Caller};
use warifu_core::{contact::Country, ids::KeyId, locale::Locale, secret::KeyMode, time::Timestamp};

const CODE: &str =
    r#""challenge":"CHALLENGE","merchant":"maru-shop","send":"1","delivery":"2","channel":"sms""#;
const LOCKED: &str = r#""kind":"locked","challenge":"CHALLENGE","channel":"email""#;
const CHANGED: &str = r#""kind":"method_changed","channel":"sms""#;

/// How many variants [`LogEvent`] has.
const VARIANTS: usize = 40;

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
        LogEvent::KeyRefused { .. } => 18,
        LogEvent::Throttled { .. } => 19,
        LogEvent::CallRefused { .. } => 20,
        LogEvent::CodeAccepted { .. } => 21,
        LogEvent::CodeRefused { .. } => 22,
        LogEvent::FormRefused { .. } => 23,
        LogEvent::ChallengeCanceled { .. } => 24,
        LogEvent::CardholderLocked { .. } => 25,
        LogEvent::EnrollmentRefused { .. } => 26,
        LogEvent::Act(_) => 27,
        LogEvent::AuditNotQueued { .. } => 28,
        LogEvent::SmsBudget { .. } => 29,
        LogEvent::MerchantWaits { .. } => 30,
        LogEvent::KeyThrottled { .. } => 31,
        LogEvent::ScopeMissing { .. } => 32,
        LogEvent::MerchantLimited { .. } => 33,
        LogEvent::FraudReported { .. } => 34,
        LogEvent::RequestAnswered { .. } => 35,
        LogEvent::MessageRefused { .. } => 36,
        LogEvent::ResultTold { .. } => 37,
        LogEvent::ResultNotTold { .. } => 38,
        LogEvent::ResultRefused { .. } => 39,
        // Never published, and in no document.
        #[cfg(feature = "trap-on-demand")]
        LogEvent::Hang { .. } => VARIANTS,
    }
}

/// Every act of the issuer. The match makes a new one break the build here.
fn acts() -> Vec<Act<'static>> {
    use Act::{
        CardRegistered, CardRemoved, CardholderChanged, CardholderErased, CardholderRegistered,
        CardholderUnlocked, ChallengeReleased, EndpointRegistered, EndpointRemoved,
        EndpointRotated, EnrollmentStarted, ExpectationRemoved, ImportApplied, ImportFinished,
        KeyCreated, KeyRevoked, MerchantRegistered, MerchantRemoved, PurchaseExpected,
    };
    let record: &'static ChallengeRecord = Box::leak(Box::new(record(Locale::Ja)));
    let session: &'static SessionId = Box::leak(Box::new(SessionId::random([1; 16])));
    let key: &'static KeyId = Box::leak(Box::new(KeyId::random([1; 12])));
    let (cardholder, merchant) = (&record.cardholder, &record.transaction.merchant);
    let next = |act: &Act<'static>| {
        Some(match act {
            CardholderRegistered { .. } => CardholderChanged {
                cardholder,
                replaced: "email,sms",
                changed: "email,phone,channel",
            },
            CardholderChanged { .. } => CardRegistered { cardholder },
            CardRegistered { .. } => CardRemoved { cardholder },
            CardRemoved { .. } => CardholderUnlocked { cardholder },
            CardholderUnlocked { .. } => ChallengeReleased { cardholder, challenge: &record.id },
            ChallengeReleased { .. } => PurchaseExpected { cardholder },
            PurchaseExpected { .. } => ExpectationRemoved { cardholder },
            ExpectationRemoved { .. } => CardholderErased { cardholder },
            CardholderErased { .. } => EnrollmentStarted { cardholder, session },
            EnrollmentStarted { .. } => {
                ImportApplied { registered: "taro,hanako", changed: "jiro" }
            }
            ImportApplied { .. } => ImportFinished { lines: 3, imported: 2, refused: 1 },
            ImportFinished { .. } => MerchantRegistered { merchant },
            MerchantRegistered { .. } => MerchantRemoved { merchant },
            MerchantRemoved { .. } => KeyCreated { merchant, key, mode: KeyMode::Test },
            KeyCreated { .. } => KeyRevoked { merchant, key },
            KeyRevoked { .. } => EndpointRegistered { merchant, mode: KeyMode::Test },
            EndpointRegistered { .. } => EndpointRotated { merchant, mode: KeyMode::Test },
            EndpointRotated { .. } => EndpointRemoved { merchant, mode: KeyMode::Test },
            EndpointRemoved { .. } => return None,
        })
    };
    std::iter::successors(Some(CardholderRegistered { cardholder }), next).collect()
}

/// Gives `look` an example of every event, with all fields that it can have, and its line.
fn with_examples(mut look: impl FnMut(&LogEvent<'_>, &str)) {
    let record = record(Locale::Ja);
    let (challenge, merchant) = (&record.id, &record.transaction.merchant);
    let session = &SessionId::random([1; 16]);
    let terms = &TermsVersion::parse("2026-04").unwrap();
    let mut line = |event: LogEvent<'_>, rest: &str| {
        let rest = rest.replace("CHALLENGE", challenge.as_str());
        look(&event, &format!("{{\"event\":{rest}}}").replace("SESSION", session.as_str()));
    };
    let (send, delivery, channel) = (1, 2, SendChannel::Sms);
    let code = LoggedMessage::Code { challenge, merchant, send, delivery, channel };
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
    let missed = || MissedEvent {
        id: "evt_1",
        challenge: Some(challenge.as_str()),
        event_type,
        to: "merchant",
        attempt: 3,
        why: "500",
    };
    let rest = r#","challenge":"CHALLENGE","type":"challenge.failed""#;
    let missing =
        format!(r#","webhook_id":"evt_1"{rest},"to":"merchant","attempt":"3","why":"500""#);
    line(
        LogEvent::EventDead(MissedEvent { challenge: None, ..missed() }),
        &format!(r#""event_dead"{missing}"#).replace(r#""challenge":"CHALLENGE","#, ""),
    );
    line(LogEvent::EventNotReceived(missed()), &format!(r#""event_not_received"{missing}"#));
    line(LogEvent::EventDead(missed()), &format!(r#""event_dead"{missing}"#));
    line(
        LogEvent::EventWithoutRecord { challenge: challenge.as_str(), event_type },
        &format!(r#""event_without_record"{rest}"#),
    );
    line(LogEvent::EventNotQueued { why }, r#""event_not_queued","why":"timed out""#);
    line(
        LogEvent::Redeemed { challenge: challenge.as_str() },
        r#""redeemed","challenge":"CHALLENGE""#,
    );
    line(
        LogEvent::EnrollmentChanged { session, channel: Channel::App, terms },
        r#""enrollment_changed","session":"SESSION","channel":"app","terms":"2026-04""#,
    );
    let (door, address) = ("merchant", "192.0.2.1");
    let rest = r#""door":"merchant","why":"timed out","address":"192.0.2.1""#;
    line(LogEvent::KeyRefused { door, why, address }, &format!(r#""key_refused",{rest}"#));
    line(LogEvent::KeyThrottled { door, why, address }, &format!(r#""key_throttled",{rest}"#));
    line(LogEvent::ScopeMissing { needed: "support" }, r#""scope_missing","needed":"support""#);
    line(
        LogEvent::MerchantLimited { merchant: &MerchantId::parse("maru-shop").unwrap() },
        r#""merchant_limited","merchant":"maru-shop""#,
    );
    let (version, status, directory_server) = ("2.2.0", "N", "ds");
    let answered = LogEvent::RequestAnswered {
        version,
        status,
        reason: Some("12"),
        challenge: Some(challenge),
    };
    line(
        answered,
        r#""areq_answered","version":"2.2.0","status":"N","reason":"12","challenge":"CHALLENGE""#,
    );
    line(
        LogEvent::MessageRefused { code: "203", detail: "mcc" },
        r#""three_ds_message_refused","code":"203","detail":"mcc""#,
    );
    let of = r#""challenge":"CHALLENGE","directory_server":"ds""#;
    let told = LogEvent::ResultTold { challenge, directory_server };
    line(told, &format!(r#""result_told",{of}"#));
    let not_told = LogEvent::ResultNotTold { challenge, directory_server, why };
    line(not_told, &format!(r#""result_not_told",{of},"why":"timed out""#));
    let refused = LogEvent::ResultRefused { challenge, directory_server, code: "301" };
    line(refused, &format!(r#""result_refused",{of},"code":"301""#));
    line(
        LogEvent::Fault { problem: "internal", why },
        r#""fault","problem":"internal","why":"timed out""#,
    );
    line(LogEvent::RefusedToStart { why }, r#""refused_to_start","why":"timed out""#);
    line(LogEvent::ObjectFailed { why }, r#""object_failed","why":"timed out""#);
    line(LogEvent::AlarmFailed { why }, r#""alarm_failed","why":"timed out""#);
    for (mark, name) in
        [(BudgetMark::Half, "sms_budget_half"), (BudgetMark::Spent, "sms_budget_spent")]
    {
        let event = &BudgetEvent { number: 1, mark, at: Timestamp::MAX, limit: 200, denies: true };
        for (owner, whose) in [
            (BudgetOwner::Country(Country::JAPAN), r#""country":"JP""#),
            (BudgetOwner::merchant(merchant), r#""merchant":"maru-shop""#),
        ] {
            let rest = format!(r#""{name}",{whose},"limit":"200","mode":"deny""#);
            line(LogEvent::SmsBudget { owner: &owner, event }, &rest);
        }
    }
    line(LogEvent::Panic { at: "a.rs:1:2" }, r#""panic","at":"a.rs:1:2""#);
    let of = OfChallenge::of(&record);
    let about = r#""challenge":"CHALLENGE","merchant":"maru-shop","cardholder":"taro""#;
    let refused = LogEvent::KeyRefused { door: "issuer", why, address: "192.0.2.1" };
    line(refused, r#""key_refused","door":"issuer","why":"timed out","address":"192.0.2.1""#);
    line(
        LogEvent::Throttled { problem: "rate_limited", retry_after: 60 },
        r#""throttled","problem":"rate_limited","retry_after":"60""#,
    );
    line(
        LogEvent::CallRefused { problem: "not_enrolled" },
        r#""call_refused","problem":"not_enrolled""#,
    );
    line(
        LogEvent::CodeAccepted { of, channel: Some(Channel::App), tries: 2 },
        &format!(r#""code_accepted",{about},"channel":"app","tries":"2""#),
    );
    let (problem, locked_until) = ("cardholder_locked", Some("2026-11-22T05:31:00Z"));
    let until = r#""problem":"cardholder_locked","locked_until":"2026-11-22T05:31:00Z""#;
    line(
        LogEvent::CodeRefused {
            of,
            problem: "wrong_code",
            channel: Some(Channel::Sms),
            tries_left: Some(4),
            locked_until: None,
        },
        &format!(
            r#""code_refused",{about},"problem":"wrong_code","channel":"sms","tries_left":"4""#
        ),
    );
    line(
        LogEvent::CodeRefused { of, problem, channel: None, tries_left: None, locked_until },
        &format!(r#""code_refused",{about},{until}"#),
    );
    line(
        LogEvent::FormRefused { of, problem, locked_until },
        &format!(r#""form_refused",{about},{until}"#),
    );
    line(LogEvent::ChallengeCanceled { of }, &format!(r#""challenge_canceled",{about}"#));
    line(LogEvent::FraudReported { of }, &format!(r#""fraud_reported",{about}"#));
    line(
        LogEvent::CardholderLocked {
            cardholder: "taro",
            locked_until: Some("2026-11-22T05:31:00Z"),
        },
        r#""cardholder_locked","cardholder":"taro","locked_until":"2026-11-22T05:31:00Z""#,
    );
    line(
        LogEvent::MerchantWaits {
            cardholder: "taro",
            challenge,
            locked_until: "2026-11-22T05:31:00Z",
        },
        r#""merchant_waits","challenge":"CHALLENGE","cardholder":"taro","locked_until":"2026-11-22T05:31:00Z""#,
    );
    line(
        LogEvent::EnrollmentRefused { session, problem: "wrong_code" },
        r#""enrollment_refused","session":"SESSION","problem":"wrong_code""#,
    );
    for act in acts() {
        let facts: String = act
            .facts()
            .into_iter()
            .map(|(name, fact)| match fact {
                Fact::Text(text) => format!(r#","{name}":"{text}""#),
                Fact::Count(count) => format!(r#","{name}":"{count}""#),
            })
            .collect();
        let (name, event_type) = act.names();
        line(LogEvent::Act(&act), &format!(r#""{name}"{facts}"#));
        let rest = format!(r#""audit_not_queued","type":"{event_type}"{facts},"why":"timed out""#);
        line(LogEvent::AuditNotQueued { act: &act, why }, &rest);
    }
}

#[wasm_bindgen_test]
fn an_act_has_one_name_in_lines_and_in_events() {
    let mut names = BTreeSet::new();
    for act in acts() {
        let (line, event) = act.names();
        assert_eq!(event, format!("audit.{}", line.replace('_', ".")));
        assert!(names.insert(line), "{line}");
    }
}

/// What is known of a request is written after what the event says, and not over it.
#[wasm_bindgen_test]
fn a_line_says_who_called_what_about_whom_and_in_which_request() {
    let record = record(Locale::Ja);
    let merchant = &record.transaction.merchant;
    let key = KeyId::random([1; 12]);
    let by_merchant = || Caller::Merchant {
        id: MerchantId::parse("other-shop").unwrap(),
        key: KeyId::random([1; 12]),
    };
    let with_key = format!(r#""by":"merchant","merchant":"other-shop","key":"{}","#, key.as_str());
    let issuer = || Caller::Issuer { key: "issuer".to_owned() };
    let source = |caller: Option<Caller>| {
        let source = Source::of_request("8a1b", Some("192.0.2.1".to_owned()));
        source.calls("PUT", "/v1/merchants/{id}");
        source.is_about(&record.cardholder);
        caller.into_iter().for_each(|caller| source.called_by(caller));
        source
    };
    let rest = r#""cardholder":"taro","call":"PUT /v1/merchants/{id}","address":"192.0.2.1","request":"8a1b"}"#;
    let redeemed = LogEvent::Redeemed { challenge: record.id.as_str() };
    let start = format!(r#"{{"event":"redeemed","challenge":"{}","#, record.id.as_str());
    for (caller, by) in [
        (None, ""),
        (Some(issuer()), r#""by":"issuer","issuer_key":"issuer","#),
        (Some(by_merchant()), with_key.as_str()),
        (Some(Caller::Cardholder), r#""by":"cardholder","#),
    ] {
        assert_eq!(redeemed.line(&source(caller)), format!("{start}{by}{rest}"));
    }
    let act = Act::MerchantRegistered { merchant };
    let line = LogEvent::Act(&act).line(&source(Some(by_merchant())));
    assert_eq!(line.matches("\"merchant\":").count(), 1, "{line}");
    assert!(line.contains(r#""merchant":"maru-shop""#), "{line}");
    // The first caller counts: who was let in stays.
    let source = source(Some(issuer()));
    source.called_by(Caller::Cardholder);
    source.calls("GET", "/other");
    assert!(redeemed.line(&source).contains(r#""by":"issuer""#));
    assert!(redeemed.line(&source).contains("PUT /v1/merchants/{id}"));
}

#[wasm_bindgen_test]
fn every_line_has_these_fields_in_this_order() {
    let mut seen = BTreeSet::new();
    with_examples(|event, line| {
        assert_eq!(event.line(&Source::default()), line);
        seen.insert(variant(event));
    });
    assert_eq!(seen, (0..VARIANTS).collect());
}

#[wasm_bindgen_test]
fn a_line_is_one_json_object_whatever_it_says() {
    let why = "a \"quote\"\n{\"event\":\"forged\"}";
    let line = LogEvent::Fault { problem: "internal", why }.line(&Source::default());
    assert!(!line.contains('\n'), "{line}");
    let read: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read, serde_json::json!({ "event": "fault", "problem": "internal", "why": why }));
}

/// The words in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The cells of the guide's table that has this head, by the first one.
fn table<'a>(guide: &'a str, head: &str) -> BTreeMap<String, Vec<&'a str>> {
    let (_, table) = guide.split_once(head).unwrap_or_else(|| panic!("no table {head}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches(['|', ' ']).split(" | ").collect();
        (cells[0].trim_matches('`').to_owned(), cells)
    })
    .collect()
}

const GUIDE: &str = include_str!("../../../../docs/issuer/operate.md");

#[wasm_bindgen_test]
fn the_table_of_the_guide_has_every_member_that_a_line_of_a_request_can_have() {
    let documented = table(GUIDE, "| member of a request's line |");
    let id = MerchantId::parse("shop").unwrap();
    let mut written = BTreeSet::new();
    let merchant = Caller::TestMerchant { id, key: KeyId::random([1; 12]) };
    for caller in [Caller::Issuer { key: "a".to_owned() }, merchant, Caller::Cardholder] {
        let source = Source::of_request("1", Some("192.0.2.1".to_owned()));
        source.calls("GET", "/");
        source.is_about(&record(Locale::Ja).cardholder);
        source.called_by(caller);
        written.extend(source.members().map(|(name, _)| name.to_owned()));
    }
    assert_eq!(documented.into_keys().collect::<BTreeSet<_>>(), written);
}

/// As they did before there were tests.
#[wasm_bindgen_test]
fn an_act_about_real_purchases_says_no_mode() {
    let (merchant, key) = (MerchantId::parse("shop").unwrap(), KeyId::random([1; 12]));
    for (mode, told) in [(KeyMode::Live, false), (KeyMode::Test, true)] {
        for act in [
            Act::KeyCreated { merchant: &merchant, key: &key, mode },
            Act::EndpointRegistered { merchant: &merchant, mode },
            Act::EndpointRotated { merchant: &merchant, mode },
            Act::EndpointRemoved { merchant: &merchant, mode },
        ] {
            let says = act.facts().contains(&("mode", Fact::Text("test")));
            assert_eq!(says, told, "{}", act.names().0);
        }
    }
}

/// Each requirement of what must be logged names lines that there are.
#[wasm_bindgen_test]
fn the_guide_says_which_line_meets_which_requirement() {
    let mut names = BTreeSet::new();
    with_examples(|event, _| {
        names.insert(event.name().to_owned());
    });
    let mut named = BTreeSet::new();
    for (requirement, cells) in table(GUIDE, "| what must be logged |") {
        let lines = quoted(cells[1]);
        assert!(!lines.is_empty(), "{requirement}");
        assert!(lines.is_subset(&names), "{requirement}: {lines:?}");
        named.extend(lines);
    }
    let acts: BTreeSet<_> = acts().iter().map(|act| act.names().0.to_owned()).collect();
    assert!(acts.is_subset(&named), "{:?}", acts.difference(&named));
}

#[wasm_bindgen_test]
fn the_events_guide_has_every_act() {
    let guide = include_str!("../../../../docs/issuer/events.md");
    let documented = table(guide, "| `type` of an act |");
    let documented: BTreeMap<_, _> =
        documented.into_iter().map(|(name, cells)| (name, quoted(cells[1]))).collect();
    let written: BTreeMap<_, BTreeSet<_>> = acts()
        .iter()
        .map(|act| {
            let facts = act.facts().into_iter().map(|(name, _)| name.to_owned());
            (act.names().1.to_owned(), facts.collect())
        })
        .collect();
    assert_eq!(documented, written, "the guide on the left, the code on the right");
}

#[wasm_bindgen_test]
fn the_table_of_the_guide_has_every_event_and_its_fields_and_no_other() {
    let documented: BTreeMap<_, _> = table(GUIDE, "| `event` | further members | when |")
        .into_iter()
        .map(|(name, cells)| (name, quoted(cells[1])))
        .collect();
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    with_examples(|event, _| {
        let fields = event.fields().0.into_iter().map(|(name, _)| name.to_owned());
        written.entry(event.name().to_owned()).or_default().extend(fields);
    });
    assert_eq!(documented, written, "the guide on the left, the code on the right");
}
