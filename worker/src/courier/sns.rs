//! Text messages through Amazon SNS, Publish to a phone number.

use warifu_core::time::Timestamp;

use super::{
    Message,
    aws::Aws,
    config::{Settings, is_word},
    provider::{Call, Provider},
};
use crate::{config::ConfigError, outside::Answer};

pub(super) struct Sns {
    origin: String,
    aws: Aws,
    sender: Option<String>,
}

impl Sns {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let aws = Aws::read(settings)?;
        let must = "be 3 to 11 letters and digits, a letter among them";
        let sender = settings.optional("SNS_SENDER_ID", must, |id| {
            is_word(id, 3..=11) && id.bytes().any(|byte| byte.is_ascii_alphabetic())
        })?;
        let origin = settings.origin("sns", &aws.origin("sns"));
        Ok(Self { origin, aws, sender })
    }
}

impl Provider for Sns {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let to = message.recipient();
        let mut fields = vec![
            ("Action", "Publish"),
            ("Version", "2010-03-31"),
            ("PhoneNumber", &to),
            ("Message", &message.text),
            ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.1.Value.StringValue", "Transactional"),
        ];
        if let Some(sender) = &self.sender {
            fields.extend([
                ("MessageAttributes.entry.2.Name", "AWS.SNS.SMS.SenderID"),
                ("MessageAttributes.entry.2.Value.DataType", "String"),
                ("MessageAttributes.entry.2.Value.StringValue", sender),
            ]);
        }
        self.aws.signed("sns", Call::form(format!("{}/", self.origin), &fields), now)
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let says = |part| answer.text.contains(part);
        says("<Code>InvalidParameter</Code>") && says("PhoneNumber")
    }
}
