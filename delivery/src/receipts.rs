//! Receipts: what a provider reports of a message after it accepted it. Each provider has its own
//! signature and format, and a file of its own with two pure functions: the signature that proves a
//! post, and the receipts that the post holds. The Worker fetches keys, checks the signature and
//! notes the receipts.

pub mod certificates;
mod der;
pub(crate) mod sendgrid;
pub(crate) mod ses;
mod twilio;

use warifu_core::{cardholder::DeliveryState, ids::ChallengeId, time::Timestamp};

pub use self::ses::published_key;
use self::{sendgrid::SendGridEvents, ses::SesTopic, twilio::TwilioAccount};
use crate::{json::Misfit, provider_name::ProviderName, settings::Settings};

/// A provider that posts receipts.
pub trait ReceiptSource {
    /// The signature that proves that the provider sent a post. `now` is the platform's time.
    /// `None` when the post has no signature that could be right.
    fn claim(&self, post: &Post<'_>, now: Timestamp) -> Option<SignatureClaim>;

    /// The content of a post whose signature was right.
    ///
    /// # Errors
    /// A field that is not as the provider writes it.
    fn message(&self, post: &Post<'_>) -> Result<ReceiptMessage, Misfit>;
}

/// A post of a provider, as it came.
pub struct Post<'a> {
    /// Our origin, as it stands in the address that the provider posts to.
    pub origin: &'a str,
    /// Path and query, as the request's first line has them.
    pub target: &'a str,
    /// A header of the request by its name in small letters.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The body's bytes.
    pub body: &'a [u8],
}

impl Post<'_> {
    fn header(&self, name: &str) -> String {
        (self.header)(name).unwrap_or_default()
    }

    /// A parameter of the query; empty when there is none.
    fn query(&self, name: &str) -> String {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let found = parameters.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

/// A claim that `key` signed `signed`. It is not checked yet.
pub struct SignatureClaim {
    /// The key.
    pub key: Key,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The signature, as WebCrypto takes it.
    pub signature: Vec<u8>,
    /// The bytes that were signed.
    pub signed: Vec<u8>,
}

/// An algorithm of signatures, by WebCrypto's names (W3C Web Cryptography API §18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-1.
    HmacSha1,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsaSha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// ECDSA over P-256 with SHA-256.
    P256Sha256,
}

/// The key that signed.
pub enum Key {
    /// A secret that the provider and we share.
    Shared(Vec<u8>),
    /// A public key, as a SubjectPublicKeyInfo.
    Public(Vec<u8>),
    /// The key of the certificate at this address.
    Published(String),
}

/// The content of a provider's post.
pub enum ReceiptMessage {
    /// Receipts; none when the post is of no message of ours.
    Receipts(Vec<Receipt>),
    /// A subscription that waits for our consent: a GET of this address confirms it.
    Confirm(String),
}

/// A provider's report of one delivery.
pub struct Receipt {
    /// The challenge that the code is for.
    pub challenge: ChallengeId,
    /// The number of the delivery.
    pub number: u32,
    /// The state that the provider reports.
    pub delivery: DeliveryState,
}

impl Receipt {
    /// The receipt of the message with these references. `None` for a message that is not ours, and
    /// for a report that changes nothing.
    fn of(challenge: &str, number: &str, delivery: Option<DeliveryState>) -> Option<Self> {
        Some(Self {
            challenge: ChallengeId::parse(challenge).ok()?,
            number: number.parse().ok()?,
            delivery: delivery?,
        })
    }
}

/// A provider's word, to be compared: in small letters, without spaces, `_` and `-`. The same word
/// is `Rendering Failure` on one page of a provider's documentation and `RENDERING_FAILURE` on
/// another.
fn word(text: &str) -> String {
    let letters = text.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The receipt sources of a deployment: its providers that send receipts and are set up for it.
pub struct ReceiptSources(Vec<(ProviderName, Box<dyn ReceiptSource>)>);

impl ReceiptSources {
    /// Reads the settings of those among `providers`.
    pub(crate) fn read(settings: &mut Settings<'_>, providers: &[ProviderName]) -> Self {
        let mut sources: Vec<(ProviderName, Box<dyn ReceiptSource>)> = Vec::new();
        for name in providers {
            let source: Option<Box<dyn ReceiptSource>> = match name {
                ProviderName::Twilio => Some(Box::new(TwilioAccount::read(settings))),
                ProviderName::Ses => SesTopic::read(settings).map(|topic| Box::new(topic) as _),
                ProviderName::SendGrid => {
                    SendGridEvents::read(settings).map(|events| Box::new(events) as _)
                }
                ProviderName::Cloudflare
                | ProviderName::Resend
                | ProviderName::Vonage
                | ProviderName::Sns
                | ProviderName::Webhook
                | ProviderName::Outbox => None,
            };
            sources.extend(source.map(|source| (*name, source)));
        }
        Self(sources)
    }

    /// The receipt source of this provider, if it is set up.
    #[must_use]
    pub fn of(&self, name: ProviderName) -> Option<&dyn ReceiptSource> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, source)| source.as_ref())
    }
}

#[cfg(test)]
mod tests;
