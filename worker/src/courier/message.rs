//! One message to a cardholder: the only place where a code is written out.

use warifu_core::{
    cardholder::SendOrder,
    code::Code,
    contact::{Channel, Destination},
    ids::ChallengeId,
    locale::Locale,
    record::ChallengeRecord,
};

use crate::{
    config::Config,
    edge::Edge,
    pages::messages::{self, MessageView},
    problem::Problem,
};

/// What a message is about. No `Debug`: it holds the code.
pub(crate) enum About {
    /// It carries a code.
    Code {
        /// The code by itself, which the development outbox shows apart.
        code: Code,
        challenge: ChallengeId,
        send: u32,
    },
    /// It says that its destination was replaced.
    Replaced,
}

/// A composed message. No `Debug`: it holds the code and the destination.
pub(crate) struct Message {
    /// Where to.
    pub(crate) to: Destination,
    /// For e-mail.
    pub(crate) subject: Option<String>,
    /// The whole text.
    pub(crate) text: String,
    /// The name it is sent under.
    pub(crate) sender: String,
    pub(crate) about: About,
}

impl Message {
    /// Writes the message of one send.
    pub(crate) fn compose(
        edge: &Edge,
        record: &ChallengeRecord,
        order: &SendOrder,
    ) -> Result<Self, Problem> {
        let config = &edge.config;
        let master = config.master_key(&record.master_key);
        let master = master.ok_or_else(|| Problem::internal("the record's master key is gone"))?;
        let code = record.code_key(master).code(order.opened_at, order.number);
        let view = MessageView::new(config, record, order.send, code.reveal());
        let (subject, text) = match order.to {
            Destination::Email(_) => (Some(messages::mail_subject(&view)?), messages::mail(&view)?),
            Destination::Sms(_) => (None, messages::sms(&view)?),
        };
        Ok(Self {
            to: order.to.clone(),
            subject,
            text,
            sender: config.issuer_name.of(record.locale).to_owned(),
            about: About::Code { code, challenge: record.id.clone(), send: order.send },
        })
    }

    /// Writes to a destination that it is registered no more. In the default language: which one
    /// its owner reads is not known.
    pub(crate) fn replaced(config: &Config, to: Destination) -> Result<Self, Problem> {
        let locale = Locale::default();
        let (subject, text) = messages::announcement(config, locale, to.channel())?;
        let sender = config.issuer_name.of(locale).to_owned();
        Ok(Self { to, subject, text, sender, about: About::Replaced })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.to.channel()
    }
}

#[cfg(test)]
mod tests;
