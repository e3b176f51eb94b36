//! Bodies: size, media type, and what is wrong with them.

use serde::de::DeserializeOwned;
use worker::Request;

use crate::problem::{Problem, ProblemCode};

/// A body that was small enough to read.
pub(crate) struct Body {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    /// The largest body, in bytes: far more than any request of the API needs.
    pub(crate) const MOST: usize = 16 * 1024;

    /// Reads chunk by chunk, so that a body without a declared length stops at the bound too.
    pub(super) async fn read(request: &mut Request) -> Result<Vec<u8>, Problem> {
        use worker::wasm_bindgen::JsCast as _;
        let Some(stream) = request.inner().body() else {
            return Ok(Vec::new());
        };
        let reader: worker::web_sys::ReadableStreamDefaultReader =
            stream.get_reader().unchecked_into();
        let mut bytes = Vec::new();
        loop {
            let broken =
                |_| Problem::invalid("The body could not be read to its end; send it again.");
            let chunk =
                wasm_bindgen_futures::JsFuture::from(reader.read()).await.map_err(broken)?;
            let part = |name: &str| js_sys::Reflect::get(&chunk, &name.into()).unwrap_or_default();
            if part("done").is_truthy() {
                return Ok(bytes);
            }
            bytes.extend(js_sys::Uint8Array::new(&part("value")).to_vec());
            if bytes.len() > Self::MOST {
                drop(reader.cancel());
                return Err(ProblemCode::BodyTooLarge.problem());
            }
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.is("application/json")
    }

    pub(crate) fn is_form(&self) -> bool {
        self.is("application/x-www-form-urlencoded")
    }

    fn is(&self, media_type: &str) -> bool {
        let essence = self.media_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(media_type)
    }

    /// Reads JSON; names the field that does not fit.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if !self.is_json() {
            return Err(ProblemCode::UnsupportedMediaType.problem());
        }
        let mut json = serde_json::Deserializer::from_slice(&self.bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            use serde_json::error::Category;
            let path = error.path().to_string();
            let inner = error.into_inner();
            if matches!(inner.classify(), Category::Syntax | Category::Eof | Category::Io) {
                return Problem::invalid("The body is not JSON; send one JSON object in UTF-8.");
            }
            misfit(&path, &inner.to_string())
        })?;
        json.end().map_err(|_| {
            Problem::invalid("Something follows the JSON object; send one object only.")
        })?;
        Ok(value)
    }

    /// The fields of a form post; a field sent twice counts as its first.
    pub(crate) fn form_field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.bytes)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Turns serde's words into a field and what it must be. Serde quotes names of fields, and values
/// only of the caller's own body.
fn misfit(path: &str, message: &str) -> Problem {
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let within = |field: &str| match path {
        "." | "" => field.to_owned(),
        path => format!("{}.{field}", path.trim_end_matches('.')),
    };
    if message.starts_with("missing field") {
        return Problem::field(&within(quoted), "be given");
    }
    if message.starts_with("unknown field") {
        // The path already ends with the unknown field.
        return Problem::field(path, "be left out; there is no such field");
    }
    if message.starts_with("duplicate field") {
        return Problem::field(&within(quoted), "be given once");
    }
    match message.split_once("expected ") {
        Some((_, expected)) if path != "." => Problem::field(path, format!("be {expected}")),
        Some((_, expected)) => Problem::invalid(format!("The body must be {expected}.")),
        None => Problem::invalid("The body does not fit; see the API's description."),
    }
}
