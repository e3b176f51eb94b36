//! E-mail through Cloudflare's `send_email` binding, bound as `EMAIL`.

use super::{Message, config::Settings, provider::Verdict};
use crate::{
    config::ConfigError,
    edge::Edge,
    json::Json,
    outside::{self, Unsent},
};

pub(super) struct CloudflareEmail {
    from: String,
}

impl CloudflareEmail {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self { from: settings.mail_from()? })
    }

    pub(super) async fn carry(&self, edge: &Edge, message: &Message, milliseconds: u32) -> Verdict {
        let from = [("email", self.from.as_str().into()), ("name", message.sender.as_str().into())];
        let mail = Json::object([
            ("to", message.recipient().into()),
            ("from", Json::object(from)),
            ("subject", message.subject.as_deref().into()),
            ("text", message.text.as_str().into()),
        ]);
        match outside::send_email(&edge.env, "EMAIL", &mail, milliseconds).await {
            Ok(()) => Verdict::Accepted,
            Err(Unsent::Silent(silence)) => silence.into(),
            // Only the code: the words can quote the address.
            Err(Unsent::Refused(code)) => match code.as_str() {
                "E_RECIPIENT_SUPPRESSED" | "E_RECIPIENT_NOT_ALLOWED" => Verdict::BadDestination,
                _ => Verdict::NotTaken("request refused"),
            },
        }
    }
}
