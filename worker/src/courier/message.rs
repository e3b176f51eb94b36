//! One message to a cardholder: the only place where a code is written out.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use warifu_core::{
    code::Code,
    contact::{Channel, Destination},
    ids::ChallengeId,
    locale::Locale,
    record::ChallengeRecord,
    segments::{self, Encoding},
    text::undisturbing,
};

use super::Dispatch;
use crate::{
    config::Config,
    edge::Edge,
    pages::messages::{self, MessageView},
    problem::Problem,
    random,
};

/// What a message is about. No `Debug`: it holds the code.
pub(crate) enum About {
    /// It carries a code.
    Code {
        /// The code by itself, which the development outbox shows apart.
        code: Code,
        challenge: ChallengeId,
        send: u32,
        /// The number of the order, of which a send can have several.
        delivery: u32,
        /// How long the code is worth delivering.
        life: Duration,
        /// Our origin, where receipts come back to.
        ours: String,
    },
    /// It says that its destination was replaced.
    Replaced,
}

/// A composed message. No `Debug`: it holds the code and the destination.
pub(crate) struct Message {
    /// The same at every provider, and never another message's.
    pub(crate) id: String,
    /// Where to.
    pub(crate) to: Destination,
    /// For e-mail; one line.
    pub(crate) subject: Option<String>,
    /// The whole text.
    pub(crate) text: String,
    /// The name it is sent under; one line.
    pub(crate) sender: String,
    pub(crate) locale: Locale,
    pub(crate) about: About,
}

impl Message {
    /// Writes the message of one send.
    pub(crate) fn compose(
        edge: &Edge,
        record: &ChallengeRecord,
        dispatch: &Dispatch,
    ) -> Result<Self, Problem> {
        let order = &dispatch.order;
        let config = &edge.config;
        let master = config.master_key(&record.master_key);
        let master = master.ok_or_else(|| Problem::internal("the record's master key is gone"))?;
        let code = record.code_key(master).code(order.opened_at, order.number);
        let view = MessageView::new(config, record, dispatch, code.reveal());
        let (subject, text) = match order.to {
            Destination::Email(_) => (Some(view.subject()), view.mail()),
            Destination::Sms(_) => {
                let mut text = view.sms();
                if let Some(bound) = &dispatch.bound {
                    bound.append(&mut text, code.reveal());
                }
                (None, text)
            }
        };
        Ok(Self {
            id: format!("{}-{}", record.id.as_str(), order.number),
            to: order.to.clone(),
            subject,
            text,
            sender: undisturbing(config.issuer_name.of(record.locale)),
            locale: record.locale,
            about: About::Code {
                code,
                challenge: record.id.clone(),
                send: order.send,
                delivery: order.number,
                life: config.rules.code_life,
                ours: edge.origin.clone(),
            },
        })
    }

    /// Writes to a destination that it is registered no more. In the default language: which one
    /// its owner reads is not known.
    pub(crate) fn replaced(config: &Config, to: Destination) -> Result<Self, Problem> {
        let locale = Locale::default();
        let (subject, text) = messages::announcement(config, locale, to.channel())?;
        Ok(Self {
            id: format!("msg_{}", Base64UrlUnpadded::encode_string(&random::bytes::<16>()?)),
            to,
            subject: subject.as_deref().map(undisturbing),
            text,
            sender: undisturbing(config.issuer_name.of(locale)),
            locale,
            about: About::Replaced,
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.to.channel()
    }

    /// How a text message is written, and as how many it is sent.
    pub(crate) fn length(&self) -> Option<(Encoding, u32)> {
        (self.channel() == Channel::Sms).then(|| segments::count(&self.text))
    }

    /// The subject; a text message has none.
    pub(crate) fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_default()
    }

    /// What comes back with every receipt of a code: the challenge and the number of the delivery.
    pub(crate) fn reference(&self) -> Option<(&str, u32)> {
        match &self.about {
            About::Code { challenge, delivery, .. } => Some((challenge.as_str(), *delivery)),
            About::Replaced => None,
        }
    }
}

pub(super) fn without(text: &str, unwanted: fn(char) -> bool) -> String {
    text.chars().filter(|letter| !unwanted(*letter)).collect()
}

#[cfg(test)]
pub(super) mod tests;
