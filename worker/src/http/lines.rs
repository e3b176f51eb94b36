//! An answer that is sent line by line while it is made: newline-delimited JSON.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{TransformStream, WritableStreamDefaultWriter};

use crate::{problem::Problem, response::Response};

/// The media type of newline-delimited JSON.
pub(crate) const LINES: &str = "application/x-ndjson";

/// The writing end of such an answer.
pub(crate) struct LineWriter(WritableStreamDefaultWriter);

impl LineWriter {
    /// A writer, and the answer that sends what it writes.
    pub(crate) fn open() -> Result<(Self, Response), Problem> {
        let broken = |_: JsValue| Problem::internal("a stream could not be made");
        let stream = TransformStream::new().map_err(broken)?;
        let writer = stream.writable().get_writer().map_err(broken)?;
        Ok((Self(writer), Response::with_stream(200, LINES, stream.readable())))
    }

    /// Sends one value as a line, as fast as the caller reads.
    pub(crate) async fn write<T: Serialize>(&self, value: &T) -> Result<(), Problem> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        let chunk = js_sys::Uint8Array::from(line.as_slice());
        sent(JsFuture::from(self.0.write_with_chunk(&chunk)).await)
    }

    /// Breaks the answer off, so that the caller sees that it is not whole.
    pub(crate) fn abort(&self) {
        // The caller may be gone already; then nobody has to see it.
        drop(self.0.abort());
    }

    /// Ends the answer.
    pub(crate) async fn close(&self) -> Result<(), Problem> {
        sent(JsFuture::from(self.0.close()).await)
    }
}

fn sent(outcome: Result<JsValue, JsValue>) -> Result<(), Problem> {
    // A write fails when the caller has gone away. Every line that was answered before was applied.
    outcome.map(drop).map_err(|_| Problem::unavailable("the caller went away during an answer"))
}

#[cfg(test)]
mod tests;
