//! The settings and secrets of the couriers. Only what a list names has to be there; what each
//! provider needs is in its own file.

use std::ops::RangeInclusive;

use warifu_core::contact::{Channel, EmailAddress};

use super::{
    Courier, Named, cloudflare_email::CloudflareEmail, provider::Provider, resend::Resend,
    sendgrid::SendGrid, ses::Ses, sns::Sns, twilio::Twilio, vonage::Vonage, webhook::Webhook,
};
use crate::{
    config::{ConfigError, distinct},
    http::{Address, is_local},
};

/// No request is waited for longer than half a minute after its answer; the rest is for our own
/// objects.
const MOST_SECONDS: u32 = 24;

/// Where settings are read from.
pub(super) struct Settings<'a> {
    given: &'a dyn Fn(&str) -> Option<String>,
    is_development: bool,
    /// Servers of this machine in place of providers, by their names.
    origins: Vec<(String, String)>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        given: &'a dyn Fn(&str) -> Option<String>,
        is_development: bool,
    ) -> Result<Self, ConfigError> {
        let mut settings = Self { given, is_development, origins: Vec::new() };
        let must = "be empty; in development, list <provider>=http://localhost:<port>";
        let read = |text: &str| text.split(',').map(local_origin).collect::<Option<Vec<_>>>();
        let fits = |text: &str| is_development && read(text).is_some();
        let origins = settings.optional("PROVIDER_ORIGINS", must, fits)?;
        settings.origins = origins.as_deref().and_then(read).unwrap_or_default();
        Ok(settings)
    }

    /// A setting that may be absent.
    pub(super) fn optional(
        &self,
        name: &str,
        must: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        match (self.given)(name) {
            Some(text) if !fits(&text) => Err(ConfigError::new(name, must)),
            given => Ok(given),
        }
    }

    pub(super) fn required(
        &self,
        name: &str,
        must: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<String, ConfigError> {
        let given = self.optional(name, must, fits)?;
        given.ok_or_else(|| ConfigError::new(name, "be set"))
    }

    /// Whose the mail is. In ASCII: not every provider takes another.
    pub(super) fn mail_from(&self) -> Result<String, ConfigError> {
        self.required("MAIL_FROM", "be one e-mail address, in ASCII", |from| {
            from.is_ascii() && EmailAddress::parse(from).is_ok()
        })
    }

    /// An address on the outside; in development one of this machine may be without TLS.
    pub(super) fn outside_url(&self, name: &str) -> Result<String, ConfigError> {
        self.required(name, "be an https address", |text| {
            Address::parse(text).is_some_and(|url| {
                let local = self.is_development && is_local(&url.host());
                (url.is_https() || local && url.is_http()) && !url.has_credentials()
            })
        })
    }

    /// Where a provider is: `usual`, or the server that stands for it in development.
    pub(super) fn origin(&self, provider: &str, usual: &str) -> String {
        let instead = self.origins.iter().find(|(name, _)| name == provider);
        instead.map_or(usual, |(_, origin)| origin).to_owned()
    }

    /// How long one provider is waited for, in milliseconds.
    pub(super) fn patience(&self, longest_list: usize) -> Result<u32, ConfigError> {
        let seconds = |text: &str| text.parse().ok().filter(|number| (1..=10).contains(number));
        let fits = |text: &str| {
            let in_all = |number: u32| number.saturating_mul(longest_list as u32);
            seconds(text).is_some_and(|number| in_all(number) <= MOST_SECONDS)
        };
        let must = "be a whole number from 1 to 10, and over all providers of a list at most 24";
        let given = self.optional("PROVIDER_TIMEOUT_SECONDS", must, fits)?;
        Ok(given.as_deref().and_then(seconds).unwrap_or(3) * 1000)
    }

    /// The couriers that carry mail, the first one first.
    pub(super) fn email(&self) -> Result<Vec<Named>, ConfigError> {
        let must = "be none, or list at most 4 of cloudflare, ses, sendgrid, resend, webhook, \
            each once; in development also outbox alone";
        let list =
            self.required("EMAIL_COURIER", must, |list| self.is_list(Channel::Email, list))?;
        self.couriers(Channel::Email, &list)
    }

    /// The couriers that carry text messages, the first one first.
    pub(super) fn sms(&self) -> Result<Vec<Named>, ConfigError> {
        let must = "be none, or list at most 4 of twilio, vonage, sns, webhook, each once; in \
            development also outbox alone";
        let list = self.required("SMS_COURIER", must, |list| self.is_list(Channel::Sms, list))?;
        self.couriers(Channel::Sms, &list)
    }

    fn is_list(&self, channel: Channel, list: &str) -> bool {
        let known = |name: &str| maker(channel, name).is_some();
        match list {
            "none" => true,
            "outbox" => self.is_development,
            _ => names(list).count() <= 4 && names(list).all(known) && distinct(names(list)),
        }
    }

    fn couriers(&self, channel: Channel, list: &str) -> Result<Vec<Named>, ConfigError> {
        match list {
            "none" => Ok(Vec::new()),
            "outbox" => Ok(vec![Named { name: list.to_owned(), courier: Courier::Outbox }]),
            _ => names(list)
                .filter_map(|name| Some((name, maker(channel, name)?)))
                .map(|(name, make)| Ok(Named { name: name.to_owned(), courier: make(self)? }))
                .collect(),
        }
    }
}

type Maker = fn(&Settings) -> Result<Courier, ConfigError>;

/// What makes the courier of this name, if it carries this channel.
fn maker(channel: Channel, name: &str) -> Option<Maker> {
    fn http(provider: impl Provider + 'static) -> Courier {
        Courier::Http(Box::new(provider))
    }
    Some(match (channel, name) {
        (Channel::Email, "cloudflare") => {
            |settings| CloudflareEmail::read(settings).map(Courier::CloudflareEmail)
        }
        (Channel::Email, "ses") => |settings| Ses::read(settings).map(http),
        (Channel::Email, "sendgrid") => |settings| SendGrid::read(settings).map(http),
        (Channel::Email, "resend") => |settings| Resend::read(settings).map(http),
        (Channel::Sms, "twilio") => |settings| Twilio::read(settings).map(http),
        (Channel::Sms, "vonage") => |settings| Vonage::read(settings).map(http),
        (Channel::Sms, "sns") => |settings| Sns::read(settings).map(http),
        (_, "webhook") => |settings| Webhook::read(settings).map(http),
        _ => return None,
    })
}

fn names(list: &str) -> impl Iterator<Item = &str> + Clone {
    list.split(',').map(str::trim)
}

/// `<provider>=<origin>`, of a server on this machine: it is sent the provider's credentials.
fn local_origin(text: &str) -> Option<(String, String)> {
    let (name, origin) = text.trim().split_once('=')?;
    let url = Address::parse(origin)?;
    let local = url.origin() == origin && is_local(&url.host());
    local.then(|| (name.to_owned(), origin.to_owned()))
}

/// Whether a secret can stand in a header.
pub(super) fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether it is so many letters and digits, in ASCII.
pub(super) fn is_word(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
