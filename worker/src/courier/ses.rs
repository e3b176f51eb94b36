//! E-mail through Amazon SES, version 2.

use warifu_core::time::Timestamp;

use super::{
    Message,
    aws::Aws,
    config::{Form, MAIL_FROM, Settings},
    mailbox,
    provider::{Call, Provider, said},
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
    fits: |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.len() <= 64 && text.bytes().all(fits)
    },
};

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
        let mut call = Call::json([&self.origin, "/v2/email/outbound-emails"].concat());
        call.write(
            r#"{"FromEmailAddress":$,"Destination":{"ToAddresses":[$]},"Content":{"Simple":{"#,
            &[&from, &message.recipient()],
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
        self.aws.sign("ses", &mut call, now);
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
