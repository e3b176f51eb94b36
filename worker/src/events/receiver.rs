//! Who is told of events, and how: Standard Webhooks 1.0.

use warifu_core::{ids::MerchantId, secret::MasterKey, time::Timestamp, webhook::WebhookSecret};

use crate::{
    config::ConfigError,
    http::{Address, is_local},
    outside,
};

/// How long a receiver may take.
const MILLISECONDS: u32 = 10_000;

/// A merchant's receiver as KV keeps it: nothing of it is secret.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    /// Which of `EVENT_KEYS` derives the secrets.
    pub(crate) key: String,
    /// Makes the secret.
    pub(crate) salt: String,
    /// The one before, and until when it signs too.
    pub(crate) former: Option<(String, Timestamp)>,
}

impl Endpoint {
    /// The secrets that sign at `now`, the newest first.
    pub(crate) fn secrets(
        &self,
        key: &MasterKey,
        merchant: &MerchantId,
        now: Timestamp,
    ) -> Vec<WebhookSecret> {
        let former = self.former.as_ref().filter(|(_, until)| now < *until);
        let salts = [Some(&self.salt), former.map(|(salt, _)| salt)];
        salts.into_iter().flatten().map(|salt| WebhookSecret::derive(key, merchant, salt)).collect()
    }
}

/// The issuer's own receiver, from its settings.
pub(crate) struct IssuerEvents {
    pub(crate) url: String,
    pub(crate) secrets: Vec<WebhookSecret>,
}

impl IssuerEvents {
    /// Reads `ISSUER_EVENTS_URL` and `ISSUER_EVENTS_SECRETS`.
    pub(crate) fn read(
        given: &dyn Fn(&str) -> Option<String>,
        is_development: bool,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(url) = given("ISSUER_EVENTS_URL") else { return Ok(None) };
        if !may_receive(&url, is_development) {
            return Err(ConfigError::new("ISSUER_EVENTS_URL", "be an https address"));
        }
        let secrets: Option<Vec<_>> = given("ISSUER_EVENTS_SECRETS")
            .unwrap_or_default()
            .split(' ')
            .map(WebhookSecret::parse)
            .collect();
        let must = "list whsec_ and 24 to 64 bytes in base64, separated by spaces";
        let secrets = secrets.ok_or_else(|| ConfigError::new("ISSUER_EVENTS_SECRETS", must))?;
        Ok(Some(Self { url, secrets }))
    }
}

/// Whether events may be posted there.
pub(crate) fn may_receive(url: &str, is_development: bool) -> bool {
    Address::parse(url).is_some_and(|url| {
        let local = is_development && url.is_http() && is_local(&url.host());
        (url.is_https() || local) && !url.has_credentials()
    })
}

/// How a receiver took an event.
pub(super) enum Received {
    /// It has it, or wants no more of them.
    Done,
    /// It has to be told again, after so many seconds if it said so.
    Again(Option<u32>),
}

/// Posts one event.
pub(super) async fn post(
    url: &str,
    secrets: &[WebhookSecret],
    id: &str,
    payload: &str,
    now: Timestamp,
) -> Received {
    let at = now.unix_seconds();
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.sign(id, at, payload)).collect();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", concat!("warifu/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    match outside::post(url, &headers, payload, MILLISECONDS).await {
        // 410: the receiver asks to be told nothing more (Standard Webhooks).
        Ok(answer) if matches!(answer.status, 200..=299 | 410) => Received::Done,
        Ok(answer) => Received::Again(answer.retry_after),
        Err(_) => Received::Again(None),
    }
}
