//! Warifu at the edge: the shell around `warifu-core`.
//!
//! A request is parsed at its route, one command is decided in the cardholder object, and the
//! answer is written. Not here: rules (core), words (templates), status codes (problem.rs).
#![allow(missing_docs, reason = "a binary crate: its public items serve its own tests")]

mod audit;
mod auth;
mod bindings;
mod cardholder_call;
mod cardholder_client;
mod cardholder_index;
mod clock;
mod config;
mod courier;
mod disclosure;
mod events;
#[cfg(test)]
mod fixtures;
mod form_record;
mod http;
mod issuer_keys;
mod known_merchants;
mod known_requests;
mod limits;
mod listing;
mod log;
mod merchant_object;
mod metrics;
mod notifications;
mod object_call;
mod objects;
mod outbound;
mod pages;
mod panics;
mod problem;
mod queue;
mod quota;
mod random;
mod recent_challenges;
mod remembered_ends;
mod request_context;
mod response;
mod router;
mod routes;
mod sealing;
mod settings;
pub mod signing;
mod sms_budget;
mod store;
mod style;
mod telling_results;
mod test_mode;
mod three_ds;
#[cfg(feature = "trap-on-demand")]
mod traps;
pub mod webcrypto;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Context, Env, IntoResponse as _, Request, event, worker_sys};

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<response::Response> {
    panics::note_place();
    Ok(router::answer(request, env, context).await)
}

/// Answers a request whose first answer a trap made impossible: `worker/guard.mjs` asks for it.
#[wasm_bindgen]
pub async fn unavailable(
    request: web_sys::Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<web_sys::Response, JsValue> {
    panics::note_place();
    let answer = router::unavailable(request.into(), env, Context::new(context)).await;
    answer.into_raw().map_err(|_| JsValue::NULL)
}

/// Takes messages of a queue. Not `#[event(queue)]`: see [`bindings::Batch`].
#[wasm_bindgen]
pub async fn queue(batch: bindings::Batch, env: Env, context: worker_sys::Context) {
    panics::note_place();
    queue::take(&batch, env, Context::new(context)).await;
}
