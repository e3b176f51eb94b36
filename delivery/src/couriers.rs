//! The couriers of a deployment: which providers carry the messages of each channel, and in which
//! order they are asked.

use warifu_core::contact::SendChannel;

use crate::{
    bound_line::SMS_BOUND_LINE,
    notification::{NOTIFICATION_SMS, NOTIFICATION_SUBJECT, NOTIFICATION_TEXT},
    provider::Provider,
    provider_name::ProviderName,
    providers::{
        aws,
        cloudflare_email::CloudflareEmail,
        resend::{self, Resend},
        sendgrid::{self, SendGrid},
        ses::{self, Ses},
        sns::{self, Sns},
        twilio::{self, Twilio},
        vonage::{self, Vonage},
        webhook::{self, Webhook},
    },
    receipts::{self, ReceiptSources},
    settings::{MAIL_FROM, PROVIDER_ORIGINS, Setting, SettingError, Settings},
    wording::{MAIL_SUBJECT, MAIL_TEXT, SMS_TEXT},
};

/// How long all providers of a list may take together, in seconds. The platform lets work go on for
/// half a minute after an answer; the rest of that is for calls of our own objects.
const MOST_SECONDS: u64 = 24;

/// How many providers a list can name.
const LONGEST: usize = 4;

/// The providers of e-mail, in the order in which they are asked.
pub const EMAIL_COURIER: Setting = Setting::required(
    "EMAIL_COURIER",
    "be none, or list at most 4 of cloudflare, ses, sendgrid, resend, webhook, each once; in \
     development also outbox alone",
    |_| true,
);

/// The providers of text messages, in the order in which they are asked.
pub const SMS_COURIER: Setting = Setting::required(
    "SMS_COURIER",
    "be none, or list at most 4 of twilio, vonage, sns, webhook, each once; in development also \
     outbox alone",
    |_| true,
);

/// How long one provider is waited for.
pub const PROVIDER_TIMEOUT_SECONDS: Setting =
    Setting::number("PROVIDER_TIMEOUT_SECONDS", 1, 10, "3");

/// What carries a message.
pub enum Courier {
    /// The mail binding of the platform.
    CloudflareEmail(CloudflareEmail),
    /// A provider that speaks HTTP.
    Http(Box<dyn Provider>),
    /// The outbox of a development server.
    Outbox,
}

/// A courier with its name in settings and log.
pub struct Named {
    /// Its name.
    pub name: ProviderName,
    /// The courier.
    pub courier: Courier,
}

/// The couriers of a deployment: those of each channel, in the order in which they are asked.
pub struct Couriers {
    email: Vec<Named>,
    sms: Vec<Named>,
    /// How long each provider is waited for, in milliseconds.
    pub milliseconds: u32,
    /// The receipt sources among the providers.
    pub receipt_sources: ReceiptSources,
}

impl Couriers {
    /// Reads the lists, and the settings of every provider in them. `sms_to_email`: whether e-mail
    /// is tried after text messages, after one answer.
    pub fn read(settings: &mut Settings<'_>, sms_to_email: bool) -> Self {
        settings.read_origins();
        let email = list(settings, SendChannel::Email, &EMAIL_COURIER);
        let sms = list(settings, SendChannel::Sms, &SMS_COURIER);
        let longest = match sms_to_email {
            true => email.len() + sms.len(),
            false => email.len().max(sms.len()),
        };
        let milliseconds = patience(settings, longest);
        let names: Vec<_> = email.iter().chain(&sms).map(|named| named.name).collect();
        let receipt_sources = ReceiptSources::read(settings, &names);
        Self { email, sms, milliseconds, receipt_sources }
    }

    /// The couriers of a channel.
    #[must_use]
    pub fn of(&self, channel: SendChannel) -> &[Named] {
        match channel {
            SendChannel::Email => &self.email,
            SendChannel::Sms => &self.sms,
        }
    }

    /// Whether one of the couriers of a channel tells afterwards what became of a message.
    #[must_use]
    pub fn send_receipts(&self, channel: SendChannel) -> bool {
        self.of(channel).iter().any(|named| self.receipt_sources.of(named.name).is_some())
    }
}

/// How long one provider is waited for, in milliseconds.
fn patience(settings: &mut Settings<'_>, longest_list: usize) -> u32 {
    let seconds = settings.number(&PROVIDER_TIMEOUT_SECONDS);
    if seconds * longest_list as u64 > MOST_SECONDS {
        settings.refuse(SettingError::new(
            PROVIDER_TIMEOUT_SECONDS.name,
            &format!(
                "come to at most {MOST_SECONDS} over all providers of a list, or of both lists \
                 where SMS_TO_EMAIL is on"
            ),
        ));
    }
    u32::try_from(seconds * 1000).unwrap_or_default()
}

/// The couriers of a channel, the first one first.
fn list(settings: &mut Settings<'_>, channel: SendChannel, setting: &Setting) -> Vec<Named> {
    let names = settings.required(setting);
    let couriers = couriers(settings, channel, &names);
    if couriers.is_none() && !names.is_empty() {
        // A list that cannot be used is told before a setting that one of its providers lacks.
        settings.refuse_above_all(setting.refused());
    }
    couriers.unwrap_or_default()
}

fn couriers(settings: &mut Settings<'_>, channel: SendChannel, list: &str) -> Option<Vec<Named>> {
    let mut couriers: Vec<Named> = Vec::new();
    if list == "none" {
        return Some(couriers);
    }
    for name in list.split(',').map(str::trim) {
        let name = ProviderName::parse(name).filter(|name| name.carries(channel))?;
        let alone = list == name.as_str();
        if name == ProviderName::Outbox && !(alone && settings.is_development()) {
            return None;
        }
        if couriers.len() == LONGEST || couriers.iter().any(|other| other.name == name) {
            return None;
        }
        couriers.push(Named { name, courier: courier(settings, name) });
    }
    Some(couriers)
}

/// The courier of this name, with its settings.
fn courier(settings: &mut Settings<'_>, name: ProviderName) -> Courier {
    let provider: Box<dyn Provider> = match name {
        ProviderName::Cloudflare => {
            return Courier::CloudflareEmail(CloudflareEmail::read(settings));
        }
        ProviderName::Outbox => return Courier::Outbox,
        ProviderName::Ses => Box::new(Ses::read(settings)),
        ProviderName::SendGrid => Box::new(SendGrid::read(settings)),
        ProviderName::Resend => Box::new(Resend::read(settings)),
        ProviderName::Twilio => Box::new(Twilio::read(settings)),
        ProviderName::Vonage => Box::new(Vonage::read(settings)),
        ProviderName::Sns => Box::new(Sns::read(settings)),
        ProviderName::Webhook => Box::new(Webhook::read(settings)),
    };
    Courier::Http(provider)
}

/// Every setting of the couriers and of their messages.
pub const SETTINGS: [&Setting; 36] = [
    &EMAIL_COURIER,
    &MAIL_FROM,
    &SMS_COURIER,
    &PROVIDER_TIMEOUT_SECONDS,
    &PROVIDER_ORIGINS,
    &MAIL_SUBJECT[0],
    &MAIL_SUBJECT[1],
    &MAIL_TEXT[0],
    &MAIL_TEXT[1],
    &SMS_TEXT[0],
    &SMS_TEXT[1],
    &SMS_BOUND_LINE,
    &NOTIFICATION_SUBJECT[0],
    &NOTIFICATION_SUBJECT[1],
    &NOTIFICATION_TEXT[0],
    &NOTIFICATION_TEXT[1],
    &NOTIFICATION_SMS[0],
    &NOTIFICATION_SMS[1],
    &aws::REGION,
    &aws::KEY_ID,
    &aws::SECRET_KEY,
    &aws::SESSION_TOKEN,
    &ses::CONFIGURATION_SET,
    &receipts::ses::TOPIC,
    &sns::SENDER,
    &sendgrid::API_KEY,
    &receipts::sendgrid::KEY,
    &resend::API_KEY,
    &twilio::ACCOUNT,
    &twilio::TOKEN,
    &twilio::FROM,
    &vonage::KEY,
    &vonage::API_SECRET,
    &vonage::FROM,
    &webhook::URL,
    &webhook::SECRETS,
];

#[cfg(test)]
mod tests;
