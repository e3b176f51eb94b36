//! What opens a client secret, what it says, and what is no client secret of ours.

use super::*;
use crate::fixtures;
use crate::{locale::Locale, record::ChallengeRecord};

fn master(byte: u8) -> MasterKey {
    MasterKey::parse(&Base64UrlUnpadded::encode_string(&[byte; 32])).unwrap()
}

fn record() -> ChallengeRecord {
    fixtures::record(Locale::Ja)
}

#[test]
fn it_opens_with_its_master_key_alone_and_says_what_the_record_says() {
    let (record, new, old) = (record(), master(8), master(7));
    let secret = record.client_secret(&old, None);
    let keys = [("new", &new), ("old", &old)];
    let presented = ClientSecret::open(secret.reveal(), keys).unwrap();
    assert_eq!((presented.id, presented.master), (record.id.clone(), "old"));
    let locator = presented.locator.unwrap();
    assert_eq!(
        (&locator.cardholder, &locator.merchant),
        (&record.cardholder, &record.transaction.merchant)
    );
    assert_eq!(locator.record, record.digest());
    let at = crate::time::Timestamp::from_millis(1);
    let code = |key: CodeKey| key.code(at, 1).reveal().to_owned();
    assert_eq!(code(locator.code_key(&old, &record.id)), code(record.code_key(&old)));
    assert!(record.origins.iter().all(|origin| locator.has_origin(origin)));
    assert!(!locator.has_origin("https://evil.example"));
    assert!(ClientSecret::open(secret.reveal(), [("new", &new)]).is_none());
    assert!(ClientSecret::open(secret.reveal(), []).is_none());
}

/// A create that is repeated gives the same address.
#[test]
fn the_same_record_and_key_make_the_same_one() {
    let again = record().client_secret(&master(7), None);
    assert_eq!(record().client_secret(&master(7), None).reveal(), again.reveal());
    assert_ne!(record().client_secret(&master(8), None).reveal(), again.reveal());
}

/// Forms that are open while the release is deployed.
#[test]
fn one_of_before_locators_opens_and_says_nothing() {
    let (id, keys) = (record().id, [("a", &master(8)), ("b", &master(7))]);
    let presented = ClientSecret::open(ClientSecret::of_before(keys[1].1, &id).reveal(), keys);
    let presented = presented.unwrap();
    assert_eq!((presented.id, presented.master), (id, "b"));
    assert!(presented.locator.is_none());
}

#[test]
fn it_shows_neither_cardholder_nor_merchant() {
    let record = record();
    let text = record.client_secret(&master(7), None).reveal().to_owned();
    let sealed = Base64UrlUnpadded::decode_vec(&text[33..]).unwrap();
    for named in [record.cardholder.as_str(), record.transaction.merchant.as_str()] {
        let found = sealed.windows(named.len()).any(|window| window == named.as_bytes());
        assert!(!found, "{named}");
    }
}

#[test]
fn a_text_that_we_did_not_make_opens_nothing() {
    let (record, key) = (record(), master(7));
    let stranger = ChallengeId::random([2; 32]).0;
    for secret in [record.client_secret(&key, None), ClientSecret::of_before(&key, &record.id)] {
        let good = secret.reveal();
        assert!(ClientSecret::open(good, [("k", &key)]).is_some());
        let (id, rest) = good.split_at(25);
        let mut bad = vec![
            String::new(),
            id.to_owned(),
            format!("{id}_secret_"),
            format!("{stranger}{rest}"),
            format!("{good}A"),
            format!("{good}="),
            good.to_lowercase(),
            good.replace("_secret_", "-secret-"),
            format!("{id}_secret_{}", "あ".repeat(15)),
            format!("{id}_secret_{}", "A".repeat(43)),
            format!("{id}_secret_{}", "A".repeat(200)),
            format!("{id}_secret_{}", "A".repeat(2_000)),
            "あ".repeat(40),
        ];
        // Every letter counts.
        for at in 33..good.len() {
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            bad.push(format!("{}{other}{}", &good[..at], &good[at + 1..]));
        }
        for text in bad {
            assert!(ClientSecret::open(&text, [("k", &key)]).is_none(), "{text}");
        }
    }
}

/// The addresses of forms that are open while another release is deployed.
#[test]
fn its_text_is_pinned() {
    assert_eq!(
        record().client_secret(&master(7), None).reveal(),
        "ch_AQEBAQEBAQEBAQEBAQEBAQ_secret_ClBnMBhU9DIoT0E33MCOU2_qP_F0zpOi4v-foRPS3nM7ohlgDxfuFzrAb0GtvUCil6wri7eHsWWwNI10FXDDn7OgeE9fhT4-h52_JG694z0zoojaosjdPWuOXZWWnsjMxZ-r2h9vFeP3NSdnQWTdtKomD7L0hSEf3H-nZ9HwgHVhh4j0_xdm9Kf2fQ"
    );
    let bytes = minicbor::to_vec(record().locator()).unwrap();
    assert_eq!(
        digest::hex(&bytes),
        "a600647461726f01696d6172752d73686f700258205f3157a70179b01894ba2752957a6817af8212001619ac4b40fb0f4d3cdd65f50376415145424151454241514542415145424151454241510458200a7fb541bcbd17201057c3e09576b2c267309ed23448617a82eacd5a270e9b9105811b1e1abcbd4ff57414"
    );
}
