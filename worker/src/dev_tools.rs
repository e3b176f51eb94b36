//! The development server's own object: its outbox and its clock. Bound only in development, and
//! a production configuration that binds it is refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::{
    courier::{Deliveries, Kept},
    object,
    problem::Problem,
};

const OUTBOX: &str = "outbox";
const OFFSET: &str = "offset_seconds";
/// Enough for a long test run; the outbox is no archive.
const MOST_KEPT: usize = 300;

#[derive(Serialize, Deserialize)]
enum Ask {
    Keep(Kept),
    Outbox,
    Offset,
    Advance(u64),
}

#[durable_object(fetch)]
pub struct DevTools {
    state: State,
}

impl DurableObject for DevTools {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let ask: Ask = request.json().await?;
        let storage = self.state.storage();
        match ask {
            Ask::Keep(message) => {
                let mut outbox: Deliveries = self.outbox().await?;
                outbox.deliveries.insert(0, message);
                outbox.deliveries.truncate(MOST_KEPT);
                storage.put(OUTBOX, serde_json::to_string(&outbox)?).await?;
                Response::ok("null")
            }
            Ask::Outbox => Response::from_json(&self.outbox().await?),
            Ask::Offset => Response::from_json(&self.offset().await?),
            Ask::Advance(seconds) => {
                let offset = self.offset().await?.saturating_add(seconds);
                storage.put(OFFSET, offset).await?;
                Response::from_json(&offset)
            }
        }
    }
}

impl DevTools {
    async fn outbox(&self) -> Result<Deliveries> {
        let stored: Option<String> = self.state.storage().get(OUTBOX).await?;
        Ok(stored.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
    }

    async fn offset(&self) -> Result<u64> {
        Ok(self.state.storage().get(OFFSET).await?.unwrap_or(0))
    }
}

/// Keeps a message in the outbox.
pub(crate) async fn keep(env: &Env, message: Kept) -> std::result::Result<(), Problem> {
    ask::<Option<()>>(env, &Ask::Keep(message)).await.map(drop)
}

/// What the outbox holds, newest first.
pub(crate) async fn outbox(env: &Env) -> std::result::Result<Deliveries, Problem> {
    ask(env, &Ask::Outbox).await
}

/// How far the development clock is ahead.
pub(crate) async fn clock_offset(env: &Env) -> std::result::Result<Duration, Problem> {
    ask(env, &Ask::Offset).await.map(Duration::from_secs)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(
    env: &Env,
    seconds: u64,
) -> std::result::Result<Duration, Problem> {
    ask(env, &Ask::Advance(seconds)).await.map(Duration::from_secs)
}

async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    ask: &Ask,
) -> std::result::Result<T, Problem> {
    let request = object::post(&serde_json::to_string(ask)?)?;
    let mut response =
        env.durable_object("DEV_TOOLS")?.get_by_name("all")?.fetch_with_request(request).await?;
    Ok(response.json().await?)
}
