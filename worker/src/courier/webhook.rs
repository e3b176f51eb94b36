//! Mail and text messages through the issuer's own gateway, signed as Standard Webhooks 1.0 say.

use base64ct::{Base64, Encoding as _};
use warifu_core::{digest::hmac_sha256, time::Timestamp};

use super::{
    Message,
    config::{Form, Settings},
    provider::{Call, Provider, joined, said},
};
use crate::{
    http::{Address, is_local},
    outside::Answer,
};

pub(super) struct Webhook {
    url: String,
    /// Each signs, so that gateway and issuer need not change over in the same second.
    secrets: Vec<Vec<u8>>,
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
    fits: |text| text.split(' ').all(|secret| key(secret).is_some()),
};

impl Webhook {
    pub(super) fn read(settings: &mut Settings) -> Self {
        let url = settings.required("COURIER_WEBHOOK_URL", &URL);
        if !url.starts_with("https:") {
            settings.only_in_development("COURIER_WEBHOOK_URL", &URL);
        }
        let secrets = settings.required("COURIER_WEBHOOK_SECRETS", &SECRETS);
        Self { url, secrets: secrets.split(' ').filter_map(key).collect() }
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let bytes = Base64::decode_vec(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

fn signature(secret: &[u8], id: &str, at: &str, body: &str) -> String {
    let mac = hmac_sha256(secret, joined(&[id, ".", at, ".", body]).as_bytes());
    joined(&["v1,", &Base64::encode_string(&mac)])
}

impl Provider for Webhook {
    fn call(&self, message: &Message, now: Timestamp) -> Call {
        let mut call = Call::json(self.url.clone());
        call.write(
            r#"{"type":"message.send","timestamp":$,"data":{"channel":$,"to":$,"sender":$,"#,
            &[&now.rfc3339(), message.channel().as_str(), message.to.reveal(), &message.sender],
        );
        call.write(r#""text":$,"locale":$,"#, &[&message.text, message.locale.as_str()]);
        match &message.subject {
            Some(subject) => call.write(r#""subject":$,"#, &[subject]),
            None => call.write(r#""subject":null,"#, &[]),
        }
        match message.reference() {
            Some((challenge, delivery)) => {
                call.write(r#""challenge":$,"delivery":"#, &[challenge]);
                call.write(&delivery, &[]);
            }
            None => call.write(r#""challenge":null,"delivery":null"#, &[]),
        }
        call.write("}}", &[]);
        let at = now.unix_seconds().to_string();
        let mut signatures = String::new();
        for secret in &self.secrets {
            signatures.push_str(if signatures.is_empty() { "" } else { " " });
            signatures.push_str(&signature(secret, &message.id, &at, &call.body));
        }
        call.header("webhook-id", message.id.clone());
        call.header("webhook-timestamp", at);
        call.header("webhook-signature", signatures);
        call
    }

    fn refuses_destination(&self, answer: &Answer) -> bool {
        answer.status == 422 && said(answer, "code") == "bad_destination"
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
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&secret, id, "1614265330", body), expected);
    }
}
