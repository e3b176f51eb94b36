//! What is remembered of proved keys: for how long, how many, and never past a change.

use warifu_core::{
    ids::{KeyId, MerchantId},
    text::MerchantName,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

fn shop() -> (KeyOwner, Merchant) {
    let merchant = MerchantId::parse("maru-shop").unwrap();
    let owner = KeyOwner { merchant, id: KeyId::random([1; 12]), created_at: None };
    let name = MerchantName::parse("●●shop").unwrap();
    (owner, Merchant { name, origins: Vec::new(), removed_at: None })
}

/// Remembers a key that KV proved just then.
fn prove(known: &KnownMerchants, fingerprint: &str, now: Timestamp) {
    let (owner, merchant) = shop();
    known.remember(fingerprint.to_owned(), (&owner, &merchant), known.as_of(), now);
}

fn is_known(known: &KnownMerchants, fingerprint: &str, now: Timestamp) -> bool {
    known.find(fingerprint, now).is_some()
}

#[wasm_bindgen_test]
fn a_proved_key_is_remembered_for_30_seconds() {
    let known = KnownMerchants::default();
    assert!(!is_known(&known, "key", at(0)));
    prove(&known, "key", at(0));
    let (owner, merchant) = known.find("key", at(29_999)).unwrap();
    assert_eq!((owner.merchant.as_str(), merchant.name.as_str()), ("maru-shop", "●●shop"));
    assert!(!is_known(&known, "key", at(30_000)));
    assert!(!is_known(&known, "other", at(0)));
}

#[wasm_bindgen_test]
fn a_change_here_counts_at_once_and_what_was_read_before_it_is_not_remembered() {
    let known = KnownMerchants::default();
    prove(&known, "key", at(0));
    let before = known.as_of();
    known.forget();
    assert!(!is_known(&known, "key", at(1)));
    let (owner, merchant) = shop();
    known.remember("key".to_owned(), (&owner, &merchant), before, at(1));
    assert!(!is_known(&known, "key", at(1)));
    prove(&known, "key", at(2));
    assert!(is_known(&known, "key", at(2)));
}

#[wasm_bindgen_test]
fn of_more_keys_than_there_is_room_for_none_is_pushed_out_before_its_time() {
    let known = KnownMerchants::default();
    for number in 0..=MOST {
        prove(&known, &format!("key-{number}"), at(number as u64));
    }
    assert!(is_known(&known, "key-0", at(1)));
    assert!(!is_known(&known, &format!("key-{MOST}"), at(MOST as u64)));
    let later = at(30_500);
    prove(&known, "late", later);
    assert!(is_known(&known, "late", later));
    assert_eq!(known.0.borrow().keys.len(), MOST - 500);
}
