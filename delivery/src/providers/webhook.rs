//! Mail and text messages through the issuer's own gateway, signed as Standard Webhooks 1.0 say.

use url::Url;
use warifu_core::{
    time::Timestamp,
    webhook::{self, WebhookSecret},
};

use crate::{
    json::Json,
    message::Message,
    provider::{Answer, Call, Provider, json_text_member},
    settings::{Setting, Settings},
};

pub(crate) struct Webhook {
    url: String,
    /// The secrets, each of which signs every message.
    secrets: Vec<WebhookSecret>,
}

/// The gateway's address. An address without TLS must be on this machine.
pub(crate) const URL: Setting =
    Setting::required("COURIER_WEBHOOK_URL", "be an https address", |text| {
        Url::parse(text).is_ok_and(|url| {
            let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            let plain = url.username().is_empty() && url.password().is_none();
            (url.scheme() == "https" || url.scheme() == "http" && here) && plain
        })
    });

pub(crate) const SECRETS: Setting = Setting::required(
    "COURIER_WEBHOOK_SECRETS",
    "list whsec_ and 24 to 64 bytes in base64, separated by spaces",
    |text| WebhookSecret::parse_list(text).is_some(),
);

impl Webhook {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        let url = settings.required(&URL);
        if !url.starts_with("https:") {
            settings.only_in_development(&URL);
        }
        let secrets = WebhookSecret::parse_list(&settings.required(&SECRETS));
        Self { url, secrets: secrets.unwrap_or_default() }
    }
}

impl Provider for Webhook {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let (challenge, delivery) = message.reference().unzip();
        let data = Json::object([
            ("channel", message.channel().as_str().into()),
            ("to", message.to.reveal().into()),
            ("sender", message.sender.as_str().into()),
            ("text", message.text.as_str().into()),
            ("locale", message.locale.as_str().into()),
            ("subject", message.subject.as_deref().into()),
            ("challenge", challenge.into()),
            ("delivery", delivery.map(u64::from).into()),
        ]);
        let body = Json::object([
            ("type", "message.send".into()),
            ("timestamp", now.rfc3339().into()),
            ("data", data),
        ]);
        let mut call = Call::json(self.url.clone(), &body);
        let headers = webhook::headers(&self.secrets, &message.id, now, &call.body);
        call.headers.extend(headers);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        answer.status == 422 && json_text_member(answer, "code") == "bad_destination"
    }
}
