//! Names of things: challenges, cardholders, merchants, keys.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use crate::{
    digest::{self, Digest},
    secret::MasterKey,
    time::Timestamp,
};

/// An id that is not of its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

/// 16 random bytes in every challenge, so that equal transactions have unrelated codes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Salt(#[n(0)] String);

impl Salt {
    fn new(bytes: &[u8]) -> Self {
        Self(Base64UrlUnpadded::encode_string(bytes))
    }

    /// A salt as it was stored. Another salt makes other codes.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// `ch_` and 22 base64url characters (128 bits).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode)]
#[serde(try_from = "String", into = "String")]
#[cbor(transparent)]
pub struct ChallengeId(#[n(0)] String);

impl ChallengeId {
    /// How many letters it has.
    pub(crate) const LENGTH: usize = 25;

    /// A new id and salt from 32 random bytes.
    #[must_use]
    pub fn random(random: [u8; 32]) -> (Self, Salt) {
        let (id, salt) = random.split_at(16);
        (Self(format!("ch_{}", Base64UrlUnpadded::encode_string(id))), Salt::new(salt))
    }

    /// The id and salt of the challenge that was opened at a time under a merchant's idempotency key.
    /// A retry derives them again from the time that the cardholder's object has of the first
    /// attempt. Without the master key nobody can tell the id from the idempotency key, and the same
    /// key used again when the challenge is forgotten gives another id, and so another client secret.
    #[must_use]
    pub fn idempotent(
        master: &MasterKey,
        merchant: &MerchantId,
        cardholder: &CardholderId,
        key: &str,
        opened_at: Timestamp,
    ) -> (Self, Salt) {
        let opened_at = opened_at.millis().to_be_bytes();
        let fields = [
            merchant.as_str().as_bytes(),
            cardholder.as_str().as_bytes(),
            key.as_bytes(),
            &opened_at,
        ];
        Self::random(digest::mac(master.bytes(), "warifu/idempotent-id/v2", &fields))
    }

    /// The id and salt of the challenge that a directory server asks for, by the name of its
    /// transaction. A request that is repeated has the same.
    #[must_use]
    pub fn of_request(master: &MasterKey, transaction: &Digest) -> (Self, Salt) {
        let fields = [transaction.bytes().as_slice()];
        Self::random(digest::mac(master.bytes(), "warifu/three-ds-id/v1", &fields))
    }

    /// Checks the form of an id.
    ///
    /// # Errors
    /// [`BadId`] when it is not `ch_` and 22 base64url characters.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let tail = text.strip_prefix("ch_").ok_or(BadId)?;
        let decoded = Base64UrlUnpadded::decode_vec(tail).map_err(|_| BadId)?;
        (decoded.len() == 16).then(|| Self(text.to_owned())).ok_or(BadId)
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'b, Ctx> Decode<'b, Ctx> for ChallengeId {
    fn decode(decoder: &mut Decoder<'b>, _: &mut Ctx) -> Result<Self, decode::Error> {
        Self::parse(decoder.str()?).map_err(|_| decode::Error::message("not a challenge id"))
    }
}

impl TryFrom<String> for ChallengeId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "not a challenge id")
    }
}

impl From<ChallengeId> for String {
    fn from(id: ChallengeId) -> Self {
        id.0
    }
}

/// Whether a byte is a letter of base64url (RFC 4648 §5).
pub(crate) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

macro_rules! issuer_chosen_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form: 1 to 64 letters, digits, `.`, `_` or `-`, and not dots alone.
            ///
            /// # Errors
            /// [`BadId`] for any other text.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let allowed = |byte: u8| is_base64url(byte) || byte == b'.';
                // Clients resolve `.` and `..` in an address as steps of the path, so such an id
                // would never arrive.
                let named = text.bytes().any(|byte| byte != b'.');
                let fits = text.len() <= 64 && named && text.bytes().all(allowed);
                fits.then(|| Self(text.to_owned())).ok_or(BadId)
            }

            /// The id's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<Ctx> Encode<Ctx> for $name {
            fn encode<W: encode::Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut Ctx,
            ) -> Result<(), encode::Error<W::Error>> {
                encoder.str(&self.0)?.ok()
            }
        }

        impl<'b, Ctx> Decode<'b, Ctx> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut Ctx) -> Result<Self, decode::Error> {
                Self::parse(decoder.str()?).map_err(|_| decode::Error::message("not an id"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err(|_| "not an id")
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

issuer_chosen_id! {
    /// The issuer's opaque id of a cardholder; never a card number.
    CardholderId
}
issuer_chosen_id! {
    /// The issuer's id of a merchant.
    MerchantId
}
issuer_chosen_id! {
    /// The id of a merchant's key: `key_…`. It names the key in lists and when it is revoked, and
    /// proves nothing.
    KeyId
}

impl MerchantId {
    /// How the ids of merchants begin that a directory server names. No merchant is registered by one.
    pub const OF_DIRECTORY_SERVER: &str = "3ds_";

    /// Whether a directory server named the merchant.
    #[must_use]
    pub fn is_of_directory_server(&self) -> bool {
        self.0.starts_with(Self::OF_DIRECTORY_SERVER)
    }
}

impl KeyId {
    /// A new id from 12 random bytes.
    #[must_use]
    pub fn random(random: [u8; 12]) -> Self {
        Self(format!("key_{}", Base64UrlUnpadded::encode_string(&random)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotent_id_belongs_to_one_merchant_cardholder_key_time_and_master_key() {
        let id = |master: &str, merchant: &str, cardholder: &str, key: &str, millis| {
            let master = MasterKey::parse(&master.repeat(43)).unwrap();
            let merchant = MerchantId::parse(merchant).unwrap();
            let cardholder = CardholderId::parse(cardholder).unwrap();
            let at = Timestamp::from_millis(millis);
            ChallengeId::idempotent(&master, &merchant, &cardholder, key, at).0
        };
        let first = id("A", "m", "c", "k", 1);
        assert_eq!(first, id("A", "m", "c", "k", 1));
        let others = [
            id("E", "m", "c", "k", 1),
            id("A", "n", "c", "k", 1),
            id("A", "m", "d", "k", 1),
            id("A", "m", "c", "l", 1),
            id("A", "m", "c", "k", 2),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn issuer_ids_have_a_narrow_alphabet() {
        assert!(CardholderId::parse("taro.yamada_1-x").is_ok());
        for bad in ["", ".", "..", "...", "a/b", "a b", "太郎", &"a".repeat(65)] {
            assert!(CardholderId::parse(bad).is_err(), "{bad}");
        }
    }
}
