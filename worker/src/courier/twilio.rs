//! Text messages through Twilio's Messages resource of 2010-04-01.

use warifu_core::time::Timestamp;

use super::{
    About, Message,
    config::{Settings, is_token, is_word},
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct Twilio {
    origin: String,
    account: String,
    token: String,
    from: String,
}

impl Twilio {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let account =
            settings.required("TWILIO_ACCOUNT_SID", "be AC and 32 hexadecimal digits", |sid| {
                is_sid("AC", sid)
            })?;
        let token =
            settings.required("TWILIO_AUTH_TOKEN", "be printable ASCII, no spaces", is_token)?;
        let from = settings.required(
            "TWILIO_FROM",
            "be +number, a short code, 1 to 11 letters and digits, or MG and 32 hexadecimal digits",
            |from| {
                let digits = from.strip_prefix('+').unwrap_or_default();
                is_sid("MG", from)
                    || is_word(from, 1..=11)
                    || (7..=15).contains(&digits.len())
                        && digits.bytes().all(|b| b.is_ascii_digit())
            },
        )?;
        Ok(Self {
            origin: settings.origin("twilio", "https://api.twilio.com"),
            account,
            token,
            from,
        })
    }
}

impl Provider for Twilio {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let Self { origin, account, token, from } = self;
        let to = message.recipient();
        let sender = if is_sid("MG", from) { "MessagingServiceSid" } else { "From" };
        let mut fields = vec![("To", to.as_str()), (sender, from), ("Body", &message.text)];
        let validity;
        if let About::Code { life, .. } = &message.about {
            // A code that has run out is not delivered.
            validity = life.as_secs().to_string();
            fields.push(("ValidityPeriod", &validity));
        }
        let url = format!("{origin}/2010-04-01/Accounts/{account}/Messages.json");
        Call::form(url, &fields).with_basic(account, token)
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
