//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use super::{Message, Refused};
use crate::{dev_tools, edge::Edge, json::Json};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Result<(), Refused> {
    let silent = |_| Refused("the outbox did not keep the message".to_owned());
    let now = edge.now().await.map_err(silent)?;
    let kept = Json::object([
        ("channel", message.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", message.code.reveal().into()),
        ("challenge", message.challenge.as_str().into()),
        ("send", u64::from(message.send).into()),
        ("at", now.rfc3339().into()),
    ]);
    let kept = dev_tools::keep(&edge.env, kept).await;
    kept.map_err(silent)
}
