//! The development server's own object: its outbox and its clock. Bound only in development, and
//! a production configuration that binds it is refused.

use std::time::Duration;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;
use worker::Env;

use crate::{
    http::Response,
    json::Json,
    platform::{self, ObjectState, Storage},
    problem::Problem,
};

const OUTBOX: &str = "outbox";
const OFFSET: &str = "offset_seconds";
/// Enough for a long test run; the outbox is no archive.
const MOST_KEPT: usize = 300;

#[wasm_bindgen]
pub struct DevTools {
    storage: Storage,
}

#[wasm_bindgen]
impl DevTools {
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState) -> Self {
        Self { storage: state.storage() }
    }

    /// Takes `{"keep": message}`, `{"advance": seconds}` or `{}`; answers what is asked for.
    pub async fn fetch(&self, request: Request) -> Result<web_sys::Response, JsValue> {
        let ask = JsFuture::from(request.text()?).await?.as_string();
        let mut ask = ask.as_deref().and_then(Json::parse).unwrap_or(Json::Null);
        if let Some(message) = ask.take("keep") {
            let mut outbox = self.outbox().await?;
            outbox.insert(0, message);
            outbox.truncate(MOST_KEPT);
            self.storage.put(OUTBOX, &Json::List(outbox).written()).await?;
        }
        if let Some(seconds) = ask.get("advance").and_then(Json::as_u64) {
            let offset = self.offset().await?.saturating_add(seconds);
            self.storage.put(OFFSET, &offset.to_string()).await?;
        }
        let outbox = if ask.get("outbox").is_some() { self.outbox().await? } else { Vec::new() };
        let offset = self.offset().await?;
        let told = [("outbox", Json::List(outbox)), ("offset", offset.into())];
        let told = Json::object(told).written();
        Response::with_body(200, "application/json", told).into_platform()
    }
}

impl DevTools {
    async fn outbox(&self) -> Result<Vec<Json>, String> {
        Ok(self.stored(OUTBOX).await?.and_then(Json::into_list).unwrap_or_default())
    }

    async fn offset(&self) -> Result<u64, String> {
        Ok(self.stored(OFFSET).await?.and_then(|offset| offset.as_u64()).unwrap_or_default())
    }

    async fn stored(&self, key: &str) -> Result<Option<Json>, String> {
        let stored = self.storage.get(key).await?;
        Ok(stored.as_deref().and_then(Json::parse))
    }
}

/// Keeps a message in the outbox.
pub(crate) async fn keep(env: &Env, message: Json) -> Result<(), Problem> {
    ask(env, Json::object([("keep", message)])).await.map(drop)
}

/// What the outbox holds, newest first.
pub(crate) async fn outbox(env: &Env) -> Result<Vec<Json>, Problem> {
    let told = ask(env, Json::object([("outbox", Json::Bool(true))])).await?.take("outbox");
    Ok(told.and_then(Json::into_list).unwrap_or_default())
}

/// How far the development clock is ahead.
pub(crate) async fn clock_offset(env: &Env) -> Result<Duration, Problem> {
    offset(ask(env, Json::object([])).await?)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(env: &Env, seconds: u64) -> Result<Duration, Problem> {
    offset(ask(env, Json::object([("advance", seconds.into())])).await?)
}

fn offset(answer: Json) -> Result<Duration, Problem> {
    let seconds = answer.get("offset").and_then(Json::as_u64);
    seconds.map(Duration::from_secs).ok_or_else(|| Problem::internal("the clock has no time"))
}

async fn ask(env: &Env, ask: Json) -> Result<Json, Problem> {
    let told = platform::ask(env, "DEV_TOOLS", "all", &ask.written()).await?;
    let told = told.as_deref().and_then(Json::parse);
    told.ok_or_else(|| Problem::internal("the development object was not understood"))
}
