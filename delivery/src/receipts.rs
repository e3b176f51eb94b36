//! What providers tell of a delivery afterwards. Each signs and speaks in its own way, one file
//! each, and each is two pure functions: what must have been signed by whom, and what it says.
//! Asking and noting are for the route.

mod der;
pub(crate) mod sendgrid;
pub(crate) mod ses;
mod twilio;

use warifu_core::{cardholder::DeliveryState, ids::ChallengeId, time::Timestamp};

pub use self::ses::published_key;
use self::{sendgrid::SendGridEvents, ses::SesTopic, twilio::TwilioAccount};
use crate::{json::Misfit, provider_name::ProviderName, settings::Settings};

/// Whoever tells of deliveries.
pub trait ReceiptSource {
    /// What proves that a post came from there, and now by the platform's clock; `None` when
    /// nothing could.
    fn claim(&self, post: &Post<'_>, now: Timestamp) -> Option<SignatureClaim>;

    /// What a post says that was proved.
    ///
    /// # Errors
    /// What is not as the provider writes it.
    fn message(&self, post: &Post<'_>) -> Result<ReceiptMessage, Misfit>;
}

/// A post of a provider, as it came.
pub struct Post<'a> {
    /// Our origin, as the provider was told it.
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

/// That this key signed this text.
pub struct SignatureClaim {
    /// Whose key.
    pub key: Key,
    /// How.
    pub algorithm: Algorithm,
    /// The signature, as WebCrypto takes it.
    pub signature: Vec<u8>,
    /// What was signed.
    pub signed: Vec<u8>,
}

/// How a text was signed, in the names of WebCrypto (W3C Web Cryptography API §18).
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
    /// We share it with the provider.
    Shared(Vec<u8>),
    /// A SubjectPublicKeyInfo.
    Public(Vec<u8>),
    /// That of a certificate at this address.
    Published(String),
}

/// What a post says.
pub enum ReceiptMessage {
    /// How deliveries stand.
    Receipts(Vec<Receipt>),
    /// Somebody wants to tell us more: by asking for this address we agree.
    Confirm(String),
}

/// How one delivery stands, as its provider says.
pub struct Receipt {
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// The number of the delivery.
    pub number: u32,
    /// How it stands.
    pub delivery: DeliveryState,
}

impl Receipt {
    /// What is told of a message with these references; `None` for messages that are not ours, and
    /// for news that changes nothing.
    fn of(challenge: &str, number: &str, delivery: Option<DeliveryState>) -> Option<Self> {
        Some(Self {
            challenge: ChallengeId::parse(challenge).ok()?,
            number: number.parse().ok()?,
            delivery: delivery?,
        })
    }
}

/// Those of a deployment's providers that send receipts and are set up for it.
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

    /// The one of this provider, if it is set up.
    #[must_use]
    pub fn of(&self, name: ProviderName) -> Option<&dyn ReceiptSource> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, source)| source.as_ref())
    }
}

#[cfg(test)]
mod tests;
