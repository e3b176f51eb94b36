//! Who is told of events, and how: Standard Webhooks 1.0.

use std::rc::Rc;

use warifu_core::{ids::MerchantId, time::Timestamp, webhook::WebhookSecret};

use super::message::To;
use crate::{
    clock,
    config::{Config, ConfigError},
    edge::Edge,
    http::{Address, is_local},
    outside,
    problem::Problem,
};

/// How long a receiver may take.
const MILLISECONDS: u32 = 10_000;

/// A merchant's receiver as KV keeps it: nothing of it is secret.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    /// Which of `EVENT_KEYS` derives the secret.
    pub(crate) key: String,
    /// Makes the secret.
    pub(crate) salt: String,
    pub(crate) former: Option<Former>,
}

/// The secret before the present one, which signs too for a while.
pub(crate) struct Former {
    pub(crate) key: String,
    pub(crate) salt: String,
    pub(crate) until: Timestamp,
}

impl Endpoint {
    /// The present secret; `None` when its key is kept no more.
    pub(crate) fn secret(&self, config: &Config, merchant: &MerchantId) -> Option<WebhookSecret> {
        secret(config, merchant, &self.key, &self.salt)
    }

    /// The former secret, as long as it signs.
    pub(crate) fn former_at(&self, now: Timestamp) -> Option<&Former> {
        self.former.as_ref().filter(|former| now < former.until)
    }

    pub(super) async fn receiver(
        self,
        edge: &Edge,
        merchant: &MerchantId,
    ) -> Result<Receiver, Problem> {
        let config = &edge.config;
        let former = self.former_at(edge.now().await?);
        let former = former.and_then(|it| secret(config, merchant, &it.key, &it.salt));
        let present = self.secret(config, merchant);
        if present.is_none() {
            edge.fault(&Problem::misconfigured(
                "EVENT_KEYS",
                "keep the keys that merchants' secrets come from",
            ));
        }
        let secrets = present.into_iter().chain(former).collect();
        Ok(Receiver { to: To::Merchant, url: self.url, secrets: Rc::new(secrets) })
    }
}

fn secret(config: &Config, merchant: &MerchantId, key: &str, salt: &str) -> Option<WebhookSecret> {
    Some(WebhookSecret::derive(config.event_key(key)?, merchant, salt))
}

/// The issuer's own receiver, from its settings.
pub(crate) struct IssuerEvents {
    url: String,
    secrets: Rc<Vec<WebhookSecret>>,
}

impl IssuerEvents {
    /// Reads `ISSUER_EVENTS_URL` and `ISSUER_EVENTS_SECRETS`.
    pub(crate) fn read(
        optional: &dyn Fn(&str) -> Option<String>,
        is_development: bool,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(url) = optional("ISSUER_EVENTS_URL") else { return Ok(None) };
        if !may_receive(&url, is_development) {
            return Err(ConfigError::new("ISSUER_EVENTS_URL", RECEIVER));
        }
        let secrets: Option<Vec<_>> = optional("ISSUER_EVENTS_SECRETS")
            .unwrap_or_default()
            .split(' ')
            .map(WebhookSecret::parse)
            .collect();
        let must = "list whsec_ and 24 to 64 bytes in base64, separated by spaces";
        let secrets = secrets.ok_or_else(|| ConfigError::new("ISSUER_EVENTS_SECRETS", must))?;
        Ok(Some(Self { url, secrets: Rc::new(secrets) }))
    }

    pub(super) fn receiver(&self) -> Receiver {
        let secrets = Rc::clone(&self.secrets);
        Receiver { to: To::Issuer, url: self.url.clone(), secrets }
    }
}

/// What an address must be for [`may_receive`].
pub(crate) const RECEIVER: &str =
    "be an https address of a public host, without port and credentials, at most 2048 characters";

/// Whether events may be posted there: not to what is no host of the internet for certain.
pub(crate) fn may_receive(text: &str, is_development: bool) -> bool {
    const LONGEST: usize = 2048;
    /// Names that no resolver of the internet knows.
    const INNER: [&str; 5] = [".localhost", ".local", ".internal", ".home.arpa", "."];
    Address::parse(text).is_some_and(|url| {
        let host = url.host();
        let top = host.rsplit('.').next().unwrap_or_default();
        // The parser writes every address of IPv4 with dots and every one of IPv6 in brackets.
        let named = host.contains('.') && top.bytes().any(|byte| byte.is_ascii_alphabetic());
        let inner = INNER.iter().any(|end| host.ends_with(end));
        let plain = url.is_https() && url.origin().len() == "https://".len() + host.len();
        let here = is_development && url.is_http() && is_local(&host);
        (here || plain && named && !inner) && !url.has_credentials() && text.len() <= LONGEST
    })
}

/// Somebody who is told.
pub(super) struct Receiver {
    pub(super) to: To,
    url: String,
    /// All sign, the newest first.
    secrets: Rc<Vec<WebhookSecret>>,
}

/// A receiver has to be told again.
pub(super) struct Missed {
    /// After so many seconds at least.
    pub(super) after: u32,
    /// Its status, or the platform's name of the error.
    pub(super) why: String,
}

impl Receiver {
    /// Posts one event.
    pub(super) async fn post(&self, id: &str, payload: &str) -> Result<(), Missed> {
        // Signatures have to be of this minute by everybody's clock.
        let at = clock::platform().unix_seconds();
        let signatures: Vec<_> =
            self.secrets.iter().map(|secret| secret.sign(id, at, payload)).collect();
        if signatures.is_empty() {
            return Err(Missed { after: 0, why: "no secret".to_owned() });
        }
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("user-agent", concat!("warifu/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        match outside::post(&self.url, &headers, payload, MILLISECONDS).await {
            // 410: the receiver asks not to be told this again (Standard Webhooks).
            Ok(answer) if matches!(answer.status, 200..=299 | 410) => Ok(()),
            Ok(answer) => {
                let after = answer.retry_after.unwrap_or_default();
                Err(Missed { after, why: answer.status.to_string() })
            }
            Err(why) => Err(Missed { after: 0, why }),
        }
    }
}
