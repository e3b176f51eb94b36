//! One-time passwords that we send: how a code is derived, and what a person may type for it.

use minicbor::{
    Decoder, Encoder, bytes,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use subtle::ConstantTimeEq as _;

use crate::{
    digest::{self, Digest, hmac_sha256},
    ids::{ChallengeId, Salt},
    normalize::normalize,
    pasted::find_code,
    secret::MasterKey,
    time::Timestamp,
};

/// How many digits a code has.
pub const DIGITS: u32 = 6;

/// The key of one challenge's codes. Derived from master key, challenge, salt and transaction.
pub struct CodeKey([u8; 32]);

impl CodeKey {
    /// `HMAC-SHA-256(master, "warifu/code/v1" ‖ challenge ‖ salt ‖ SHA-256(transaction))`, every
    /// field length-prefixed.
    #[must_use]
    pub fn derive(master: &MasterKey, id: &ChallengeId, salt: &Salt, transaction: &Digest) -> Self {
        let fields: [&[u8]; 3] = [id.as_str().as_bytes(), salt.as_bytes(), transaction.bytes()];
        Self(digest::mac(master.bytes(), "warifu/code/v1", &fields))
    }

    /// The code of delivery number `delivery` of a challenge opened at `opened_at`: HOTP (RFC 4226)
    /// with HMAC-SHA-256. The opening time stands in the counter's upper bytes: an idempotency key
    /// that is used again after its challenge was forgotten opens the same id, and that challenge
    /// then has other codes.
    #[must_use]
    pub fn code(&self, opened_at: Timestamp, delivery: u32) -> Code {
        let counter = (opened_at.millis() << 8) | u64::from(delivery & 0xff);
        Code::of_mac(&hmac_sha256(&self.0, &counter.to_be_bytes()))
    }
}

/// Carries a [`CodeKey`] from the Worker to the cardholder object, which alone compares codes. The
/// type itself is neither `Encode` nor `Serialize`, so that a key can leave only where a field
/// names this module.
pub mod code_key_for_object {
    use super::{CodeKey, DecodeError, Decoder, EncodeError, Encoder, Write, bytes};

    /// Writes the key.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: Write>(
        key: &CodeKey,
        encoder: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), EncodeError<W::Error>> {
        bytes::encode(&key.0, encoder, ctx)
    }

    /// Reads the key.
    ///
    /// # Errors
    /// Anything but 32 bytes.
    pub fn decode<Ctx>(decoder: &mut Decoder<'_>, ctx: &mut Ctx) -> Result<CodeKey, DecodeError> {
        bytes::decode(decoder, ctx).map(CodeKey)
    }
}

/// RFC 4226 §5.3 dynamic truncation to `digits` decimal digits. The offset is taken from the last
/// byte, as RFC 6238 does for longer hashes.
#[must_use]
fn truncate(mac: &[u8], digits: u32) -> u32 {
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 0x0f);
    let word =
        mac.iter().skip(offset).take(4).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    (word & 0x7fff_ffff) % 10_u32.pow(digits)
}

/// A right code. It is written only into the message that brings it to the cardholder.
pub struct Code(String);

impl Code {
    /// The code of one MAC (RFC 4226 §5.3).
    pub(crate) fn of_mac(mac: &[u8]) -> Self {
        Self(format!("{:0width$}", truncate(mac, DIGITS), width = DIGITS as usize))
    }

    /// The digits, for the message to the cardholder.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the cardholder typed this code; takes the same time for every answer.
    #[must_use]
    pub fn matches(&self, submitted: &SubmittedCode) -> bool {
        bool::from(self.0.as_bytes().ct_eq(submitted.0.as_bytes()))
    }
}

/// Six digits that somebody typed. The cardholder object decides whether they are right.
#[derive(Clone)]
pub struct SubmittedCode(String);

impl SubmittedCode {
    /// Reads what was typed or pasted: full-width digits, spaces and hyphens are normal input, and so
    /// is a text with the code in it, see [`find_code`].
    ///
    /// `None` where no code of six digits can be read without a guess. Such input spends no try.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        // Bytes. A whole mail is shorter; a hostile body costs little work.
        const LONGEST: usize = 8192;
        if typed.len() > LONGEST {
            return None;
        }
        let code = normalize(typed);
        let fits = code.len() == DIGITS as usize && code.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Some(Self(code)) } else { find_code(typed).map(Self) }
    }

    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

/// Carries a [`SubmittedCode`] from the Worker to the cardholder object, see
/// [`code_key_for_object`].
pub mod submitted_code_for_object {
    use super::{DecodeError, Decoder, EncodeError, Encoder, SubmittedCode, Write};

    /// Writes the digits.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: Write>(
        code: &SubmittedCode,
        encoder: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.str(&code.0)?.ok()
    }

    /// Reads the digits.
    ///
    /// # Errors
    /// Anything but a text of six digits.
    pub fn decode<Ctx>(
        decoder: &mut Decoder<'_>,
        _: &mut Ctx,
    ) -> Result<SubmittedCode, DecodeError> {
        SubmittedCode::parse(decoder.str()?).ok_or_else(|| DecodeError::message("not six digits"))
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};

    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn truncation_matches_rfc_4226_appendix_d() {
        for (mac, code) in [
            ("cc93cf18508d94934c64b65d8ba7667fb7cde4b0", 755_224),
            ("75a48a19d4cbe100644e8ac1397eea747a2d33ab", 287_082),
            ("0bacb7fa082fef30782211938bc1c5e70416ff44", 359_152),
            ("66c28227d03a2d5529262ff016a1e6ef76557ece", 969_429),
            ("a904c900a64b35909874b33e61c5938a8e15ed1c", 338_314),
            ("a37e783d7b7233c083d4f62926c7a25f238d0316", 254_676),
            ("bc9cd28561042c83f219324d3c607256c03272ae", 287_922),
            ("a4fb960c0bc06e1eabb804e5b397cdc4b45596fa", 162_583),
            ("1b3c89f65e6c9e883012052823443f048b4332db", 399_871),
            ("1637409809a679dc698207310c8c7fc07290d9e5", 520_489),
        ] {
            assert_eq!(truncate(&unhex(mac), 6), code, "{mac}");
        }
    }

    #[test]
    fn hotp_sha256_matches_rfc_6238_appendix_b() {
        let key = b"12345678901234567890123456789012";
        for (time, code) in [
            (59_u64, 46_119_246),
            (1_111_111_109, 68_084_774),
            (1_111_111_111, 67_062_674),
            (1_234_567_890, 91_819_424),
            (2_000_000_000, 90_698_825),
            (20_000_000_000, 77_737_706),
        ] {
            let mac = hmac_sha256(key, &(time / 30).to_be_bytes());
            assert_eq!(truncate(&mac, 8), code, "time {time}");
        }
    }

    fn key(id: u8, master: u8, transaction: &str) -> CodeKey {
        let master = MasterKey::parse(&Base64UrlUnpadded::encode_string(&[master; 32])).unwrap();
        let (id, salt) = ChallengeId::random([id; 32]);
        let transaction = crate::digest::Hasher::new(transaction).finish();
        CodeKey::derive(&master, &id, &salt, &transaction)
    }

    const OPENED: Timestamp = Timestamp::MAX;

    #[test]
    fn a_challenge_opened_anew_has_other_codes() {
        let key = key(1, 1, "t");
        let codes = |at| (1..=4).map(|n| key.code(at, n).reveal().to_owned()).collect::<Vec<_>>();
        assert_ne!(codes(OPENED), codes(Timestamp::from_millis(0)));
        assert_ne!(codes(Timestamp::from_millis(1)), codes(Timestamp::from_millis(2)));
    }

    #[test]
    fn a_code_depends_on_everything_it_is_bound_to() {
        let codes = |key: CodeKey| {
            (1..=4).map(|n| key.code(OPENED, n).reveal().to_owned()).collect::<Vec<_>>()
        };
        let original = codes(key(1, 1, "t"));
        assert_eq!(original, codes(key(1, 1, "t")));
        for other in [key(2, 1, "t"), key(1, 2, "t"), key(1, 1, "u")] {
            assert_ne!(original, codes(other));
        }
    }

    #[test]
    fn codes_keep_their_leading_zeros() {
        let key = key(1, 1, "t");
        let short = (1..=200)
            .map(|delivery| key.code(OPENED, delivery))
            .find(|code| code.reveal().starts_with('0'));
        let code = short.expect("one code in ten starts with zero");
        assert_eq!(code.reveal().len(), 6);
        assert!(code.matches(&SubmittedCode::parse(code.reveal()).unwrap()));
    }

    #[test]
    fn takes_what_people_type() {
        let code = Code("012345".to_owned());
        for typed in [
            "012345",
            "０１２３４５",
            "012 345",
            "012-345",
            " ０１２　３４５ ",
            "０１２ー３４５",
            "012\u{2013}345",
            "ワンタイムパスワード：012345",
            &format!("{}012345", "ご連絡です。".repeat(300)),
        ] {
            assert!(
                SubmittedCode::parse(typed).is_some_and(|typed| code.matches(&typed)),
                "{typed}"
            );
        }
        for typed in [
            "",
            "12345",
            "0123456",
            "01234a",
            "one",
            "012345 543210",
            &"1".repeat(300),
            &format!("{}012345", "ご連絡です。".repeat(500)),
        ] {
            assert!(SubmittedCode::parse(typed).is_none(), "{typed}");
        }
    }
}
