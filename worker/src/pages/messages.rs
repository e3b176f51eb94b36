//! Mail and text messages.

use askama::Template;
use warifu_core::{contact::Channel, display, locale::Locale, record::ChallengeRecord};

use super::in_both_languages;
use crate::config::Config;

/// What a message says. No `Debug`: it holds the code.
pub(crate) struct MessageView<'a> {
    locale: Locale,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    code: &'a str,
    merchant: &'a str,
    amount: String,
    amount_iso: String,
    time: String,
    send: u32,
    minutes: u64,
}

impl<'a> MessageView<'a> {
    pub(crate) fn new(
        config: &'a Config,
        record: &'a ChallengeRecord,
        send: u32,
        code: &'a str,
    ) -> Self {
        let transaction = &record.transaction;
        Self {
            locale: record.locale,
            issuer: config.issuer_name.of(record.locale),
            programme: &config.programme,
            contact: config.issuer_contact.of(record.locale),
            code,
            merchant: transaction.merchant_name.as_str(),
            amount: display::amount(&transaction.amount, record.locale),
            amount_iso: display::amount_short(&transaction.amount),
            time: display::time(transaction.purchased_at),
            send,
            minutes: config.rules.code_life.as_secs() / 60,
        }
    }
}

in_both_languages!(render_subject, MessageView<'v>, "mail.subject.ja.txt", "mail.subject.en.txt");
in_both_languages!(render_mail, MessageView<'v>, "mail.ja.txt", "mail.en.txt");
in_both_languages!(render_sms, MessageView<'v>, "sms.ja.txt", "sms.en.txt");

pub(crate) fn mail_subject(view: &MessageView) -> Result<String, askama::Error> {
    Ok(render_subject(view.locale, view)?.trim().to_owned())
}

pub(crate) fn mail(view: &MessageView) -> Result<String, askama::Error> {
    render_mail(view.locale, view)
}

pub(crate) fn sms(view: &MessageView) -> Result<String, askama::Error> {
    Ok(render_sms(view.locale, view)?.trim().to_owned())
}

enum Part {
    Subject,
    Mail,
    Sms,
}

/// Tells a destination that codes no longer go there; without any destination in it.
#[derive(Template)]
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
