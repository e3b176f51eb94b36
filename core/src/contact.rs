//! Where codes go: channels, destinations, and their masks.

use minicbor::{Decode, Encode};
use serde::Serialize;

mod country;
mod email;
mod phone;

pub use country::Country;
pub use email::{EmailAddress, EmailError};
pub use phone::{PhoneError, PhoneNumber};

/// How a cardholder gets a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
#[cbor(map)]
pub enum Channel {
    /// E-mail. It is no authenticator of NIST SP 800-63B; it is offered because the card programme
    /// offers it.
    #[n(0)]
    Email,
    /// Text message to a mobile number; a "restricted" authenticator in NIST SP 800-63B.
    #[n(1)]
    Sms,
    /// An authenticator app, which makes the codes itself (RFC 6238).
    #[n(2)]
    App,
}

impl Channel {
    /// The channel's name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::App => "app",
        }
    }
}

/// A [`Channel`] by which codes are sent to a destination. In stored bytes both have the same
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum SendChannel {
    /// E-mail.
    #[n(0)]
    Email,
    /// Text message.
    #[n(1)]
    Sms,
}

impl From<SendChannel> for Channel {
    fn from(channel: SendChannel) -> Self {
        match channel {
            SendChannel::Email => Self::Email,
            SendChannel::Sms => Self::Sms,
        }
    }
}

impl SendChannel {
    /// The channel's name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Channel::from(self).as_str()
    }
}

/// How a cardholder gets a code, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Via {
    /// Sent to this address.
    #[n(0)]
    Email(#[n(0)] MaskedDestination),
    /// Sent to this number.
    #[n(1)]
    Sms(#[n(0)] MaskedDestination),
    /// Read from the app.
    #[n(2)]
    App,
}

impl Via {
    /// The channel of this way.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
            Self::App => Channel::App,
        }
    }

    /// The channel that a code is sent by; `None` for the app, to which nothing is sent.
    #[must_use]
    pub fn sent_by(&self) -> Option<SendChannel> {
        match self {
            Self::Email(_) => Some(SendChannel::Email),
            Self::Sms(_) => Some(SendChannel::Sms),
            Self::App => None,
        }
    }

    /// The masked destination; `None` for the app, to which nothing is sent.
    #[must_use]
    pub fn destination(&self) -> Option<&str> {
        match self {
            Self::Email(to) | Self::Sms(to) => Some(to.as_str()),
            Self::App => None,
        }
    }
}

/// Whether a character is the full-width form of one of ASCII, as Japanese keyboards write it.
fn is_full_width(letter: char) -> bool {
    matches!(letter, '\u{FF01}'..='\u{FF5E}' | '\u{3000}')
}

/// Where one channel delivers. The full address or number is revealed only in the request to a
/// provider.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Destination {
    /// An e-mail address.
    #[n(0)]
    Email(#[n(0)] EmailAddress),
    /// A mobile number.
    #[n(1)]
    Sms(#[n(0)] PhoneNumber),
}

impl Destination {
    /// The channel it belongs to.
    #[must_use]
    pub fn channel(&self) -> SendChannel {
        match self {
            Self::Email(_) => SendChannel::Email,
            Self::Sms(_) => SendChannel::Sms,
        }
    }

    /// The full address or number, for the provider's request only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match self {
            Self::Email(address) => address.as_str(),
            Self::Sms(number) => number.as_str(),
        }
    }

    /// Whether it is an address whose local part stands between quotes.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        matches!(self, Self::Email(address) if address.as_str().starts_with('"'))
    }

    /// The way to this destination, as it may be shown.
    #[must_use]
    pub fn via(&self) -> Via {
        match self {
            Self::Email(_) => Via::Email(self.masked()),
            Self::Sms(_) => Via::Sms(self.masked()),
        }
    }

    /// What may be shown: `***@mail.jp` or `***-****-1234`.
    #[must_use]
    pub fn masked(&self) -> MaskedDestination {
        MaskedDestination(match self {
            Self::Email(address) => {
                let domain = address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
                format!("***@{domain}")
            }
            Self::Sms(number) => {
                let number = number.as_str();
                let tail = number.len().saturating_sub(4);
                format!("***-****-{}", number.get(tail..).unwrap_or_default())
            }
        })
    }
}

/// A destination with everything hidden but what its owner recognises.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct MaskedDestination(#[n(0)] String);

impl MaskedDestination {
    /// The masked text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
