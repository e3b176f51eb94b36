//! SendGrid's signed Event Webhook: a JSON array of events of all mail of an account, signed with
//! ECDSA together with the time.

use base64ct::{Base64, Encoding as _};
use warifu_core::{cardholder::DeliveryState, time::Timestamp};

use super::{
    Algorithm, Key, Post, Receipt, ReceiptMessage, ReceiptSource, SignatureClaim, der, word,
};
use crate::{
    json::{Json, Misfit},
    settings::{Setting, Settings},
};

pub(crate) const KEY: Setting = Setting::optional(
    "SENDGRID_EVENT_KEY",
    "be the verification key of SendGrid's signed event webhook: a public P-256 key in base64",
    is_key,
);

fn is_key(text: &str) -> bool {
    Base64::decode_vec(text).is_ok_and(|key| key.len() == 91 && key.starts_with(&P256))
}

/// The first bytes of a SubjectPublicKeyInfo of P-256 (RFC 5480), in front of a point that is not
/// compressed.
const P256: [u8; 27] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";

/// How far the signed time may be from ours, in seconds.
const TOLERANCE: u64 = 600;

pub(crate) struct SendGridEvents {
    key: Vec<u8>,
}

impl SendGridEvents {
    pub(crate) fn read(settings: &mut Settings) -> Option<Self> {
        let key = settings.optional(&KEY)?;
        Some(Self { key: Base64::decode_vec(&key).ok()? })
    }

    /// The claim of a post. SendGrid signs the text of the time, and the bytes of the body after
    /// it.
    fn claim_of(&self, at: &str, body: &[u8], signature: &str) -> Option<SignatureClaim> {
        let signature = Base64::decode_vec(signature).ok()?;
        Some(SignatureClaim {
            key: Key::Public(self.key.clone()),
            algorithm: Algorithm::P256Sha256,
            signature: der::p256_signature(&signature)?.to_vec(),
            signed: [at.as_bytes(), body].concat(),
        })
    }
}

impl ReceiptSource for SendGridEvents {
    fn claim(&self, post: &Post<'_>, now: Timestamp) -> Option<SignatureClaim> {
        let at = post.header("x-twilio-email-event-webhook-timestamp");
        let signature = post.header("x-twilio-email-event-webhook-signature");
        self.claim_of(&at, post.body, &signature).filter(|_| is_now(&at, now))
    }

    fn message(&self, post: &Post<'_>) -> Result<ReceiptMessage, Misfit> {
        let events = std::str::from_utf8(post.body).ok().and_then(Json::parse);
        let events = events.and_then(Json::into_list);
        let events = events.ok_or(Misfit::Body("The body must be a JSON array."))?;
        Ok(ReceiptMessage::Receipts(events.iter().filter_map(receipt).collect()))
    }
}

fn is_now(at: &str, now: Timestamp) -> bool {
    at.parse::<u64>().is_ok_and(|at| at.abs_diff(now.unix_seconds()) <= TOLERANCE)
}

/// The receipt in an event. Most events have none: they are of other mail, or of what a reader does
/// with it.
fn receipt(event: &Json) -> Option<Receipt> {
    let member = |name: &str| event.get(name).and_then(Json::as_str).unwrap_or_default();
    let delivery = match word(member("event")).as_str() {
        "processed" => Some(DeliveryState::Sent),
        "delivered" => Some(DeliveryState::Delivered),
        // Of the types `bounce` and `blocked`: either way the message is not tried again.
        "bounce" => Some(DeliveryState::Bounced),
        "dropped" => Some(DeliveryState::Failed),
        _ => None,
    };
    Receipt::of(member("challenge"), member("delivery"), delivery)
}

#[cfg(test)]
mod tests;
