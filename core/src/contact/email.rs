//! E-mail addresses, each mailbox in one form.

use email_address::{EmailAddress as Grammar, Options};
use minicbor::{Decode, Decoder, Encode, decode};

use super::is_full_width;

/// Why an address was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailError {
    /// It has full-width characters, and no others that are not ASCII.
    FullWidth,
    /// It has characters that are not ASCII: of a mailbox in other letters (RFC 6531), or of a
    /// domain that is not in its `xn--` form.
    NotAscii,
    /// Its domain has an underscore. A name in the DNS may have one, but no host that takes mail does
    /// (RFC 5321 §2.3.5).
    Underscore,
    /// Its domain ends with a dot, as an absolute name in the DNS does, but none in mail.
    TrailingDot,
    /// More than 254 bytes, or more than 64 before the `@`, with the quotes that it needs (RFC 5321
    /// §4.5.3.1).
    TooLong,
    /// Not one address of RFC 5321 §4.1.2 with a domain that is a name, nor such an address but for
    /// its dots.
    NotAnAddress,
}

/// A checked e-mail address. No `Debug`: it is the cardholder's.
#[derive(Clone, PartialEq, Eq, Encode)]
#[cbor(transparent)]
pub struct EmailAddress(#[n(0)] String);

impl EmailAddress {
    /// Checks an address: a bare `local@domain` in ASCII with a dotted domain that is a name, at
    /// most 254 bytes.
    ///
    /// A mailbox has one form, so that an issuer who writes it otherwise has not changed the
    /// address. The domain is in lower case (RFC 5321 §2.4). The local part stands between quotes
    /// only where it has to, with the fewest escapes (RFC 5321 §4.1.2 says that a quoted form is the
    /// same mailbox, and that a sender should quote as little as possible).
    ///
    /// Until 2009 carriers of Japan sold addresses with two dots in a row, or with a dot first or
    /// last: `sample..name@docomo.ne.jp`, `sample.@ezweb.ne.jp`. They are still in use, and are
    /// taken with and without quotes. They are kept with them, as mail needs them.
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if !text.is_ascii() {
            let only = text.chars().all(|letter| letter.is_ascii() || is_full_width(letter));
            return Err(if only { EmailError::FullWidth } else { EmailError::NotAscii });
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::NotAnAddress)?;
        if domain.contains('_') {
            return Err(EmailError::Underscore);
        }
        if domain.ends_with('.') {
            return Err(EmailError::TrailingDot);
        }
        let local = least_quoted(local).ok_or(EmailError::NotAnAddress)?;
        let address = format!("{local}@{}", domain.to_ascii_lowercase());
        if local.len() > 64 || address.len() > 254 {
            return Err(EmailError::TooLong);
        }
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        match Grammar::parse_with_options(&address, options) {
            Ok(_) if is_host_name(domain) => Ok(Self(address)),
            _ => Err(EmailError::NotAnAddress),
        }
    }

    /// The whole address, for [`super::Destination::reveal`] only.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An earlier version stored an address with the quotes it was written with. That is read as the
/// form of today: else the issuer's next statement would count as another destination, and end the
/// code that is under way. An address without quotes had the form of today in every version that
/// wrote these bytes, and is
/// not checked again. What is refused today is read as it is.
impl<'b, C> Decode<'b, C> for EmailAddress {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let stored = decoder.str()?;
        if !stored.starts_with('"') {
            return Ok(Self(stored.to_owned()));
        }
        Ok(Self::parse(stored).unwrap_or_else(|_| Self(stored.to_owned())))
    }
}

/// A local part with the fewest quotes and escapes. `None` when it is none, whatever its dots.
fn least_quoted(local: &str) -> Option<String> {
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = match quoted {
        Some(inside) => unescaped(inside)?,
        None if local.chars().all(|letter| is_atext(letter) || letter == '.') => local.to_owned(),
        None => return None,
    };
    if name.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
        return Some(name);
    }
    if name.is_empty() || quoted.is_none() && name.chars().all(|letter| letter == '.') {
        return None;
    }
    Some(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// What stands between quotes (RFC 5321 §4.1.2, `QcontentSMTP`), without its escapes.
fn unescaped(inside: &str) -> Option<String> {
    let mut letters = inside.chars();
    let mut name = String::with_capacity(inside.len());
    while let Some(letter) = letters.next() {
        name.push(match letter {
            '"' => return None,
            '\\' => letters.next()?,
            letter => letter,
        });
    }
    (!name.chars().any(char::is_control)).then_some(name)
}

/// A character of an atom (RFC 5322 §3.2.3).
fn is_atext(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter)
}

/// Whether a domain is of letters, digits and hyphens (RFC 1123 §2.1), and no IPv4 address. The
/// grammar of mail allows more characters than a name in the DNS has.
fn is_host_name(domain: &str) -> bool {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && !domain.rsplit('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests;
