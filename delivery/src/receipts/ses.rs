//! Amazon SES' events by Amazon SNS: an envelope that SNS signs, with the key of a certificate
//! that it publishes. Nothing is fetched from an address that a post brings: only the
//! certificate's name is taken from it, and the host is that of the one topic we listen to.

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use warifu_core::{cardholder::DeliveryState, time::Timestamp};

use super::{
    Algorithm, Key, Post, Receipt, ReceiptMessage, ReceiptSource, SignatureClaim, der, word,
};
use crate::{
    json::{Json, Misfit},
    providers::aws,
    settings::{Setting, Settings, is_word},
};

pub(crate) const TOPIC: Setting = Setting::optional(
    "SES_TOPIC_ARN",
    "be a topic such as arn:aws:sns:ap-northeast-1:123456789012:warifu-mail",
    |text| region(text).is_some(),
);

/// The oldest post that is taken. SNS repeats a post for an hour, with the time and the signature
/// of the first try.
const OLDEST: Duration = Duration::from_secs(3600);

/// How far SNS's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);

pub(crate) struct SesTopic {
    arn: String,
    /// The origin of SNS in the topic's region.
    amazon: String,
    /// The origin that we ask: the same, or the server that stands for it in development.
    asked: String,
}

impl SesTopic {
    pub(crate) fn read(settings: &mut Settings) -> Option<Self> {
        let arn = settings.optional(&TOPIC)?;
        let amazon = aws::origin("sns", region(&arn).unwrap_or_default());
        let asked = settings.origin("amazon-sns", &amazon);
        Some(Self { arn, amazon, asked })
    }

    /// The address of a certificate that a post names. `None` for a certificate that is not on
    /// SNS's own host, or has another name than those of SNS.
    fn certificate(&self, named: &str) -> Option<String> {
        let name = named.strip_prefix(&self.amazon)?.strip_prefix('/')?;
        is_certificate(name).then(|| format!("{}/{name}", self.asked))
    }
}

impl ReceiptSource for SesTopic {
    fn claim(&self, post: &Post<'_>, now: Timestamp) -> Option<SignatureClaim> {
        let envelope = Envelope::read(post)?;
        if envelope.member("TopicArn") != self.arn || !is_now(envelope.member("Timestamp"), now) {
            return None;
        }
        Some(SignatureClaim {
            key: Key::Published(self.certificate(envelope.member("SigningCertURL"))?),
            algorithm: match envelope.member("SignatureVersion") {
                "1" => Algorithm::RsaSha1,
                "2" => Algorithm::RsaSha256,
                _ => return None,
            },
            signature: Base64::decode_vec(envelope.member("Signature")).ok()?,
            signed: envelope.signed()?.into_bytes(),
        })
    }

    fn message(&self, post: &Post<'_>) -> Result<ReceiptMessage, Misfit> {
        let envelope = Envelope::read(post);
        let member = |name: &str| envelope.as_ref().map_or("", |envelope| envelope.member(name));
        match member("Type") {
            "SubscriptionConfirmation" => {
                let token = member("Token");
                if !is_word(token, 1..=2048, "-_") {
                    return Err(Misfit::field("Token", "be letters and digits"));
                }
                let Self { asked, arn, .. } = self;
                let query = format!("Action=ConfirmSubscription&TopicArn={arn}&Token={token}");
                let address = format!("{asked}/?{query}");
                Ok(ReceiptMessage::Confirm(address))
            }
            "Notification" => receipts(member("Message")).map(ReceiptMessage::Receipts),
            _ => Ok(ReceiptMessage::Receipts(Vec::new())),
        }
    }
}

/// The JSON object that SNS puts around a message of SES.
struct Envelope(Json);

impl Envelope {
    fn read(post: &Post<'_>) -> Option<Self> {
        std::str::from_utf8(post.body).ok().and_then(Json::parse).map(Self)
    }

    fn member(&self, name: &str) -> &str {
        self.0.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    /// The text that SNS signs: the members of its list that are present, in the list's order.
    fn signed(&self) -> Option<String> {
        let names: &[&str] = match self.member("Type") {
            "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
                &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
            }
            _ => return None,
        };
        let mut text = String::new();
        for name in names {
            if let Some(value) = self.0.get(name).and_then(Json::as_str) {
                text.push_str(&[name, "\n", value, "\n"].concat());
            }
        }
        Some(text)
    }
}

/// The public key of a certificate in PEM (RFC 7468).
#[must_use]
pub fn published_key(pem: &str) -> Option<Vec<u8>> {
    der::public_key(&certificate_in(pem)?).map(<[u8]>::to_vec)
}

/// Whether SNS calls certificates so: `SimpleNotificationService-`, 32 hexadecimal digits, `.pem`.
fn is_certificate(name: &str) -> bool {
    let digits = name.strip_prefix("SimpleNotificationService-");
    let digits = digits.and_then(|rest| rest.strip_suffix(".pem"));
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(is_hex))
}

/// The region of a topic: `arn:<partition>:sns:<region>:<account>:<name>`.
fn region(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else { return None };
    let fits = is_word(partition, 3..=20, "-")
        && aws::is_region(region)
        && is_word(account, 12..=12, "")
        && is_word(name, 1..=256, "-_");
    fits.then_some(region)
}

fn is_now(at: &str, now: Timestamp) -> bool {
    let at = Timestamp::parse_rfc3339(at);
    at.is_some_and(|at| at <= now.plus(AHEAD) && now <= at.plus(OLDEST))
}

fn certificate_in(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (base64, _) = rest.split_once("-----END CERTIFICATE-----")?;
    Base64::decode_vec(&base64.split_ascii_whitespace().collect::<String>()).ok()
}

/// The receipts in a message of SES.
fn receipts(message: &str) -> Result<Vec<Receipt>, Misfit> {
    // When a topic is connected to SES, its first message is a sentence and not JSON.
    if !message.starts_with('{') {
        return Ok(Vec::new());
    }
    let event = Json::parse(message);
    let event = event.ok_or_else(|| Misfit::field("Message", "be a JSON object"))?;
    let delivery = match member(&event, "eventType").as_str() {
        "send" => Some(DeliveryState::Sent),
        "delivery" => Some(DeliveryState::Delivered),
        "bounce" => bounce(event.get("bounce").unwrap_or(&Json::Null)),
        "complaint" => complaint(event.get("complaint").unwrap_or(&Json::Null)),
        "reject" | "renderingfailure" => Some(DeliveryState::Failed),
        _ => None,
    };
    let tag = |name: &str| match event.get("mail")?.get("tags")?.get(name)? {
        Json::List(values) => values.first()?.as_str(),
        _ => None,
    };
    let (challenge, number) = (tag("challenge"), tag("delivery"));
    let receipt = Receipt::of(challenge.unwrap_or_default(), number.unwrap_or_default(), delivery);
    Ok(receipt.into_iter().collect())
}

/// A member that is one of Amazon's words, to be compared.
fn member(object: &Json, name: &str) -> String {
    word(object.get(name).and_then(Json::as_str).unwrap_or_default())
}

/// What a bounce tells of the message. Automatic answers, such as those of readers on holiday, are
/// published as bounces too. They have no delivery status notification, and Amazon finds no reason
/// in them; their messages were delivered. Nor is a message lost that the notification calls
/// delayed.
fn bounce(details: &Json) -> Option<DeliveryState> {
    let recipients = match details.get("bouncedRecipients") {
        Some(Json::List(recipients)) => &recipients[..],
        _ => &[],
    };
    // RFC 3464 §2.3.3.
    let actions = recipients.iter().filter_map(|recipient| recipient.get("action")?.as_str());
    let actions: Vec<_> = actions.map(word).collect();
    let (kind, sub) = (member(details, "bounceType"), member(details, "bounceSubType"));
    match (kind.as_str(), sub.as_str()) {
        ("permanent", "suppressed" | "onaccountsuppressionlist") => Some(DeliveryState::Failed),
        ("transient" | "undetermined", _) if !actions.is_empty() => {
            actions.iter().any(|action| action == "failed").then_some(DeliveryState::Bounced)
        }
        ("transient", "general") | ("undetermined", _) => None,
        _ => Some(DeliveryState::Bounced),
    }
}

/// What a complaint tells of the message: nothing, unless the address was on the account's
/// suppression list. Then Amazon took the message and did not send it.
fn complaint(details: &Json) -> Option<DeliveryState> {
    let is_suppressed = member(details, "complaintSubType") == "onaccountsuppressionlist";
    is_suppressed.then_some(DeliveryState::Failed)
}

#[cfg(test)]
mod tests;
