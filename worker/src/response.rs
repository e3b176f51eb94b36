//! An answer, until the platform gets it.

use std::error::Error;

use wasm_bindgen::JsValue;
use web_sys::{Headers, ReadableStream, ResponseInit};
use worker::IntoResponse;

/// Status, headers and body, which handlers and tests can read. `worker::Response` fails at every
/// header, and panics on a status that is none.
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

enum Body {
    None,
    Text(String),
    /// Sent while it is made.
    Stream(ReadableStream),
}

impl Response {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::None }
    }

    /// An answer with a body of this media type.
    pub(crate) fn with_body(status: u16, media_type: &str, body: String) -> Self {
        let mut response = Self::empty(status).with_header("Content-Type", media_type);
        response.body = Body::Text(body);
        response
    }

    /// An answer with a body of this media type that is still being made.
    pub(crate) fn with_stream(status: u16, media_type: &str, body: ReadableStream) -> Self {
        let mut response = Self::empty(status).with_header("Content-Type", media_type);
        response.body = Body::Stream(body);
        response
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header; one of that name that was given before stays.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if self.header(name).is_none() {
            self.headers.push((name, value.into()));
        }
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let given = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        given.map(|(_, value)| value.as_str())
    }

    fn written(&self) -> Result<web_sys::Response, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let init = ResponseInit::new();
        init.set_status(self.status);
        init.set_headers(&headers);
        match &self.body {
            Body::None => web_sys::Response::new_with_opt_str_and_init(None, &init),
            Body::Text(text) => web_sys::Response::new_with_opt_str_and_init(Some(text), &init),
            Body::Stream(stream) => {
                web_sys::Response::new_with_opt_readable_stream_and_init(Some(stream), &init)
            }
        }
    }
}

impl IntoResponse for Response {
    fn into_raw(self) -> Result<web_sys::Response, impl Into<Box<dyn Error>>> {
        // The platform's words can quote a header.
        self.written().map_err(|_| "an answer could not be written")
    }
}

#[cfg(test)]
impl Response {
    pub(crate) fn status_code(&self) -> u16 {
        self.status
    }

    pub(crate) fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    pub(crate) fn into_body(self) -> String {
        if let Body::Text(text) = self.body { text } else { String::new() }
    }
}

#[cfg(test)]
mod tests;
