//! Text messages through Twilio's Messages resource of 2010-04-01.

use warifu_core::time::Timestamp;

use super::{
    About, Message,
    config::{Form, SECRET, Settings, is_word},
    provider::{Call, Provider, joined},
};
use crate::{json::Json, outside::Answer};

pub(super) struct Twilio {
    origin: String,
    account: String,
    token: String,
    from: String,
}

pub(super) const ACCOUNT: Form =
    Form { must: "be AC and 32 hexadecimal digits", fits: |text| is_sid("AC", text) };

const FROM: Form = Form {
    must: "be + and a number, a short code, 1 to 11 letters and digits, or MG and 32 hexadecimal \
           digits",
    fits: |text| {
        let number = text.strip_prefix('+').unwrap_or_default();
        is_sid("MG", text)
            || is_word(text, 1..=11, "")
            || is_word(number, 7..=15, "") && number.parse::<u64>().is_ok()
    },
};

impl Twilio {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("twilio", "https://api.twilio.com"),
            account: settings.required("TWILIO_ACCOUNT_SID", &ACCOUNT),
            token: settings.required("TWILIO_AUTH_TOKEN", &SECRET),
            from: settings.required("TWILIO_FROM", &FROM),
        }
    }
}

impl Provider for Twilio {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let Self { origin, account, token, from } = self;
        let path = [origin, "/2010-04-01/Accounts/", account, "/Messages.json"];
        let mut call = Call::form(joined(&path));
        call.basic(account, token);
        call.write("To=$&Body=$", &[message.to.reveal(), &message.text]);
        let sender = if is_sid("MG", from) { "&MessagingServiceSid=$" } else { "&From=$" };
        call.write(sender, &[from]);
        if let About::Code { challenge, delivery, life, ours, .. } = &message.about {
            // A code that has run out is not delivered.
            call.write("&ValidityPeriod=$", &[&life.as_secs().to_string()]);
            // Twilio calls no address without TLS; what stands for it in development does.
            if ours.starts_with("https:") || origin.starts_with("http:") {
                let references = [challenge.as_str(), "&delivery=", &delivery.to_string()];
                let receipts = [ours, "/v1/receipts/twilio?challenge=", &joined(&references)];
                call.write("&StatusCallback=$", &[&joined(&receipts)]);
            }
        }
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let code = Json::parse(&answer.text).and_then(|body| body.get("code")?.as_u64());
        // Invalid, opted out, not routable, no mobile number, a land line.
        matches!(code, Some(21211 | 21610 | 21612 | 21614 | 21635))
    }
}

fn is_sid(kind: &str, text: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
