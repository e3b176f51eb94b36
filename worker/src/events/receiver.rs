//! Who is told of events, and how: Standard Webhooks 1.0.

use std::rc::Rc;

use warifu_core::{ids::MerchantId, webhook::WebhookSecret};

use super::message::To;
use crate::{
    clock,
    config::{Config, IssuerEvents},
    outbound,
    problem::Problem,
    request_context::RequestContext,
    store::Endpoint,
};

/// How long a receiver may take.
const MILLISECONDS: u32 = 10_000;

/// The present secret of a merchant's endpoint; `None` when its key is kept no more.
pub(crate) fn secret_of(
    endpoint: &Endpoint,
    config: &Config,
    merchant: &MerchantId,
) -> Option<WebhookSecret> {
    secret(config, merchant, &endpoint.key, &endpoint.salt)
}

fn secret(config: &Config, merchant: &MerchantId, key: &str, salt: &str) -> Option<WebhookSecret> {
    Some(WebhookSecret::derive(config.event_key(key)?, merchant, salt))
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
    pub(super) async fn of_merchant(
        ctx: &RequestContext,
        endpoint: Endpoint,
        merchant: &MerchantId,
    ) -> Result<Self, Problem> {
        let config = &ctx.config;
        let former = endpoint.former_at(ctx.now().await?);
        let former = former.and_then(|it| secret(config, merchant, &it.key, &it.salt));
        let present = secret_of(&endpoint, config, merchant);
        if present.is_none() {
            ctx.fault(&Problem::misconfigured(
                "EVENT_KEYS",
                "keep the keys that merchants' secrets come from",
            ));
        }
        let secrets = present.into_iter().chain(former).collect();
        Ok(Self { to: To::Merchant, url: endpoint.url, secrets: Rc::new(secrets) })
    }

    pub(super) fn of_issuer(issuer: &IssuerEvents) -> Self {
        let secrets = Rc::clone(&issuer.secrets);
        Self { to: To::Issuer, url: issuer.url.clone(), secrets }
    }

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
        match outbound::post(&self.url, &headers, payload, MILLISECONDS).await {
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
