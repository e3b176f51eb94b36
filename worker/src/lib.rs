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
mod dev_tools;
mod edge;
#[cfg(test)]
mod fixtures;
mod http;
mod json;
mod limits;
mod log;
mod object;
mod pages;
mod platform;
mod problem;
mod random;
mod router;
mod routes;
pub mod signing;
mod store;

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    router::answer(request, env, context).await
}
