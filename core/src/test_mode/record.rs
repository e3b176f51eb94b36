//! The record of a test challenge.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;

use super::{TestClientSecret, TestLocator};
use crate::{
    client_secret::OriginTag,
    digest::{self, Digest, Hasher},
    ids::{BadId, ChallengeId, MerchantId},
    locale::Locale,
    record::Sheet,
    secret::MasterKey,
    test_cardholder::TestCardholder,
    transaction::Transaction,
};

/// `ch_test_` and 22 base64url characters (128 bits). No live id has this form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TestChallengeId(String);

impl TestChallengeId {
    const PREFIX: &str = "ch_test_";
    /// How many letters it has.
    pub(crate) const LENGTH: usize = 30;

    /// A new id from 16 random bytes.
    #[must_use]
    pub fn random(random: [u8; 16]) -> Self {
        Self(format!("{}{}", Self::PREFIX, Base64UrlUnpadded::encode_string(&random)))
    }

    /// The id of the challenge that a merchant creates under an idempotency key. It is the same as long
    /// as the master key is.
    #[must_use]
    pub fn idempotent(
        master: &MasterKey,
        merchant: &MerchantId,
        cardholder: TestCardholder,
        key: &str,
    ) -> Self {
        let fields = [merchant.as_str().as_bytes(), cardholder.as_str().as_bytes(), key.as_bytes()];
        let mac = digest::mac(master.bytes(), "warifu/test-idempotent-id/v1", &fields);
        let mut random = [0; 16];
        random.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
        Self::random(random)
    }

    /// Checks the form of an id.
    ///
    /// # Errors
    /// [`BadId`] when it is not `ch_test_` and 22 base64url characters.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let tail = text.strip_prefix(Self::PREFIX).ok_or(BadId)?;
        let decoded = Base64UrlUnpadded::decode_vec(tail).map_err(|_| BadId)?;
        (decoded.len() == 16).then(|| Self(text.to_owned())).ok_or(BadId)
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the object that decides it: of this challenge alone. No cardholder's id has a slash.
    #[must_use]
    pub fn object(&self) -> String {
        format!("test/{}", self.0)
    }

    /// The name that its object knows it by. No live challenge of this name can be found: no record of
    /// it is written.
    #[must_use]
    pub fn in_object(&self) -> ChallengeId {
        let tail = self.0.strip_prefix(Self::PREFIX).unwrap_or_default();
        match ChallengeId::parse(&format!("ch_{tail}")) {
            Ok(id) => id,
            Err(BadId) => unreachable!("both ids have the same 22 letters"),
        }
    }

    /// The id of the test challenge that an object knows by this name.
    #[must_use]
    pub fn of_object(id: &ChallengeId) -> Self {
        let tail = id.as_str().strip_prefix("ch_").unwrap_or_default();
        Self(format!("{}{tail}", Self::PREFIX))
    }
}

impl fmt::Display for TestChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One test challenge as it was created. It has no salt and names no master key: no code is derived
/// from it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TestRecord {
    /// Its id.
    pub id: TestChallengeId,
    /// The test cardholder who acts.
    #[serde(serialize_with = "id_of")]
    pub cardholder: TestCardholder,
    /// What would be confirmed.
    pub transaction: Transaction,
    /// The language of form and messages.
    pub locale: Locale,
    /// Where the browser goes at the end when the merchant's page has no script.
    pub return_url: Option<String>,
    /// The merchant's origins at creation: who may frame the form.
    pub origins: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes every field by reference")]
fn id_of<S: serde::Serializer>(one: &TestCardholder, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(one.as_str())
}

impl TestRecord {
    /// The digest of every field, which the object pins. A field that is added later enters it only
    /// where it is set.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("warifu/test-record/v1")
            .field(self.id.as_str().as_bytes())
            .field(self.cardholder.as_str().as_bytes())
            .field(self.transaction.digest().bytes())
            .field(self.locale.as_str().as_bytes())
            .optional(self.return_url.as_ref().map(String::as_bytes));
        for origin in &self.origins {
            hasher = hasher.field(origin.as_bytes());
        }
        hasher.finish()
    }

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

    /// The client secret that opens its form.
    #[must_use]
    pub fn client_secret(&self, master: &MasterKey) -> TestClientSecret {
        let origins = self.origins.iter().map(|origin| OriginTag::of(origin)).collect();
        TestClientSecret::seal(master, &self.id, &TestLocator { record: self.digest(), origins })
    }
}
