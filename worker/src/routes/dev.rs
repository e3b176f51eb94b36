//! The development server's outbox and clock.

use serde::Serialize;

use crate::{
    dev_tools,
    edge::Edge,
    http::{self, Incoming, Response},
    json::Json,
    pages,
    problem::Problem,
};

/// Every message that would have gone out, newest first.
pub(crate) async fn outbox(edge: &Edge, incoming: &Incoming) -> Result<Response, Problem> {
    let mut deliveries = dev_tools::outbox(&edge.env).await?;
    if let Some(challenge) = incoming.query("challenge") {
        deliveries
            .retain(|message| message.get("challenge").and_then(Json::as_str) == Some(&challenge));
    }
    if incoming.query("format").as_deref() == Some("json") {
        return Ok(http::json(200, &Json::object([("deliveries", Json::List(deliveries))]))?);
    }
    pages::outbox::show(&deliveries, edge.now().await?)
}

#[derive(Serialize)]
struct Now {
    now: String,
}

/// The time of the development clock.
pub(crate) async fn read_clock(edge: &Edge) -> Result<Response, Problem> {
    Ok(http::json(200, &Now { now: edge.now().await?.rfc3339() })?)
}

/// Moves the development clock forward.
pub(crate) async fn advance_clock(
    edge: &Edge,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    const LONGEST: u64 = 10 * 365 * 86400;
    let mut fields = incoming.body().await?.json()?;
    let seconds = u64::try_from(fields.integer("advance_seconds")?).ok();
    fields.end()?;
    let Some(advance_seconds) = seconds.filter(|seconds| *seconds <= LONGEST) else {
        return Err(Problem::field("advance_seconds", format!("be from 0 to {LONGEST}")));
    };
    dev_tools::advance_clock(&edge.env, advance_seconds).await?;
    let now = edge.now().await?;
    Ok(http::json(200, &Now { now: now.rfc3339() })?)
}
