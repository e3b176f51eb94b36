//! The client secret of a test challenge's form.

use minicbor::{Decode, Encode};

use super::TestChallengeId;
use crate::{
    client_secret::{self, Domain, OriginTag, SEPARATOR},
    digest::Digest,
    secret::MasterKey,
};

/// What the form of a test challenge asks its object with.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TestLocator {
    /// The digest of the record, which the object pinned.
    #[n(0)]
    pub record: Digest,
    /// The merchant's origins.
    #[n(1)]
    pub(crate) origins: Vec<OriginTag>,
}

impl TestLocator {
    /// Whether an origin is one of the merchant's, as they were when the challenge was created.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        self.origins.contains(&OriginTag::of(origin))
    }
}

/// `ch_test_…_secret_…`: as [`client_secret::ClientSecret`], sealed with another key and nonce.
pub struct TestClientSecret(String);

/// A client secret of a test that one of our master keys made.
pub struct PresentedTest {
    /// The challenge that it opens.
    pub id: TestChallengeId,
    /// What its object is asked with.
    pub locator: TestLocator,
}

const DOMAIN: Domain =
    Domain { key: "warifu/test-client-secret/v1", nonce: "warifu/test-client-secret-nonce/v1" };

impl TestClientSecret {
    pub(super) fn seal(master: &MasterKey, id: &TestChallengeId, locator: &TestLocator) -> Self {
        let sealed = client_secret::seal(master, &DOMAIN, id.as_str(), locator);
        Self(format!("{id}{SEPARATOR}{sealed}"))
    }

    /// Which test challenge a presented text opens; `None` for one that none of `masters` made.
    #[must_use]
    pub fn open<'a>(
        text: &str,
        masters: impl IntoIterator<Item = (&'a str, &'a MasterKey)>,
    ) -> Option<PresentedTest> {
        let (id, rest) = text.split_at_checked(TestChallengeId::LENGTH)?;
        let id = TestChallengeId::parse(id).ok()?;
        let sealed = rest.strip_prefix(SEPARATOR)?;
        let (_, locator) = client_secret::unseal(sealed, &DOMAIN, id.as_str(), masters)?;
        Some(PresentedTest { id, locator })
    }

    /// The secret's text, for the answer to create and for the form's own addresses.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
