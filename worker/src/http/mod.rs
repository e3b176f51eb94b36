//! Requests as handlers read them, and the forms of answers.

mod address;
mod body;
mod incoming;
mod lines;
mod network;
mod receiver_address;

pub(crate) use address::{Address, is_local, merchant_host};
pub(crate) use body::Body;
pub(crate) use incoming::{Format, Incoming};
pub(crate) use lines::LineWriter;
pub(crate) use network::network;
pub(crate) use receiver_address::{RECEIVER, receiver};

use serde::Serialize;

use crate::response::Response;

/// A JSON answer.
pub(crate) fn json<T: Serialize>(status: u16, value: &T) -> serde_json::Result<Response> {
    json_as("application/json", status, value)
}

/// A JSON answer of another media type.
pub(crate) fn json_as<T: Serialize>(
    media_type: &str,
    status: u16,
    value: &T,
) -> serde_json::Result<Response> {
    Ok(Response::with_body(status, media_type, serde_json::to_string(value)?))
}

/// A redirect that the browser follows with GET (RFC 9110 §15.4.4), also in a frame of a page with a
/// `Cross-Origin-Embedder-Policy`, which asks each answer on the way for leave.
pub(crate) fn see_other(url: &str) -> Response {
    Response::empty(303)
        .with_header("Location", url)
        .with_header("Cross-Origin-Resource-Policy", "cross-origin")
}
