//! Text messages through Vonage's Messages API, version 1.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{Form, SECRET, Settings, is_word},
    provider::{Call, Provider, joined, said},
};
use crate::outside::Answer;

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
        let mut call = Call::json(joined(&[&self.origin, "/v1/messages"]));
        call.basic(&self.key, &self.secret);
        call.write(
            r#"{"message_type":"text","channel":"sms","sms":{"encoding_type":"auto"},"#,
            &[],
        );
        call.write(
            r#""to":$,"from":$,"text":$,"client_ref":$}"#,
            &[to, &self.from, &message.text, &message.id],
        );
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // The problem's type. No such number; a number that is barred.
        let problem = said(answer, "type");
        problem.ends_with("#1040") || problem.ends_with("#1050")
    }
}
