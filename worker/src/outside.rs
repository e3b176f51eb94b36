//! What is asked outside of the platform's own storage: servers over HTTP, and the mail binding.

use std::{
    future::{Future as _, poll_fn},
    pin::Pin,
    task::Poll,
};

use js_sys::{JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use worker::Env;

use crate::{
    http::Body,
    json::Json,
    platform::{bound, set},
};

#[wasm_bindgen]
extern "C" {
    /// A `send_email` binding.
    type Mailer;

    #[wasm_bindgen(method, catch, js_name = send)]
    fn js_send(this: &Mailer, mail: &JsValue) -> Result<Promise, JsValue>;

    // Named in full: our own way in is `fetch` too.
    #[wasm_bindgen(catch, js_namespace = globalThis, js_name = fetch)]
    async fn js_fetch(url: &str, init: &Object) -> Result<JsValue, JsValue>;

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
    /// When it wants to be asked again, in seconds (RFC 9110 §10.2.3); not as a date.
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    /// The longest that is read, in bytes.
    const MOST: usize = 8 * 1024;
}

/// Why there is no answer from the outside.
pub(crate) enum Silence {
    TimedOut,
    Lost,
}

/// Posts to a server on the outside, follows it nowhere, and reads what it answers; all of it
/// within `milliseconds`.
pub(crate) async fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    milliseconds: u32,
) -> Result<Answer, Silence> {
    let named = Object::new();
    for (name, value) in headers {
        set(&named, name, &value.into());
    }
    let init = Object::new();
    set(&init, "method", &"POST".into());
    set(&init, "headers", &named);
    set(&init, "body", &body.into());
    set(&init, "redirect", &"manual".into());
    set(&init, "signal", &aborted_after(milliseconds));
    let response: Response =
        js_fetch(url, &init).await.map_err(|error| silence(&error))?.unchecked_into();
    let text = Body::read(response.body(), Answer::MOST).await.ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok());
    Ok(Answer { status: response.status(), text, retry_after })
}

fn silence(error: &JsValue) -> Silence {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    if name.as_deref() == Some("TimeoutError") { Silence::TimedOut } else { Silence::Lost }
}

/// Why a mail was not sent.
pub(crate) enum Unsent {
    Silent(Silence),
    /// The binding's error code; empty when it has none.
    Refused(String),
}

/// Sends a mail through a binding. One that is late may still be sent: it cannot be called back.
pub(crate) async fn send_email(
    env: &Env,
    binding: &str,
    mail: &Json,
    milliseconds: u32,
) -> Result<(), Unsent> {
    let lost = |_| Unsent::Silent(Silence::Lost);
    let refused = |error: JsValue| {
        let code = Reflect::get(&error, &"code".into()).ok().and_then(|code| code.as_string());
        Unsent::Refused(code.unwrap_or_default())
    };
    let mailer: Mailer = bound(env, binding).map_err(|_| Unsent::Silent(Silence::Lost))?;
    let mail = JSON::parse(&mail.written()).map_err(lost)?;
    let mut sent = JsFuture::from(mailer.js_send(&mail).map_err(refused)?);
    let mut late = JsFuture::from(wait(milliseconds));
    poll_fn(|context| match Pin::new(&mut sent).poll(context) {
        Poll::Ready(sent) => Poll::Ready(sent.map(drop).map_err(refused)),
        Poll::Pending => {
            Pin::new(&mut late).poll(context).map(|_| Err(Unsent::Silent(Silence::TimedOut)))
        }
    })
    .await
}
