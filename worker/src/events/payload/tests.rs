use serde_json::{Value, json};
use warifu_core::{
    cardholder::{DeliveryState, Ended, Event, EventKind, Outcome, RefusedByRule, Status},
    locale::Locale,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{email, phone, record, sent};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

/// The example purchase, which failed after a text message that went by e-mail in its place.
fn failed() -> ChallengeAudit {
    let view = View {
        status: Status::Failed,
        opened_at: at(0),
        outcome: Some(Outcome { status: Ended::Failed, at: at(90) }),
        hostname: Some("shop.example".to_owned()),
        send: 2,
        tries: 5,
        ..sent()
    };
    let send = |delivery, seconds, via, state, diverted| AuditedSend {
        delivery,
        at: at(seconds),
        via,
        state,
        diverted,
    };
    ChallengeAudit {
        view,
        shown_at: Some(at(2)),
        sends: vec![
            send(1, 2, Via::Sms(phone()), DeliveryState::Bounced, false),
            send(3, 40, Via::Email(email()), DeliveryState::Delivered, true),
        ],
        deliveries_ordered: 3,
        tried_at: vec![at(50), at(90)],
        superseded: false,
        refused: Some(RefusedByRule { rule: "wrong_code".to_owned(), at: at(50) }),
    }
}

fn read(record: &ChallengeRecord, told: &ChallengeAudit) -> (String, Value) {
    let kind = EventKind::Ended(Ended::Failed);
    let (challenge, at) = (record.id.clone(), at(90));
    let event = QueuedEvent::of(&Event { number: 1, kind, challenge, at, test: false });
    let text = audit(&event, record, told);
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[wasm_bindgen_test]
fn an_audit_record_has_everything_that_a_dispute_asks_for() {
    let record = record(Locale::Ja);
    let (_, value) = read(&record, &failed());
    let expected = json!({
        "type": "audit.challenge",
        "timestamp": "2027-01-15T08:01:30Z",
        "data": {
            "challenge": record.id.as_str(),
            "cardholder": "taro",
            "status": "failed",
            "merchant": "maru-shop",
            "reference": "order-1",
            "amount": 3150,
            "currency": "JPY",
            "card_last4": "1234",
            "merchant_name": "●●shop",
            "purchased_at": "2023-02-12T15:00:00Z",
            "channel": "email",
            "destination": email().as_str(),
            "hostname": "shop.example",
            "created_at": "2027-01-15T08:00:00Z",
            "shown_at": "2027-01-15T08:00:02Z",
            "sends": [
                {
                    "delivery": 1,
                    "at": "2027-01-15T08:00:02Z",
                    "channel": "sms",
                    "destination": phone().as_str(),
                    "state": "bounced",
                    "diverted": false,
                },
                {
                    "delivery": 3,
                    "at": "2027-01-15T08:00:40Z",
                    "channel": "email",
                    "destination": email().as_str(),
                    "state": "delivered",
                    "diverted": true,
                },
            ],
            "deliveries": 3,
            "resends": 1,
            "tries": 5,
            "tried_at": ["2027-01-15T08:00:50Z", "2027-01-15T08:01:30Z"],
            "superseded": false,
            "refused_by": "wrong_code",
            "refused_at": "2027-01-15T08:00:50Z",
            "ended_at": "2027-01-15T08:01:30Z",
        },
    });
    assert_eq!(value, expected);
}

#[wasm_bindgen_test]
fn an_audit_record_of_what_nobody_saw_says_so_and_has_no_personal_message() {
    let told = ChallengeAudit {
        view: View { via: None, hostname: None, send: 0, tries: 0, ..failed().view },
        shown_at: None,
        sends: Vec::new(),
        deliveries_ordered: 0,
        tried_at: Vec::new(),
        superseded: true,
        refused: None,
    };
    let message = told.view.personal_message.as_ref().unwrap().as_str().to_owned();
    let (text, value) = read(&record(Locale::En), &told);
    assert!(!text.contains(&message));
    for (member, expected) in [
        ("shown_at", Value::Null),
        ("sends", json!([])),
        ("tried_at", json!([])),
        ("resends", json!(0)),
        ("destination", Value::Null),
        ("refused_by", Value::Null),
        ("superseded", json!(true)),
    ] {
        assert_eq!(value["data"][member], expected, "{member}");
    }
}
