//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use serde::{Deserialize, Serialize};

use super::{Message, Refused};
use crate::{dev_tools, edge::Edge};

/// One message as the outbox keeps it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) channel: String,
    pub(crate) to: String,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) challenge: String,
    pub(crate) send: u32,
    pub(crate) at: String,
}

/// The outbox as it is read, newest first.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Deliveries {
    pub(crate) deliveries: Vec<Kept>,
}

pub(super) async fn carry(edge: &Edge, message: &Message) -> Result<(), Refused> {
    let kept = Kept {
        channel: message.channel().as_str().to_owned(),
        to: message.to.reveal().to_owned(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        code: message.code.reveal().to_owned(),
        challenge: message.challenge.as_str().to_owned(),
        send: message.send,
        at: edge.now.rfc3339(),
    };
    let kept = dev_tools::keep(&edge.env, kept).await;
    kept.map_err(|_| Refused("the outbox did not keep the message".to_owned()))
}
