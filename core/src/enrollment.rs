//! Enrollment sessions: their names, their tokens, and the terms a cardholder accepts.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;

use crate::{
    digest,
    ids::{BadId, CardholderId},
    secret::MasterKey,
    time::Timestamp,
};

/// `es_` and 22 base64url characters (128 bits).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SessionId(#[n(0)] String);

impl SessionId {
    const LENGTH: usize = 25;

    /// A new id from 16 random bytes.
    #[must_use]
    pub fn random(random: [u8; 16]) -> Self {
        Self(format!("es_{}", Base64UrlUnpadded::encode_string(&random)))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The token that opens the enrollment pages: session, proof and cardholder in one text. The proof
/// is derived from a master key, so that a token that we did not make is refused before an object
/// is asked.
pub struct EnrollmentToken {
    session: SessionId,
    cardholder: CardholderId,
    proof: String,
}

impl EnrollmentToken {
    /// Characters of the proof: 32 bytes in base64url.
    const PROOF: usize = 43;

    /// The token of a session.
    #[must_use]
    pub fn derive(master: &MasterKey, session: &SessionId, cardholder: &CardholderId) -> Self {
        let fields = [session.as_str().as_bytes(), cardholder.as_str().as_bytes()];
        let mac = digest::mac(master.bytes(), "warifu/enrollment/v1", &fields);
        Self {
            session: session.clone(),
            cardholder: cardholder.clone(),
            proof: Base64UrlUnpadded::encode_string(&mac),
        }
    }

    /// Reads a presented token by the positions of its parts.
    ///
    /// # Errors
    /// [`BadId`] when the form is wrong. [`Self::matches`] says whether a token of the right form is
    /// ours.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let (session, rest) = text.split_at_checked(SessionId::LENGTH).ok_or(BadId)?;
        let (proof, cardholder) = rest.split_at_checked(Self::PROOF).ok_or(BadId)?;
        let cardholder = Base64UrlUnpadded::decode_vec(cardholder).map_err(|_| BadId)?;
        let cardholder = std::str::from_utf8(&cardholder).map_err(|_| BadId)?;
        Ok(Self {
            session: SessionId(session.to_owned()),
            cardholder: CardholderId::parse(cardholder)?,
            proof: proof.to_owned(),
        })
    }

    /// The session that the token names. Not proved before [`Self::matches`].
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The cardholder that the token names. Not proved before [`Self::matches`].
    #[must_use]
    pub fn cardholder(&self) -> &CardholderId {
        &self.cardholder
    }

    /// Whether both tokens are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        bool::from(self.reveal().as_bytes().ct_eq(other.reveal().as_bytes()))
    }

    /// The token's text, for the answer that creates the session and for the pages' own addresses.
    #[must_use]
    pub fn reveal(&self) -> String {
        let cardholder = Base64UrlUnpadded::encode_string(self.cardholder.as_str().as_bytes());
        format!("{}{}{cardholder}", self.session.as_str(), self.proof)
    }
}

/// Which terms of use a cardholder was shown: the issuer's own name for them, 1 to 40 printable
/// ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct TermsVersion(#[n(0)] String);

impl TermsVersion {
    /// Checks a version; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The version's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An acceptance of terms by a cardholder.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Acceptance {
    /// Which.
    #[n(0)]
    pub version: TermsVersion,
    /// When.
    #[n(1)]
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(master: u8, session: u8, cardholder: &str) -> EnrollmentToken {
        let master = MasterKey::parse(&Base64UrlUnpadded::encode_string(&[master; 32])).unwrap();
        let cardholder = CardholderId::parse(cardholder).unwrap();
        EnrollmentToken::derive(&master, &SessionId::random([session; 16]), &cardholder)
    }

    #[test]
    fn a_token_is_bound_to_session_cardholder_and_master() {
        let right = token(1, 1, "taro");
        let presented = EnrollmentToken::parse(&right.reveal()).unwrap();
        assert!(presented.matches(&right));
        assert_eq!(presented.cardholder().as_str(), "taro");
        for other in [token(2, 1, "taro"), token(1, 2, "taro"), token(1, 1, "jiro")] {
            assert!(!presented.matches(&other));
        }
    }

    /// Parts of two tokens that are put together open nothing.
    #[test]
    fn swapped_parts_do_not_match() {
        let parts = |session, cardholder| {
            let token = token(1, session, cardholder).reveal();
            [token[..25].to_owned(), token[25..68].to_owned(), token[68..].to_owned()]
        };
        let (one, others) = (parts(1, "taro"), [parts(2, "taro"), parts(1, "jiro")]);
        for (other, part) in others.iter().flat_map(|other| (0..3).map(move |part| (other, part))) {
            let mut swapped = one.clone();
            swapped[part].clone_from(&other[part]);
            let presented = EnrollmentToken::parse(&swapped.concat()).unwrap();
            let master = MasterKey::parse(&Base64UrlUnpadded::encode_string(&[1; 32])).unwrap();
            let right =
                EnrollmentToken::derive(&master, presented.session(), presented.cardholder());
            assert_eq!(presented.matches(&right), swapped == one, "part {part} of {other:?}");
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = token(1, 1, "taro").reveal();
        for bad in ["", "es_", &good[..40], &good[..68], "あ".repeat(40).as_str()] {
            assert!(EnrollmentToken::parse(bad).is_err(), "{bad}");
        }
        assert!(EnrollmentToken::parse(&format!("{good}!")).is_err());
    }

    #[test]
    fn versions_of_terms_are_short_and_printable() {
        for good in ["1", "2026-04", "v1/rev.2", &"1".repeat(40)] {
            assert_eq!(TermsVersion::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "改訂", "a\n", &"1".repeat(41)] {
            assert!(TermsVersion::parse(bad).is_none(), "{bad}");
        }
    }
}
