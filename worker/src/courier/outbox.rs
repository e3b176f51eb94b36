//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use serde_json::json;

use super::{About, Message, Refused};
use crate::{dev_tools, edge::Edge};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Result<(), Refused> {
    let silent = |_| Refused("the outbox did not keep the message".to_owned());
    let now = edge.now().await.map_err(silent)?;
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send } => {
            (Some(code.reveal()), Some(challenge.as_str()), Some(*send))
        }
        About::Replaced => (None, None, None),
    };
    let kept = json!({
        "channel": message.channel().as_str(),
        "to": message.to.reveal(),
        "subject": message.subject,
        "text": message.text,
        "code": code,
        "challenge": challenge,
        "send": send,
        "at": now.rfc3339(),
    });
    let kept = dev_tools::keep(&edge.env, kept).await;
    kept.map_err(silent)
}
