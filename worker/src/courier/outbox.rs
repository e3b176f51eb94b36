//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use warifu_core::time::Timestamp;

use super::{About, Message, provider::Verdict};
use crate::{dev_tools, edge::Edge, json::Json};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Verdict {
    let kept = match edge.now().await {
        Ok(now) => dev_tools::keep(&edge.env, shown(message, now)).await,
        Err(problem) => Err(problem),
    };
    kept.map_or(Verdict::NotTaken("not kept"), |()| Verdict::Accepted)
}

fn shown(message: &Message, now: Timestamp) -> Json {
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send, .. } => {
            (Some(code.reveal()), Some(challenge.as_str()), Some(u64::from(*send)))
        }
        About::Replaced => (None, None, None),
    };
    Json::object([
        ("channel", message.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", code.into()),
        ("challenge", challenge.into()),
        ("send", send.into()),
        ("at", now.rfc3339().into()),
    ])
}
