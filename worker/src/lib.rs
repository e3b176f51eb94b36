//! Warifu at the edge: the shell around `warifu-core`.
//!
//! A request is parsed at its route, one command is decided in the cardholder object, and the
//! answer is written. Not here: rules (core), words (templates), status codes (problem.rs).
#![allow(missing_docs, reason = "a binary crate: its public items serve its own tests")]

mod auth;
mod cardholder_object;
mod clock;
mod config;
mod courier;
mod edge;
mod events;
#[cfg(test)]
mod fixtures;
mod http;
mod json;
mod limits;
mod log;
mod object;
mod outside;
mod pages;
mod platform;
mod problem;
mod quota;
mod random;
mod router;
mod routes;
mod sealing;
pub mod signing;
mod store;
pub mod webcrypto;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Context, Env, worker_sys};

/// The platform's way in. Not `worker::event`, whose every way to fail would be loaded with it.
#[wasm_bindgen]
pub async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<web_sys::Response, JsValue> {
    router::answer(request, env, Context::new(context)).await.into_platform()
}

/// The way in for messages of a queue.
#[wasm_bindgen]
pub async fn queue(batch: platform::Batch, env: Env, context: worker_sys::Context) {
    events::take(&batch, env, Context::new(context)).await;
}
