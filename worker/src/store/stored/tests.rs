//! What core writes is what this reader reads: two readers of one form must not drift apart.

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{self, frozen};

fn fields(value: &Value) -> Fields {
    let bytes = value.to_string();
    Fields::of_body(bytes.as_bytes()).unwrap_or_else(|_| panic!("{value} is no object"))
}

#[wasm_bindgen_test]
fn a_record_is_read_back_as_it_was_written() {
    let plain = fixtures::record(Locale::Ja);
    let mut other = fixtures::record(Locale::En);
    other.transaction.reference = None;
    other.return_url = Some("https://shop.example/done".to_owned());
    other.origins.push("http://localhost:3000".to_owned());
    for written in [plain, other] {
        let value = serde_json::to_value(&written).unwrap();
        let read = record(fields(&value)).unwrap_or_else(|_| panic!("{value}"));
        // Covers every field, and is what the cardholder object compares.
        assert_eq!(read.digest(), written.digest());
        assert!(read == written);
    }
}

/// The first releases took characters that nobody sees. A purchase under such a name goes on.
#[wasm_bindgen_test]
fn a_name_that_an_earlier_release_took_is_read() {
    let name = "葛\u{e0100}飾\u{200d}";
    let written = json!({ "name": name, "origins": ["https://shop.example"] });
    let read = merchant(fields(&written)).unwrap_or_else(|_| panic!("not read"));
    assert_eq!(read.name.as_str(), name);
    let mut value = serde_json::to_value(fixtures::record(Locale::Ja)).unwrap();
    value["transaction"]["merchant_name"] = json!(name);
    value["transaction"]["reference"] = json!("order\u{ad}1");
    let read = record(fields(&value)).unwrap_or_else(|_| panic!("not read"));
    assert_eq!(read.transaction.merchant_name.as_str(), name);
    assert_eq!(read.transaction.reference.unwrap().as_str(), "order\u{ad}1");
}

fn shop(removed_at: Option<Timestamp>) -> Merchant {
    Merchant {
        name: MerchantName::parse("●●shop").unwrap(),
        origins: vec!["https://shop.example".to_owned()],
        removed_at,
    }
}

fn owner(created_at: Option<Timestamp>) -> KeyOwner {
    let merchant = MerchantId::parse("maru-shop").unwrap();
    KeyOwner { merchant, id: KeyId::random([1; 12]), created_at }
}

#[wasm_bindgen_test]
fn a_key_counts_for_the_registration_that_it_was_made_in() {
    let at = |millis| Some(Timestamp::from_millis(millis));
    for (removed, created, owned) in [
        (None, at(1000), true),
        (None, None, true),
        (at(2000), at(1000), false),
        (at(2000), at(2000), false),
        (at(2000), at(2001), true),
        // Made by a version that noted no time, and so perhaps before the removal.
        (at(2000), None, false),
    ] {
        assert_eq!(shop(removed).owns(&owner(created)), owned, "{removed:?} {created:?}");
    }
}

/// The fixture's file says what a change of these bytes costs.
#[wasm_bindgen_test]
fn stored_values_are_frozen() {
    let read = |name: &str| Fields::of_body(frozen(name).as_bytes()).ok().unwrap();

    let plain = fixtures::record(Locale::Ja);
    let mut other = fixtures::record(Locale::En);
    other.transaction.reference = None;
    other.return_url = Some("https://shop.example/done".to_owned());
    other.origins.push("http://localhost:3000".to_owned());
    for (name, written) in [("kv.challenge", plain), ("kv.challenge.other", other)] {
        assert_eq!(serde_json::to_string(&written).unwrap(), frozen(name));
        assert!(record(read(name)) == Ok(written));
    }

    let tested = fixtures::test_record(Locale::Ja);
    assert_eq!(serde_json::to_string(&tested).unwrap(), frozen("kv.test-challenge"));
    assert!(test_record(read("kv.test-challenge")) == Ok(tested));

    let at = Timestamp::from_millis(1_676_214_000_123);
    for (name, removed_at) in [("kv.merchant", None), ("kv.merchant.again", Some(at))] {
        let written = shop(removed_at);
        assert_eq!(serde_json::to_string(&written).unwrap(), frozen(name));
        let back = merchant(read(name)).unwrap_or_else(|_| panic!("not read"));
        assert_eq!((back.name.as_str(), back.origins), (written.name.as_str(), written.origins));
        assert_eq!(back.removed_at, removed_at);
    }
    // A key without its time is of a version before that was kept.
    for (name, created_at) in [("kv.key", None), ("kv.key.dated", Some(at))] {
        let written = owner(created_at);
        assert_eq!(serde_json::to_string(&written).unwrap(), frozen(name));
        let back = key_owner(read(name)).unwrap_or_else(|_| panic!("not read"));
        assert_eq!((back.merchant, back.id), (written.merchant, written.id));
        assert_eq!(back.created_at, created_at);
    }
    assert_eq!(serde_json::to_string(&Removal { at }).unwrap(), frozen("kv.removed"));
    let back = removal(read("kv.removed")).unwrap_or_else(|_| panic!("not read"));
    assert_eq!(back.at, at);

    let until = Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap();
    let former = Former { key: "e0".to_owned(), salt: "pepper".to_owned(), until };
    for (name, former) in [("kv.events-of", None), ("kv.events-of.rotated", Some(former))] {
        let url = "https://shop.example/hooks".to_owned();
        let written = Endpoint { url, key: "e1".to_owned(), salt: "salt".to_owned(), former };
        assert_eq!(crate::store::merchants::endpoint_value(&written).written(), frozen(name));
        let back = endpoint(read(name)).unwrap_or_else(|_| panic!("not read"));
        assert_eq!(crate::store::merchants::endpoint_value(&back).written(), frozen(name));
    }
}

#[wasm_bindgen_test]
fn what_a_newer_version_added_is_ignored_and_what_is_missing_is_none() {
    let mut written = fixtures::record(Locale::Ja);
    written.transaction.reference = None;
    let mut value = serde_json::to_value(&written).unwrap();
    value["added"] = json!({ "id": [1, null] });
    value["transaction"]["added"] = json!("x");
    value["transaction"]["amount"]["added"] = json!(1.5);
    value.as_object_mut().unwrap().remove("return_url").unwrap();
    value["transaction"].as_object_mut().unwrap().remove("reference").unwrap();
    assert!(record(fields(&value)) == Ok(written));
}

/// Neither is read in place of the other, under whichever key it stands. A test cardholder that only
/// a newer version knows forces a course that is not known here.
#[wasm_bindgen_test]
fn a_record_of_one_mode_is_none_of_the_other() {
    let (live, test) = (fixtures::record(Locale::Ja), fixtures::test_record(Locale::Ja));
    let (live, mut test) =
        (serde_json::to_value(live).unwrap(), serde_json::to_value(test).unwrap());
    assert!(record(fields(&test)) == Err(Misread::Damaged));
    assert!(test_record(fields(&live)) == Err(Misread::Damaged));
    test["cardholder"] = json!("test_of_tomorrow");
    assert!(test_record(fields(&test)) == Err(Misread::Newer));
}

/// A record in another language or currency would not be the one that was pinned.
#[wasm_bindgen_test]
fn a_language_or_currency_that_is_not_known_is_not_guessed() {
    for (path, newer) in [("/locale", "fr"), ("/transaction/amount/currency", "XQQ")] {
        let mut value = serde_json::to_value(fixtures::record(Locale::Ja)).unwrap();
        *value.pointer_mut(path).unwrap() = json!(newer);
        assert!(record(fields(&value)) == Err(Misread::Newer), "{path}");
    }
}

#[wasm_bindgen_test]
fn a_record_that_lacks_something_is_none() {
    let whole = serde_json::to_value(fixtures::record(Locale::Ja)).unwrap();
    for path in [
        "/id",
        "/cardholder",
        "/transaction",
        "/transaction/merchant",
        "/transaction/merchant_name",
        "/transaction/amount",
        "/transaction/amount/minor",
        "/transaction/amount/currency",
        "/transaction/purchased_at",
        "/transaction/card_last4",
        "/salt",
        "/master_key",
        "/locale",
        "/origins",
    ] {
        for misfit in [Value::Null, json!(true)] {
            let mut broken = whole.clone();
            *broken.pointer_mut(path).unwrap() = misfit;
            assert!(record(fields(&broken)).is_err(), "{path}");
        }
    }
}
