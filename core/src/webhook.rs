//! Standard Webhooks 1.0: secrets of receivers, and the headers that sign a message.

use base64ct::{Base64, Encoding as _};

use crate::{
    digest::{self, hmac_sha256},
    ids::MerchantId,
    secret::MasterKey,
    time::Timestamp,
};

/// A secret with which a receiver checks signatures: 24 to 64 bytes.
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    const PREFIX: &str = "whsec_";

    /// Reads `whsec_` and base64; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Base64::decode_vec(text.strip_prefix(Self::PREFIX)?).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// Reads secrets with a space between each two; `None` unless every one is a secret.
    #[must_use]
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        text.split(' ').map(Self::parse).collect()
    }

    /// A merchant's secret. It is derived and not stored. Another `salt` makes another secret.
    #[must_use]
    pub fn derive(key: &MasterKey, merchant: &MerchantId, salt: &str) -> Self {
        let fields = [merchant.as_str().as_bytes(), salt.as_bytes()];
        Self(digest::mac(key.bytes(), "warifu/webhook/v1", &fields).to_vec())
    }

    /// The secret's text, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}{}", Self::PREFIX, Base64::encode_string(&self.0))
    }

    /// The signature of a message: `v1,` and the base64 of HMAC-SHA-256 over
    /// `id.timestamp.payload`.
    fn sign(&self, id: &str, unix_seconds: u64, payload: &str) -> String {
        let signed = format!("{id}.{unix_seconds}.{payload}");
        format!("v1,{}", Base64::encode_string(&hmac_sha256(&self.0, signed.as_bytes())))
    }
}

/// The headers of a message that is posted at a time, signed with every one of `secrets`: so sender
/// and receiver need not change a secret in the same second. A receiver compares the time with its
/// own clock.
#[must_use]
pub fn headers(
    secrets: &[WebhookSecret],
    id: &str,
    at: Timestamp,
    payload: &str,
) -> [(&'static str, String); 3] {
    let at = at.unix_seconds();
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.sign(id, at, payload)).collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the libraries of Standard Webhooks.
    #[test]
    fn signs_as_standard_webhooks_does() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_secret_signs() {
        let [one, other] = ["A", "B"].map(|letter| format!("whsec_{}", letter.repeat(32)));
        let secrets = |text: &str| WebhookSecret::parse_list(text);
        let signature = |list: &str| {
            let at = Timestamp::from_millis(1_614_265_330_999);
            let [id, time, signature] = headers(&secrets(list).unwrap(), "msg_1", at, "{}");
            assert_eq!(id, ("webhook-id", "msg_1".to_owned()));
            assert_eq!(time, ("webhook-timestamp", "1614265330".to_owned()));
            assert_eq!(signature.0, "webhook-signature");
            signature.1
        };
        let both = format!("{} {}", signature(&one), signature(&other));
        assert_eq!(signature(&format!("{one} {other}")), both);
        for bad in [String::new(), format!("{one} "), format!("{one}  {other}"), one + ",whsec_"] {
            assert!(secrets(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn secrets_have_their_form() {
        let key = MasterKey::parse(&"A".repeat(43)).unwrap();
        let merchant = MerchantId::parse("maru-shop").unwrap();
        let secret = |salt| WebhookSecret::derive(&key, &merchant, salt).reveal();
        assert!(WebhookSecret::parse(&secret("a")).is_some());
        assert_ne!(secret("a"), secret("b"));
        for bad in ["", "whsec_", "whsec_AAAA", &secret("a")[6..], "whsec_not base64"] {
            assert!(WebhookSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
