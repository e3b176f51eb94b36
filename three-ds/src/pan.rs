//! The card number, which is turned into a keyed digest and forgotten.

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;
use warifu_core::{
    digest::{Digest, from_hex, hex, mac},
    transaction::CardLast4,
};
use zeroize::Zeroizing;

use crate::shared_key::SharedKey;

/// A primary account number, or a token in its place: 13 to 19 digits. It can neither be printed nor
/// serialised nor copied, and overwrites itself when it is dropped.
pub struct Pan {
    digits: Zeroizing<[u8; Pan::MOST]>,
    length: usize,
}

impl Pan {
    const LEAST: usize = 13;
    const MOST: usize = 19;

    /// Reads digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let length = text.len();
        let fits = (Self::LEAST..=Self::MOST).contains(&length);
        if !fits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut digits = Zeroizing::new([0; Self::MOST]);
        digits.get_mut(..length)?.copy_from_slice(text.as_bytes());
        Some(Self { digits, length })
    }

    /// The keyed digest by which an issuer registers the card.
    #[must_use]
    pub fn digest(&self, key: &CardKey) -> CardDigest {
        CardDigest(mac(key.0.bytes(), CardDigest::LABEL, &[self.digits()]))
    }

    /// The last four digits, which may be shown (PCI DSS 3.4.1).
    #[must_use]
    pub fn last4(&self) -> Option<CardLast4> {
        let last = self.digits().last_chunk::<4>()?;
        CardLast4::parse(std::str::from_utf8(last).ok()?)
    }

    fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }
}

/// What is kept of a card number, which is gone by then.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// Its digest under each key, in the order of the keys.
    pub digests: Vec<CardDigest>,
    /// The digits that may be shown.
    pub last4: CardLast4,
}

impl Card {
    /// What is kept of this number.
    pub(crate) fn of(pan: &Pan, keys: &[CardKey]) -> Option<Self> {
        let digests = keys.iter().map(|key| pan.digest(key)).collect();
        Some(Self { digests, last4: pan.last4()? })
    }
}

/// A key of card digests: 256 bits that the deployment shares with the issuer's systems.
pub struct CardKey(SharedKey);

impl CardKey {
    /// Reads 32 bytes of base64url text; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SharedKey::parse(text).map(Self)
    }
}

/// HMAC-SHA-256 of a card number under a [`CardKey`]: PCI DSS 3.5.1.1's keyed hash of the whole
/// number.
#[derive(Clone, Copy, Encode, Decode)]
#[cbor(transparent)]
pub struct CardDigest(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl CardDigest {
    /// Names the use, so that a digest of another use is another.
    const LABEL: &'static str = "warifu/card/v1";

    /// Reads 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The same as core knows cards.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(self.0)
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl PartialEq for CardDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CardDigest {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: &str) -> CardKey {
        CardKey::parse(&letter.repeat(43)).unwrap()
    }

    #[test]
    fn a_card_number_is_13_to_19_digits() {
        for good in ["4111111111111", "4111111111111111", "4111111111111111111"] {
            assert!(Pan::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "411111111111",
            "41111111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "４１１１１１１１１１１１１１１１",
            "411111111111111a",
        ] {
            assert!(Pan::parse(bad).is_none(), "{bad}");
        }
    }

    /// Whether a type has an ability: the inherent constant is there only where it has.
    macro_rules! can {
        ($ability:path, $type:ty) => {{
            #[allow(dead_code, reason = "where a type has the ability, the other one is used")]
            trait Lacks {
                const HAS: bool = false;
            }
            impl<T> Lacks for T {}
            struct Probe<T>(std::marker::PhantomData<T>);
            #[allow(dead_code, reason = "where no type has the ability, the other one is used")]
            impl<T: $ability> Probe<T> {
                const HAS: bool = true;
            }
            <Probe<$type>>::HAS
        }};
    }

    /// Through none of these could it get into a log line, an error, a store or another's memory.
    #[test]
    fn a_card_number_is_not_printed_copied_or_serialised() {
        assert!(can!(std::fmt::Debug, String) && can!(serde::Serialize, String));
        assert!(!can!(std::fmt::Debug, Pan) && !can!(std::fmt::Display, Pan));
        assert!(!can!(Clone, Pan) && !can!(serde::Serialize, Pan));
        assert!(!can!(minicbor::Encode<()>, Pan) && !can!(std::fmt::Debug, CardKey));
        assert!(!can!(std::fmt::Debug, crate::areq::AReq) && !can!(Clone, crate::areq::AReq));
    }

    #[test]
    fn the_last_four_digits_are_all_that_is_shown() {
        assert_eq!(Pan::parse("4111111111111234567").unwrap().last4().unwrap().as_str(), "4567");
        assert_eq!(Pan::parse("4111111111234").unwrap().last4().unwrap().as_str(), "1234");
    }

    /// Issuers compute these themselves and register them: another construction would lose every
    /// card. The expected values were computed with Python's hmac.
    #[test]
    fn the_digest_is_that_of_the_documented_construction() {
        for (letter, pan, digest) in VECTORS {
            assert_eq!(Pan::parse(pan).unwrap().digest(&key(letter)).hex(), digest, "{pan}");
        }
    }

    const VECTORS: [(&str, &str, &str); 4] = [
        (
            "A",
            "4111111111111111",
            "86ea6580fa15124011d85c2531b13571e261826d1b2128b3b089c95677fd5026",
        ),
        ("A", "4111111111111", "9aff0a10b970c3e5a3e59bfc185aea697dc0272c7270436bbcd11a5d8172cfed"),
        (
            "A",
            "4111111111111111111",
            "91f904915e255cad7e08e04405de283f63a8eda8ba25fc85776d7af5add66907",
        ),
        (
            "E",
            "4111111111111111",
            "292e941244f8fc9f03f8c42e22b644ea25d5ad21a583680173f1d62440c5a910",
        ),
    ];

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Pan::parse("4111111111111111").unwrap().digest(&key("A"));
        assert!(CardDigest::parse(&digest.hex()).unwrap() == digest);
        assert!(CardDigest::parse(&digest.hex().to_uppercase()).unwrap() == digest);
        for bad in [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64), "あ".repeat(22)]
        {
            assert!(CardDigest::parse(&bad).is_none(), "{bad}");
        }
    }
}
