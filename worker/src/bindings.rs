//! What the `worker` crate does not have of the platform, each with the reason. Everything else is
//! called by the crate's own types.

use std::{
    pin::{Pin, pin},
    task::{self, Poll},
};

use futures_util::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use warifu_three_ds::client_certificate::TlsClientAuth;
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};
use worker::{Context, Env};
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    /// Messages of a queue. `worker::MessageBatch` hands out messages that do not say how often
    /// they were delivered, which decides how long the next delivery waits.
    pub type Batch;

    /// The messages.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn messages(this: &Batch) -> Vec<QueueMessage>;

    /// One message of a batch.
    pub(crate) type QueueMessage;

    /// What was sent.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn body(this: &QueueMessage) -> JsValue;
    /// How often the message was delivered, this time included.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn attempts(this: &QueueMessage) -> u32;
    /// Takes the message out of the queue.
    #[wasm_bindgen(method)]
    pub(crate) fn ack(this: &QueueMessage);
    #[wasm_bindgen(method, js_name = retry)]
    fn js_retry(this: &QueueMessage, options: &Object);

    /// The exports of this Worker, which can be called in invocations of their own.
    /// `worker::Context` does not have it.
    type Exports;
    #[wasm_bindgen(method, getter, catch, js_name = LogWriter)]
    fn log_writer(this: &Exports) -> Result<LogWriter, JsValue>;

    /// `LogWriter` of `worker/main.mjs`.
    type LogWriter;
    #[wasm_bindgen(method, catch)]
    fn write(this: &LogWriter, line: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timeout: &JsValue);
}

/// Waits, until it is dropped. `worker::Delay` wants `setTimeout` to answer a number; at our
/// compatibility date it answers an object, and the glue of a build for debugging then throws.
pub(crate) struct Wait {
    over: JsFuture,
    timeout: JsValue,
}

/// Waits for so many milliseconds.
pub(crate) fn wait(milliseconds: u32) -> Wait {
    let mut timeout = JsValue::UNDEFINED;
    let over = Promise::new(&mut |resolve, _| timeout = set_timeout(&resolve, milliseconds));
    Wait { over: over.into(), timeout }
}

/// What `work` comes to within so many milliseconds; `None` when it takes longer. It may be carried out
/// all the same: a call of the platform cannot be taken back.
pub(crate) async fn within<T>(milliseconds: u32, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), wait(milliseconds)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<()> {
        Pin::new(&mut self.over).poll(context).map(drop)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        clear_timeout(&self.timeout);
    }
}

impl QueueMessage {
    /// Has the message delivered again after so many seconds.
    pub(crate) fn retry(&self, delay_seconds: u32) {
        let options = Object::new();
        // Setting a member of a plain object cannot fail.
        drop(Reflect::set(&options, &"delaySeconds".into(), &delay_seconds.into()));
        self.js_retry(&options);
    }
}

/// Has the log writer write a line, in an invocation that has no address.
///
/// # Errors
/// What the platform threw: the line was not written.
pub(crate) async fn write_by_log_writer(context: &Context, line: &str) -> Result<(), JsValue> {
    let exports: Exports = Reflect::get(context.as_ref(), &"exports".into())?.unchecked_into();
    JsFuture::from(exports.log_writer()?.write(line)?).await.map(drop)
}

/// Whether anything is bound by this name. `worker::Env` only tells whether a binding has one
/// certain type.
pub(crate) fn is_bound(env: &Env, name: &str) -> bool {
    Reflect::has(env.as_ref(), &name.into()).unwrap_or_default()
}

/// The code of an error, or else its name. `worker::Error` shows both only together with the
/// message, and a message can quote what was sent.
pub(crate) fn error_code(error: &worker::Error) -> String {
    let error = error.to_js_value();
    let text = |name: &str| Reflect::get(&error, &name.into()).ok()?.as_string();
    text("code").or_else(|| text("name")).unwrap_or_default()
}

/// The whole body of an answer, as text. `worker::Response::text` reads it chunk by chunk through a
/// stream, which took a tenth of the time of a purchase.
pub(crate) async fn whole_text(answer: worker::Response) -> Result<String, worker::Error> {
    let text = JsFuture::from(web_sys::Response::from(answer).text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}

/// Why a body could not be read.
pub(crate) enum ReadError {
    /// The body broke off.
    Broken,
    /// The body is longer than the bound.
    TooLong,
}

/// Reads a body whose length was declared and is small enough: HTTP ends it there (RFC 9112 §6.3).
pub(crate) async fn read_declared(request: &web_sys::Request) -> Result<Vec<u8>, ReadError> {
    let bytes = request.array_buffer().map_err(|_| ReadError::Broken)?;
    let bytes = JsFuture::from(bytes).await.map_err(|_| ReadError::Broken)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// Reads a body of at most `most` bytes, chunk by chunk, so that one without a declared length
/// stops at the bound too. `worker::ByteStream` cannot be canceled, and the sender would go on.
pub(crate) async fn read_up_to(
    stream: Option<ReadableStream>,
    most: usize,
) -> Result<Vec<u8>, ReadError> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(|_| ReadError::Broken)?;
        let part = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or_default();
        if part("done").is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(Uint8Array::new(&part("value")).to_vec());
        if bytes.len() > most {
            drop(reader.cancel());
            return Err(ReadError::TooLong);
        }
    }
}

/// Reads a body of at most `most` bytes that holds a secret: into one buffer that is overwritten when
/// it is dropped, and the chunks that the platform gave are overwritten here.
pub(crate) async fn read_secret(
    stream: Option<ReadableStream>,
    most: usize,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let Some(stream) = stream else { return Ok(Zeroizing::default()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let (mut chunks, mut length) = (Vec::new(), 0);
    let end = loop {
        let Ok(chunk) = JsFuture::from(reader.read()).await else { break Err(ReadError::Broken) };
        let part = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or_default();
        if part("done").is_truthy() {
            break Ok(());
        }
        let chunk: Uint8Array = part("value").unchecked_into();
        length += chunk.length() as usize;
        chunks.push(chunk);
        if length > most {
            drop(reader.cancel());
            break Err(ReadError::TooLong);
        }
    };
    // A buffer that grew would leave what it held before behind.
    let mut bytes = Zeroizing::new(vec![0; if end.is_ok() { length } else { 0 }]);
    let mut rest = bytes.as_mut_slice();
    for chunk in &chunks {
        if let Some((place, after)) = rest.split_at_mut_checked(chunk.length() as usize) {
            chunk.copy_to(place);
            rest = after;
        } else {
            rest = &mut [];
        }
        chunk.fill(0, 0, chunk.length());
    }
    end.map(|()| bytes)
}

/// What the platform says of a connection's client certificate (`request.cf.tlsClientAuth`).
/// `worker::TlsClientAuth` does not have whether it was revoked, and panics where a value is missing.
pub(crate) struct ClientCertificate {
    presented: Option<String>,
    verified: Option<String>,
    revoked: Option<String>,
    fingerprint_sha256: Option<String>,
}

impl ClientCertificate {
    pub(crate) fn said(&self) -> TlsClientAuth<'_> {
        TlsClientAuth {
            presented: self.presented.as_deref(),
            verified: self.verified.as_deref(),
            revoked: self.revoked.as_deref(),
            fingerprint_sha256: self.fingerprint_sha256.as_deref(),
        }
    }
}

/// What is said of a request's client certificate; `None` where nothing is.
pub(crate) fn client_certificate(request: &web_sys::Request) -> Option<ClientCertificate> {
    let member = |of: &JsValue, name: &str| {
        Reflect::get(of, &name.into()).ok().filter(|value| value.is_object())
    };
    let said = member(&member(request, "cf")?, "tlsClientAuth")?;
    let text = |name: &str| Reflect::get(&said, &name.into()).ok()?.as_string();
    Some(ClientCertificate {
        presented: text("certPresented"),
        verified: text("certVerified"),
        revoked: text("certRevoked"),
        fingerprint_sha256: text("certFingerprintSHA256"),
    })
}
