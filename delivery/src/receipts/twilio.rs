//! Twilio's status callbacks: a form, signed with the account's token together with the address
//! that it was posted to, which holds our references.

use base64ct::{Base64, Encoding as _};
use warifu_core::{cardholder::DeliveryState, time::Timestamp};

use super::{Algorithm, Key, Post, Receipt, ReceiptMessage, ReceiptSource, SignatureClaim, word};
use crate::{
    json::Misfit,
    providers::twilio::{ACCOUNT, TOKEN},
    settings::Settings,
};

pub(crate) struct TwilioAccount {
    id: String,
    token: String,
}

impl TwilioAccount {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self { id: settings.required(&ACCOUNT), token: settings.required(&TOKEN) }
    }
}

impl ReceiptSource for TwilioAccount {
    fn claim(&self, post: &Post<'_>, _now: Timestamp) -> Option<SignatureClaim> {
        let fields = sorted(post.body);
        let address = [post.origin, post.target].concat();
        let ours = field(&fields, "AccountSid") == self.id;
        let signature = post.header("x-twilio-signature");
        claim(&self.token, address, &fields, &signature).filter(|_| ours)
    }

    fn message(&self, post: &Post<'_>) -> Result<ReceiptMessage, Misfit> {
        let delivery = match word(field(&sorted(post.body), "MessageStatus")).as_str() {
            "sent" => Some(DeliveryState::Sent),
            "delivered" | "read" => Some(DeliveryState::Delivered),
            "undelivered" => Some(DeliveryState::Bounced),
            "failed" | "canceled" => Some(DeliveryState::Failed),
            "" => return Err(Misfit::field("MessageStatus", "be given")),
            _ => None,
        };
        let receipt = Receipt::of(&post.query("challenge"), &post.query("delivery"), delivery);
        Ok(ReceiptMessage::Receipts(receipt.into_iter().collect()))
    }
}

/// The fields of a form in the order of their names.
fn sorted(form: &[u8]) -> Vec<(String, String)> {
    /// The most fields that are read. A callback has about fifteen. A form with more than this has
    /// fields that the check leaves out, so its signature is not right.
    const MOST: usize = 100;
    let mut fields: Vec<(String, String)> = Vec::new();
    for field in form_urlencoded::parse(form).into_owned().take(MOST) {
        let place = fields.partition_point(|other| *other <= field);
        fields.insert(place, field);
    }
    fields
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// The claim of a post. Twilio signs the address, then each field's name and value in the order of
/// the names, with the account's token.
fn claim(
    token: &str,
    address: String,
    fields: &[(String, String)],
    signature: &str,
) -> Option<SignatureClaim> {
    let mut signed = address;
    for (name, value) in fields {
        signed.push_str(name);
        signed.push_str(value);
    }
    Some(SignatureClaim {
        key: Key::Shared(token.into()),
        algorithm: Algorithm::HmacSha1,
        signature: Base64::decode_vec(signature).ok()?,
        signed: signed.into_bytes(),
    })
}

#[cfg(test)]
mod tests;
