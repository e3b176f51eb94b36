//! Mail and text messages through the issuer's own gateway, signed as Standard Webhooks 1.0 say.

use warifu_core::{time::Timestamp, webhook::WebhookSecret};

use super::{
    Message,
    config::{Form, Settings},
    provider::{Call, Provider, said},
};
use crate::{
    http::{Address, is_local},
    json::Json,
    outside::Answer,
};

pub(super) struct Webhook {
    url: String,
    /// Each signs, so that gateway and issuer need not change over in the same second.
    secrets: Vec<WebhookSecret>,
}

/// Without TLS it is of this machine.
const URL: Form = Form {
    must: "be an https address",
    fits: |text| {
        Address::parse(text).is_some_and(|url| {
            (url.is_https() || url.is_http() && is_local(&url.host())) && !url.has_credentials()
        })
    },
};

const SECRETS: Form = Form {
    must: "list whsec_ and 24 to 64 bytes in base64, separated by spaces",
    fits: |text| text.split(' ').all(|secret| WebhookSecret::parse(secret).is_some()),
};

impl Webhook {
    pub(super) fn read(settings: &mut Settings) -> Self {
        let url = settings.required("COURIER_WEBHOOK_URL", &URL);
        if !url.starts_with("https:") {
            settings.only_in_development("COURIER_WEBHOOK_URL", &URL);
        }
        let secrets = settings.required("COURIER_WEBHOOK_SECRETS", &SECRETS);
        Self { url, secrets: secrets.split(' ').filter_map(WebhookSecret::parse).collect() }
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
        let at = now.unix_seconds();
        let signatures: Vec<String> =
            self.secrets.iter().map(|secret| secret.sign(&message.id, at, &call.body)).collect();
        call.header("webhook-id", message.id.clone());
        call.header("webhook-timestamp", at.to_string());
        call.header("webhook-signature", signatures.join(" "));
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        answer.status == 422 && said(answer, "code") == "bad_destination"
    }
}
