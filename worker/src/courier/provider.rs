//! The port of providers that speak HTTP: what one is asked, and what its answer means. Both are
//! pure; asking is for the couriers.

use base64ct::{Base64, Encoding as _};
use warifu_core::time::Timestamp;

use super::Message;
use crate::{
    json::Json,
    outside::{Answer, NOT_BOUND, TIMED_OUT},
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
    /// It is sure that the provider does not send it. The next one is asked.
    Refused(&'static str),
    /// The provider may have sent it, or may send it yet. The next one is asked.
    Unknown(&'static str),
    /// It is sure that the provider does not send it, and no other could. Nobody else is asked.
    BadDestination,
}

impl Verdict {
    /// What a provider's answer means. One of 5xx can be a gateway's, or come after the message was
    /// sent.
    pub(super) fn of(provider: &dyn Provider, answer: &Answer) -> Self {
        match answer.status {
            200..=299 => Self::Accepted,
            300..=399 => Self::Refused("redirected"),
            429 => Self::Refused("too many requests"),
            400..=499 if provider.refuses_destination(answer) => Self::BadDestination,
            401 | 403 => Self::Refused("credentials refused"),
            400..=499 => Self::Refused("request refused"),
            _ => Self::Unknown("provider's fault"),
        }
    }

    /// What it means that there was no answer but this error. The platform does not say whether a
    /// connection failed before or after the request went out.
    pub(super) fn of_error(error: &str) -> Self {
        match error {
            NOT_BOUND => Self::Refused("not bound"),
            TIMED_OUT => Self::Unknown("timed out"),
            _ => Self::Unknown("connection failed"),
        }
    }
}

/// A member of an answer that is a JSON object; empty when there is none.
pub(super) fn said(answer: &Answer, member: &str) -> String {
    let body = Json::parse(&answer.text).and_then(|mut body| body.take(member)?.into_text());
    body.unwrap_or_default()
}

/// Texts one after the other.
pub(super) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// A text as JSON writes it.
pub(super) fn json_text(text: &str) -> String {
    Json::from(text).written()
}

/// A text as a form's field writes it; by the platform, which has the table for it.
fn form_text(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Goes on with a body: each `$` of the template stands for a value, which is written so that it
/// ends nothing but itself.
pub(super) fn fill(body: &mut String, escape: fn(&str) -> String, template: &str, values: &[&str]) {
    let mut parts = template.split('$');
    body.push_str(parts.next().unwrap_or_default());
    for (part, value) in parts.zip(values) {
        body.push_str(&escape(value));
        body.push_str(part);
    }
}

/// One POST.
pub(super) struct Call {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    escape: fn(&str) -> String,
}

impl Call {
    pub(super) fn json(url: String) -> Self {
        Self::to(url, "application/json", json_text)
    }

    pub(super) fn form(url: String) -> Self {
        Self::to(url, "application/x-www-form-urlencoded", form_text)
    }

    fn to(url: String, media_type: &str, escape: fn(&str) -> String) -> Self {
        let mut call = Self { url, headers: Vec::new(), body: String::new(), escape };
        call.header("content-type", media_type.to_owned());
        // The platform sends neither of these, and some providers refuse who does not.
        call.header("user-agent", concat!("warifu/", env!("CARGO_PKG_VERSION")).to_owned());
        call.header("accept", "application/json".to_owned());
        call
    }

    /// Goes on with the body.
    pub(super) fn write(&mut self, template: &str, values: &[&str]) {
        fill(&mut self.body, self.escape, template, values);
    }

    pub(super) fn header(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    /// Who asks (RFC 7617).
    pub(super) fn basic(&mut self, user: &str, password: &str) {
        let pair = Base64::encode_string(joined(&[user, ":", password]).as_bytes());
        self.header("authorization", joined(&["Basic ", &pair]));
    }

    /// Who asks (RFC 6750).
    pub(super) fn bearer(&mut self, token: &str) {
        self.header("authorization", joined(&["Bearer ", token]));
    }
}

#[cfg(test)]
pub(super) mod tests;
