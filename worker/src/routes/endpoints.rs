//! `/v1/merchants/{id}/event-endpoint` and `…/test-event-endpoint`: the addresses that a merchant's
//! events are posted to, and those of its tests.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;
use warifu_core::{ids::MerchantId, secret::KeyMode};

use super::merchants::parse;
use crate::{
    audit, auth, events,
    http::{self, Incoming, RECEIVER, receiver},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    random,
    request_context::RequestContext,
    response::Response,
    store::{Endpoint, Former, Store},
};

/// How long the former secret still signs beside a new one.
const OVERLAP: Duration = Duration::from_secs(86_400);

#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    former_until: Option<String>,
}

/// Registers the endpoint with a new secret, which only this answer shows. A former secret ends at
/// once.
pub(crate) async fn put(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
    mode: KeyMode,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let merchant = parse(id)?;
    let mut fields = incoming.body().await?.json()?;
    let url = fields.text("url")?;
    fields.end()?;
    let url = receiver(&url, Some(&ctx.origin), ctx.config.is_development())
        .ok_or_else(|| Problem::field("url", RECEIVER))?;
    let store = Store::of(&ctx.env)?;
    store.merchant(&merchant).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let act = Act::EndpointRegistered { merchant: &merchant, mode };
    show_new(ctx, (&merchant, mode), url, None, &act).await
}

/// The endpoint, without its secret.
pub(crate) async fn read(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    mode: KeyMode,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let endpoint = known(ctx, id, mode).await?;
    let former = endpoint.former_at(ctx.now().await?);
    let former_until = former.map(|former| former.until.rfc3339());
    Ok(http::json(200, &Answer { url: &endpoint.url, secret: None, former_until })?)
}

/// Makes a new secret. The former one still signs beside it for a day.
pub(crate) async fn rotate(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    mode: KeyMode,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let Endpoint { url, key, salt, .. } = known(ctx, id, mode).await?;
    let former = Former { key, salt, until: ctx.now().await?.plus(OVERLAP) };
    let merchant = parse(id)?;
    let act = Act::EndpointRotated { merchant: &merchant, mode };
    show_new(ctx, (&merchant, mode), url, Some(former), &act).await
}

/// Forgets the endpoint.
pub(crate) async fn delete(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    mode: KeyMode,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    known(ctx, id, mode).await?;
    let merchant = parse(id)?;
    let act = Act::EndpointRemoved { merchant: &merchant, mode };
    audit::tell(ctx, &act).await;
    Store::of(&ctx.env)?.delete_endpoint(&merchant, mode).await?;
    audit::log(ctx, &act);
    Ok(Response::empty(204))
}

async fn known(ctx: &RequestContext, id: &str, mode: KeyMode) -> Result<Endpoint, Problem> {
    let endpoint = Store::of(&ctx.env)?.endpoint(&parse(id)?, mode).await?;
    endpoint.ok_or_else(|| ProblemCode::EndpointNotFound.problem())
}

/// Stores an endpoint with a new secret, and shows that once.
async fn show_new(
    ctx: &RequestContext,
    (merchant, mode): (&MerchantId, KeyMode),
    url: String,
    former: Option<Former>,
    act: &Act<'_>,
) -> Result<Response, Problem> {
    let active = ctx.config.active_event_key().filter(|_| ctx.config.rules.events);
    let (key, _) = active.ok_or_else(|| ProblemCode::EventsNotSetUp.problem())?;
    let salt = Base64UrlUnpadded::encode_string(&random::bytes::<16>()?);
    let endpoint = Endpoint { url, key: key.clone(), salt, former };
    audit::tell(ctx, act).await;
    Store::of(&ctx.env)?.put_endpoint(merchant, mode, &endpoint).await?;
    audit::log(ctx, act);
    let secret = events::secret_of(&endpoint, &ctx.config, merchant).map(|secret| secret.reveal());
    let former_until = endpoint.former.as_ref().map(|former| former.until.rfc3339());
    Ok(http::json(200, &Answer { url: &endpoint.url, secret, former_until })?)
}
