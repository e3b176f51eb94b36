//! The development server's own object: its outbox and its clock. Bound only in development, and
//! a production configuration that binds it is refused.

use std::time::Duration;

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::{json::Json, object, platform, problem::Problem};

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
        let ask = Json::parse(&request.text().await?);
        let mut ask = ask.ok_or_else(|| worker::Error::from("what is asked is not JSON"))?;
        if let Some(message) = ask.take("keep") {
            let mut outbox = self.outbox().await?;
            outbox.insert(0, message);
            outbox.truncate(MOST_KEPT);
            self.state.storage().put_raw(OUTBOX, Json::List(outbox).written()).await?;
        }
        if let Some(seconds) = ask.get("advance").and_then(Json::as_u64) {
            let offset = self.offset().await?.saturating_add(seconds);
            self.state.storage().put_raw(OFFSET, offset.to_string()).await?;
        }
        let outbox = if ask.get("outbox").is_some() { self.outbox().await? } else { Vec::new() };
        let offset = self.offset().await?;
        let told = [("outbox", Json::List(outbox)), ("offset", offset.into())];
        Response::ok(Json::object(told).written())
    }
}

impl DevTools {
    async fn outbox(&self) -> Result<Vec<Json>> {
        Ok(self.stored(OUTBOX).await?.and_then(Json::into_list).unwrap_or_default())
    }

    async fn offset(&self) -> Result<u64> {
        Ok(self.stored(OFFSET).await?.and_then(|offset| offset.as_u64()).unwrap_or_default())
    }

    async fn stored(&self, key: &str) -> Result<Option<Json>> {
        let stored = platform::stored_text(&self.state, key).await?;
        Ok(stored.as_deref().and_then(Json::parse))
    }
}

/// Keeps a message in the outbox.
pub(crate) async fn keep(env: &Env, message: Json) -> std::result::Result<(), Problem> {
    ask(env, Json::object([("keep", message)])).await.map(drop)
}

/// What the outbox holds, newest first.
pub(crate) async fn outbox(env: &Env) -> std::result::Result<Vec<Json>, Problem> {
    let told = ask(env, Json::object([("outbox", Json::Bool(true))])).await?.take("outbox");
    Ok(told.and_then(Json::into_list).unwrap_or_default())
}

/// How far the development clock is ahead.
pub(crate) async fn clock_offset(env: &Env) -> std::result::Result<Duration, Problem> {
    offset(ask(env, Json::object([])).await?)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(
    env: &Env,
    seconds: u64,
) -> std::result::Result<Duration, Problem> {
    offset(ask(env, Json::object([("advance", seconds.into())])).await?)
}

fn offset(answer: Json) -> std::result::Result<Duration, Problem> {
    let seconds = answer.get("offset").and_then(Json::as_u64);
    seconds.map(Duration::from_secs).ok_or_else(|| Problem::internal("the clock has no time"))
}

async fn ask(env: &Env, ask: Json) -> std::result::Result<Json, Problem> {
    let request = object::post(&ask.written())?;
    let object = env.durable_object("DEV_TOOLS")?.get_by_name("all")?;
    let mut response = object.fetch_with_request(request).await?;
    let told = Json::parse(&response.text().await?);
    told.ok_or_else(|| Problem::internal("the development object was not understood"))
}
