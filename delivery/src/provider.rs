//! The port of providers that speak HTTP: what one is asked, and what its answer means. Both are
//! pure; asking is for the couriers.

use base64ct::{Base64, Encoding as _};
use warifu_core::time::Timestamp;

use crate::{json::Json, message::Message};

/// One provider's HTTP API.
pub trait Provider {
    /// What is posted to it, now by the platform's clock: signatures have to be of this minute.
    fn call(&self, message: &Message, now: Timestamp) -> Call;

    /// Whether an answer of 4xx says that nothing can be delivered to this destination, by any
    /// provider. When in doubt it does not: a fault of ours must not end at a good number.
    fn refuses_destination(&self, answer: &Answer) -> bool;
}

/// What a server on the outside answered.
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Empty when it is no text, or too long to be read.
    pub text: String,
    /// When it wants to be asked again, in seconds from now (RFC 9110 §10.2.3).
    pub retry_after: Option<u32>,
}

/// What we call it when nothing was asked: a binding is missing, or a setting makes no request.
pub const NOT_ASKED: &str = "not asked";

/// What the platform calls a time-out.
pub const TIMED_OUT: &str = "TimeoutError";

/// What became of a message at one provider. The reasons are ours: what a provider says can quote
/// the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider has taken it.
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
    #[must_use]
    pub fn of(provider: &dyn Provider, answer: &Answer) -> Self {
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
    #[must_use]
    pub fn of_error(error: &str) -> Self {
        match error {
            NOT_ASKED => Self::Refused("not asked"),
            TIMED_OUT => Self::Unknown("timed out"),
            _ => Self::Unknown("connection failed"),
        }
    }
}

/// Whether a text has a word of ASCII letters, such as the name of a field or of an error.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.split(|end: char| !end.is_ascii_alphabetic()).any(|part| part == word)
}

/// A member of an answer that is a JSON object; empty when there is none.
pub(crate) fn json_text_member(answer: &Answer, member: &str) -> String {
    let body = Json::parse(&answer.text).and_then(|mut body| body.take(member)?.into_text());
    body.unwrap_or_default()
}

/// One POST.
pub struct Call {
    /// Where to.
    pub url: String,
    /// Each name once, the content type first.
    pub headers: Vec<(&'static str, String)>,
    /// What is posted.
    pub body: String,
}

impl Call {
    pub(crate) fn json(url: String, body: &Json) -> Self {
        Self::post(url, "application/json", body.written())
    }

    /// The fields in this order.
    pub(crate) fn form<V: AsRef<str>>(url: String, fields: &[(&str, V)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", body)
    }

    fn post(url: String, media_type: &str, body: String) -> Self {
        let headers = vec![
            ("content-type", media_type.to_owned()),
            // The platform sends neither of these, and some providers refuse who does not.
            ("user-agent", concat!("warifu/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        Self { url, headers, body }
    }

    pub(crate) fn header(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    /// Who asks (RFC 7617).
    pub(crate) fn basic(&mut self, user: &str, password: &str) {
        let pair = Base64::encode_string(format!("{user}:{password}").as_bytes());
        self.header("authorization", format!("Basic {pair}"));
    }

    /// Who asks (RFC 6750).
    pub(crate) fn bearer(&mut self, token: &str) {
        self.header("authorization", format!("Bearer {token}"));
    }
}

#[cfg(test)]
pub(crate) mod tests;
