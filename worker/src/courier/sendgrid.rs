//! E-mail through SendGrid, version 3.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{Settings, is_token},
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct SendGrid {
    origin: String,
    key: String,
    from: String,
}

impl SendGrid {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let must = "be printable ASCII, no spaces";
        let key = settings.required("SENDGRID_API_KEY", must, is_token)?;
        let origin = settings.origin("sendgrid", "https://api.sendgrid.com");
        Ok(Self { origin, key, from: settings.mail_from()? })
    }
}

impl Provider for SendGrid {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let one = |value| Json::List(vec![value]);
        let to = Json::object([("email", message.recipient().into())]);
        let from = [("email", self.from.as_str().into()), ("name", message.sender.as_str().into())];
        let text = [("type", "text/plain".into()), ("value", message.text.as_str().into())];
        // No link of the mail is rewritten, and no picture put into it.
        let off = || ("enable", Json::Bool(false));
        let tracking = Json::object([
            ("click_tracking", Json::object([off(), ("enable_text", Json::Bool(false))])),
            ("open_tracking", Json::object([off()])),
        ]);
        let mut body = vec![
            ("personalizations", one(Json::object([("to", one(to))]))),
            ("from", Json::object(from)),
            ("subject", message.subject.as_deref().into()),
            ("content", one(Json::object(text))),
            ("tracking_settings", tracking),
        ];
        if let Some(reference) = message.reference() {
            let named = reference.map(|(name, value)| (name, value.into()));
            body.push(("custom_args", Json::object(named)));
        }
        let url = format!("{}/v3/mail/send", self.origin);
        Call::json(url, &body.into_iter().collect()).with_bearer(&self.key)
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let body = Json::parse(&answer.text);
        let Some(Json::List(errors)) = body.as_ref().and_then(|body| body.get("errors")) else {
            return false;
        };
        let field = |error: &Json| error.get("field")?.as_str().map(str::to_owned);
        errors.iter().filter_map(field).any(|name| name.starts_with("personalizations.0.to."))
    }
}
