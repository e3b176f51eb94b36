//! E-mail through Amazon SES, version 2.

use warifu_core::time::Timestamp;

use super::{AUTO_SUBMITTED, aws::Aws, mailbox};
use crate::{
    json::Json,
    message::Message,
    provider::{Answer, Call, Provider, json_text_member},
    settings::{MAIL_FROM, Setting, Settings, is_word},
};

pub(crate) struct Ses {
    origin: String,
    aws: Aws,
    from: String,
    configuration_set: Option<String>,
}

pub(crate) const CONFIGURATION_SET: Setting = Setting::optional(
    "SES_CONFIGURATION_SET",
    "be 1 to 64 letters, digits, hyphens or underscores",
    |text| is_word(text, 1..=64, "-_"),
);

const PATH: &str = "/v2/email/outbound-emails";

impl Ses {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        let aws = Aws::read(settings);
        Self {
            origin: settings.origin("ses", &aws.origin("email")),
            aws,
            from: settings.required(&MAIL_FROM),
            configuration_set: settings.optional(&CONFIGURATION_SET),
        }
    }
}

impl Provider for Ses {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let from = mailbox::encoded(&message.sender, &self.from);
        let utf8 = |text: &str| Json::object([("Data", text.into()), ("Charset", "UTF-8".into())]);
        let auto_submitted =
            Json::object([("Name", AUTO_SUBMITTED.0.into()), ("Value", AUTO_SUBMITTED.1.into())]);
        let simple = Json::object([
            ("Subject", utf8(message.subject())),
            ("Body", Json::object([("Text", utf8(&message.text))])),
            ("Headers", Json::List(vec![auto_submitted])),
        ]);
        let to = Json::List(vec![message.to.reveal().into()]);
        let mut body = Json::object([
            ("FromEmailAddress", from.into()),
            ("Destination", Json::object([("ToAddresses", to)])),
            ("Content", Json::object([("Simple", simple)])),
        ]);
        if let Some((challenge, delivery)) = message.reference() {
            let tag = |name: &str, value: &str| {
                Json::object([("Name", name.into()), ("Value", value.into())])
            };
            let tags = vec![tag("challenge", challenge), tag("delivery", &delivery.to_string())];
            body.add("EmailTags", Json::List(tags));
        }
        if let Some(name) = &self.configuration_set {
            body.add("ConfigurationSetName", name.as_str());
        }
        let mut call = Call::json(format!("{}{PATH}", self.origin), &body);
        self.aws.sign("ses", (&self.origin, PATH), &mut call, now);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // SES has no error code for a bad destination, so its message is read. SES uses the same
        // words for a bad sender, but `MAIL_FROM` is checked when settings are read.
        let text = json_text_member(answer, "message");
        ["Local address ", "Domain ", "Missing final '@domain'", "Illegal address"]
            .iter()
            .any(|words| text.starts_with(words))
    }
}
