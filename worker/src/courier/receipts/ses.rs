//! Amazon SES' events by Amazon SNS: an envelope that SNS signs, with the key of a certificate
//! that it publishes. Nothing is fetched from an address that a post brings: only the
//! certificate's name is taken from it, and the host is that of the one topic we listen to.

use std::{cell::RefCell, time::Duration};

use base64ct::{Base64, Encoding as _};
use warifu_core::{cardholder::Delivery, time::Timestamp};

use super::{Post, Receipt, der, not_signed};
use crate::{
    clock,
    courier::{
        aws::REGION,
        config::{Form, Settings, is_word},
        provider::joined,
    },
    json::Json,
    outside,
    problem::Problem,
    webcrypto,
};

const TOPIC: Form = Form {
    must: "be a topic such as arn:aws:sns:ap-northeast-1:123456789012:warifu-mail",
    fits: |text| region(text).is_some(),
};

/// How long Amazon is waited for, in milliseconds; it waits for us for 15 seconds.
const MILLISECONDS: u32 = 5000;

/// SNS tries again for an hour, with the time and the signature of the first try.
const OLDEST: Duration = Duration::from_secs(3600);

/// How far its clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);

thread_local! {
    /// The public keys of certificates by their addresses: there is one, or two while it is
    /// replaced.
    static KEYS: RefCell<Vec<(String, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct SesTopic {
    arn: String,
    /// Where SNS is, in the topic's region.
    amazon: String,
    /// The same, or what stands for it in development.
    asked: String,
}

impl SesTopic {
    pub(super) fn read(settings: &mut Settings) -> Option<Self> {
        let arn = settings.optional("SES_TOPIC_ARN", &TOPIC)?;
        let region = region(&arn).unwrap_or_default();
        let country = if region.starts_with("cn-") { ".cn" } else { "" };
        let amazon = joined(&["https://sns.", region, ".amazonaws.com", country]);
        let asked = settings.origin("amazon-sns", &amazon);
        Some(Self { arn, amazon, asked })
    }

    pub(super) async fn read_post(&self, post: &Post<'_>) -> Result<Vec<Receipt>, Problem> {
        let envelope = std::str::from_utf8(post.body).ok().and_then(Json::parse);
        let envelope = envelope.ok_or_else(not_signed)?;
        let member = |name: &str| envelope.get(name).and_then(Json::as_str).unwrap_or_default();
        if member("TopicArn") != self.arn || !is_now(member("Timestamp"), clock::platform()) {
            return Err(not_signed());
        }
        let text = string_to_sign(&envelope).ok_or_else(not_signed)?;
        let hash = match member("SignatureVersion") {
            "1" => "SHA-1",
            "2" => "SHA-256",
            _ => return Err(not_signed()),
        };
        let signature = Base64::decode_vec(member("Signature")).map_err(|_| not_signed())?;
        let key = self.key(member("SigningCertURL")).await?;
        let rsa = [("name", "RSASSA-PKCS1-v1_5"), ("hash", hash)];
        if !webcrypto::verified("spki", &key, &rsa, &signature, text.as_bytes()).await {
            return Err(not_signed());
        }
        match member("Type") {
            "SubscriptionConfirmation" => {
                self.confirm(member("Token")).await?;
                Ok(Vec::new())
            }
            "Notification" => told(member("Message")),
            _ => Ok(Vec::new()),
        }
    }

    /// The key of a certificate that SNS publishes.
    async fn key(&self, certificate: &str) -> Result<Vec<u8>, Problem> {
        let name = certificate.strip_prefix(&self.amazon).and_then(|path| path.strip_prefix('/'));
        let name = name.filter(|name| {
            name.strip_suffix(".pem").is_some_and(|name| is_word(name, 1..=200, "-_"))
        });
        let name = name.ok_or_else(not_signed)?;
        let address = joined(&[&self.asked, "/", name]);
        let known = KEYS.with(|keys| {
            let keys = keys.borrow();
            keys.iter().find(|(known, _)| *known == address).map(|(_, key)| key.clone())
        });
        if let Some(key) = known {
            return Ok(key);
        }
        let away = || Problem::unavailable("the certificate of Amazon SNS could not be fetched");
        let answer = outside::get(&address, MILLISECONDS).await.map_err(|_| away())?;
        match answer.status {
            200 => {}
            // There is no such certificate.
            400..=499 => return Err(not_signed()),
            _ => return Err(away()),
        }
        let certificate = certificate_in(&answer.text).ok_or_else(away)?;
        let key = der::public_key(&certificate).ok_or_else(away)?.to_vec();
        KEYS.with(|keys| {
            let mut keys = keys.borrow_mut();
            keys.truncate(3);
            keys.insert(0, (address, key.clone()));
        });
        Ok(key)
    }

    /// Confirms the subscription that the operator made, at an address of our own making.
    async fn confirm(&self, token: &str) -> Result<(), Problem> {
        if !is_word(token, 1..=2048, "-_") {
            return Err(Problem::field("Token", "be letters and digits"));
        }
        let action = "/?Action=ConfirmSubscription&TopicArn=";
        let address = joined(&[&self.asked, action, &self.arn, "&Token=", token]);
        let answer = outside::get(&address, MILLISECONDS).await;
        match answer {
            Ok(answer) if answer.status == 200 => Ok(()),
            _ => Err(Problem::unavailable("Amazon SNS did not take the confirmation")),
        }
    }
}

/// The region of a topic: `arn:<partition>:sns:<region>:<account>:<name>`.
fn region(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else { return None };
    let fits = is_word(partition, 3..=20, "-")
        && (REGION.fits)(region)
        && is_word(account, 12..=12, "")
        && is_word(name, 1..=256, "-_");
    fits.then_some(region)
}

fn is_now(at: &str, now: Timestamp) -> bool {
    let at = Timestamp::parse_rfc3339(at);
    at.is_some_and(|at| at <= now.plus(AHEAD) && now <= at.plus(OLDEST))
}

/// What SNS signs: members in this order, those that are there.
fn string_to_sign(envelope: &Json) -> Option<String> {
    let names: &[&str] = match envelope.get("Type")?.as_str()? {
        "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
            &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        }
        _ => return None,
    };
    let mut text = String::new();
    for name in names {
        if let Some(value) = envelope.get(name).and_then(Json::as_str) {
            text.push_str(&joined(&[name, "\n", value, "\n"]));
        }
    }
    Some(text)
}

/// The bytes of a certificate in PEM (RFC 7468).
fn certificate_in(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (base64, _) = rest.split_once("-----END CERTIFICATE-----")?;
    Base64::decode_vec(&base64.split_ascii_whitespace().collect::<String>()).ok()
}

/// What a message of SES tells.
fn told(message: &str) -> Result<Vec<Receipt>, Problem> {
    // A topic that was just connected is told so in words.
    if !message.starts_with('{') {
        return Ok(Vec::new());
    }
    let event = Json::parse(message);
    let event = event.ok_or_else(|| Problem::field("Message", "be a JSON object"))?;
    let delivery = match event.get("eventType").and_then(Json::as_str).unwrap_or_default() {
        "Send" => Some(Delivery::Sent),
        "Delivery" => Some(Delivery::Delivered),
        "Bounce" => Some(Delivery::Bounced),
        "Reject" | "Rendering Failure" => Some(Delivery::Failed),
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

#[cfg(test)]
mod tests;
