//! Bodies: size, media type, and what is wrong with them.

use warifu_delivery::json::Fields;

use super::lines::LINES;
use crate::problem::{Problem, ProblemCode};

/// A body that was small enough to read.
pub(crate) struct Body {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    /// The largest body of most requests, in bytes: far more than they need.
    pub(crate) const MOST: usize = 16 * 1024;

    /// The bytes as they came, which the sender may have signed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.is("application/json")
    }

    pub(crate) fn is_form(&self) -> bool {
        self.is("application/x-www-form-urlencoded")
    }

    fn is(&self, media_type: &str) -> bool {
        is_media_type(&self.media_type, media_type)
    }

    /// Reads a JSON object.
    pub(crate) fn json(&self) -> Result<Fields, Problem> {
        if !self.is_json() {
            return Err(ProblemCode::UnsupportedMediaType.problem());
        }
        Ok(Fields::of_body(&self.bytes)?)
    }

    /// Reads a form post as an object of texts, as strictly as JSON.
    pub(crate) fn form(&self) -> Result<Fields, Problem> {
        let pairs = form_urlencoded::parse(&self.bytes);
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned()));
        Ok(Fields::of_form(pairs)?)
    }

    /// The lines of newline-delimited JSON that are not empty, by their number from 1.
    pub(crate) fn lines(&self) -> Result<impl Iterator<Item = (usize, &[u8])>, Problem> {
        if !self.is(LINES) {
            return Err(ProblemCode::UnsupportedMediaType
                .saying("Send the body as application/x-ndjson, one JSON object a line."));
        }
        let lines = self.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        Ok(lines.enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.is_empty()))
    }

    /// A field of a form post, by its name. Of a field that is sent twice, the first counts.
    pub(crate) fn form_field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.bytes)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Whether a `Content-Type` is of a media type, whatever its parameters.
pub(super) fn is_media_type(content_type: &str, media_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
mod tests;
