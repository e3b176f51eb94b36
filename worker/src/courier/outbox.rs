//! The development outbox: messages go to the development object (worker/development), which
//! keeps them with the time of its clock, and nowhere else.

use warifu_delivery::{
    json::Json,
    message::{About, Message},
    provider::Verdict,
};

use crate::{object_call, request_context::RequestContext};

pub(super) async fn carry(ctx: &RequestContext, message: &Message) -> Verdict {
    let keep = Json::object([("keep", shown(message))]).written();
    match object_call::ask(&ctx.asking(), "DEV_TOOLS", "all", &keep).await {
        Ok(_) => Verdict::Accepted,
        Err(_) => Verdict::Unknown("connection failed"),
    }
}

fn shown(message: &Message) -> Json {
    let (code, challenge, send) = match &message.about {
        About::Code { code, challenge, send, .. } => {
            (Some(code.reveal()), Some(challenge.as_str()), Some(u64::from(*send)))
        }
        About::Notification => (None, None, None),
    };
    Json::object([
        ("channel", message.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", code.into()),
        ("challenge", challenge.into()),
        ("send", send.into()),
    ])
}
