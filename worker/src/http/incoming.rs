//! A request, read once.

use warifu_core::locale::Locale;
use worker::{Method, Request};
use zeroize::Zeroizing;

use super::{Address, Body, body::is_media_type};
use crate::{
    bindings::{
        ClientCertificate, ReadError, client_certificate, read_declared, read_secret, read_up_to,
    },
    problem::{Problem, ProblemCode},
    random,
};

/// How the caller wants its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For the widget, or a server.
    Json,
    /// For a browser without script.
    Html,
}

/// The parts of a request that handlers ask for.
pub(crate) struct Incoming {
    request: Request,
    url: Address,
    segments: Vec<String>,
    id: String,
}

impl Incoming {
    pub(crate) fn new(request: Request) -> Result<Self, Problem> {
        let url = Address::parse(&request.inner().url());
        let url = url.ok_or_else(|| Problem::invalid("The address is not a URL."))?;
        let segments = url.segments();
        let ray = request.headers().get("cf-ray").ok().flatten();
        let id = match ray.filter(|ray| is_ray(ray)) {
            Some(ray) => ray,
            None => random::hex()?,
        };
        Ok(Self { request, url, segments, id })
    }

    /// The id of the request, by which its lines are found: Cloudflare's ray where there is one.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The method; `None` for one that we do not know, which `Request::method` takes for GET.
    pub(crate) fn method(&self) -> Option<Method> {
        let name = self.request.inner().method();
        let method = Method::from(name.clone());
        (method.as_ref() == name).then_some(method)
    }

    /// The path between its slashes.
    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Whether the address holds a secret: the client secret of a form, the token of enrollment
    /// pages, or that of a fraud report.
    pub(crate) fn has_secret_address(&self) -> bool {
        let secret = |first: &String| matches!(&**first, "challenge" | "enrollment" | "report");
        self.segments.first().is_some_and(secret)
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        self.url.target()
    }

    /// A header's value; one that is not text counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// A cookie's value (RFC 6265 §5.4).
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let all = self.header("cookie")?;
        let mut pairs = all.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned())
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.url.query(name)
    }

    /// The language of a page that belongs to nobody: of the parameter `lang`, else of the browser.
    pub(crate) fn page_locale(&self) -> Locale {
        match self.query("lang") {
            Some(tag) => Locale::from_tag(&tag),
            None => {
                Locale::from_accept_language(&self.header("accept-language").unwrap_or_default())
            }
        }
    }

    /// Host without port.
    pub(crate) fn host(&self) -> String {
        self.url.host()
    }

    /// The origin this request was sent to.
    pub(crate) fn origin(&self) -> String {
        self.url.origin()
    }

    /// The caller's address as the platform states it; a client cannot choose it there.
    pub(crate) fn address(&self) -> String {
        self.header("cf-connecting-ip").unwrap_or_default()
    }

    /// Whether the browser only looks ahead: `Sec-Purpose` or `Purpose` with prefetch or prerender,
    /// `X-Moz: prefetch`, `X-Purpose: preview`. Never so for a frame: Chromium loads another origin's
    /// frame of a prerendered page when that page is shown, and still sends `Sec-Purpose` with it.
    pub(crate) fn is_prefetch(&self) -> bool {
        const AHEAD: [&str; 3] = ["prefetch", "prerender", "preview"];
        ["sec-purpose", "purpose", "x-purpose", "x-moz"]
            .into_iter()
            .filter_map(|name| self.header(name))
            .any(|purpose| AHEAD.into_iter().any(|word| has_word(&purpose, word)))
            && !self.is_framed()
    }

    /// Whether the answer can become a page before somebody's eyes: in a tab or a frame, by
    /// `Sec-Fetch-Dest`. An image, a script or a `fetch` is none. A client that does not send the
    /// header, such as an old browser, counts as one that shows pages.
    pub(crate) fn asks_for_page(&self) -> bool {
        self.header("sec-fetch-dest").is_none() || self.is_top_level() || self.is_framed()
    }

    /// Whether the answer is shown in a frame of another page.
    pub(crate) fn is_framed(&self) -> bool {
        self.header("sec-fetch-dest").is_some_and(|destination| destination == "iframe")
    }

    /// Whether the answer becomes a page of its own.
    pub(crate) fn is_top_level(&self) -> bool {
        self.header("sec-fetch-dest").is_some_and(|destination| destination == "document")
    }

    /// The form of the answer: JSON for a caller that sends or accepts JSON, HTML for a form post.
    pub(crate) fn format(&self) -> Format {
        let json = |name| self.header(name).is_some_and(|value| has_word(&value, "json"));
        if json("content-type") || json("accept") { Format::Json } else { Format::Html }
    }

    /// Lets a browser post only from a page of ours.
    ///
    /// Our pages send no referrer, and for those a browser writes `Origin: null` on a form post
    /// (Fetch §3.2); `Sec-Fetch-Site` then says where it came from.
    pub(crate) fn require_same_origin(&self) -> Result<(), Problem> {
        let site = self.header("sec-fetch-site");
        match site.is_some_and(|site| site != "same-origin" && site != "none") {
            true => Err(ProblemCode::OriginNotAllowed.problem()),
            false => self.refuse_other_origin(),
        }
    }

    /// Refuses a browser that names another origin than ours. One that names none is let in, whatever
    /// site it came from: in a sandbox without `allow-same-origin` our page has an opaque origin. The
    /// secret in the address proves that the page is ours.
    pub(crate) fn refuse_other_origin(&self) -> Result<(), Problem> {
        let origin = self.header("origin").filter(|origin| origin != "null");
        match origin.is_some_and(|origin| origin != self.origin()) {
            true => Err(ProblemCode::OriginNotAllowed.problem()),
            false => Ok(()),
        }
    }

    /// What the platform says of the client's certificate; `None` where it says nothing.
    pub(crate) fn client_certificate(&self) -> Option<ClientCertificate> {
        client_certificate(self.request.inner())
    }

    /// Whether the body is declared to be JSON.
    pub(crate) fn sends_json(&self) -> bool {
        is_media_type(&self.header("content-type").unwrap_or_default(), "application/json")
    }

    /// Reads a body that holds a secret, at most `most` bytes of it. The platform's copies of it are
    /// overwritten, and this one is when it is dropped.
    pub(crate) async fn secret_body(&self, most: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
        self.refuse_declared_above(most)?;
        let read = read_secret(self.request.inner().body(), most).await;
        read.map_err(unread)
    }

    /// Reads the body, at most [`Body::MOST`] bytes of it.
    pub(crate) async fn body(&mut self) -> Result<Body, Problem> {
        self.body_up_to(Body::MOST).await
    }

    /// Reads the body, at most `most` bytes of it.
    pub(crate) async fn body_up_to(&mut self, most: usize) -> Result<Body, Problem> {
        let declared = self.refuse_declared_above(most)?;
        let media_type = self.header("content-type").unwrap_or_default();
        let request = self.request.inner();
        let read = match declared {
            Some(_) => read_declared(request).await,
            None => read_up_to(request.body(), most).await,
        };
        let bytes = read.map_err(unread)?;
        Ok(Body { media_type, bytes })
    }

    /// The length that the body is declared to have, if it is.
    fn refuse_declared_above(&self, most: usize) -> Result<Option<usize>, Problem> {
        let declared =
            self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|length| length > most) {
            return Err(ProblemCode::BodyTooLarge.problem());
        }
        Ok(declared)
    }
}

fn unread(error: ReadError) -> Problem {
    match error {
        ReadError::TooLong => ProblemCode::BodyTooLarge.problem(),
        ReadError::Broken => {
            Problem::invalid("The body could not be read to its end; send it again.")
        }
    }
}

/// Whether a text has the form of Cloudflare's ray: hexadecimal digits and the code of a data center.
/// A development server gets whatever a client sends.
fn is_ray(text: &str) -> bool {
    let (digits, place) = text.split_once('-').unwrap_or((text, ""));
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    (16..=32).contains(&digits.len())
        && digits.bytes().all(is_hex)
        && place.len() <= 4
        && place.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a word of letters stands by itself in a text.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|end: char| !end.is_ascii_alphabetic()).any(|part| part == word)
}

#[cfg(test)]
mod tests;
