//! The port of providers that speak HTTP: what one is asked, and what its answer means. Both are
//! pure; asking is for the couriers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use warifu_core::time::Timestamp;

use super::Message;
use crate::{
    json::Json,
    outside::{self, Answer, Silence},
};

/// One provider's HTTP API.
pub(super) trait Provider {
    /// What is posted to it, now by the platform's clock: signatures have to be of this minute.
    fn call(&self, message: &Message, now: Timestamp) -> Call;

    /// Whether an answer of 4xx says that nothing can be delivered to this destination, by any
    /// provider. When in doubt it does not: a fault of ours must not end at a good number.
    fn refuses_destination(&self, answer: &Answer) -> bool;
}

/// What became of a message at one provider. The reasons are ours: what a provider says can quote
/// the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    /// The next one is asked.
    NotTaken(&'static str),
    /// Nobody else is asked.
    BadDestination,
}

impl Verdict {
    /// What a provider's answer means.
    pub(super) fn of(provider: &dyn Provider, answer: &Answer) -> Self {
        match answer.status {
            200..=299 => Self::Accepted,
            300..=399 => Self::NotTaken("redirected"),
            429 => Self::NotTaken("too many requests"),
            400..=499 if provider.refuses_destination(answer) => Self::BadDestination,
            401 | 403 => Self::NotTaken("credentials refused"),
            400..=499 => Self::NotTaken("request refused"),
            _ => Self::NotTaken("provider's fault"),
        }
    }
}

impl From<Silence> for Verdict {
    fn from(silence: Silence) -> Self {
        Self::NotTaken(match silence {
            Silence::TimedOut => "timed out",
            Silence::Lost => "connection failed",
        })
    }
}

/// One POST.
pub(super) struct Call {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Call {
    pub(super) fn json(url: String, body: &Json) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { url, headers, body: body.written() }
    }

    pub(super) fn form(url: String, fields: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            body.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            body.push('=');
            body.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Self { url, headers, body }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Who asks (RFC 7617).
    pub(super) fn with_basic(self, user: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{user}:{password}"));
        self.with_header("authorization", format!("Basic {pair}"))
    }

    /// Who asks (RFC 6750).
    pub(super) fn with_bearer(self, token: &str) -> Self {
        self.with_header("authorization", format!("Bearer {token}"))
    }

    /// Asks; the answer comes whole and within `milliseconds` or not at all.
    pub(super) async fn answer(mut self, milliseconds: u32) -> Result<Answer, Silence> {
        // The platform sends neither of itself, and some providers refuse who does not.
        let agent = concat!("warifu/", env!("CARGO_PKG_VERSION"));
        self.headers
            .extend([("user-agent", agent.to_owned()), ("accept", "application/json".to_owned())]);
        outside::post(&self.url, &self.headers, &self.body, milliseconds).await
    }
}

#[cfg(test)]
pub(super) mod tests;
