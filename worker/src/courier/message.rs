//! One message to a cardholder: the only place where a code is written out.

use warifu_core::{
    cardholder::SendOrder,
    code::Code,
    contact::{Channel, Destination},
    ids::ChallengeId,
    record::ChallengeRecord,
};

use crate::{
    edge::Edge,
    pages::messages::{self, MessageView},
    problem::Problem,
};

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
    /// The code by itself, which the development outbox shows apart.
    pub(crate) code: Code,
    pub(crate) challenge: ChallengeId,
    pub(crate) send: u32,
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
        let (subject, text) = match order.to.channel() {
            Channel::Email => (Some(messages::mail_subject(&view)?), messages::mail(&view)?),
            Channel::Sms => (None, messages::sms(&view)?),
        };
        Ok(Self {
            to: order.to.clone(),
            subject,
            text,
            sender: config.issuer_name.of(record.locale).to_owned(),
            code,
            challenge: record.id.clone(),
            send: order.send,
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.to.channel()
    }
}
