//! The development server's own object: its outbox and its clock. Bound only in development, and
//! a production configuration that binds it is refused.

use std::time::Duration;

use serde_json::{Value, json};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::{object, platform, problem::Problem};

const OUTBOX: &str = "outbox";
const OFFSET: &str = "offset_seconds";
/// Enough for a long test run; the outbox is no archive.
const MOST_KEPT: usize = 300;

#[durable_object(fetch)]
pub struct DevTools {
    state: State,
}

impl DurableObject for DevTools {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    /// Takes `{"keep": message}`, `{"advance": seconds}` or `{}`; answers what is asked for.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let ask: Value = serde_json::from_str(&request.text().await?)?;
        if let Some(message) = ask.get("keep") {
            let mut outbox = self.outbox().await?;
            outbox.insert(0, message.clone());
            outbox.truncate(MOST_KEPT);
            self.state.storage().put_raw(OUTBOX, Value::Array(outbox).to_string()).await?;
        }
        if let Some(seconds) = ask.get("advance").and_then(Value::as_u64) {
            let offset = self.offset().await?.saturating_add(seconds);
            self.state.storage().put_raw(OFFSET, offset.to_string()).await?;
        }
        let outbox = if ask.get("outbox").is_some() { self.outbox().await? } else { Vec::new() };
        Response::ok(json!({ "outbox": outbox, "offset": self.offset().await? }).to_string())
    }
}

impl DevTools {
    async fn outbox(&self) -> Result<Vec<Value>> {
        Ok(match self.stored(OUTBOX).await? {
            Some(Value::Array(messages)) => messages,
            _ => Vec::new(),
        })
    }

    async fn offset(&self) -> Result<u64> {
        Ok(self.stored(OFFSET).await?.and_then(|offset| offset.as_u64()).unwrap_or_default())
    }

    async fn stored(&self, key: &str) -> Result<Option<Value>> {
        let stored = platform::stored_text(&self.state, key).await?;
        Ok(stored.map(|json| serde_json::from_str(&json)).transpose()?)
    }
}

/// Keeps a message in the outbox.
pub(crate) async fn keep(env: &Env, message: Value) -> std::result::Result<(), Problem> {
    ask(env, &json!({ "keep": message })).await.map(drop)
}

/// What the outbox holds, newest first.
pub(crate) async fn outbox(env: &Env) -> std::result::Result<Vec<Value>, Problem> {
    match ask(env, &json!({ "outbox": true })).await?.get_mut("outbox").map(Value::take) {
        Some(Value::Array(messages)) => Ok(messages),
        _ => Ok(Vec::new()),
    }
}

/// How far the development clock is ahead.
pub(crate) async fn clock_offset(env: &Env) -> std::result::Result<Duration, Problem> {
    offset(ask(env, &json!({})).await?)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(
    env: &Env,
    seconds: u64,
) -> std::result::Result<Duration, Problem> {
    offset(ask(env, &json!({ "advance": seconds })).await?)
}

fn offset(answer: Value) -> std::result::Result<Duration, Problem> {
    let seconds = answer.get("offset").and_then(Value::as_u64);
    seconds.map(Duration::from_secs).ok_or_else(|| Problem::internal("the clock has no time"))
}

async fn ask(env: &Env, ask: &Value) -> std::result::Result<Value, Problem> {
    let request = object::post(&ask.to_string())?;
    let object = env.durable_object("DEV_TOOLS")?.get_by_name("all")?;
    let mut response = object.fetch_with_request(request).await?;
    Ok(serde_json::from_str(&response.text().await?)?)
}
