//! The client secret that opens a challenge's form. It is stored nowhere.
//!
//! It names the cardholder's object, what the object pinned, and the destination, so that object, KV and
//! the destination's bucket are asked at the same time. It travels in an address, so all of that is
//! sealed.

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;

use crate::{
    code::CodeKey,
    destination::DestinationName,
    digest::{self, Digest, Hasher},
    ids::{CardholderId, ChallengeId, MerchantId, Salt, is_base64url},
    optional,
    secret::MasterKey,
};

/// What the form of a challenge asks the cardholder's object with. All of it but the destination is in
/// the record too.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Locator {
    /// Whose object.
    #[n(0)]
    pub cardholder: CardholderId,
    /// Whose challenge.
    #[n(1)]
    pub merchant: MerchantId,
    /// The digest of the record, which the object pinned.
    #[n(2)]
    pub record: Digest,
    /// The record's salt.
    #[n(3)]
    pub(crate) salt: Salt,
    /// The digest of the transaction.
    #[n(4)]
    pub(crate) transaction: Digest,
    /// The merchant's origins.
    #[n(5)]
    pub(crate) origins: Vec<OriginTag>,
    /// Under which name the first code's destination is counted, as the cardholder was enrolled when
    /// the challenge was created. `None` where no code is sent, and in one that a release before this
    /// field made.
    #[cbor(n(6), with = "optional", has_nil)]
    pub destination: Option<DestinationName>,
}

/// The first eight bytes of an origin's hash: enough to find it among ten.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct OriginTag(#[n(0)] u64);

impl OriginTag {
    pub(crate) fn of(origin: &str) -> Self {
        let hash = Hasher::new("warifu/origin/v1").field(origin.as_bytes()).finish();
        Self(digest::first_64_bits(hash.bytes()))
    }
}

impl Locator {
    /// Whether an origin is one of the merchant's, as they were when the challenge was created.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        self.origins.contains(&OriginTag::of(origin))
    }

    /// The key that derives the codes of this challenge.
    #[must_use]
    pub fn code_key(&self, master: &MasterKey, id: &ChallengeId) -> CodeKey {
        CodeKey::derive(master, id, &self.salt, &self.transaction)
    }
}

/// `ch_…_secret_…`: a challenge's id, and its [`Locator`] sealed with a master key (AES-256-GCM-SIV,
/// RFC 8452), so that a made-up one is refused before anything is read.
pub struct ClientSecret(String);

/// A client secret that one of our master keys made.
pub struct Presented<'a> {
    /// The challenge that it opens.
    pub id: ChallengeId,
    /// The name of the master key.
    pub master: &'a str,
    /// `None` in one that a release before locators made.
    pub locator: Option<Locator>,
}

/// What stands between a challenge's id and what is sealed.
pub(crate) const SEPARATOR: &str = "_secret_";

/// More letters than any of ours has behind the separator.
const LONGEST: usize = 1_024;

/// What tells one kind of client secret from every other: the domains of its key and its nonce.
pub(crate) struct Domain {
    pub(crate) key: &'static str,
    pub(crate) nonce: &'static str,
}

const LIVE: Domain =
    Domain { key: "warifu/client-secret/v2", nonce: "warifu/client-secret-nonce/v2" };

impl ClientSecret {
    /// The letters behind the separator in one of before locators: a MAC of the id.
    const MAC: usize = 43;

    /// The client secret of a challenge. The same locator and key make the same one.
    #[must_use]
    pub fn seal(master: &MasterKey, id: &ChallengeId, locator: &Locator) -> Self {
        Self(format!("{id}{SEPARATOR}{}", seal(master, &LIVE, id.as_str(), locator)))
    }

    /// Which challenge a presented text opens; `None` for one that none of `masters` made. Its parts
    /// are told by their positions: `_` and `-` are also letters of base64url.
    #[must_use]
    pub fn open<'a>(
        text: &str,
        masters: impl IntoIterator<Item = (&'a str, &'a MasterKey)>,
    ) -> Option<Presented<'a>> {
        let (id, rest) = text.split_at_checked(ChallengeId::LENGTH)?;
        let id = ChallengeId::parse(id).ok()?;
        let secret = rest.strip_prefix(SEPARATOR)?;
        if secret.len() == Self::MAC {
            let mut masters = masters.into_iter();
            let made = |(_, key): &(&str, &MasterKey)| {
                bool::from(mac(key, &id).as_bytes().ct_eq(secret.as_bytes()))
            };
            let (master, _) = masters.find(made)?;
            return Some(Presented { id, master, locator: None });
        }
        let (master, locator) = unseal(secret, &LIVE, id.as_str(), masters)?;
        Some(Presented { id, master, locator: Some(locator) })
    }

    /// The client secret that a release before locators made of a challenge.
    #[cfg(any(test, feature = "fixtures"))]
    #[must_use]
    pub fn of_before(master: &MasterKey, id: &ChallengeId) -> Self {
        Self(format!("{id}{SEPARATOR}{}", mac(master, id)))
    }

    /// The secret's text, for the answer to create and for the form's own addresses.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A MAC of a challenge's id: what stood in client secrets before there were locators.
fn mac(master: &MasterKey, id: &ChallengeId) -> String {
    let mac = digest::mac(master.bytes(), "warifu/client-secret/v1", &[id.as_str().as_bytes()]);
    Base64UrlUnpadded::encode_string(&mac)
}

/// A locator sealed with a key of a domain, as base64url. `id` is bound to it.
pub(crate) fn seal<L: Encode<()>>(
    master: &MasterKey,
    domain: &Domain,
    id: &str,
    locator: &L,
) -> String {
    let Ok(plain) = minicbor::to_vec(locator) else {
        unreachable!("a vector takes every byte that is written")
    };
    let payload = Payload { msg: &plain, aad: id.as_bytes() };
    let Ok(sealed) = cipher(master, domain).encrypt(&nonce(domain, id), payload) else {
        unreachable!("AES-GCM-SIV takes up to 64 GiB")
    };
    Base64UrlUnpadded::encode_string(&sealed)
}

/// The locator in what is behind the separator, and the name of the master key that sealed it.
pub(crate) fn unseal<'a, L: for<'b> Decode<'b, ()>>(
    text: &str,
    domain: &Domain,
    id: &str,
    masters: impl IntoIterator<Item = (&'a str, &'a MasterKey)>,
) -> Option<(&'a str, L)> {
    if text.len() > LONGEST || !text.bytes().all(is_base64url) {
        return None;
    }
    let sealed = Base64UrlUnpadded::decode_vec(text).ok()?;
    let (master, plain) = masters.into_iter().find_map(|(name, key)| {
        let payload = Payload { msg: &sealed, aad: id.as_bytes() };
        Some((name, cipher(key, domain).decrypt(&nonce(domain, id), payload).ok()?))
    })?;
    Some((master, minicbor::decode(&plain).ok()?))
}

fn cipher(master: &MasterKey, domain: &Domain) -> Aes256GcmSiv {
    let key = digest::mac(master.bytes(), domain.key, &[]);
    Aes256GcmSiv::new(&key.into())
}

/// The nonce of a challenge's secret. An id is used for one record alone; a second one would at most
/// show whether both are equal (RFC 8452 §9).
fn nonce(domain: &Domain, id: &str) -> Nonce {
    let hash = Hasher::new(domain.nonce).field(id.as_bytes()).finish();
    let mut nonce = Nonce::default();
    nonce.iter_mut().zip(hash.bytes()).for_each(|(to, from)| *to = *from);
    nonce
}

#[cfg(test)]
mod tests;
