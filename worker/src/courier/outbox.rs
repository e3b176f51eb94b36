//! The development outbox: messages go to the development object (worker/development), which
//! keeps them with the time of its clock, and nowhere else.

use super::{About, Message, Refused};
use crate::{edge::Edge, json::Json, platform};

pub(super) async fn carry(edge: &Edge, message: &Message) -> Result<(), Refused> {
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send } => {
            (Some(code.reveal()), Some(challenge.as_str()), Some(u64::from(*send)))
        }
        About::Replaced => (None, None, None),
    };
    let message = Json::object([
        ("channel", message.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", code.into()),
        ("challenge", challenge.into()),
        ("send", send.into()),
    ]);
    let keep = Json::object([("keep", message)]).written();
    let kept = platform::ask(&edge.env, "DEV_TOOLS", "all", &keep).await.ok().flatten();
    kept.map(drop).ok_or_else(|| Refused("the outbox did not keep the message".to_owned()))
}
