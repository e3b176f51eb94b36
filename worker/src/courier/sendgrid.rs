//! E-mail through SendGrid, version 3.

use warifu_core::time::Timestamp;

use super::{
    Message,
    config::{MAIL_FROM, SECRET, Settings},
    provider::{Call, Provider, joined},
};
use crate::{http::has_word, outside::Answer};

pub(super) struct SendGrid {
    origin: String,
    key: String,
    from: String,
}

impl SendGrid {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            origin: settings.origin("sendgrid", "https://api.sendgrid.com"),
            key: settings.required("SENDGRID_API_KEY", &SECRET),
            from: settings.required("MAIL_FROM", &MAIL_FROM),
        }
    }
}

impl Provider for SendGrid {
    fn call(&self, message: &Message, _now: Timestamp) -> Call {
        let mut call = Call::json(joined(&[&self.origin, "/v3/mail/send"]));
        call.bearer(&self.key);
        call.write(
            r#"{"personalizations":[{"to":[{"email":$}]}],"from":{"email":$,"name":$},"subject":$,"#,
            &[message.to.reveal(), &self.from, &message.sender, message.subject()],
        );
        call.write(r#""content":[{"type":"text/plain","value":$}],"#, &[&message.text]);
        if let Some((challenge, delivery)) = message.reference() {
            let arguments = r#""custom_args":{"challenge":$,"delivery":$},"#;
            call.write(arguments, &[challenge, &delivery]);
        }
        // No link of the mail is rewritten, and no picture put into it.
        call.write(r#""tracking_settings":{"open_tracking":{"enable":false},"#, &[]);
        call.write(r#""click_tracking":{"enable":false,"enable_text":false}}}"#, &[]);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        // It names the field that is at fault, such as personalizations.0.to.0.email; ours has no
        // other there.
        has_word(&answer.text, "personalizations")
    }
}
