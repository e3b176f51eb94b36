//! One message to a cardholder: the only place where a code is written out.

use std::time::Duration;

use warifu_core::{
    cardholder::DeliveryOrder,
    code::Code,
    contact::{Destination, SendChannel},
    ids::ChallengeId,
    locale::Locale,
    record::{ChallengeRecord, Sheet},
    test_mode::{TestChallengeId, TestCode, TestRecord},
    text::undisturbing,
};

use crate::{
    bound_line::BoundLine,
    segments::{self, Encoding},
    wording::{Issuer, MessageView, SendFacts, Wordings},
};

/// A delivery that was ordered, with what its message needs.
pub struct Dispatch {
    /// What the rules ordered.
    pub order: DeliveryOrder,
    /// Whether the send goes by e-mail because text messages failed.
    pub diverted: bool,
    /// The hosts that a text message binds its code to; `None` for no such line.
    pub origin_bound: Option<BoundLine>,
}

/// What a message is about. No `Debug`: it holds the code.
pub enum About {
    /// The message carries a code.
    Code {
        /// The code. The development outbox shows it beside the text.
        code: Code,
        /// The challenge that asks for it.
        challenge: ChallengeId,
        /// The number of the send.
        send: u32,
        /// The number of the delivery. A send can have several deliveries.
        delivery: u32,
        /// How long the code is valid. A later delivery is of no use.
        life: Duration,
        /// Our origin, where receipts come back to.
        ours: String,
    },
    /// The message tells the cardholder what happened. It has no code.
    Notification,
}

/// A composed message. No `Debug`: it holds the code and the destination.
pub struct Message {
    /// The message's id, the same at every provider. No other message has it.
    pub id: String,
    /// The destination.
    pub to: Destination,
    /// The subject of e-mail, one line; `None` for a text message.
    pub subject: Option<String>,
    /// The whole text.
    pub text: String,
    /// The sender's name, one line.
    pub sender: String,
    /// The language it is written in.
    pub locale: Locale,
    /// What it is about.
    pub about: About,
}

/// What every message of a deployment is written with.
pub struct Composer<'a> {
    /// The issuer's wording, or ours.
    pub wordings: &'a Wordings,
    /// The issuer's name, programme and contact, in the language of the message.
    pub issuer: Issuer<'a>,
    /// How long a code is valid.
    pub code_life: Duration,
    /// Our origin, where receipts come back to.
    pub origin: &'a str,
}

impl Composer<'_> {
    /// Writes the message of one send, which carries `code`.
    #[must_use]
    pub fn code(&self, record: &ChallengeRecord, dispatch: &Dispatch, code: Code) -> Message {
        let order = &dispatch.order;
        let view = self.view(record.sheet(), dispatch, code.reveal());
        let (subject, text) = match order.to {
            Destination::Email(_) => (Some(view.subject()), view.mail()),
            Destination::Sms(_) => {
                let mut text = view.sms();
                if let Some(bound) = &dispatch.origin_bound {
                    bound.append(&mut text, code.reveal());
                }
                (None, text)
            }
        };
        Message {
            id: format!("{}-{}", record.id.as_str(), order.number),
            to: order.to.clone(),
            subject,
            text,
            sender: undisturbing(self.issuer.name),
            locale: record.locale,
            about: About::Code {
                code,
                challenge: record.id.clone(),
                send: order.send,
                delivery: order.number,
                life: self.code_life,
                ours: self.origin.to_owned(),
            },
        }
    }

    /// Writes the message of one send of a test challenge, which says first that it is a test.
    #[must_use]
    pub fn test(&self, record: &TestRecord, dispatch: &Dispatch, code: TestCode) -> TestMessage {
        let view = self.view(record.sheet(), dispatch, code.as_str());
        let [ja, en] = TEST.map(str::trim_end);
        let test = if record.locale.is_japanese() { ja } else { en };
        let (subject, text) = match dispatch.order.to {
            Destination::Email(_) => (Some(format!("{test} {}", view.subject())), view.mail()),
            Destination::Sms(_) => (None, view.sms()),
        };
        TestMessage {
            to: dispatch.order.to.clone(),
            subject,
            text: format!("{test} {text}"),
            code,
            challenge: record.id.clone(),
            send: dispatch.order.send,
        }
    }

    /// The view that the templates of a send are filled from.
    pub(crate) fn view<'v>(
        &'v self,
        sheet: Sheet<'v>,
        dispatch: &Dispatch,
        code: &'v str,
    ) -> MessageView<'v> {
        let facts = SendFacts {
            code,
            code_life: self.code_life,
            number: dispatch.order.send,
            diverted: dispatch.diverted,
        };
        MessageView::new(self.wordings, &self.issuer, sheet, &facts)
    }
}

/// A composed message of a test challenge. No provider takes one: only a development server shows it.
pub struct TestMessage {
    /// The test cardholder's destination.
    pub to: Destination,
    /// The subject of e-mail; `None` for a text message.
    pub subject: Option<String>,
    /// The whole text.
    pub text: String,
    /// The code.
    pub code: TestCode,
    /// The challenge that asks for it.
    pub challenge: TestChallengeId,
    /// The number of the send.
    pub send: u32,
}

/// What a message of a test begins with, in Japanese and in English.
const TEST: [&str; 2] =
    [include_str!("../templates/test.ja.txt"), include_str!("../templates/test.en.txt")];

impl Message {
    /// The channel that carries the message.
    #[must_use]
    pub fn channel(&self) -> SendChannel {
        self.to.channel()
    }

    /// A text message's encoding, and how many segments it is sent as; `None` for e-mail.
    #[must_use]
    pub fn length(&self) -> Option<(Encoding, u32)> {
        (self.channel() == SendChannel::Sms).then(|| segments::count(&self.text))
    }

    /// The subject; empty for a text message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_default()
    }

    /// What a provider returns with each receipt: the challenge and the number of the delivery.
    /// `None` for a message without a code.
    #[must_use]
    pub fn reference(&self) -> Option<(&str, u32)> {
        match &self.about {
            About::Code { challenge, delivery, .. } => Some((challenge.as_str(), *delivery)),
            About::Notification => None,
        }
    }
}
