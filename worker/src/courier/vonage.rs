//! Text messages through Vonage's Messages API, version 1.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{Form, SECRET, Settings, is_word},
    provider::{Call, Provider, said},
};
use crate::{json::Json, outside::Answer};

pub(super) struct Vonage {
    origin: String,
    key: String,
    secret: String,
    from: String,
}

const KEY: Form =
    Form { must: "be 1 to 64 letters and digits", fits: |text| is_word(text, 1..=64, "") };

const FROM: Form = Form {
    must: "be 1 to 15 letters and digits, a number without its plus",
    fits: |text| is_word(text, 1..=15, ""),
};

impl Vonage {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("vonage", "https://api.nexmo.com"),
            key: settings.required("VONAGE_API_KEY", &KEY),
            secret: settings.required("VONAGE_API_SECRET", &SECRET),
            from: settings.required("VONAGE_FROM", &FROM),
        }
    }
}

impl Provider for Vonage {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let to = message.to.reveal().strip_prefix('+').unwrap_or_default();
        let body = Json::object([
            ("message_type", "text".into()),
            ("channel", "sms".into()),
            ("sms", Json::object([("encoding_type", "auto".into())])),
            ("to", to.into()),
            ("from", self.from.as_str().into()),
            ("text", message.text.as_str().into()),
            ("client_ref", message.id.as_str().into()),
        ]);
        let mut call = Call::json(format!("{}/v1/messages", self.origin), &body);
        call.basic(&self.key, &self.secret);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // The problem's type. No such number; a number that is barred.
        let problem = said(answer, "type");
        problem.ends_with("#1040") || problem.ends_with("#1050")
    }
}
