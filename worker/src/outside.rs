//! What is asked outside of the platform's own storage: servers over HTTP, and the mail binding.

use std::{
    future::{Future as _, poll_fn},
    pin::Pin,
    task::Poll,
};

use js_sys::{Date, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use crate::{
    http::Body,
    platform::{bound, set},
};

#[wasm_bindgen]
extern "C" {
    /// A `send_email` binding.
    type Mailer;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn js_send(this: &Mailer, mail: &JsValue) -> Result<Promise, JsValue>;

    // Named in full: our own way in is `fetch` too.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch)]
    fn js_fetch(url: &str, init: &Object) -> Promise;

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn aborted_after(milliseconds: u32) -> JsValue;

    #[wasm_bindgen(js_namespace = scheduler, js_name = wait)]
    fn wait(milliseconds: u32) -> Promise;
}

/// What a server on the outside answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Empty when it is no text, or too long to be read.
    pub(crate) text: String,
    /// When it wants to be asked again, in seconds from now (RFC 9110 §10.2.3).
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    /// The longest that is read, in bytes.
    const MOST: usize = 8 * 1024;
}

/// Posts to a server on the outside, follows it nowhere, and reads what it answers; all of it
/// within `milliseconds`. Or what the platform calls the error.
pub(crate) async fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    milliseconds: u32,
) -> Result<Answer, String> {
    let named = Object::new();
    for (name, value) in headers {
        set(&named, name, &value.into());
    }
    let init = Object::new();
    set(&init, "method", &"POST".into());
    set(&init, "headers", &named);
    set(&init, "body", &body.into());
    ask(url, &init, milliseconds).await
}

/// Gets what a server on the outside has there; for the rest as [`post`].
pub(crate) async fn get(url: &str, milliseconds: u32) -> Result<Answer, String> {
    ask(url, &Object::new(), milliseconds).await
}

async fn ask(url: &str, init: &Object, milliseconds: u32) -> Result<Answer, String> {
    set(init, "redirect", &"manual".into());
    set(init, "signal", &aborted_after(milliseconds));
    let response = JsFuture::from(js_fetch(url, init)).await.map_err(called)?;
    let response: Response = response.unchecked_into();
    let text = Body::read(response.body(), Answer::MOST).await.ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let retry_after = retry_after.map(|text| text.trim().parse().unwrap_or_else(|_| until(&text)));
    Ok(Answer { status: response.status(), text, retry_after })
}

/// How long until a date, in seconds; 0 when it is none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stays in bounds")]
fn until(date: &str) -> u32 {
    ((Date::parse(date) - Date::now()) / 1000.0).ceil() as u32
}

/// Sends a mail, given as JSON, through a binding; or what the platform calls the error. One that
/// is late may still be sent: it cannot be called back.
pub(crate) async fn send_email(
    env: &Env,
    binding: &str,
    mail: &str,
    milliseconds: u32,
) -> Result<(), String> {
    let mailer: Mailer = bound(env, binding).map_err(|_| NOT_BOUND.to_owned())?;
    let mail = JSON::parse(mail).map_err(called)?;
    let mut sent = JsFuture::from(mailer.js_send(&mail).map_err(called)?);
    let mut late = after(milliseconds);
    poll_fn(|context| match Pin::new(&mut sent).poll(context) {
        Poll::Ready(sent) => Poll::Ready(sent.map(drop).map_err(called)),
        Poll::Pending => Pin::new(&mut late).poll(context).map(|_| Err(TIMED_OUT.to_owned())),
    })
    .await
}

/// Waits.
pub(crate) fn after(milliseconds: u32) -> JsFuture {
    JsFuture::from(wait(milliseconds))
}

/// What we call it when a binding is missing, so that nothing was asked.
pub(crate) const NOT_BOUND: &str = "not bound";

/// What the platform calls a time-out.
pub(crate) const TIMED_OUT: &str = "TimeoutError";

/// The code of an error, or else its name. Its words can quote what was sent.
fn called(error: JsValue) -> String {
    let text = |name: &str| Reflect::get(&error, &name.into()).ok()?.as_string();
    text("code").or_else(|| text("name")).unwrap_or_default()
}
