//! Telephone numbers, and which of Japan receive text messages.

use minicbor::{Decode, Encode};

use super::{Country, is_full_width};

/// Why a number was not taken. All but the first two are about numbers of Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneError {
    /// Not `+`, country code and number, 8 to 15 digits in all (ITU-T E.164).
    NotE164,
    /// It has full-width characters.
    FullWidth,
    /// The 0 that is dialed before a number within Japan was kept after `+81`.
    TrunkZero,
    /// Toll-free: 0120, 0800.
    TollFree,
    /// IP telephony: 050.
    IpTelephony,
    /// A pager: 0204.
    Pager,
    /// Of a machine: 020, and the longer 0200.
    Machine,
    /// Nobody's: 060, 070 or 090 with a 0 after it.
    Unassigned,
    /// A mobile number with more or fewer than 10 digits after `+81`.
    WrongLength,
    /// A fixed line, or the number of a service.
    NotMobile,
}

/// A checked mobile number in E.164 form. No `Debug`: it is the cardholder's.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct PhoneNumber(#[n(0)] String);

impl PhoneNumber {
    /// Checks a number such as `+819012341234`. Of Japan it must be one that receives text messages.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        if text.contains(is_full_width) {
            return Err(PhoneError::FullWidth);
        }
        let digits = text.strip_prefix('+').ok_or(PhoneError::NotE164)?;
        let plausible = (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if !plausible {
            return Err(PhoneError::NotE164);
        }
        if let Some(national) = digits.strip_prefix("81") {
            hold_mobile(national)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The country it belongs to; `None` where its calling code tells none.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        Country::of_number(&self.0)
    }

    /// The whole number, for [`super::Destination::reveal`] only.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses a number of Japan that receives no text messages. Mobiles are `[6-9]0[1-9]` and seven
/// digits, as libphonenumber has them (`resources/PhoneNumberMetadata.xml`). 020 is for machines, but
/// for 0204: <https://www.soumu.go.jp/main_sosiki/joho_tsusin/top/tel_number/m2m.html>.
fn hold_mobile(national: &str) -> Result<(), PhoneError> {
    match national.as_bytes() {
        [b'0', ..] => Err(PhoneError::TrunkZero),
        [b'1', b'2', b'0', ..] | [b'8', b'0', b'0', ..] => Err(PhoneError::TollFree),
        [b'5', b'0', ..] => Err(PhoneError::IpTelephony),
        [b'2', b'0', b'4', ..] => Err(PhoneError::Pager),
        [b'2', b'0', ..] => Err(PhoneError::Machine),
        [b'6' | b'7' | b'9', b'0', b'0', ..] => Err(PhoneError::Unassigned),
        [b'6'..=b'9', b'0', rest @ ..] if rest.len() == 8 => Ok(()),
        [b'6'..=b'9', b'0', ..] => Err(PhoneError::WrongLength),
        _ => Err(PhoneError::NotMobile),
    }
}

#[cfg(test)]
mod tests;
