//! Requests as handlers read them, and the forms of answers.

mod address;
mod body;
mod fields;
mod incoming;
mod lines;

pub(crate) use address::{Address, is_local};
pub(crate) use body::Body;
pub(crate) use fields::Fields;
pub(crate) use incoming::{Format, Incoming};
pub(crate) use lines::LineWriter;

use serde::Serialize;
use worker::{Headers, Response, Result};

/// A JSON answer.
pub(crate) fn json<T: Serialize>(status: u16, value: &T) -> Result<Response> {
    json_as("application/json", status, value)
}

/// A JSON answer of another media type.
pub(crate) fn json_as<T: Serialize>(media_type: &str, status: u16, value: &T) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", media_type)?;
    let body =
        serde_json::to_vec(value).map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(Response::from_bytes(body)?.with_headers(headers).with_status(status))
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> Result<Response> {
    Ok(Response::empty()?.with_status(status))
}

/// Sends the browser on with GET (RFC 9110 §15.4.4).
pub(crate) fn see_other(url: &str) -> Result<Response> {
    let response = empty(303)?;
    response.headers().set("Location", url)?;
    Ok(response)
}
