//! Names for submissions of a code, so that a submission whose answer was lost can be sent again.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::{
    code::SubmittedCode,
    digest::{Digest, Hasher},
    ids::is_base64url,
};

/// The name of one submission, chosen by whoever submits: 128 random bits, written as 22 to 64
/// letters, digits, `-` and `_`. It is never stored. Somebody who had the name and its digest could
/// find the submitted code by trying a million codes.
pub struct AttemptId(String);

impl AttemptId {
    /// The name of 128 random bits, in base64url.
    #[must_use]
    pub fn random(bits: [u8; 16]) -> Self {
        Self(Base64UrlUnpadded::encode_string(&bits))
    }

    /// Reads a name; `None` for what cannot hold 128 bits, or is longer than 64 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (22..=64).contains(&text.len()) && text.bytes().all(is_base64url);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name, for the form that will send it back.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the cardholder object compares and stores of an attempt. The digest differs for another
    /// code under the same name, and for the same name in another challenge.
    #[must_use]
    pub fn digest(&self, challenge: &str, code: &SubmittedCode) -> Digest {
        Hasher::new("warifu/attempt/v1")
            .field(challenge.as_bytes())
            .field(self.0.as_bytes())
            .field(code.digits().as_bytes())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChallengeId;

    #[test]
    fn a_name_has_room_for_128_bits_and_a_bound() {
        let random = AttemptId::random([255; 16]);
        assert_eq!(random.reveal(), "_____________________w");
        assert!(AttemptId::parse(random.reveal()).is_some());
        for (text, read) in [
            ("a".repeat(22), true),
            ("a".repeat(64), true),
            ("123-4294967295-0-77-zZ".to_owned(), true),
            ("a".repeat(21), false),
            ("a".repeat(65), false),
            (String::new(), false),
            (format!("{} ", "a".repeat(30)), false),
            ("あ".repeat(10), false),
            (format!("{}=", "a".repeat(22)), false),
        ] {
            assert_eq!(AttemptId::parse(&text).is_some(), read, "{text}");
        }
    }

    #[test]
    fn challenge_name_and_code_make_an_attempt_and_how_the_code_was_typed_does_not() {
        let challenge = |seed| ChallengeId::random([seed; 32]).0;
        let digest = |seed, name: &str, code: &str| {
            let code = SubmittedCode::parse(code).unwrap();
            AttemptId::parse(name).unwrap().digest(challenge(seed).as_str(), &code)
        };
        let (one, other) = ("a".repeat(22), "b".repeat(22));
        let first = digest(1, &one, "123456");
        assert_eq!(digest(1, &one, "１２３ ４５６"), first);
        for another in
            [digest(2, &one, "123456"), digest(1, &other, "123456"), digest(1, &one, "123457")]
        {
            assert_ne!(another, first);
        }
    }
}
