//! Ids of transactions, and how a challenge's id is one.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};
use warifu_core::{
    digest::{from_hex, hex},
    ids::ChallengeId,
};

/// A transaction id: a UUID in its canonical form (RFC 4122 §3), of any version. It is given back as
/// it came, and compared without regard to case.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct TransId(#[n(0)] String);

impl TransId {
    const LENGTH: usize = 36;
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];

    /// Reads an id; `None` for anything but 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |(at, byte): (usize, u8)| {
            if Self::HYPHENS.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        };
        let whole = text.len() == Self::LENGTH && text.bytes().enumerate().all(fits);
        whole.then(|| Self(text.to_owned()))
    }

    /// The id's text, as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its 16 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        from_hex(&self.0.replace('-', "")).unwrap_or_default()
    }

    /// The `acsTransID` of a challenge: the 16 bytes of its id. So a CReq finds its challenge without
    /// an index. `None` for an id that [`for_transaction`] has not made.
    #[must_use]
    pub fn of_challenge(id: &ChallengeId) -> Option<Self> {
        let bytes = bytes_of(id)?;
        if as_random_uuid(bytes) != bytes {
            return None;
        }
        let digits = hex(&bytes);
        let mut text = String::with_capacity(Self::LENGTH);
        for digit in digits.chars() {
            if Self::HYPHENS.contains(&text.len()) {
                text.push('-');
            }
            text.push(digit);
        }
        Some(Self(text))
    }

    /// The challenge whose `acsTransID` this is, if it has the form of one that we made.
    #[must_use]
    pub fn challenge(&self) -> Option<ChallengeId> {
        let bytes = self.bytes();
        if as_random_uuid(bytes) == bytes { id_of(bytes) } else { None }
    }
}

impl PartialEq for TransId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for TransId {}

/// A challenge's id for a transaction: the same, but for the six bits by which a random UUID is known
/// (RFC 4122 §4.4). Of one id it makes the same id each time, so one that is derived stays derived.
#[must_use]
pub fn for_transaction(id: &ChallengeId) -> Option<ChallengeId> {
    id_of(as_random_uuid(bytes_of(id)?))
}

/// How core writes a challenge's id: this, and its bytes in base64url.
const PREFIX: &str = "ch_";

fn bytes_of(id: &ChallengeId) -> Option<[u8; 16]> {
    let letters = id.as_str().strip_prefix(PREFIX)?;
    Base64UrlUnpadded::decode_vec(letters).ok()?.try_into().ok()
}

fn id_of(bytes: [u8; 16]) -> Option<ChallengeId> {
    ChallengeId::parse(&format!("{PREFIX}{}", Base64UrlUnpadded::encode_string(&bytes))).ok()
}

fn as_random_uuid(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_canonical_uuid_of_any_version() {
        for good in [
            "3ac7caa7-aa42-2663-791b-2ac05a542c4a",
            "108c0bcf-cfb5-542a-8000-00000023369d",
            "F25084F0-5B16-4C0A-AE5D-B24808A95E4B",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(TransId::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "1jpe0dc0-i9t2-4067-b100-e3a3ccd7e1a1",
            "3ac7caa7aa422663791b2ac05a542c4a",
            "3ac7caa7-aa42-2663-791b-2ac05a542c4",
            "3ac7caa7-aa42-2663-791b-2ac05a542c4a1",
            "{3ac7caa7-aa42-2663-791b-2ac05a542c4a}",
            "3ac7caa7-aa42-2663-791b2-ac05a542c4a",
            " 3ac7caa7-aa42-2663-791b-2ac05a542c4",
            "3ac7caa7-aa42-2663-791b-2ac05a5４2c",
        ] {
            assert!(TransId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn upper_and_lower_case_are_one_id() {
        let lower = TransId::parse("f25084f0-5b16-4c0a-ae5d-b24808a95e4b").unwrap();
        let upper = TransId::parse("F25084F0-5B16-4C0A-AE5D-B24808A95E4B").unwrap();
        assert!(lower == upper && lower.bytes() == upper.bytes());
        assert_eq!(hex(&lower.bytes()), "f25084f05b164c0aae5db24808a95e4b");
    }

    #[test]
    fn a_challenge_is_found_again_by_its_acs_trans_id() {
        for seed in [0, 7, 128, 255] {
            let (random, _) = ChallengeId::random([seed; 32]);
            let id = for_transaction(&random).unwrap();
            let trans = TransId::of_challenge(&id).unwrap();
            assert!(TransId::parse(trans.as_str()).is_some());
            assert_eq!(trans.as_str().as_bytes()[14], b'4');
            assert!(matches!(trans.as_str().as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
            assert_eq!(for_transaction(&id).as_ref(), Some(&id));
            assert_eq!(trans.challenge(), Some(id));
            assert!(TransId::of_challenge(&random).is_none());
        }
    }

    #[test]
    fn an_id_that_we_cannot_have_made_has_no_challenge() {
        for other in
            ["3ac7caa7-aa42-2663-791b-2ac05a542c4a", "f25084f0-5b16-4c0a-2e5d-b24808a95e4b"]
        {
            assert_eq!(TransId::parse(other).unwrap().challenge(), None);
        }
    }
}
