//! Text messages through Vonage's Messages API, version 1.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{Settings, is_token, is_word},
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct Vonage {
    origin: String,
    key: String,
    secret: String,
    from: String,
}

impl Vonage {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let must = "be 1 to 64 letters and digits";
        let key = settings.required("VONAGE_API_KEY", must, |key| is_word(key, 1..=64))?;
        let must = "be printable ASCII, no spaces";
        let secret = settings.required("VONAGE_API_SECRET", must, is_token)?;
        let must = "be 1 to 15 letters and digits, a number without its plus";
        let from = settings.required("VONAGE_FROM", must, |from| is_word(from, 1..=15))?;
        Ok(Self { origin: settings.origin("vonage", "https://api.nexmo.com"), key, secret, from })
    }
}

impl Provider for Vonage {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let to = message.recipient();
        let body = Json::object([
            ("message_type", "text".into()),
            ("channel", "sms".into()),
            ("to", to.trim_start_matches('+').into()),
            ("from", self.from.as_str().into()),
            ("text", message.text.as_str().into()),
            ("client_ref", message.id.as_str().into()),
            ("sms", Json::object([("encoding_type", "auto".into())])),
        ]);
        let url = format!("{}/v1/messages", self.origin);
        Call::json(url, &body).with_basic(&self.key, &self.secret)
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let body = Json::parse(&answer.text);
        let kind = body.as_ref().and_then(|body| body.get("type")?.as_str()).unwrap_or_default();
        // No such number; a number that is barred.
        kind.ends_with("#1040") || kind.ends_with("#1050")
    }
}
