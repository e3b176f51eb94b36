//! Text messages through Twilio's Messages resource of 2010-04-01.

use warifu_core::time::Timestamp;

use crate::{
    json::Json,
    message::{About, Message},
    provider::{Answer, Call, Provider},
    settings::{Setting, Settings, header_secret, is_word},
};

pub(crate) struct Twilio {
    origin: String,
    account: String,
    token: String,
    from: String,
}

pub(crate) const ACCOUNT: Setting =
    Setting::required("TWILIO_ACCOUNT_SID", "be AC and 32 hexadecimal digits", |text| {
        is_sid("AC", text)
    });

pub(crate) const TOKEN: Setting = header_secret("TWILIO_AUTH_TOKEN");

pub(crate) const FROM: Setting = Setting::required(
    "TWILIO_FROM",
    "be + and a number, a short code, 1 to 11 letters and digits, or MG and 32 hexadecimal digits",
    |text| {
        let number = text.strip_prefix('+').unwrap_or_default();
        is_sid("MG", text)
            || is_word(text, 1..=11, "")
            || is_word(number, 7..=15, "") && number.parse::<u64>().is_ok()
    },
);

impl Twilio {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("twilio", "https://api.twilio.com"),
            account: settings.required(&ACCOUNT),
            token: settings.required(&TOKEN),
            from: settings.required(&FROM),
        }
    }
}

impl Provider for Twilio {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let Self { origin, account, token, from } = self;
        let sender = if is_sid("MG", from) { "MessagingServiceSid" } else { "From" };
        let mut fields = vec![
            ("To", message.to.reveal().to_owned()),
            ("Body", message.text.clone()),
            (sender, from.clone()),
        ];
        if let About::Code { challenge, delivery, life, ours, .. } = &message.about {
            // Twilio drops the message when the code has expired before it could be delivered.
            fields.push(("ValidityPeriod", life.as_secs().to_string()));
            // Twilio posts receipts to no address without TLS. The server that stands for Twilio in
            // development does.
            if ours.starts_with("https:") || origin.starts_with("http:") {
                let receipts = format!(
                    "{ours}/v1/receipts/twilio?challenge={challenge}&delivery={delivery}",
                    challenge = challenge.as_str(),
                );
                fields.push(("StatusCallback", receipts));
            }
        }
        let url = format!("{origin}/2010-04-01/Accounts/{account}/Messages.json");
        let mut call = Call::form(url, &fields);
        call.basic(account, token);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let code = Json::parse(&answer.text).and_then(|body| body.get("code")?.as_u64());
        // The number is invalid, has opted out, is not routable, is no mobile number, or is a land
        // line.
        matches!(code, Some(21211 | 21610 | 21612 | 21614 | 21635))
    }
}

fn is_sid(kind: &str, text: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use warifu_core::locale::Locale;

    use super::*;
    use crate::{
        fixtures::{code, record},
        provider::tests::message,
    };

    #[test]
    fn receipts_are_asked_for_where_twilio_can_reach_us() {
        let now = Timestamp::from_millis(0);
        let record = record(Locale::Ja);
        let asked = |origin: &str, ours: &str| {
            let [account, token, from] = ["AC0", "t", "WARIFU"].map(str::to_owned);
            let about = About::Code {
                code: code(&record, 2),
                challenge: record.id.clone(),
                send: 1,
                delivery: 2,
                life: Duration::from_secs(600),
                ours: ours.to_owned(),
            };
            let twilio = Twilio { origin: origin.to_owned(), account, token, from };
            let body = twilio.call(&Message { about, ..message() }, now).body;
            let (_, callback) = body.split_once("&ValidityPeriod=600")?;
            callback.strip_prefix("&StatusCallback=").map(str::to_owned)
        };
        let path = format!("v1%2Freceipts%2Ftwilio%3Fchallenge%3D{}%26delivery%3D2", record.id);
        for (origin, ours, expected) in [
            ("https://api.twilio.com", "https://otp.example", Some("https%3A%2F%2Fotp.example%2F")),
            ("https://api.twilio.com", "http://localhost:8787", None),
            ("http://127.0.0.1:1", "http://localhost:2", Some("http%3A%2F%2Flocalhost%3A2%2F")),
        ] {
            let expected = expected.map(|ours| ours.to_owned() + &path);
            assert_eq!(asked(origin, ours), expected, "{origin} from {ours}");
        }
        let twilio = ["https://api.twilio.com", "AC0", "t", "WARIFU"].map(str::to_owned);
        let [origin, account, token, from] = twilio;
        let body = Twilio { origin, account, token, from }.call(&message(), now).body;
        assert!(!body.contains("StatusCallback"), "nobody waits for what tells of a replacement");
    }
}
