//! The port of providers that speak HTTP: the request that carries a message, and what an answer
//! means. Both are pure; the Worker sends the request.

use base64ct::{Base64, Encoding as _};
use warifu_core::{contact::Destination, time::Timestamp};

use crate::{json::Json, message::Message};

/// One provider's HTTP API.
pub trait Provider {
    /// The request that carries a message. `now` is the platform's time: providers check signatures
    /// against their clocks.
    fn call(&self, message: &Message, now: Timestamp) -> Call;

    /// Whether an answer of 4xx says that no provider can deliver to this destination. `false` when
    /// in doubt: a request that was refused for a mistake of ours may still be carried by the next
    /// provider.
    fn refuses_destination(&self, answer: &Answer) -> bool;
}

/// What a server on the outside answered.
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// The body. Empty when it is not text, or longer than what is read.
    pub text: String,
    /// The server's `Retry-After`: when it may be asked again, in seconds from now (RFC 9110
    /// §10.2.3).
    pub retry_after: Option<u32>,
}

/// The error of a provider that was not asked, because a binding is missing or a setting makes no
/// valid request.
pub const NOT_ASKED: &str = "not asked";

/// What we call ourselves to servers on the outside.
pub const USER_AGENT: &str = concat!("warifu/", env!("CARGO_PKG_VERSION"));

/// The platform's name of a time-out.
pub const TIMED_OUT: &str = "TimeoutError";

/// What became of a message at one provider. The reasons are ours: what a provider says can quote
/// the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider accepted the message.
    Accepted,
    /// The provider does not send the message. The next provider is asked.
    Refused(&'static str),
    /// The provider may have sent the message, or may still send it. The next provider is asked.
    Unknown(&'static str),
    /// No provider can deliver to this destination. No further provider is asked.
    BadDestination,
}

impl Verdict {
    /// What a provider's answer means. After a 5xx the result is unknown: the answer can be a
    /// gateway's, or come after the message was sent.
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

    /// What an error in place of an answer means. The platform does not say whether a connection
    /// failed before or after the request went out.
    #[must_use]
    pub fn of_error(error: &str) -> Self {
        match error {
            NOT_ASKED => Self::Refused("not asked"),
            TIMED_OUT => Self::Unknown("timed out"),
            _ => Self::Unknown("connection failed"),
        }
    }

    /// The verdict about a message to this destination. Not every provider reads a local part
    /// between quotes: one that calls such an address bad speaks for itself, and the next provider
    /// is asked.
    #[must_use]
    pub fn about(self, to: &Destination) -> Self {
        match self {
            Self::BadDestination if to.is_quoted() => Self::Refused("request refused"),
            verdict => verdict,
        }
    }
}

/// Whether a text has a word of ASCII letters, such as the name of a field or of an error.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.split(|end: char| !end.is_ascii_alphabetic()).any(|part| part == word)
}

/// A text in an answer's JSON object; empty when the answer has none by this name.
pub(crate) fn json_text_member(answer: &Answer, member: &str) -> String {
    let body = Json::parse(&answer.text).and_then(|mut body| body.take(member)?.into_text());
    body.unwrap_or_default()
}

/// One POST.
pub struct Call {
    /// The address.
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

    /// A form post of these fields, in this order.
    pub(crate) fn form<V: AsRef<str>>(url: String, fields: &[(&str, V)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", body)
    }

    fn post(url: String, media_type: &str, body: String) -> Self {
        let headers = vec![
            ("content-type", media_type.to_owned()),
            // The platform adds neither of these headers, and some providers refuse a request
            // without them.
            ("user-agent", USER_AGENT.to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        Self { url, headers, body }
    }

    pub(crate) fn header(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    /// Adds an account's name and password (RFC 7617).
    pub(crate) fn basic(&mut self, user: &str, password: &str) {
        let pair = Base64::encode_string(format!("{user}:{password}").as_bytes());
        self.header("authorization", format!("Basic {pair}"));
    }

    /// Adds an account's token (RFC 6750).
    pub(crate) fn bearer(&mut self, token: &str) {
        self.header("authorization", format!("Bearer {token}"));
    }
}

#[cfg(test)]
pub(crate) mod tests;
