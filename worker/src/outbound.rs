//! What is asked outside of the platform's own storage: servers over HTTP, and the mail binding.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Date, JSON};
use warifu_delivery::provider::{Answer, NOT_ASKED, TIMED_OUT};
use wasm_bindgen::JsCast as _;
use worker::{
    AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    SendEmailBuilder, web_sys,
};

use crate::bindings::{error_code, read_up_to, wait};

/// The longest answer that is read, in bytes.
const MOST: usize = 8 * 1024;

/// Posts to a server on the outside, follows it nowhere, and reads what it answers; all of it
/// within `milliseconds`. Or what the platform calls the error.
pub(crate) async fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    milliseconds: u32,
) -> Result<Answer, String> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    for (name, value) in headers {
        init.headers.set(name, value).map_err(|_| NOT_ASKED.to_owned())?;
    }
    ask(url, init, milliseconds).await
}

/// Gets what a server on the outside has there; for the rest as [`post`].
pub(crate) async fn get(url: &str, milliseconds: u32) -> Result<Answer, String> {
    ask(url, RequestInit::new(), milliseconds).await
}

async fn ask(url: &str, mut init: RequestInit, milliseconds: u32) -> Result<Answer, String> {
    let code = |error| error_code(&error);
    init.with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init).map_err(|_| NOT_ASKED.to_owned())?;
    let late = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(milliseconds));
    let response = Fetch::Request(request).send_with_signal(&late).await.map_err(code)?;
    let (status, retry_after) = (response.status_code(), retry_after(response.headers()));
    let body = web_sys::Response::from(response).body();
    let text = read_up_to(body, MOST).await.ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    Ok(Answer { status, text, retry_after })
}

fn retry_after(headers: &Headers) -> Option<u32> {
    let text = headers.get("retry-after").ok().flatten()?;
    Some(text.trim().parse().unwrap_or_else(|_| until(&text)))
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
    let code = |error| error_code(&error);
    let mailer = env.send_email(binding).map_err(|_| NOT_ASKED.to_owned())?;
    let mail = JSON::parse(mail).map_err(|error| code(error.into()))?;
    let mail: &SendEmailBuilder = mail.unchecked_ref();
    let sent = pin!(mailer.send_with_builder(mail));
    match select(sent, wait(milliseconds)).await {
        Either::Left((sent, _)) => sent.map(drop).map_err(|error| code(error.into())),
        Either::Right(_) => Err(TIMED_OUT.to_owned()),
    }
}
