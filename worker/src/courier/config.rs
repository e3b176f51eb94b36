//! The settings and secrets of the couriers. Only what a list names has to be there; what each
//! provider needs is in its own file.

use std::ops::RangeInclusive;

use warifu_core::contact::{Channel, EmailAddress};

use super::{
    Courier, Named, cloudflare_email::CloudflareEmail, provider::Provider, resend::Resend,
    sendgrid::SendGrid, ses::Ses, sns::Sns, twilio::Twilio, vonage::Vonage, webhook::Webhook,
};
use crate::config::ConfigError;

/// No request is waited for longer than half a minute after its answer; the rest is for our own
/// objects.
const MOST_SECONDS: u32 = 24;

/// What a setting has to look like.
pub(super) struct Form {
    /// What a refusal says: the setting must …
    pub(super) must: &'static str,
    pub(super) fits: fn(&str) -> bool,
}

/// A secret that is sent in a header.
pub(super) const SECRET: Form = Form {
    must: "be printable ASCII, no spaces",
    fits: |text| text.bytes().all(|byte| byte.is_ascii_graphic()),
};

/// Whose the mail is.
pub(super) const MAIL_FROM: Form =
    Form { must: "be one e-mail address", fits: |text| EmailAddress::parse(text).is_ok() };

const EMAIL: Form = Form {
    must: "be none, or list at most 4 of cloudflare, ses, sendgrid, resend, webhook, each once; in \
           development also outbox alone",
    fits: |_| true,
};

const SMS: Form = Form {
    must: "be none, or list at most 4 of twilio, vonage, sns, webhook, each once; in development \
           also outbox alone",
    fits: |_| true,
};

const SECONDS: Form = Form {
    must: "be a whole number from 1 to 10, and over all providers of a list (of both lists where \
           SMS_TO_EMAIL is on) at most 24",
    fits: |text| text.parse::<u64>().is_ok_and(|seconds| (1..=10).contains(&seconds)),
};

const ORIGINS: Form = Form {
    must: "list <provider>=http://127.0.0.1:<port>, in development only",
    fits: |text| text.split(',').all(|text| local_origin(text).is_some()),
};

/// Where settings are read from.
pub(super) struct Settings<'a> {
    given: &'a dyn Fn(&str) -> Option<String>,
    is_development: bool,
    /// Servers of this machine in place of providers.
    origins: String,
    /// What was refused first; what is read after it is never used.
    refused: Option<ConfigError>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(given: &'a dyn Fn(&str) -> Option<String>, is_development: bool) -> Self {
        let mut settings = Self { given, is_development, origins: String::new(), refused: None };
        if let Some(origins) = settings.optional("PROVIDER_ORIGINS", &ORIGINS) {
            settings.only_in_development("PROVIDER_ORIGINS", &ORIGINS);
            settings.origins = origins;
        }
        settings
    }

    /// Whether everything that was read can be used.
    pub(super) fn accepted(self) -> Result<(), ConfigError> {
        self.refused.map_or(Ok(()), Err)
    }

    fn refuse(&mut self, name: &str, must: &str) {
        self.refused.get_or_insert_with(|| ConfigError::new(name, must));
    }

    /// A setting that may be absent.
    pub(super) fn optional(&mut self, name: &str, form: &Form) -> Option<String> {
        let given = (self.given)(name)?;
        if !(form.fits)(&given) {
            self.refuse(name, form.must);
        }
        Some(given)
    }

    pub(super) fn required(&mut self, name: &str, form: &Form) -> String {
        self.optional(name, form).unwrap_or_else(|| {
            self.refuse(name, "be set");
            String::new()
        })
    }

    /// Refuses what only a development server may have.
    pub(super) fn only_in_development(&mut self, name: &str, form: &Form) {
        if !self.is_development {
            self.refuse(name, form.must);
        }
    }

    /// Where a provider is: `usual`, or the server that stands for it in development.
    pub(super) fn origin(&self, provider: &str, usual: &str) -> String {
        let mut origins = self.origins.split(',').filter_map(local_origin);
        let instead = origins.find(|(name, _)| *name == provider);
        instead.map_or(usual, |(_, origin)| origin).to_owned()
    }

    /// How long one provider is waited for, in milliseconds.
    pub(super) fn patience(&mut self, longest_list: usize) -> u32 {
        let seconds = self.optional("PROVIDER_TIMEOUT_SECONDS", &SECONDS);
        let seconds = seconds.and_then(|text| text.parse::<u64>().ok()).unwrap_or(3).min(10) as u32;
        if seconds * longest_list as u32 > MOST_SECONDS {
            self.refuse("PROVIDER_TIMEOUT_SECONDS", SECONDS.must);
        }
        seconds * 1000
    }

    /// The couriers of a channel, the first one first.
    pub(super) fn list(&mut self, channel: Channel) -> Vec<Named> {
        let (list, name, form) = match channel {
            Channel::Email => (self.required("EMAIL_COURIER", &EMAIL), "EMAIL_COURIER", &EMAIL),
            Channel::Sms | Channel::App => {
                (self.required("SMS_COURIER", &SMS), "SMS_COURIER", &SMS)
            }
        };
        let couriers = self.couriers(channel, &list);
        if couriers.is_none() && !list.is_empty() {
            // Before anything that one of the list lacks.
            self.refused = Some(ConfigError::new(name, form.must));
        }
        couriers.unwrap_or_default()
    }

    fn couriers(&mut self, channel: Channel, list: &str) -> Option<Vec<Named>> {
        let mut couriers: Vec<Named> = Vec::new();
        if list == "none" {
            return Some(couriers);
        }
        for name in list.split(',').map(str::trim) {
            let courier = match name {
                "outbox" if list == name && self.is_development => Courier::Outbox,
                _ => self.courier(channel, name)?,
            };
            if couriers.len() == 4 || couriers.iter().any(|other| other.name == name) {
                return None;
            }
            couriers.push(Named { name: name.to_owned(), courier });
        }
        Some(couriers)
    }

    /// The courier of this name, if it carries this channel.
    fn courier(&mut self, channel: Channel, name: &str) -> Option<Courier> {
        let provider: Box<dyn Provider> = match (channel, name) {
            (Channel::Email, "cloudflare") => {
                return Some(Courier::CloudflareEmail(CloudflareEmail::read(self)));
            }
            (Channel::Email, "ses") => Box::new(Ses::read(self)),
            (Channel::Email, "sendgrid") => Box::new(SendGrid::read(self)),
            (Channel::Email, "resend") => Box::new(Resend::read(self)),
            (Channel::Sms, "twilio") => Box::new(Twilio::read(self)),
            (Channel::Sms, "vonage") => Box::new(Vonage::read(self)),
            (Channel::Sms, "sns") => Box::new(Sns::read(self)),
            (_, "webhook") => Box::new(Webhook::read(self)),
            _ => return None,
        };
        Some(Courier::Http(provider))
    }
}

/// `<provider>=<origin>`, of a server on this machine: it is sent the provider's credentials.
fn local_origin(text: &str) -> Option<(&str, &str)> {
    let (name, origin) = text.trim().split_once('=')?;
    let port = origin.strip_prefix("http://127.0.0.1:")?;
    let known =
        matches!(name, "ses" | "sendgrid" | "resend" | "twilio" | "vonage" | "sns" | "amazon-sns");
    (known && is_word(port, 1..=5, "")).then_some((name, origin))
}

/// Whether it is so many letters and digits, in ASCII, and characters of `others`.
pub(super) fn is_word(text: &str, length: RangeInclusive<usize>, others: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || others.chars().any(|c| c == letter);
    length.contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests;
