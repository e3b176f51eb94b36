//! E-mail through SendGrid, version 3.

use warifu_core::time::Timestamp;

use super::headers;
use crate::{
    json::Json,
    message::Message,
    provider::{Answer, Call, Provider, has_word},
    settings::{MAIL_FROM, Setting, Settings, header_secret},
};

pub(crate) const API_KEY: Setting = header_secret("SENDGRID_API_KEY");

pub(crate) struct SendGrid {
    origin: String,
    key: String,
    from: String,
}

impl SendGrid {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("sendgrid", "https://api.sendgrid.com"),
            key: settings.required(&API_KEY),
            from: settings.required(&MAIL_FROM),
        }
    }
}

impl Provider for SendGrid {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let to = Json::object([("email", message.to.reveal().into())]);
        let from = Json::object([
            ("email", self.from.as_str().into()),
            ("name", message.sender.as_str().into()),
        ]);
        let content =
            Json::object([("type", "text/plain".into()), ("value", message.text.as_str().into())]);
        let off = || ("enable", Json::Bool(false));
        let mut body = Json::object([
            ("personalizations", Json::List(vec![Json::object([("to", Json::List(vec![to]))])])),
            ("from", from),
            ("subject", message.subject().into()),
            ("content", Json::List(vec![content])),
            ("headers", headers()),
            // No link of the mail is rewritten, and no picture put into it.
            (
                "tracking_settings",
                Json::object([
                    ("open_tracking", Json::object([off()])),
                    ("click_tracking", Json::object([off(), ("enable_text", Json::Bool(false))])),
                ]),
            ),
        ]);
        if let Some((challenge, delivery)) = message.reference() {
            let arguments = Json::object([
                ("challenge", challenge.into()),
                ("delivery", delivery.to_string().into()),
            ]);
            body.add("custom_args", arguments);
        }
        let mut call = Call::json(format!("{}/v3/mail/send", self.origin), &body);
        call.bearer(&self.key);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // The error names the field at fault, such as personalizations.0.to.0.email. The
        // destination is the only field of ours below `personalizations`.
        has_word(&answer.text, "personalizations")
    }
}
