//! The codes of an authenticator app: TOTP (RFC 6238) with HMAC-SHA-1, six digits and 30 seconds,
//! which every app supports.

use base32::Alphabet;
use hmac::{Hmac, KeyInit as _, Mac as _};
use minicbor::{
    Decode, Decoder, Encode, Encoder, bytes,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use sha1::Sha1;

use crate::{
    code::{Code, SubmittedCode},
    time::Timestamp,
};

/// How long one code of an app is shown, in seconds (RFC 6238 §5.2).
const STEP_SECONDS: u64 = 30;

/// How many steps a phone's clock may be ahead or behind.
const DRIFT: u64 = 1;

/// The secret that an app and we share: 160 random bits (RFC 4226 §4, R6).
pub struct AppSecret([u8; AppSecret::BYTES]);

impl AppSecret {
    /// Its length.
    pub const BYTES: usize = 20;

    /// The secret of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The secret's bytes, to be sealed.
    #[must_use]
    pub fn reveal(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Base32 (RFC 4648 §6), as people type it into an app.
    #[must_use]
    pub fn base32(&self) -> String {
        base32::encode(Alphabet::Rfc4648 { padding: false }, &self.0)
    }

    /// The time step whose code was typed, from one step before `now` to one after; `None` when it
    /// is the code of none. Where two steps have the same code, it is the later one. All steps are
    /// compared, whichever is right, so that the time taken tells nothing.
    #[must_use]
    pub fn step_of(&self, submitted: &SubmittedCode, now: Timestamp) -> Option<Step> {
        let current = now.unix_seconds() / STEP_SECONDS;
        let around = current.saturating_sub(DRIFT)..=current + DRIFT;
        around.map(Step).fold(None, |found, step| {
            if self.code(step).matches(submitted) { Some(step) } else { found }
        })
    }

    /// What an app with this secret shows at a time, for tests and simulations.
    #[cfg(any(test, feature = "fixtures"))]
    #[must_use]
    pub fn shown_at(&self, at: Timestamp) -> String {
        self.code(Step(at.unix_seconds() / STEP_SECONDS)).reveal().to_owned()
    }

    fn code(&self, step: Step) -> Code {
        match Hmac::<Sha1>::new_from_slice(&self.0) {
            Ok(mut mac) => {
                mac.update(&step.0.to_be_bytes());
                Code::of_mac(&mac.finalize().into_bytes())
            }
            Err(_) => unreachable!("HMAC takes keys of every length"),
        }
    }
}

/// Carries an [`AppSecret`] from the Worker to the cardholder object, which alone compares codes.
pub mod app_secret_for_object {
    use super::{AppSecret, DecodeError, Decoder, EncodeError, Encoder, Write, bytes};

    /// Writes the secret.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<Ctx, W: Write>(
        secret: &AppSecret,
        encoder: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), EncodeError<W::Error>> {
        bytes::encode(&secret.0, encoder, ctx)
    }

    /// Reads the secret.
    ///
    /// # Errors
    /// Anything but 20 bytes.
    pub fn decode<Ctx>(decoder: &mut Decoder<'_>, ctx: &mut Ctx) -> Result<AppSecret, DecodeError> {
        bytes::decode(decoder, ctx).map(AppSecret)
    }
}

/// A time step: 30-second intervals since the Unix epoch (T of RFC 6238 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Step(#[n(0)] u64);

impl Step {
    /// The first of all, before which there is no code.
    pub(crate) const FIRST: Self = Self(0);
}

/// An [`AppSecret`] as it is stored: encrypted with a key that the cardholder object never sees.
/// Its form is the Worker's; core does not read it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SealedSecret(#[n(0)] String);

impl SealedSecret {
    /// Takes the text of a secret that was sealed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The sealed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What an app with this secret shows at a time.
    pub(crate) fn shown_by(secret: &AppSecret, at: Timestamp) -> String {
        secret.shown_at(at)
    }

    fn secret() -> AppSecret {
        AppSecret::from_bytes(*b"12345678901234567890")
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// The last six of the eight digits there: truncation is a remainder.
    const RFC_6238_APPENDIX_B: [(u64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn codes_match_rfc_6238_appendix_b() {
        for (time, code) in RFC_6238_APPENDIX_B {
            assert_eq!(secret().code(Step(time / 30)).reveal(), code, "time {time}");
        }
    }

    #[test]
    fn takes_one_step_either_side() {
        for (time, code) in RFC_6238_APPENDIX_B {
            let typed = SubmittedCode::parse(code).unwrap();
            let step = time / 30;
            let found = |now: u64| secret().step_of(&typed, at(now));
            assert_eq!(found(time), Some(Step(step)));
            assert_eq!(found((step - 1) * 30), Some(Step(step)), "our clock is behind");
            assert_eq!(found(step * 30 + 59), Some(Step(step)), "our clock is ahead");
            if let Some(before) = ((step - 1) * 30).checked_sub(1) {
                assert_eq!(found(before), None);
            }
            assert_eq!(found(step * 30 + 60), None);
        }
    }

    /// If the earlier step counted, the same code would be right once more in the later one.
    #[test]
    fn a_code_of_two_steps_is_of_the_later_one() {
        for (earlier, later, code) in [(910_737, 910_738, "911617"), (153_567, 153_569, "468457")] {
            for step in [earlier, later] {
                assert_eq!(secret().code(Step(step)).reveal(), code);
            }
            let typed = SubmittedCode::parse(code).unwrap();
            assert_eq!(secret().step_of(&typed, at((later - 1) * 30)), Some(Step(later)));
        }
    }

    #[test]
    fn the_first_step_of_all_has_none_before_it() {
        let typed = SubmittedCode::parse(secret().code(Step(0)).reveal()).unwrap();
        assert_eq!(secret().step_of(&typed, at(0)), Some(Step(0)));
    }

    #[test]
    fn base32_is_what_apps_read() {
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
