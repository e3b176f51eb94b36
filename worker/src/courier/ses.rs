//! E-mail through Amazon SES, version 2.

use warifu_core::time::Timestamp;

use super::{
    Message,
    aws::Aws,
    config::Settings,
    mailbox,
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct Ses {
    origin: String,
    aws: Aws,
    from: String,
    configuration_set: Option<String>,
}

impl Ses {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let aws = Aws::read(settings)?;
        let must = "be 1 to 64 letters, digits, hyphens or underscores";
        let configuration_set = settings.optional("SES_CONFIGURATION_SET", must, |name| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            name.len() <= 64 && name.bytes().all(fits)
        })?;
        let origin = settings.origin("ses", &aws.origin("email"));
        Ok(Self { origin, aws, from: settings.mail_from()?, configuration_set })
    }
}

impl Provider for Ses {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let content =
            |text: &str| Json::object([("Data", text.into()), ("Charset", "UTF-8".into())]);
        let subject = content(message.subject.as_deref().unwrap_or_default());
        let body = Json::object([("Text", content(&message.text))]);
        let simple = Json::object([("Subject", subject), ("Body", body)]);
        let to = Json::List(vec![message.recipient().into()]);
        let mut body = vec![
            ("FromEmailAddress", mailbox::encoded(&message.sender, &self.from).into()),
            ("Destination", Json::object([("ToAddresses", to)])),
            ("Content", Json::object([("Simple", simple)])),
        ];
        if let Some(reference) = message.reference() {
            let tag = |(name, value): (&str, String)| {
                Json::object([("Name", name.into()), ("Value", value.into())])
            };
            body.push(("EmailTags", Json::List(reference.map(tag).into())));
        }
        if let Some(name) = &self.configuration_set {
            body.push(("ConfigurationSetName", name.as_str().into()));
        }
        let url = format!("{}/v2/email/outbound-emails", self.origin);
        self.aws.signed("ses", Call::json(url, &body.into_iter().collect()), now)
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // It has no code for it. Its words of an address that is none; ours is checked at the start.
        let body = Json::parse(&answer.text);
        let says = body.as_ref().and_then(|body| body.get("message")?.as_str()).unwrap_or_default();
        ["Local address ", "Domain ", "Missing final '@domain'", "Illegal address"]
            .iter()
            .any(|words| says.starts_with(words))
    }
}
