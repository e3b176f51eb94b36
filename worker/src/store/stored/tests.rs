//! What core writes is what this reader reads: two readers of one form must not drift apart.

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures;

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

#[wasm_bindgen_test]
fn a_merchant_and_a_key_s_owner_are_read_back() {
    let written = Merchant {
        name: MerchantName::parse("●●shop").unwrap(),
        origins: vec!["https://shop.example".to_owned()],
    };
    let value = serde_json::to_value(&written).unwrap();
    let read = merchant(fields(&value)).unwrap_or_else(|_| panic!("{value}"));
    assert_eq!(read.name.as_str(), "●●shop");
    assert_eq!(read.origins, written.origins);

    let written =
        KeyOwner { merchant: MerchantId::parse("maru-shop").unwrap(), id: KeyId::random([1; 12]) };
    let value = serde_json::to_value(&written).unwrap();
    let read = key_owner(fields(&value)).unwrap_or_else(|_| panic!("{value}"));
    assert_eq!(read.merchant, written.merchant);
    assert_eq!(read.id, written.id);
}
