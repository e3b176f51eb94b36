//! The development server's outbox and clock.

use serde::{Deserialize, Serialize};
use worker::Response;

use crate::{
    clock, dev_tools,
    edge::Edge,
    http::{self, Incoming},
    pages,
    problem::Problem,
};

/// Every message that would have gone out, newest first.
pub(crate) async fn outbox(edge: &Edge, incoming: &Incoming) -> Result<Response, Problem> {
    let mut outbox = dev_tools::outbox(&edge.env).await?;
    if let Some(challenge) = incoming.query("challenge") {
        outbox.deliveries.retain(|message| message.challenge == challenge);
    }
    if incoming.query("format").as_deref() == Some("json") {
        return Ok(http::json(200, &outbox)?);
    }
    pages::outbox::show(&outbox.deliveries, edge.now)
}

#[derive(Serialize)]
struct Now {
    now: String,
}

/// The time of the development clock.
pub(crate) fn read_clock(edge: &Edge) -> Result<Response, Problem> {
    Ok(http::json(200, &Now { now: edge.now.rfc3339() })?)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(
    edge: &Edge,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        advance_seconds: u64,
    }
    const LONGEST: u64 = 10 * 365 * 86400;
    let Advance { advance_seconds } = incoming.body().await?.json()?;
    if advance_seconds > LONGEST {
        return Err(Problem::field("advance_seconds", format!("be at most {LONGEST}")));
    }
    dev_tools::advance_clock(&edge.env, advance_seconds).await?;
    let now = clock::now(&edge.env, &edge.config).await?;
    Ok(http::json(200, &Now { now: now.rfc3339() })?)
}
