//! E-mail addresses.

use minicbor::{Decode, Encode};

use super::ContactError;

/// A checked e-mail address. No `Debug`: it is the cardholder's.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct EmailAddress(#[n(0)] String);

impl EmailAddress {
    /// Checks an address: a bare `local@domain` in ASCII with a dotted domain that is a name, at
    /// most 254 bytes. The domain is kept in lower case, so that an issuer who writes it otherwise
    /// has not changed the address.
    ///
    /// # Errors
    /// [`ContactError::NotAnAddress`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        use email_address::{EmailAddress as Grammar, Options};
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        let plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_control();
        let fits = text.len() <= 254 && text.bytes().all(plain);
        let (local, domain) = text.rsplit_once('@').ok_or(ContactError::NotAnAddress)?;
        let number = domain
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        match Grammar::parse_with_options(text, options) {
            Ok(_) if fits && !number => {
                Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
            }
            _ => Err(ContactError::NotAnAddress),
        }
    }

    /// The whole address, for [`super::Destination::reveal`] only.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
