//! Mail and text messages: their wording, the issuer's or ours, and what it is filled with.

use askama::Template as _;
use warifu_core::{
    contact::Channel,
    display,
    locale::Locale,
    record::ChallengeRecord,
    template::{Medium, Placeholder, Template},
};

use crate::{
    config::{Config, ConfigError},
    courier::Dispatch,
};

/// The wording of every message that carries a code.
pub(crate) struct Messages {
    ja: Wording,
    en: Wording,
}

struct Wording {
    subject: Template,
    mail: Template,
    sms: Template,
}

impl Messages {
    /// Reads what the issuer has put in place of our templates.
    pub(crate) fn read(given: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let template = |name: &str, usual: &str, medium| {
            let text = given(name);
            let read = Template::parse(text.as_deref().unwrap_or(usual), medium);
            read.map_err(|must| ConfigError::new(name, must))
        };
        let localized = |name: &str, [ja, en]: [&str; 2], medium| {
            let english = [name, "_EN"].concat();
            Ok::<_, ConfigError>((template(name, ja, medium)?, template(&english, en, medium)?))
        };
        let (subject, subject_en) = localized("MAIL_SUBJECT", SUBJECT, Medium::Subject)?;
        let (mail, mail_en) = localized("MAIL_TEXT", MAIL, Medium::Mail)?;
        let (sms, sms_en) = localized("SMS_TEXT", SMS, Medium::Sms)?;
        Ok(Self {
            ja: Wording { subject, mail, sms },
            en: Wording { subject: subject_en, mail: mail_en, sms: sms_en },
        })
    }

    fn of(&self, locale: Locale) -> &Wording {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

const SUBJECT: [&str; 2] = [
    include_str!("../../templates/mail.subject.ja.txt"),
    include_str!("../../templates/mail.subject.en.txt"),
];
const MAIL: [&str; 2] =
    [include_str!("../../templates/mail.ja.txt"), include_str!("../../templates/mail.en.txt")];
const SMS: [&str; 2] =
    [include_str!("../../templates/sms.ja.txt"), include_str!("../../templates/sms.en.txt")];

/// What a message says. No `Debug`: it holds the code.
pub(crate) struct MessageView<'a> {
    wording: &'a Wording,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    code: &'a str,
    merchant: &'a str,
    amount: String,
    amount_iso: String,
    time: String,
    send: String,
    instead_of: &'static str,
    minutes: String,
}

impl<'a> MessageView<'a> {
    pub(crate) fn new(
        config: &'a Config,
        record: &'a ChallengeRecord,
        dispatch: &Dispatch,
        code: &'a str,
    ) -> Self {
        let transaction = &record.transaction;
        Self {
            wording: config.messages.of(record.locale),
            issuer: config.issuer_name.of(record.locale),
            programme: &config.programme,
            contact: config.issuer_contact.of(record.locale),
            code,
            merchant: transaction.merchant_name.as_str(),
            amount: display::amount(&transaction.amount, record.locale),
            amount_iso: display::amount_short(&transaction.amount),
            time: display::time(transaction.purchased_at),
            send: match dispatch.order.send {
                0 | 1 => String::new(),
                again => again.to_string(),
            },
            instead_of: if dispatch.diverted { "SMS" } else { "" },
            minutes: (config.rules.code_life.as_secs() / 60).to_string(),
        }
    }

    pub(crate) fn subject(&self) -> String {
        self.written(&self.wording.subject)
    }

    pub(crate) fn mail(&self) -> String {
        self.written(&self.wording.mail)
    }

    pub(crate) fn sms(&self) -> String {
        self.written(&self.wording.sms)
    }

    fn written(&self, template: &Template) -> String {
        template.render(&|placeholder| match placeholder {
            Placeholder::Code => self.code,
            Placeholder::Send => &self.send,
            Placeholder::InsteadOf => self.instead_of,
            Placeholder::Amount => &self.amount,
            Placeholder::AmountIso => &self.amount_iso,
            Placeholder::Merchant => self.merchant,
            Placeholder::Time => &self.time,
            Placeholder::Minutes => &self.minutes,
            Placeholder::Issuer => self.issuer,
            Placeholder::Programme => self.programme,
            Placeholder::Contact => self.contact,
        })
    }
}

enum Part {
    Subject,
    Mail,
    Sms,
}

/// Tells a destination that codes no longer go there; without any destination in it.
#[derive(askama::Template)]
#[template(path = "announce.txt")]
struct AnnouncementView<'a> {
    ja: bool,
    part: Part,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
}

/// The subject, for e-mail, and the text that a destination's last message has.
pub(crate) fn announcement(
    config: &Config,
    locale: Locale,
    channel: Channel,
) -> Result<(Option<String>, String), askama::Error> {
    let write = |part| {
        let view = AnnouncementView {
            ja: locale == Locale::Ja,
            part,
            issuer: config.issuer_name.of(locale),
            programme: &config.programme,
            contact: config.issuer_contact.of(locale),
        };
        view.render()
    };
    match channel {
        Channel::Email => Ok((Some(write(Part::Subject)?), write(Part::Mail)?)),
        Channel::Sms | Channel::App => Ok((None, write(Part::Sms)?)),
    }
}

#[cfg(test)]
mod tests;
