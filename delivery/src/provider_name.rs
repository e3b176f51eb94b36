//! The names of providers, as settings, addresses of receipts and log lines write them.

use warifu_core::{cardholder::ProviderId, contact::SendChannel};

/// A provider, or what stands in its place, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderName {
    /// The mail binding of the platform.
    Cloudflare,
    /// Amazon SES.
    Ses,
    /// SendGrid.
    SendGrid,
    /// Resend.
    Resend,
    /// Twilio.
    Twilio,
    /// Vonage.
    Vonage,
    /// Amazon SNS.
    Sns,
    /// The issuer's own gateway.
    Webhook,
    /// The outbox of a development server.
    Outbox,
}

impl ProviderName {
    /// Every provider.
    pub(crate) const ALL: [Self; 9] = [
        Self::Cloudflare,
        Self::Ses,
        Self::SendGrid,
        Self::Resend,
        Self::Twilio,
        Self::Vonage,
        Self::Sns,
        Self::Webhook,
        Self::Outbox,
    ];

    /// The provider of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cloudflare => "cloudflare",
            Self::Ses => "ses",
            Self::SendGrid => "sendgrid",
            Self::Resend => "resend",
            Self::Twilio => "twilio",
            Self::Vonage => "vonage",
            Self::Sns => "sns",
            Self::Webhook => "webhook",
            Self::Outbox => "outbox",
        }
    }

    /// The provider's number in commands and stored state. Providers that send no receipts share
    /// one, because the number serves to match a receipt with the provider that took the message.
    #[must_use]
    pub fn id(self) -> ProviderId {
        ProviderId(match self {
            Self::Twilio => 1,
            Self::Ses => 2,
            Self::SendGrid => 3,
            Self::Cloudflare
            | Self::Resend
            | Self::Vonage
            | Self::Sns
            | Self::Webhook
            | Self::Outbox => 0,
        })
    }

    /// Whether the provider has a server of its own at a known address, which another server of this
    /// machine can stand for in development.
    pub(crate) fn has_origin(self) -> bool {
        match self {
            Self::Ses | Self::SendGrid | Self::Resend | Self::Twilio | Self::Vonage | Self::Sns => {
                true
            }
            Self::Cloudflare | Self::Webhook | Self::Outbox => false,
        }
    }

    /// Whether it carries messages of this channel.
    pub(crate) fn carries(self, channel: SendChannel) -> bool {
        match self {
            Self::Cloudflare | Self::Ses | Self::SendGrid | Self::Resend => {
                channel == SendChannel::Email
            }
            Self::Twilio | Self::Vonage | Self::Sns => channel == SendChannel::Sms,
            Self::Webhook | Self::Outbox => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The match makes a new provider break the build here, so that it gets its place in the list.
    #[test]
    fn a_name_is_listed_and_read_as_it_is_written() {
        let place = |name| match name {
            ProviderName::Cloudflare => 0,
            ProviderName::Ses => 1,
            ProviderName::SendGrid => 2,
            ProviderName::Resend => 3,
            ProviderName::Twilio => 4,
            ProviderName::Vonage => 5,
            ProviderName::Sns => 6,
            ProviderName::Webhook => 7,
            ProviderName::Outbox => 8,
        };
        assert_eq!(ProviderName::ALL.map(place), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        for name in ProviderName::ALL {
            assert_eq!(ProviderName::parse(name.as_str()), Some(name));
        }
        for other in ["", "smtp", "Twilio", "amazon-sns"] {
            assert_eq!(ProviderName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn whoever_sends_receipts_has_a_number_of_its_own() {
        let numbered: Vec<_> =
            ProviderName::ALL.into_iter().filter(|name| name.id() != ProviderId(0)).collect();
        assert_eq!(numbered, [ProviderName::Ses, ProviderName::SendGrid, ProviderName::Twilio]);
        for (name, number) in numbered.into_iter().zip([2, 3, 1]) {
            assert_eq!(name.id(), ProviderId(number));
        }
    }
}
