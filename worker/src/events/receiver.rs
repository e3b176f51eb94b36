//! Receivers of events, and how an event is posted to one: Standard Webhooks 1.0.

use std::rc::Rc;

use warifu_core::{
    ids::MerchantId,
    webhook::{self, WebhookSecret},
};
use warifu_delivery::provider::USER_AGENT;

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

/// The present secret of a merchant's endpoint. `None` when the deployment no longer has the key
/// that derives it.
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

/// A receiver: where events are posted, and the secrets that sign them.
pub(super) struct Receiver {
    pub(super) to: To,
    url: String,
    /// The secrets, the newest first. Each signs every event.
    secrets: Rc<Vec<WebhookSecret>>,
}

/// A receiver did not take an event, which has to be posted again.
pub(super) struct Missed {
    /// After how many seconds at least.
    pub(super) after: u32,
    /// The receiver's status, or the platform's name of the error.
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
        let former = former.and_then(|former| secret(config, merchant, &former.key, &former.salt));
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

    /// The issuer, for audit records of challenges.
    pub(super) fn of_audit(issuer: &IssuerEvents) -> Self {
        Self { to: To::Audit, ..Self::of_issuer(issuer) }
    }

    /// Posts one event.
    pub(super) async fn post(&self, id: &str, payload: &str) -> Result<(), Missed> {
        if self.secrets.is_empty() {
            return Err(Missed { after: 0, why: "no secret".to_owned() });
        }
        // Receivers check the time of a signature against their clocks, so it is the platform's
        // time.
        let signed = webhook::headers(&self.secrets, id, clock::platform(), payload);
        let ours = [
            ("content-type", "application/json".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
        ];
        let headers: Vec<_> = ours.into_iter().chain(signed).collect();
        match outbound::post(&self.url, &headers, payload, MILLISECONDS).await {
            // 410: the receiver wants no repetition (Standard Webhooks).
            Ok(answer) if matches!(answer.status, 200..=299 | 410) => Ok(()),
            Ok(answer) => {
                let after = answer.retry_after.unwrap_or_default();
                Err(Missed { after, why: answer.status.to_string() })
            }
            Err(why) => Err(Missed { after: 0, why }),
        }
    }
}
