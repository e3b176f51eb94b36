//! Text messages through Vonage's Messages API, version 1.

use warifu_core::time::Timestamp;

use crate::{
    json::Json,
    message::Message,
    provider::{Answer, Call, Provider, json_text_member},
    settings::{Setting, Settings, header_secret, is_word},
};

pub(crate) struct Vonage {
    origin: String,
    key: String,
    secret: String,
    from: String,
}

pub(crate) const KEY: Setting =
    Setting::required("VONAGE_API_KEY", "be 1 to 64 letters and digits", |text| {
        is_word(text, 1..=64, "")
    });

pub(crate) const API_SECRET: Setting = header_secret("VONAGE_API_SECRET");

pub(crate) const FROM: Setting = Setting::required(
    "VONAGE_FROM",
    "be 1 to 15 letters and digits, a number without its plus",
    |text| is_word(text, 1..=15, ""),
);

impl Vonage {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("vonage", "https://api.nexmo.com"),
            key: settings.required(&KEY),
            secret: settings.required(&API_SECRET),
            from: settings.required(&FROM),
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
        // Problem types by number. 1040: no such number. 1050: the number is barred.
        let problem = json_text_member(answer, "type");
        problem.ends_with("#1040") || problem.ends_with("#1050")
    }
}
