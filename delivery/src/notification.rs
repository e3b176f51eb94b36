//! Notifications: what they say of what happened, in the issuer's wording or ours.

use askama::Template as _;
use warifu_core::{
    cardholder::{Notification, NotificationKind},
    contact::{Destination, SendChannel},
    display,
    locale::Locale,
    record::ChallengeRecord,
    text::undisturbing,
};

use crate::{
    message::{About, Message},
    settings::{Setting, SettingError, Settings},
    template::{Placeholder, Template},
    wording::{Issuer, Localized, wording},
};

const MUST: &str = "be a wording of at most 4,096 bytes with {{what}}";

/// The subject of a notification by mail, in Japanese and in English.
pub(crate) const NOTIFICATION_SUBJECT: [Setting; 2] =
    [wording("NOTIFICATION_SUBJECT", MUST), wording("NOTIFICATION_SUBJECT_EN", MUST)];
/// Its text, likewise.
pub(crate) const NOTIFICATION_TEXT: [Setting; 2] =
    [wording("NOTIFICATION_TEXT", MUST), wording("NOTIFICATION_TEXT_EN", MUST)];
/// A notification as a text message, likewise.
pub(crate) const NOTIFICATION_SMS: [Setting; 2] =
    [wording("NOTIFICATION_SMS", MUST), wording("NOTIFICATION_SMS_EN", MUST)];

/// The wording of every notification.
pub struct NotificationWordings(Localized);

impl NotificationWordings {
    /// Reads what the issuer has put in place of our templates.
    ///
    /// # Errors
    /// The first wording that cannot be used.
    pub fn read(settings: &mut Settings<'_>) -> Result<Self, SettingError> {
        let texts = [
            (&NOTIFICATION_SUBJECT, SUBJECT),
            (&NOTIFICATION_TEXT, MAIL),
            (&NOTIFICATION_SMS, SMS),
        ];
        Localized::read(settings, texts, Template::parse_notification).map(Self)
    }
}

const SUBJECT: [&str; 2] = [
    include_str!("../templates/notification.subject.ja.txt"),
    include_str!("../templates/notification.subject.en.txt"),
];
const MAIL: [&str; 2] = [
    include_str!("../templates/notification.mail.ja.txt"),
    include_str!("../templates/notification.mail.en.txt"),
];
const SMS: [&str; 2] = [
    include_str!("../templates/notification.sms.ja.txt"),
    include_str!("../templates/notification.sms.en.txt"),
];

/// What happened, as the sentences of our template tell them apart.
#[derive(Clone, Copy)]
enum What {
    ChallengeFailed,
    Locked,
    /// A lock that no time ends. A sign-in at the member site does.
    SignInNeeded,
    /// The same where the issuer has no such site.
    IssuerNeeded,
    MethodChanged,
    DestinationChanged,
    /// Codes no longer go to the destination that is told. Somebody else may read it by now.
    Former,
}

impl What {
    fn of(notification: &Notification, has_member_site: bool) -> Self {
        match notification.kind {
            NotificationKind::ChallengeFailed => Self::ChallengeFailed,
            NotificationKind::Locked if !notification.sign_in_needed => Self::Locked,
            NotificationKind::Locked if has_member_site => Self::SignInNeeded,
            NotificationKind::Locked => Self::IssuerNeeded,
            NotificationKind::MethodChanged => Self::MethodChanged,
            NotificationKind::DestinationChanged if notification.is_former => Self::Former,
            NotificationKind::DestinationChanged => Self::DestinationChanged,
        }
    }
}

enum Part {
    Mail,
    Sms,
}

/// One sentence that says what happened. It names no destination.
#[derive(askama::Template)]
#[template(path = "notification.txt")]
struct Sentence<'a> {
    ja: bool,
    part: Part,
    what: What,
    merchant: &'a str,
    amount: String,
    contact: &'a str,
}

/// What a notification is written with.
pub struct Notifier<'a> {
    /// The issuer's wording, or ours.
    pub wordings: &'a NotificationWordings,
    /// The issuer's name, programme and contact, in the language of the message.
    pub issuer: Issuer<'a>,
    /// The language of the message.
    pub locale: Locale,
    /// The challenge that it is about, if one is kept.
    pub record: Option<&'a ChallengeRecord>,
    /// Where the cardholder says that a purchase is not theirs; `None` for a notification that is
    /// about none.
    pub link: Option<&'a str>,
    /// Whether the issuer has a member site where cardholders say that a purchase is theirs.
    pub has_member_site: bool,
}

impl Notifier<'_> {
    /// Writes a notification. `id`: an id that no other message has.
    ///
    /// # Errors
    /// None by our own template; the template engine's functions can fail for other templates.
    pub fn message(
        &self,
        id: String,
        notification: &Notification,
    ) -> Result<Message, askama::Error> {
        let channel = notification.to.channel();
        // What is told to a former destination can reach a stranger.
        let record = self.record.filter(|_| !notification.is_former);
        let link = self.link.filter(|_| !notification.is_former).unwrap_or_default();
        let transaction = record.map(|record| &record.transaction);
        let what = Sentence {
            ja: self.locale.is_japanese(),
            part: match channel {
                SendChannel::Email => Part::Mail,
                SendChannel::Sms => Part::Sms,
            },
            what: What::of(notification, self.has_member_site),
            merchant: transaction.map_or("", |transaction| transaction.merchant_name.as_str()),
            amount: transaction
                .and_then(|transaction| transaction.amount.as_ref())
                .map(|amount| display::amount(amount, self.locale))
                .unwrap_or_default(),
            contact: self.issuer.contact,
        };
        let what = what.render()?;
        let again = notification.count > 1;
        let count = if again { notification.count.to_string() } else { String::new() };
        let since = if again { display::time(notification.since) } else { String::new() };
        let value = |placeholder| match placeholder {
            Placeholder::What => what.as_str(),
            Placeholder::Count => &count,
            Placeholder::Since => &since,
            Placeholder::Link => link,
            Placeholder::Issuer => self.issuer.name,
            Placeholder::Programme => self.issuer.programme,
            Placeholder::Contact => self.issuer.contact,
            // A notification's template has none of these.
            Placeholder::Code
            | Placeholder::Send
            | Placeholder::InsteadOf
            | Placeholder::Amount
            | Placeholder::AmountIso
            | Placeholder::Merchant
            | Placeholder::Time
            | Placeholder::Minutes => "",
        };
        let wording = self.wordings.0.of(self.locale);
        let (subject, text) = match notification.to {
            Destination::Email(_) => {
                (Some(wording.subject.render(&value)), wording.mail.render(&value))
            }
            Destination::Sms(_) => (None, wording.sms.render(&value)),
        };
        Ok(Message {
            id,
            to: notification.to.clone(),
            subject,
            text,
            sender: undisturbing(self.issuer.name),
            locale: self.locale,
            about: About::Notification,
        })
    }
}

#[cfg(test)]
mod tests;
