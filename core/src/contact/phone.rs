//! Telephone numbers.

use minicbor::{Decode, Encode};

use super::ContactError;

/// A checked mobile number in E.164 form. No `Debug`: it is the cardholder's.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct PhoneNumber(#[n(0)] String);

impl PhoneNumber {
    /// Checks a number such as `+819012341234`.
    ///
    /// # Errors
    /// [`ContactError::NotE164`], or [`ContactError::NotMobile`] for a Japanese number that cannot
    /// receive text messages.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let digits = text.strip_prefix('+').ok_or(ContactError::NotE164)?;
        let plausible = (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if !plausible {
            return Err(ContactError::NotE164);
        }
        if let Some(national) = digits.strip_prefix("81") {
            let mobile = ["60", "70", "80", "90"].iter().any(|head| national.starts_with(head));
            if !(mobile && national.len() == 10) {
                return Err(ContactError::NotMobile);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole number, for [`super::Destination::reveal`] only.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
