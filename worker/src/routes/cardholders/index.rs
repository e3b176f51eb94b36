//! `GET /v1/cardholders`: the index of cardholders. Objects cannot be enumerated, so each cardholder has
//! an entry in KV: their id, and nothing else.

use serde::Serialize;
use warifu_core::{
    cardholder::{Command, Refusal, Refused, Reply},
    ids::CardholderId,
};

use crate::{
    auth,
    bindings::wait,
    cardholder_client,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    listing::{Asked, Lengths},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
    store::{Listed, Store},
};

/// The most that one list of KV has.
const LENGTHS: Lengths = Lengths { usual: 100, most: 1_000 };

/// How long after a write KV takes the next one of the same key, in milliseconds.
const ONE_WRITE_A_SECOND: u32 = 1_100;

/// Lists ids of cardholders in their order.
pub(crate) async fn list(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Entry {
        id: String,
    }
    #[derive(Serialize)]
    struct Answer {
        cardholders: Vec<Entry>,
        next_cursor: Option<String>,
    }
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let mut asked = Asked::read(ctx, incoming, "cardholders".to_owned(), LENGTHS)?;
    let after = asked.after.take();
    let Listed { entries, next } = Store::of(&ctx.env)?.cardholders(asked.limit, after).await?;
    let next_cursor = next.map(|next| asked.next(&next)).transpose()?;
    let cardholders = entries.into_iter().map(|id| Entry { id }).collect();
    Ok(http::json(200, &Answer { cardholders, next_cursor })?)
}

/// Writes a cardholder into the index, before the caller hears that they are registered. The object is
/// told after the answer; where that is lost, the next registration writes the entry again.
pub(super) async fn add(ctx: &RequestContext, id: &CardholderId) -> Result<(), Problem> {
    Store::of(&ctx.env)?.index_cardholder(id).await?;
    let (later, id) = (ctx.clone(), id.clone());
    ctx.execution.wait_until(async move {
        if let Err(problem) = confirm(&later, &id).await {
            later.fault(&problem);
        }
    });
    Ok(())
}

async fn confirm(ctx: &RequestContext, id: &CardholderId) -> Result<(), Problem> {
    match cardholder_client::ask(ctx, id, Command::Indexed).await? {
        Reply::Settled => Ok(()),
        // Erased meanwhile: the entry may have been written after the erasure had deleted it.
        Reply::Refused(Refused::Rule(Refusal::UnknownCardholder), _) => remove(ctx, id).await,
        other => Err(cardholder_client::unexpected(other)),
    }
}

/// Takes a cardholder out of the index. KV refuses a second write of a key within a second, so what
/// it does not take at once is tried again.
pub(super) async fn remove(ctx: &RequestContext, id: &CardholderId) -> Result<(), Problem> {
    let store = Store::of(&ctx.env)?;
    if store.unindex_cardholder(id).await.is_ok() {
        return Ok(());
    }
    wait(ONE_WRITE_A_SECOND).await;
    store.unindex_cardholder(id).await
}

#[cfg(test)]
mod tests;
