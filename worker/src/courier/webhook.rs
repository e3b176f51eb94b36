//! Mail and text messages through the issuer's own gateway, signed as Standard Webhooks 1.0 say.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use warifu_core::{digest::hmac_sha256, time::Timestamp};

use super::{
    About, Message,
    config::Settings,
    provider::{Call, Provider},
};
use crate::{config::ConfigError, json::Json, outside::Answer};

pub(super) struct Webhook {
    url: String,
    /// Each signs, so that gateway and issuer need not change over in the same second.
    secrets: Vec<Vec<u8>>,
}

impl Webhook {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let url = settings.outside_url("COURIER_WEBHOOK_URL")?;
        let must = "list whsec_ and 24 to 64 bytes in base64, separated by spaces";
        let fits = |text: &str| text.split(' ').all(|secret| key(secret).is_some());
        let secrets = settings.required("COURIER_WEBHOOK_SECRETS", must, fits)?;
        Ok(Self { url, secrets: secrets.split(' ').filter_map(key).collect() })
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

fn signature(secret: &[u8], id: &str, at: u64, body: &str) -> String {
    let mac = hmac_sha256(secret, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac))
}

impl Provider for Webhook {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let (challenge, delivery) = match &message.about {
            About::Code { challenge, delivery, .. } => {
                (Some(challenge.as_str()), Some(u64::from(*delivery)))
            }
            About::Replaced => (None, None),
        };
        let data = Json::object([
            ("channel", message.channel().as_str().into()),
            ("to", message.recipient().into()),
            ("sender", message.sender.as_str().into()),
            ("subject", message.subject.as_deref().into()),
            ("text", message.text.as_str().into()),
            ("locale", message.locale.as_str().into()),
            ("challenge", challenge.into()),
            ("delivery", delivery.into()),
        ]);
        let body = Json::object([
            ("type", "message.send".into()),
            ("timestamp", now.rfc3339().into()),
            ("data", data),
        ]);
        let call = Call::json(self.url.clone(), &body);
        let at = now.unix_seconds();
        let sign = |secret: &Vec<u8>| signature(secret, &message.id, at, &call.body);
        let signatures: Vec<_> = self.secrets.iter().map(sign).collect();
        call.with_header("webhook-id", message.id.clone())
            .with_header("webhook-timestamp", at.to_string())
            .with_header("webhook-signature", signatures.join(" "))
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        let body = Json::parse(&answer.text);
        let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
        answer.status == 422 && code == Some("bad_destination")
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn signs_as_the_standard_s_own_libraries_do() {
        let secret = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmKtSyyUE3uLAkbvDOnz7ib/6w=";
        assert_eq!(signature(&secret, id, 1_614_265_330, body), expected);
    }
}
