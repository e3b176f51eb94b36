//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use super::{About, Message, Refused};
use crate::{dev_tools, edge::Edge, json::Json};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Result<(), Refused> {
    let silent = |_| Refused("the outbox did not keep the message".to_owned());
    let now = edge.now().await.map_err(silent)?;
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send } => {
            (Some(code.reveal()), Some(challenge.as_str()), Some(u64::from(*send)))
        }
        About::Replaced => (None, None, None),
    };
    let kept = Json::object([
        ("channel", message.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", code.into()),
        ("challenge", challenge.into()),
        ("send", send.into()),
        ("at", now.rfc3339().into()),
    ]);
    let kept = dev_tools::keep(&edge.env, kept).await;
    kept.map_err(silent)
}
