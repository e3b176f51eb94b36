//! E-mail through Resend.

use warifu_core::time::Timestamp;

use super::{headers, mailbox};
use crate::{
    json::Json,
    message::Message,
    provider::{Answer, Call, Provider, json_text_member},
    settings::{MAIL_FROM, Setting, Settings, header_secret},
};

pub(crate) const API_KEY: Setting = header_secret("RESEND_API_KEY");

pub(crate) struct Resend {
    origin: String,
    key: String,
    from: String,
}

impl Resend {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("resend", "https://api.resend.com"),
            key: settings.required(&API_KEY),
            from: settings.required(&MAIL_FROM),
        }
    }
}

impl Provider for Resend {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let from = mailbox::quoted(&message.sender, &self.from);
        let mut body = Json::object([
            ("from", from.into()),
            ("to", message.to.reveal().into()),
            ("subject", message.subject().into()),
            ("text", message.text.as_str().into()),
            ("headers", headers()),
        ]);
        if let Some((challenge, delivery)) = message.reference() {
            let tag = |name: &str, value: &str| {
                Json::object([("name", name.into()), ("value", value.into())])
            };
            let tags = vec![tag("challenge", challenge), tag("delivery", &delivery.to_string())];
            body.add("tags", Json::List(tags));
        }
        let mut call = Call::json(format!("{}/emails", self.origin), &body);
        call.bearer(&self.key);
        call.header("idempotency-key", message.id.clone());
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        json_text_member(answer, "message").starts_with("Invalid `to` field")
    }
}
