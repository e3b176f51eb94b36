//! Text messages through Amazon SNS, Publish to a phone number.

use warifu_core::time::Timestamp;

use super::aws::Aws;
use crate::{
    message::Message,
    provider::{Answer, Call, Provider, has_word},
    settings::{Setting, Settings, is_word},
};

pub(crate) struct Sns {
    origin: String,
    aws: Aws,
    sender: Option<String>,
}

pub(crate) const SENDER: Setting = Setting::optional(
    "SNS_SENDER_ID",
    "be 3 to 11 letters and digits, a letter among them",
    |text| is_word(text, 3..=11, "") && text.parse::<u64>().is_err(),
);

impl Sns {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        let aws = Aws::read(settings);
        Self {
            origin: settings.origin("sns", &aws.origin("sns")),
            aws,
            sender: settings.optional(&SENDER),
        }
    }
}

impl Provider for Sns {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let mut fields = vec![
            ("Action", "Publish"),
            ("Version", "2010-03-31"),
            ("PhoneNumber", message.to.reveal()),
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
        let mut call = Call::form(format!("{}/", self.origin), &fields);
        self.aws.sign("sns", (&self.origin, "/"), &mut call, now);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        has_word(&answer.text, "InvalidParameter") && has_word(&answer.text, "PhoneNumber")
    }
}
