//! Mail and text messages with codes: the wording, the issuer's or ours, and the values of its
//! placeholders.

use std::{borrow::Cow, time::Duration};

use warifu_core::{display, locale::Locale, record::Sheet};

use crate::{
    settings::{Setting, SettingError, Settings},
    template::{Medium, Placeholder, Template},
};

/// What messages say of the issuer, in the reader's language.
pub struct Issuer<'a> {
    /// Its name, which stands under each message.
    pub name: &'a str,
    /// The programme, such as J/Secure.
    pub programme: &'a str,
    /// Whom to ask, as it stands in a sentence.
    pub contact: &'a str,
}

/// A setting that replaces one of our texts. Every text fits here: [`Localized::read`] checks it, and says
/// what is wrong with it.
pub(crate) const fn wording(name: &'static str, must: &'static str) -> Setting {
    Setting::optional(name, must, |_| true)
}

const MUST: &str = "be a wording of at most 4,096 bytes with {{code}}";

/// The subject of mail, in Japanese and in English.
pub(crate) const MAIL_SUBJECT: [Setting; 2] =
    [wording("MAIL_SUBJECT", MUST), wording("MAIL_SUBJECT_EN", MUST)];
/// The text of mail, likewise.
pub(crate) const MAIL_TEXT: [Setting; 2] =
    [wording("MAIL_TEXT", MUST), wording("MAIL_TEXT_EN", MUST)];
/// A text message, likewise.
pub(crate) const SMS_TEXT: [Setting; 2] = [wording("SMS_TEXT", MUST), wording("SMS_TEXT_EN", MUST)];

/// The wording of every message that carries a code.
pub struct Wordings(Localized);

impl Wordings {
    /// Reads what the issuer has put in place of our templates.
    ///
    /// # Errors
    /// The first wording that cannot be used.
    pub fn read(settings: &mut Settings<'_>) -> Result<Self, SettingError> {
        let texts = [(&MAIL_SUBJECT, SUBJECT), (&MAIL_TEXT, MAIL), (&SMS_TEXT, SMS)];
        Localized::read(settings, texts, Template::parse).map(Self)
    }
}

/// The templates of one kind of message, in each language.
pub(crate) struct Localized {
    ja: Wording,
    en: Wording,
}

/// The templates of one kind of message in one language.
pub(crate) struct Wording {
    pub(crate) subject: Template,
    pub(crate) mail: Template,
    pub(crate) sms: Template,
}

impl Localized {
    /// Reads what the issuer has put in place of subject, mail and text message. Of each text: its
    /// settings and our templates, in Japanese and in English.
    pub(crate) fn read(
        settings: &mut Settings<'_>,
        [subject, mail, sms]: [(&[Setting; 2], [&str; 2]); 3],
        parse: fn(&str, Medium) -> Result<Template, Cow<'static, str>>,
    ) -> Result<Self, SettingError> {
        let mut template = |setting: &Setting, usual: &str, medium| {
            let text = settings.optional(setting);
            let read = parse(text.as_deref().unwrap_or(usual), medium);
            read.map_err(|must| SettingError::new(setting.name, &must))
        };
        let mut localized = |([ja, en], usual): (&[Setting; 2], [&str; 2]), medium| {
            let [usual_ja, usual_en] = usual;
            Ok::<_, SettingError>((
                template(ja, usual_ja, medium)?,
                template(en, usual_en, medium)?,
            ))
        };
        let (subject, subject_en) = localized(subject, Medium::Subject)?;
        let (mail, mail_en) = localized(mail, Medium::Mail)?;
        let (sms, sms_en) = localized(sms, Medium::Sms)?;
        Ok(Self {
            ja: Wording { subject, mail, sms },
            en: Wording { subject: subject_en, mail: mail_en, sms: sms_en },
        })
    }

    pub(crate) fn of(&self, locale: Locale) -> &Wording {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

const SUBJECT: [&str; 2] = [
    include_str!("../templates/mail.subject.ja.txt"),
    include_str!("../templates/mail.subject.en.txt"),
];
const MAIL: [&str; 2] =
    [include_str!("../templates/mail.ja.txt"), include_str!("../templates/mail.en.txt")];
const SMS: [&str; 2] =
    [include_str!("../templates/sms.ja.txt"), include_str!("../templates/sms.en.txt")];

/// What stands in place of an amount where nothing is paid. A line with an empty value would be left
/// out, and an issuer's may have the code in it.
fn no_payment(locale: Locale) -> &'static str {
    let text = match locale {
        Locale::Ja => include_str!("../templates/no-payment.ja.txt"),
        Locale::En => include_str!("../templates/no-payment.en.txt"),
    };
    text.trim_end()
}

/// What a message says about its send. No `Debug`: it holds the code.
pub(crate) struct SendFacts<'a> {
    pub(crate) code: &'a str,
    pub(crate) code_life: Duration,
    /// The number of the send, from 1.
    pub(crate) number: u32,
    /// Whether the send goes by e-mail because text messages failed.
    pub(crate) diverted: bool,
}

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
        wordings: &'a Wordings,
        issuer: &Issuer<'a>,
        sheet: Sheet<'a>,
        send: &SendFacts<'a>,
    ) -> Self {
        let Sheet { transaction, locale, .. } = sheet;
        Self {
            wording: wordings.0.of(locale),
            issuer: issuer.name,
            programme: issuer.programme,
            contact: issuer.contact,
            code: send.code,
            merchant: transaction.merchant_name.as_str(),
            amount: match &transaction.amount {
                Some(amount) => display::amount(amount, locale),
                None => no_payment(locale).to_owned(),
            },
            amount_iso: match &transaction.amount {
                Some(amount) => display::amount_short(amount),
                None => no_payment(locale).to_owned(),
            },
            time: display::time(transaction.purchased_at),
            send: match send.number {
                0 | 1 => String::new(),
                again => again.to_string(),
            },
            instead_of: if send.diverted { "SMS" } else { "" },
            minutes: (send.code_life.as_secs() / 60).to_string(),
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
            // A code's template has none of these.
            Placeholder::What | Placeholder::Count | Placeholder::Since | Placeholder::Link => "",
        })
    }
}

#[cfg(test)]
mod tests;
