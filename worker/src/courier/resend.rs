//! E-mail through Resend.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{Settings, is_token},
    mailbox,
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct Resend {
    origin: String,
    key: String,
    from: String,
}

impl Resend {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let must = "be printable ASCII, no spaces";
        let key = settings.required("RESEND_API_KEY", must, is_token)?;
        let origin = settings.origin("resend", "https://api.resend.com");
        Ok(Self { origin, key, from: settings.mail_from()? })
    }
}

impl Provider for Resend {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let mut body = vec![
            ("from", mailbox::quoted(&message.sender, &self.from).into()),
            ("to", message.recipient().into()),
            ("subject", message.subject.as_deref().into()),
            ("text", message.text.as_str().into()),
        ];
        if let Some(reference) = message.reference() {
            let tag = |(name, value): (&str, String)| {
                Json::object([("name", name.into()), ("value", value.into())])
            };
            body.push(("tags", Json::List(reference.map(tag).into())));
        }
        Call::json(format!("{}/emails", self.origin), &body.into_iter().collect())
            .with_bearer(&self.key)
            .with_header("idempotency-key", message.id.clone())
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let body = Json::parse(&answer.text);
        let says = body.as_ref().and_then(|body| body.get("message")?.as_str()).unwrap_or_default();
        says.starts_with("Invalid `to` field")
    }
}
