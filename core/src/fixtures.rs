//! The example purchase, for tests. In no build that is published.
#![allow(clippy::unwrap_used, reason = "these texts are what they are parsed as")]

use crate::{
    contact::{Destination, EmailAddress, PhoneNumber},
    ids::{CardholderId, ChallengeId, MerchantId},
    locale::Locale,
    money::{Amount, Currency},
    record::ChallengeRecord,
    test_mode::{TestCardholder, TestChallengeId, TestRecord},
    text::{MerchantName, Reference},
    time::Timestamp,
    transaction::{CardLast4, Transaction},
};

/// The example purchase.
#[must_use]
pub fn record(locale: Locale) -> ChallengeRecord {
    let (id, salt) = ChallengeId::random([1; 32]);
    ChallengeRecord {
        id,
        cardholder: CardholderId::parse("taro").unwrap(),
        transaction: Transaction {
            merchant: MerchantId::parse("maru-shop").unwrap(),
            merchant_name: MerchantName::parse("●●shop").unwrap(),
            amount: Amount::new(3150, Currency::parse("JPY").unwrap()).ok(),
            purchased_at: Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap(),
            card_last4: CardLast4::parse("1234").unwrap(),
            reference: Some(Reference::parse("order-1").unwrap()),
        },
        salt,
        master_key: "k1".to_owned(),
        locale,
        return_url: None,
        origins: vec!["https://shop.example".to_owned()],
        three_ds: None,
    }
}

/// The same purchase in a test.
#[must_use]
pub fn test_record(locale: Locale) -> TestRecord {
    let ChallengeRecord { transaction, locale, return_url, origins, .. } = record(locale);
    TestRecord {
        id: TestChallengeId::random([1; 16]),
        cardholder: TestCardholder::Verified,
        transaction,
        locale,
        return_url,
        origins,
    }
}

/// The address of the example cardholder.
#[must_use]
pub fn email() -> Destination {
    Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap())
}

/// The number of the example cardholder.
#[must_use]
pub fn phone() -> Destination {
    Destination::Sms(PhoneNumber::parse("+819012341234").unwrap())
}
