//! The development outbox: messages are kept where `/dev/outbox` shows them and go nowhere.

use super::{About, Message, provider::Verdict};
use crate::{dev_tools, edge::Edge, json::Json, problem::Problem};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Verdict {
    match keep(edge, message).await {
        Ok(()) => Verdict::Accepted,
        Err(_) => Verdict::NotTaken("not kept"),
    }
}

async fn keep(edge: &Edge, message: &Message) -> Result<(), Problem> {
    let now = edge.now().await?;
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send, .. } => {
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
    dev_tools::keep(&edge.env, kept).await
}
