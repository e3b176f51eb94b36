//! `authenticationValue`: proof of an authentication, which travels with the authorisation.
//!
//! Ours is none of a scheme's. It is for an issuer whose own authorisation host checks it with the
//! same key; an issuer whose scheme wants its own value has it made by a service of theirs.

use base64ct::{Base64, Encoding as _};
use warifu_core::digest::mac;

use crate::{shared_key::SharedKey, transaction::Transaction, version::Version};

/// A key of authentication values, which the issuer's authorisation host has too.
pub struct ValueKey {
    index: u8,
    key: SharedKey,
}

impl ValueKey {
    const LABEL: &'static str = "warifu/authentication-value/v1";
    /// The first byte of every value of this construction.
    const FORM: u8 = 1;

    /// Reads 32 bytes of base64url text; `None` for anything else. The index says in each value which
    /// key made it.
    #[must_use]
    pub fn parse(index: u8, text: &str) -> Option<Self> {
        SharedKey::parse(text).map(|key| Self { index, key })
    }

    /// The value of a transaction: 20 bytes in base64, which are the form, the key's index, and the
    /// first 18 bytes of a MAC of transaction, card and electronic commerce indicator.
    #[must_use]
    pub fn value(&self, of: &Transaction, eci: &str) -> String {
        let fields = [&of.ds_trans_id.bytes()[..], of.card.bytes(), eci.as_bytes()];
        let mac = mac(self.key.bytes(), Self::LABEL, &fields);
        let mut value = vec![Self::FORM, self.index];
        value.extend(mac.iter().take(18));
        Base64::encode_string(&value)
    }
}

/// A value that the issuer's service has made, if it has the form of the version's element. In 2.2.0
/// it has 28 characters, which are 20 bytes, or 21 as Mastercard's.
#[must_use]
pub fn of_service(text: &str, version: Version) -> Option<&str> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let fits = match version {
        Version::V220 => Base64::decode_vec(text).is_ok_and(|it| matches!(it.len(), 20 | 21)),
        Version::V231 => (1..=4000).contains(&text.len()) && text.bytes().all(letter),
    };
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures::transaction, ids::TransId, pan::CardDigest};

    fn key(letter: &str) -> ValueKey {
        ValueKey::parse(7, &letter.repeat(43)).unwrap()
    }

    /// An authorisation host computes the same: the expected value was computed with Python's hmac.
    #[test]
    fn the_value_is_that_of_the_documented_construction() {
        let value = key("A").value(&transaction(Version::V220), "05");
        assert_eq!(value, "AQfw+2s+ent0AXQVtmnK6Pd2k5U=");
        assert_eq!(value.len(), 28);
        assert_eq!(of_service(&value, Version::V220), Some(value.as_str()));
    }

    #[test]
    fn another_transaction_card_indicator_or_key_has_another_value() {
        let first = transaction(Version::V220);
        let value = key("A").value(&first, "05");
        let mut ids = first.clone();
        ids.ds_trans_id = TransId::parse("00000000-0000-4000-8000-000000000000").unwrap();
        let mut card = first.clone();
        card.card = CardDigest::parse(&"0".repeat(64)).unwrap();
        for other in [
            key("A").value(&ids, "05"),
            key("A").value(&card, "05"),
            key("A").value(&first, "06"),
            key("A").value(&first, ""),
            key("E").value(&first, "05"),
            ValueKey::parse(8, &"A".repeat(43)).unwrap().value(&first, "05"),
        ] {
            assert_ne!(other, value);
        }
    }

    #[test]
    fn a_service_s_value_has_the_form_of_the_version() {
        let twenty = "AAABBCRnIQAAAAABQ2chAa/wh/Q=";
        let twenty_one = "xgQEKSryAAAAAAAAAAAAAAAAAAAA";
        for good in [twenty, twenty_one] {
            assert!(
                of_service(good, Version::V220).is_some()
                    && of_service(good, Version::V231).is_some()
            );
        }
        for bad in [
            "",
            "AAABBCRnIQAAAAABQ2chAa/wh/",
            "AAABBCRnIQAAAAABQ2chAa/wh/Q==",
            "AAABBCRnIQAAAAABQ2chAa/wg===",
            "AAABBCRnIQAAAAABQ2chAa/whw==",
            &"=".repeat(28),
        ] {
            assert!(of_service(bad, Version::V220).is_none(), "{bad}");
        }
        for bad in ["", "AAAB BCRnIQAAAAABQ2chAa/wh/Q", "\"</script>", &"A".repeat(4001)] {
            assert!(of_service(bad, Version::V231).is_none());
        }
    }
}
