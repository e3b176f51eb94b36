//! Nothing of a test passes for anything of a live challenge, nor the reverse.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::*;
use crate::{
    attestation::{Claims, TestClaims},
    cardholder::{Cardholder, ChallengeCommand, Command, Reply},
    client_secret::ClientSecret,
    code::SubmittedCode,
    fixtures,
    ids::{CardholderId, ChallengeId, MerchantId},
    locale::Locale,
    rules::Rules,
    secret::{ApiKey, KeyMode, KeyProof, MasterKey},
    time::Timestamp,
};

fn master(byte: u8) -> MasterKey {
    MasterKey::parse(&Base64UrlUnpadded::encode_string(&[byte; 32])).unwrap()
}

fn record() -> TestRecord {
    fixtures::test_record(Locale::Ja)
}

#[test]
fn a_test_cardholder_has_one_name_and_a_live_key_may_have_it_for_its_own() {
    for one in TestCardholder::ALL {
        assert_eq!(TestCardholder::parse(one.as_str()), Some(one));
        assert!(CardholderId::parse(one.as_str()).is_ok());
    }
    for other in ["", "taro", "test_", "TEST_VERIFIED", "test_verified "] {
        assert_eq!(TestCardholder::parse(other), None, "{other}");
    }
}

#[test]
fn no_id_of_one_mode_is_an_id_of_the_other() {
    let (test, live) = (TestChallengeId::random([1; 16]), fixtures::record(Locale::Ja).id);
    assert_eq!(test.as_str(), "ch_test_AQEBAQEBAQEBAQEBAQEBAQ");
    assert_eq!(test.as_str().len(), TestChallengeId::LENGTH);
    assert!(ChallengeId::parse(test.as_str()).is_err());
    assert!(TestChallengeId::parse(live.as_str()).is_err());
    assert_eq!(TestChallengeId::parse(test.as_str()), Ok(test.clone()));
    for bad in ["ch_test_", "ch_test_AQ", "ch_test_AQEBAQEBAQEBAQEBAQEBAQE", "ch_test_あ"] {
        assert!(TestChallengeId::parse(bad).is_err(), "{bad}");
    }
    // Nor is a live id whose random letters begin with `test_`: it has five letters less.
    let unlucky = "ch_test_AQEBAQEBAQEBAQEBA";
    assert!(ChallengeId::parse(unlucky).is_ok());
    assert!(TestChallengeId::parse(unlucky).is_err());
}

#[test]
fn no_cardholder_has_the_object_of_a_test() {
    let name = TestChallengeId::random([1; 16]).object();
    assert_eq!(name, "test/ch_test_AQEBAQEBAQEBAQEBAQEBAQ");
    assert!(CardholderId::parse(&name).is_err());
}

#[test]
fn an_idempotent_id_belongs_to_one_merchant_cardholder_key_and_master_key() {
    let id = |master_byte, merchant: &str, cardholder, key: &str| {
        let merchant = MerchantId::parse(merchant).unwrap();
        TestChallengeId::idempotent(&master(master_byte), &merchant, cardholder, key)
    };
    let first = id(7, "m", TestCardholder::App, "k");
    assert_eq!(first, id(7, "m", TestCardholder::App, "k"));
    for other in [
        id(8, "m", TestCardholder::App, "k"),
        id(7, "n", TestCardholder::App, "k"),
        id(7, "m", TestCardholder::Sms, "k"),
        id(7, "m", TestCardholder::App, "l"),
    ] {
        assert_ne!(first, other);
    }
}

#[test]
fn a_client_secret_opens_in_its_own_mode_alone() {
    let (record, live, key) = (record(), fixtures::record(Locale::Ja), master(7));
    let keys = || [("new", &key)];
    let secret = record.client_secret(&key);
    let opened = TestClientSecret::open(secret.reveal(), keys()).unwrap();
    assert_eq!(opened.id, record.id);
    assert_eq!(opened.locator.record, record.digest());
    assert!(opened.locator.has_origin("https://shop.example"));
    assert!(!opened.locator.has_origin("https://evil.example"));
    assert!(ClientSecret::open(secret.reveal(), keys()).is_none());
    let other = master(8);
    assert!(TestClientSecret::open(secret.reveal(), [("other", &other)]).is_none());
    // What a live secret seals is sealed with another key, whichever id stands before it.
    let live = live.client_secret(&key, None);
    assert!(TestClientSecret::open(live.reveal(), keys()).is_none());
    let sealed = live.reveal().split_once("_secret_").unwrap().1;
    let moved = format!("{}_secret_{sealed}", record.id);
    assert!(TestClientSecret::open(&moved, keys()).is_none());
    let sealed = secret.reveal().split_once("_secret_").unwrap().1;
    let moved = format!("{}_secret_{sealed}", fixtures::record(Locale::Ja).id);
    assert!(ClientSecret::open(&moved, keys()).is_none());
    // A challenge of another id has another secret.
    let mut text = secret.reveal().to_owned();
    text.replace_range(10..11, "R");
    assert!(TestClientSecret::open(&text, keys()).is_none());
}

#[test]
fn every_field_changes_the_digest() {
    let changes: [fn(&mut TestRecord); 6] = [
        |r| r.id = TestChallengeId::random([2; 16]),
        |r| r.cardholder = TestCardholder::App,
        |r| r.transaction.reference = None,
        |r| r.locale = Locale::En,
        |r| r.return_url = Some("https://shop.example/done".to_owned()),
        |r| r.origins.push("https://evil.example".to_owned()),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = record();
        change(&mut changed);
        assert_ne!(changed.digest(), record().digest(), "change {index}");
    }
}

#[test]
fn an_attestation_of_a_test_is_for_another_audience_and_of_another_type() {
    let (record, rules) = (record(), Rules::default());
    let now = Timestamp::from_millis(1_800_000_000_000);
    let mut state = Cardholder::default();
    let mut ask = |command: Command| {
        let (after, reply) = std::mem::take(&mut state).decide(command, &rules, now);
        state = after;
        reply
    };
    let to_it = |command| Command::Challenge {
        id: record.id.in_object(),
        record: record.digest(),
        command,
        merchant: None,
    };
    ask(to_it(ChallengeCommand::OpenTest(record.cardholder)));
    ask(to_it(ChallengeCommand::Present { hostname: None, known_browser: false }));
    let code = SubmittedCode::parse("123456").unwrap();
    let verify = ChallengeCommand::VerifyTest { code, attempt: None };
    let Reply::Verified(view, _) = ask(to_it(verify)) else { panic!("not verified") };
    let claims = TestClaims::of(&record, &view, "https://otp.example", &rules).unwrap();
    let test = serde_json::to_value(claims).unwrap();
    assert_eq!(test["aud"], "test/maru-shop");
    assert_eq!(test["sub"], record.id.as_str());
    assert_eq!(test["jti"], format!("att_test_AQEBAQEBAQEBAQEBAQEBAQ_{}", now.unix_seconds()));
    let live = Claims::of(&fixtures::record(Locale::Ja), &view, "https://otp.example", &rules);
    assert_ne!(test["aud"], live.unwrap().aud);
    assert_ne!(crate::attestation::TYPE, crate::attestation::TEST_TYPE);
    assert!(MerchantId::parse("test/maru-shop").is_err());
}

#[test]
fn a_key_says_its_mode_and_proves_nothing_in_the_other() {
    let mac = master(9);
    for (mode, other) in [(KeyMode::Live, KeyMode::Test), (KeyMode::Test, KeyMode::Live)] {
        for mac_key in [Some(&mac), None] {
            let key = ApiKey::mint(mode.prefix(), [7; 32], mac_key);
            assert_eq!(key.mode(), mode);
            assert_ne!(key.proof(mode.prefix(), [&mac]), KeyProof::MadeUp);
            assert_eq!(key.proof(other.prefix(), [&mac]), KeyProof::MadeUp);
            // The same letters behind the other prefix are another key: for the MAC, and for what is
            // looked up.
            let moved = ApiKey::presented(&key.reveal().replace(mode.prefix(), other.prefix()));
            assert_ne!(moved.fingerprint(), key.fingerprint());
            if mac_key.is_some() {
                assert_eq!(moved.proof(other.prefix(), [&mac]), KeyProof::MadeUp);
            }
        }
        assert_eq!(KeyMode::parse(mode.as_str()), Some(mode));
    }
    assert_eq!(KeyMode::parse("Live"), None);
    for text in ["", "wk_", "wk_testing", "wk_issuer_x"] {
        assert_eq!(ApiKey::presented(text).mode(), KeyMode::Live, "{text}");
    }
}
