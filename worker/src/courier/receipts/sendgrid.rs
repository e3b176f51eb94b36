//! SendGrid's signed Event Webhook: a JSON array of events of all mail of an account, signed with
//! ECDSA together with the time.

use base64ct::{Base64, Encoding as _};
use warifu_core::{cardholder::Delivery, time::Timestamp};

use super::{Post, Receipt, der, not_signed};
use crate::{
    clock,
    config::ConfigError,
    courier::config::{Form, Settings},
    json::Json,
    problem::Problem,
    webcrypto,
};

const KEY: Form = Form {
    must: "be the verification key of SendGrid's signed event webhook: a public P-256 key in base64",
    fits: |text| Base64::decode_vec(text).is_ok(),
};

const ECDSA: [(&str, &str); 3] = [("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")];

/// How far the signed time may be from ours, in seconds.
const TOLERANCE: u64 = 600;

pub(super) struct SendGridEvents {
    /// A SubjectPublicKeyInfo.
    key: Vec<u8>,
}

impl SendGridEvents {
    pub(super) fn read(settings: &mut Settings) -> Option<Self> {
        let key = settings.optional("SENDGRID_EVENT_KEY", &KEY)?;
        Some(Self { key: Base64::decode_vec(&key).unwrap_or_default() })
    }

    /// Only WebCrypto knows whether it is a key.
    pub(super) async fn prove(&self) -> Result<(), ConfigError> {
        let imported = webcrypto::import_for_checks("spki", &self.key, &ECDSA).await;
        imported.map(drop).map_err(|_| ConfigError::new("SENDGRID_EVENT_KEY", KEY.must))
    }

    pub(super) async fn read_post(&self, post: &Post<'_>) -> Result<Vec<Receipt>, Problem> {
        let at = post.header("x-twilio-email-event-webhook-timestamp");
        let signature = post.header("x-twilio-email-event-webhook-signature");
        if !is_now(&at, clock::platform()) || !self.signed(&at, post.body, &signature).await {
            return Err(not_signed());
        }
        let events = std::str::from_utf8(post.body).ok().and_then(Json::parse);
        let events = events.and_then(Json::into_list);
        let events = events.ok_or_else(|| Problem::invalid("The body must be a JSON array."))?;
        Ok(events.iter().filter_map(receipt).collect())
    }

    /// Whether it is SendGrid's signature: of the time and the very bytes that came.
    async fn signed(&self, at: &str, body: &[u8], signature: &str) -> bool {
        let signature = Base64::decode_vec(signature).ok();
        let Some(signature) = signature.and_then(|bytes| der::p256_signature(&bytes)) else {
            return false;
        };
        let text = [at.as_bytes(), body].concat();
        webcrypto::verified("spki", &self.key, &ECDSA, &signature, &text).await
    }
}

fn is_now(at: &str, now: Timestamp) -> bool {
    at.parse::<u64>().is_ok_and(|at| at.abs_diff(now.unix_seconds()) <= TOLERANCE)
}

/// What an event tells; most are of other mail, or of what a reader does with it.
fn receipt(event: &Json) -> Option<Receipt> {
    let member = |name: &str| event.get(name).and_then(Json::as_str).unwrap_or_default();
    let delivery = match member("event") {
        "processed" => Some(Delivery::Sent),
        "delivered" => Some(Delivery::Delivered),
        "bounce" => Some(Delivery::Bounced),
        "dropped" => Some(Delivery::Failed),
        _ => None,
    };
    Receipt::of(member("challenge"), member("delivery"), delivery)
}

#[cfg(test)]
mod tests;
