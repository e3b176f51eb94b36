//! Standard Webhooks 1.0: secrets of receivers and the signature of a message.

use base64ct::{Base64, Encoding as _};

use crate::{
    digest::{self, hmac_sha256},
    ids::MerchantId,
    secret::MasterKey,
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
    #[must_use]
    pub fn sign(&self, id: &str, unix_seconds: u64, payload: &str) -> String {
        let signed = format!("{id}.{unix_seconds}.{payload}");
        format!("v1,{}", Base64::encode_string(&hmac_sha256(&self.0, signed.as_bytes())))
    }
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
