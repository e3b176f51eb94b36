//! The challenge record: everything about a challenge that never changes.
//!
//! A record is written once, to Workers KV, where other locations may see it a minute later. What
//! changes (sends, tries, outcome) is in the cardholder's state.

use serde::{Deserialize, Serialize};

use crate::{
    client_secret::{ClientSecret, Locator, OriginTag},
    code::CodeKey,
    destination::DestinationName,
    digest::{Digest, Hasher},
    ids::{CardholderId, ChallengeId, Salt},
    locale::Locale,
    secret::MasterKey,
    transaction::Transaction,
};

/// One challenge as it was created.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRecord {
    /// Its id.
    pub id: ChallengeId,
    /// The cardholder who must confirm.
    pub cardholder: CardholderId,
    /// What the cardholder confirms.
    pub transaction: Transaction,
    /// Makes its codes unrelated to those of an equal transaction.
    pub salt: Salt,
    /// Which master key derives its codes.
    pub master_key: String,
    /// The language of form and messages.
    pub locale: Locale,
    /// Where the browser goes at the end when the merchant's page has no script.
    pub return_url: Option<String>,
    /// The merchant's origins at creation: who may frame the form.
    pub origins: Vec<String>,
    /// What it has besides where a directory server asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub three_ds: Option<ThreeDsRecord>,
}

/// What a challenge has besides that a directory server of EMV 3-D Secure asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreeDsRecord {
    /// The transaction as `warifu-three-ds` writes it.
    pub transaction: String,
    /// A digest of what the directory server asked, in hexadecimal.
    pub content: String,
    /// The key of its authentication value, if a key makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_key: Option<String>,
}

/// What form and messages show of a challenge.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// What the cardholder confirms.
    pub transaction: &'a Transaction,
    /// The language of form and messages.
    pub locale: Locale,
    /// Where the browser goes at the end when the merchant's page has no script.
    pub return_url: Option<&'a str>,
    /// The merchant's origins at creation: who may frame the form.
    pub origins: &'a [String],
}

impl ChallengeRecord {
    /// What form and messages show of it.
    #[must_use]
    pub fn sheet(&self) -> Sheet<'_> {
        Sheet {
            transaction: &self.transaction,
            locale: self.locale,
            return_url: self.return_url.as_deref(),
            origins: &self.origins,
        }
    }

    /// The digest of every field. The cardholder object pins it when it opens the challenge, and a
    /// record that was changed afterwards no longer matches.
    ///
    /// A field that is added later enters the digest only where it is set. So a version that does
    /// not know the field computes the same digest of every record without it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("warifu/record/v1")
            .field(self.id.as_str().as_bytes())
            .field(self.cardholder.as_str().as_bytes())
            .field(self.transaction.digest().bytes())
            .field(self.salt.as_bytes())
            .field(self.master_key.as_bytes())
            .field(self.locale.as_str().as_bytes())
            .optional(self.return_url.as_ref().map(String::as_bytes));
        for origin in &self.origins {
            hasher = hasher.field(origin.as_bytes());
        }
        if let Some(three_ds) = &self.three_ds {
            // No origin begins so.
            hasher = hasher
                .field(b"three-ds")
                .field(three_ds.transaction.as_bytes())
                .field(three_ds.content.as_bytes())
                .optional(three_ds.value_key.as_ref().map(String::as_bytes));
        }
        hasher.finish()
    }

    /// The digest of what the merchant asked for: of every field but those that we chose. A create
    /// that is sent again under its idempotency key has the same.
    #[must_use]
    pub fn request_digest(&self) -> Digest {
        let mut hasher = Hasher::new("warifu/request/v1")
            .field(self.cardholder.as_str().as_bytes())
            .field(self.transaction.digest().bytes())
            .field(self.locale.as_str().as_bytes())
            .optional(self.return_url.as_ref().map(String::as_bytes));
        for origin in &self.origins {
            hasher = hasher.field(origin.as_bytes());
        }
        hasher.finish()
    }

    /// The key that derives this challenge's codes.
    #[must_use]
    pub fn code_key(&self, master: &MasterKey) -> CodeKey {
        CodeKey::derive(master, &self.id, &self.salt, &self.transaction.digest())
    }

    /// The client secret that opens this challenge's form. `to` is the name of the destination of its
    /// first code, if one is sent.
    #[must_use]
    pub fn client_secret(&self, master: &MasterKey, to: Option<DestinationName>) -> ClientSecret {
        let locator = Locator { destination: to, ..self.locator() };
        ClientSecret::seal(master, &self.id, &locator)
    }

    /// What the client secret says of where the challenge is decided.
    #[must_use]
    pub fn locator(&self) -> Locator {
        Locator {
            cardholder: self.cardholder.clone(),
            merchant: self.transaction.merchant.clone(),
            record: self.digest(),
            salt: self.salt.clone(),
            transaction: self.transaction.digest(),
            origins: self.origins.iter().map(|origin| OriginTag::of(origin)).collect(),
            destination: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::tests::coffee;

    fn record() -> ChallengeRecord {
        let (id, salt) = ChallengeId::random([1; 32]);
        ChallengeRecord {
            id,
            cardholder: CardholderId::parse("taro").unwrap(),
            transaction: coffee(),
            salt,
            master_key: "k1".to_owned(),
            locale: Locale::Ja,
            return_url: None,
            origins: vec!["https://shop.example".to_owned()],
            three_ds: None,
        }
    }

    /// Open challenges are stored in this form. A change of it makes them unreadable for as long as
    /// they are kept, a day.
    #[test]
    fn stored_form_is_pinned() {
        let json = r#"{"id":"ch_AQEBAQEBAQEBAQEBAQEBAQ","cardholder":"taro","transaction":{"merchant":"maru-shop","merchant_name":"●●shop","amount":{"minor":3150,"currency":"JPY"},"purchased_at":1676214000000,"card_last4":"1234","reference":"order-1"},"salt":"AQEBAQEBAQEBAQEBAQEBAQ","master_key":"k1","locale":"ja","return_url":null,"origins":["https://shop.example"]}"#;
        assert_eq!(serde_json::to_string(&record()).unwrap(), json);
        let read: ChallengeRecord = serde_json::from_str(json).unwrap();
        assert_eq!(read.digest(), record().digest());
    }

    #[test]
    fn every_field_changes_the_digest() {
        let three_ds = |transaction: &str, content: &str, key: Option<&str>| ThreeDsRecord {
            transaction: transaction.to_owned(),
            content: content.to_owned(),
            value_key: key.map(str::to_owned),
        };
        let with = |it: ThreeDsRecord| ChallengeRecord { three_ds: Some(it), ..record() }.digest();
        let first = with(three_ds("t", "c", None));
        assert_ne!(first, record().digest());
        for other in
            [three_ds("u", "c", None), three_ds("t", "d", None), three_ds("t", "c", Some("1"))]
        {
            assert_ne!(with(other), first);
        }
        let changes: [fn(&mut ChallengeRecord); 8] = [
            |r| r.id = ChallengeId::random([2; 32]).0,
            |r| r.cardholder = CardholderId::parse("jiro").unwrap(),
            |r| r.transaction.reference = None,
            |r| r.salt = ChallengeId::random([2; 32]).1,
            |r| r.master_key = "k2".to_owned(),
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
}
