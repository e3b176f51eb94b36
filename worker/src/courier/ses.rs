//! E-mail through Amazon SES, version 2.

use warifu_core::time::Timestamp;

use super::{
    Message,
    aws::Aws,
    config::{Form, MAIL_FROM, Settings, is_word},
    mailbox,
    provider::{Call, Provider, joined, said},
};
use crate::outside::Answer;

pub(super) struct Ses {
    origin: String,
    aws: Aws,
    from: String,
    configuration_set: Option<String>,
}

const CONFIGURATION_SET: Form = Form {
    must: "be 1 to 64 letters, digits, hyphens or underscores",
    fits: |text| is_word(text, 1..=64, "-_"),
};

const PATH: &str = "/v2/email/outbound-emails";

impl Ses {
    pub(super) fn read(settings: &mut Settings) -> Self {
        let aws = Aws::read(settings);
        Self {
            origin: settings.origin("ses", &aws.origin("email")),
            aws,
            from: settings.required("MAIL_FROM", &MAIL_FROM),
            configuration_set: settings.optional("SES_CONFIGURATION_SET", &CONFIGURATION_SET),
        }
    }
}

impl Provider for Ses {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let from = mailbox::encoded(&message.sender, &self.from);
        let mut call = Call::json(joined(&[&self.origin, PATH]));
        call.write(
            r#"{"FromEmailAddress":$,"Destination":{"ToAddresses":[$]},"Content":{"Simple":{"#,
            &[&from, message.to.reveal()],
        );
        call.write(
            r#""Subject":{"Data":$,"Charset":"UTF-8"},"Body":{"Text":{"Data":$,"Charset":"UTF-8"}}}}"#,
            &[message.subject(), &message.text],
        );
        if let Some((challenge, delivery)) = message.reference() {
            call.write(
                r#","EmailTags":[{"Name":"challenge","Value":$},{"Name":"delivery","Value":$}]"#,
                &[challenge, &delivery],
            );
        }
        if let Some(name) = &self.configuration_set {
            call.write(r#","ConfigurationSetName":$"#, &[name]);
        }
        call.write("}", &[]);
        self.aws.sign("ses", (&self.origin, PATH), &mut call, now);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // It has no code for it. Its words of an address that is none; ours is checked at the start.
        let says = said(answer, "message");
        ["Local address ", "Domain ", "Missing final '@domain'", "Illegal address"]
            .iter()
            .any(|words| says.starts_with(words))
    }
}
