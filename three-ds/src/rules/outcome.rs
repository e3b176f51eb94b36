//! What directory server and requestor are told of each outcome.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

use crate::{
    areq::Category,
    codes::Method,
    creq::CReq,
    directory_server::Eci,
    fixtures::{Message, transaction},
    outcome::{Outcome, RReq, final_fields},
    transaction::Transaction,
    version::Version::{self, V220, V231},
};

const VALUE: &str = "AAABBZEEBgAAAAAAAAQGAAAAAAA=";

fn eci() -> Eci {
    Eci { authenticated: Some("05".to_owned()), not_authenticated: Some("07".to_owned()) }
}

fn rreq(of: &Transaction, outcome: Outcome, method: Method, tries: u32) -> BTreeMap<String, Value> {
    let eci = eci();
    let rreq = RReq { of, outcome, method, tries, value: Some(VALUE), eci: &eci };
    let json = rreq.json();
    assert_eq!(json, rreq.json());
    serde_json::from_str(&json).unwrap()
}

/// Status, reason, cancel, counter, type, ECI, and whether there is a value, of one outcome after a
/// number of codes.
type Row = (Outcome, u32, &'static str);

const ROWS: [Row; 23] = [
    (Outcome::Verified, 1, "Y - - 01 02 05 value"),
    (Outcome::Verified, 3, "Y - - 03 02 05 value"),
    (Outcome::Verified, 12, "Y - - 12 02 05 value"),
    (Outcome::TriesUsedUp, 3, "N 19 - 03 02 07 -"),
    (Outcome::TriesUsedUp, 5, "N 19 - 05 02 07 -"),
    (Outcome::TriesUsedUp, 250, "N 19 - 99 02 07 -"),
    (Outcome::Locked, 0, "N 19 - 00 02 07 -"),
    (Outcome::Locked, 2, "N 19 - 02 02 07 -"),
    (Outcome::Canceled, 0, "N 01 01 00 02 - -"),
    (Outcome::Canceled, 1, "N 01 01 01 02 - -"),
    (Outcome::Canceled, 4, "N 01 01 04 02 - -"),
    (Outcome::PageExpired, 0, "N 14 04 00 02 - -"),
    (Outcome::PageExpired, 2, "N 14 04 02 02 - -"),
    (Outcome::NeverRequested, 0, "N 14 05 00 02 - -"),
    (Outcome::NeverRequested, 7, "N 14 05 00 02 - -"),
    (Outcome::RequestInvalid, 0, "U 22 06 00 - - -"),
    (Outcome::RequestInvalid, 2, "U 22 06 02 - - -"),
    (Outcome::Undeliverable, 0, "U 22 06 00 - - -"),
    (Outcome::Undeliverable, 1, "U 22 06 01 - - -"),
    (Outcome::Failed, 0, "U 22 06 00 - - -"),
    (Outcome::Failed, 1, "U 22 06 01 - - -"),
    (Outcome::Failed, 99, "U 22 06 99 - - -"),
    (Outcome::Failed, u32::MAX, "U 22 06 99 - - -"),
];

fn told(rreq: &BTreeMap<String, Value>) -> String {
    let names = [
        "transStatus",
        "transStatusReason",
        "challengeCancel",
        "interactionCounter",
        "authenticationType",
        "eci",
    ];
    let mut words: Vec<_> = names
        .iter()
        .map(|name| rreq.get(*name).map_or("-", |value| value.as_str().unwrap()))
        .collect();
    words.push(match rreq.get("authenticationValue") {
        Some(value) => {
            assert_eq!(value, VALUE);
            "value"
        }
        None => "-",
    });
    words.join(" ")
}

#[test]
fn results_of_payments() {
    for (outcome, tries, expected) in ROWS {
        let said = told(&rreq(&transaction(V220), outcome, Method::Sms, tries));
        assert_eq!(said, expected, "{outcome:?} {tries}");
        // 2.3.1 has no authenticationType.
        let mut words: Vec<_> = expected.split(' ').collect();
        words[4] = "-";
        let said = told(&rreq(&transaction(V231), outcome, Method::Sms, tries));
        assert_eq!(said, words.join(" "), "{outcome:?} {tries}");
    }
}

#[test]
fn what_every_result_has_and_never_has() {
    for (version, method, code) in [
        (V220, Method::Sms, "02"),
        (V220, Method::App, "04"),
        (V220, Method::Email, "05"),
        (V231, Method::Sms, "02"),
        (V231, Method::App, "04"),
        (V231, Method::Email, "05"),
    ] {
        for outcome in Outcome::ALL {
            let of = transaction(version);
            let rreq = rreq(&of, outcome, method, 1);
            assert_eq!(rreq["messageType"], "RReq");
            assert_eq!(rreq["messageVersion"], version.as_str());
            assert_eq!(rreq["messageCategory"], "01");
            assert_eq!(rreq["threeDSServerTransID"], of.three_ds_server_trans_id.as_str());
            assert_eq!(rreq["dsTransID"], of.ds_trans_id.as_str());
            assert_eq!(rreq["acsTransID"], of.acs_trans_id.as_str());
            for never in ["sdkTransID", "acsRenderingType", "challengeErrorReporting", "acctNumber"]
            {
                assert!(!rreq.contains_key(never));
            }
            let tried = rreq["transStatus"] != "U";
            match (version, rreq.get("authenticationMethod")) {
                (V220, said) => assert_eq!(said, Some(&Value::from(code))),
                (V231, Some(said)) => assert!(tried && *said == Value::from(vec![code])),
                (V231, None) => assert!(!tried),
            }
        }
    }
}

#[test]
fn without_a_payment_there_is_an_eci_and_no_value() {
    for version in Version::ALL {
        let areq = Message::non_payment(version).areq();
        let payment = transaction(version);
        let of = Transaction::of(&areq, "test", payment.acs_trans_id, payment.card).unwrap();
        let rreq = rreq(&of, Outcome::Verified, Method::Sms, 1);
        assert_eq!(rreq["messageCategory"], "02");
        assert_eq!(rreq["eci"], "05");
        assert!(!rreq.contains_key("authenticationValue"));
        assert_eq!(Outcome::Verified.without_value(Category::NonPayment), Outcome::Verified);
    }
    assert_eq!(Outcome::Verified.without_value(Category::Payment), Outcome::Failed);
    assert_eq!(Outcome::Canceled.without_value(Category::Payment), Outcome::Canceled);
}

#[test]
fn the_final_page() {
    let erro = || Some(CReq::is_late(&transaction(V220)));
    for (outcome, expected) in [
        (Outcome::Verified, "cres Y"),
        (Outcome::TriesUsedUp, "cres N"),
        (Outcome::Locked, "cres N"),
        (Outcome::Canceled, "cres N"),
        (Outcome::PageExpired, "cres N"),
        (Outcome::Undeliverable, "cres N"),
        (Outcome::Failed, "cres N"),
        (Outcome::RequestInvalid, "erro 402"),
        // A late CReq is Erro 402.
        (Outcome::NeverRequested, "erro 402"),
    ] {
        for session in [None, Some("a=="), Some(" ")] {
            let fields = final_fields(&transaction(V220), outcome, erro(), session);
            let (name, message) = &fields[0];
            let json = Base64UrlUnpadded::decode_vec(message).unwrap();
            let json: BTreeMap<String, Value> = serde_json::from_slice(&json).unwrap();
            let word = json.get("transStatus").or(json.get("errorCode")).unwrap();
            assert_eq!(format!("{name} {}", word.as_str().unwrap()), expected, "{outcome:?}");
            if *name == "cres" {
                let names: Vec<_> = json.keys().map(String::as_str).collect();
                assert_eq!(
                    names,
                    [
                        "acsTransID",
                        "messageType",
                        "messageVersion",
                        "threeDSServerTransID",
                        "transStatus"
                    ]
                );
            }
            let returned = fields.get(1).map(|(name, data)| (*name, data.as_str()));
            assert_eq!(returned, session.map(|data| ("threeDSSessionData", data)));
        }
    }
    for (outcome, code) in [(Outcome::RequestInvalid, "305"), (Outcome::NeverRequested, "402")] {
        let fields = final_fields(&transaction(V231), outcome, None, None);
        let json = Base64UrlUnpadded::decode_vec(&fields[0].1).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((fields[0].0, &json["errorCode"]), ("erro", &Value::from(code)));
    }
}
