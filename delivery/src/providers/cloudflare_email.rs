//! E-mail through Cloudflare's `send_email` binding, bound as `EMAIL`.

use super::headers;
use crate::{
    json::Json,
    message::Message,
    provider::Verdict,
    settings::{MAIL_FROM, Settings},
};

/// The mail binding.
pub struct CloudflareEmail {
    from: String,
}

impl CloudflareEmail {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self { from: settings.required(&MAIL_FROM) }
    }

    /// The mail as JSON, as the binding takes it.
    #[must_use]
    pub fn mail(&self, message: &Message) -> String {
        let from = Json::object([
            ("email", self.from.as_str().into()),
            ("name", message.sender.as_str().into()),
        ]);
        Json::object([
            ("to", message.to.reveal().into()),
            ("from", from),
            ("subject", message.subject().into()),
            ("text", message.text.as_str().into()),
            ("headers", headers()),
        ])
        .written()
    }

    /// What the binding's answer means.
    #[must_use]
    pub fn verdict(answer: Result<(), String>) -> Verdict {
        match answer {
            Ok(()) => Verdict::Accepted,
            Err(code) => match code.as_str() {
                "E_RECIPIENT_SUPPRESSED" | "E_RECIPIENT_NOT_ALLOWED" => Verdict::BadDestination,
                // As after a 5xx of an HTTP provider, the message may have been sent.
                "E_DELIVERY_FAILED" | "E_INTERNAL_SERVER_ERROR" => {
                    Verdict::Unknown("provider's fault")
                }
                code if code.starts_with("E_") => Verdict::Refused("request refused"),
                code => Verdict::of_error(code),
            },
        }
    }
}
