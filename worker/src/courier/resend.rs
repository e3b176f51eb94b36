//! E-mail through Resend.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{MAIL_FROM, SECRET, Settings},
    mailbox,
    provider::{Call, Provider, joined, said},
};
use crate::outside::Answer;

pub(super) struct Resend {
    origin: String,
    key: String,
    from: String,
}

impl Resend {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("resend", "https://api.resend.com"),
            key: settings.required("RESEND_API_KEY", &SECRET),
            from: settings.required("MAIL_FROM", &MAIL_FROM),
        }
    }
}

impl Provider for Resend {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let from = mailbox::quoted(&message.sender, &self.from);
        let mut call = Call::json(joined(&[&self.origin, "/emails"]));
        call.bearer(&self.key);
        call.header("idempotency-key", message.id.clone());
        call.write(
            r#"{"from":$,"to":$,"subject":$,"text":$"#,
            &[&from, message.to.reveal(), message.subject(), &message.text],
        );
        if let Some((challenge, delivery)) = message.reference() {
            call.write(
                r#","tags":[{"name":"challenge","value":$},{"name":"delivery","value":$}]"#,
                &[challenge, &delivery],
            );
        }
        call.write("}", &[]);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        said(answer, "message").starts_with("Invalid `to` field")
    }
}
