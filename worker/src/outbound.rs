//! Calls to the outside: servers over HTTP, and the mail binding.

use js_sys::{Date, JSON};
use warifu_delivery::provider::{Answer, NOT_ASKED, TIMED_OUT};
use wasm_bindgen::JsCast as _;
use worker::{
    AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    SendEmailBuilder, web_sys,
};

use crate::bindings::{error_code, read_up_to, within};

/// The longest answer that is read, in bytes.
const MOST: usize = 8 * 1024;

/// Posts to a server on the internet, and reads its answer, within `milliseconds` in all. Redirects
/// are not followed. The error is the platform's name of it.
pub(crate) async fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    milliseconds: u32,
) -> Result<Answer, String> {
    ask(url, post_of(headers, body)?, milliseconds).await
}

/// Redirects are not followed.
fn post_of(headers: &[(&str, String)], body: &str) -> Result<RequestInit, String> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    init.with_redirect(RequestRedirect::Manual);
    for (name, value) in headers {
        init.headers.set(name, value).map_err(|_| NOT_ASKED.to_owned())?;
    }
    Ok(init)
}

/// The same through a binding, which shows the server a client certificate of ours.
pub(crate) async fn post_by(
    env: &Env,
    binding: &str,
    url: &str,
    headers: &[(&str, String)],
    body: &str,
    milliseconds: u32,
) -> Result<Answer, String> {
    let code = |error| error_code(&error);
    let request = Request::new_with_init(url, &post_of(headers, body)?);
    let request = request.map_err(|_| NOT_ASKED.to_owned())?;
    let certified = env.service(binding).map_err(|_| NOT_ASKED.to_owned())?;
    let answered = async {
        let response = certified.fetch_request(request).await.map_err(code)?;
        Ok(answer_of(response).await)
    };
    within(milliseconds, answered).await.unwrap_or_else(|| Err(TIMED_OUT.to_owned()))
}

/// Gets a resource of a server on the internet, with the time and the errors of [`post`].
pub(crate) async fn get(url: &str, milliseconds: u32) -> Result<Answer, String> {
    ask(url, RequestInit::new(), milliseconds).await
}

async fn ask(url: &str, mut init: RequestInit, milliseconds: u32) -> Result<Answer, String> {
    let code = |error| error_code(&error);
    init.with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init).map_err(|_| NOT_ASKED.to_owned())?;
    let late = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(milliseconds));
    let response = Fetch::Request(request).send_with_signal(&late).await.map_err(code)?;
    Ok(answer_of(response).await)
}

async fn answer_of(response: Response) -> Answer {
    let (status, retry_after) = (response.status_code(), retry_after(response.headers()));
    let body = web_sys::Response::from(response).body();
    let text = read_up_to(body, MOST).await.ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    Answer { status, text, retry_after }
}

fn retry_after(headers: &Headers) -> Option<u32> {
    let text = headers.get("retry-after").ok().flatten()?;
    Some(text.trim().parse().unwrap_or_else(|_| until(&text)))
}

/// How long until an HTTP date, in seconds; 0 when the text is no date, or one that is past.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stays in bounds")]
fn until(date: &str) -> u32 {
    ((Date::parse(date) - Date::now()) / 1000.0).ceil() as u32
}

/// Sends a mail, given as JSON, through a binding. The error is the platform's name of it. After a
/// time-out the mail may still be sent, because the call cannot be canceled.
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
    match within(milliseconds, mailer.send_with_builder(mail)).await {
        Some(sent) => sent.map(drop).map_err(|error| code(error.into())),
        None => Err(TIMED_OUT.to_owned()),
    }
}
