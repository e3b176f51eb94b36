//! `/v1/cardholders/{id}/cards/{digest}`: the cards by which directory servers ask for a cardholder.
//! A card is known by its keyed digest alone; the issuer's systems compute it.

use futures_util::future::try_join_all;
use warifu_core::{
    cardholder::{Command, Refusal, Refused, Reply},
    digest::Digest,
    ids::CardholderId,
    time::Timestamp,
};
use warifu_three_ds::pan::CardDigest;

use super::{missing, parse};
use crate::{
    audit, auth, cardholder_client,
    http::Incoming,
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
};

/// Registers a card, or does nothing for one that is registered. One of another cardholder becomes
/// this one's.
pub(crate) async fn put(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    digest: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let (id, card) = (parse(id)?, card("digest", digest)?);
    ctx.is_about(&id);
    add(ctx, &id, &[card], &[], ctx.now().await?).await?;
    audit::done(ctx, &Act::CardRegistered { cardholder: &id }).await;
    Ok(Response::empty(204))
}

/// Takes a card out of those that are registered.
pub(crate) async fn delete(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    digest: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let (id, card) = (parse(id)?, card("digest", digest)?);
    ctx.is_about(&id);
    // Its key first: a crash in between leaves the card in the cardholder's list, so that another
    // request or the erasure still finds it.
    if registered(ctx, &id).await?.contains(&card) {
        forget(ctx, &id, &[card]).await?;
    }
    match cardholder_client::ask(ctx, &id, Command::RemoveCard(card)).await? {
        Reply::Described(..) => {}
        other => return Err(missing(other)),
    }
    audit::done(ctx, &Act::CardRemoved { cardholder: &id }).await;
    Ok(Response::empty(204))
}

/// Reads a digest: 64 hexadecimal digits.
pub(super) fn card(field: &str, text: &str) -> Result<Digest, Problem> {
    let read = CardDigest::parse(text).map(|card| card.digest());
    read.ok_or_else(|| Problem::field(field, "be 64 hexadecimal digits"))
}

/// The cards of a cardholder.
pub(super) async fn registered(
    ctx: &RequestContext,
    id: &CardholderId,
) -> Result<Vec<Digest>, Problem> {
    match cardholder_client::ask(ctx, id, Command::Describe).await? {
        Reply::Described(description, _) => Ok(description.cards),
        other => Err(missing(other)),
    }
}

/// Adds cards to a cardholder who is registered and has the cards `before`. The object is told first: it
/// decides whose a card is when a directory server asks. Without its key in KV a card is not found, and is
/// registered again.
pub(super) async fn add(
    ctx: &RequestContext,
    id: &CardholderId,
    cards: &[Digest],
    before: &[Digest],
    now: Timestamp,
) -> Result<(), Problem> {
    for card in cards.iter().filter(|card| !before.contains(card)) {
        match cardholder_client::ask_at(ctx, id, Command::AddCard(*card), now).await? {
            Reply::Described(..) => {}
            other => return Err(missing(other)),
        }
    }
    try_join_all(cards.iter().map(|card| own(ctx, id, card, before.contains(card), now))).await?;
    Ok(())
}

/// Writes whose card it is, unless that is so, and takes it from whoever had it. A crash in between leaves it
/// in the former one's list, where nobody looks for it.
async fn own(
    ctx: &RequestContext,
    id: &CardholderId,
    card: &Digest,
    had: bool,
    now: Timestamp,
) -> Result<(), Problem> {
    let store = Store::of(&ctx.env)?;
    let owner = store.card(card).await?;
    let is_theirs = owner.as_ref() == Some(id);
    // What KV read can be a minute old. A card that moved away meanwhile is in their list no more.
    if is_theirs && had {
        return Ok(());
    }
    store.put_card(card, id).await?;
    let Some(former) = owner.filter(|_| !is_theirs) else { return Ok(()) };
    match cardholder_client::ask_at(ctx, &former, Command::RemoveCard(*card), now).await? {
        Reply::Described(..) => {
            audit::done(ctx, &Act::CardRemoved { cardholder: &former }).await;
            Ok(())
        }
        Reply::Refused(Refused::Rule(Refusal::UnknownCardholder), _) => Ok(()),
        other => Err(missing(other)),
    }
}

/// Deletes the keys of a cardholder's cards in KV, but for one that was registered for somebody else
/// since. What KV reads can be a minute old, also that a card has no key yet: whether it is somebody
/// else's, their object says.
pub(super) async fn forget(
    ctx: &RequestContext,
    id: &CardholderId,
    cards: &[Digest],
) -> Result<(), Problem> {
    let store = Store::of(&ctx.env)?;
    try_join_all(cards.iter().map(async |card| {
        let other = store.card(card).await?.filter(|owner| owner != id);
        match other {
            Some(other) if has(ctx, &other, card).await? => Ok(()),
            Some(_) | None => store.delete_card(card).await,
        }
    }))
    .await?;
    Ok(())
}

/// Whether a card is one of a cardholder's; of nobody's who is not registered.
async fn has(ctx: &RequestContext, id: &CardholderId, card: &Digest) -> Result<bool, Problem> {
    match registered(ctx, id).await {
        Ok(cards) => Ok(cards.contains(card)),
        Err(problem) if problem.code == ProblemCode::CardholderNotFound => Ok(false),
        Err(problem) => Err(problem),
    }
}
