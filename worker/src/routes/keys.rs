//! `/v1/merchants/{id}/keys`: minting and revoking a merchant's keys.

use serde::Serialize;
use warifu_core::{ids::KeyId, secret::ApiKey};

use super::merchants::parse;
use crate::{
    auth,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    problem::{Problem, ProblemCode},
    random,
    request_context::RequestContext,
    response::Response,
    store::{KeyOwner, Store},
};

/// Mints a key: shown in this answer and never again. Earlier keys stay valid until revoked.
pub(crate) async fn mint(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Minted<'a> {
        id: &'a KeyId,
        key: &'a str,
        created_at: String,
    }
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let merchant = parse(id)?;
    let store = Store::of(&ctx.env)?;
    store.merchant(&merchant).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let key = ApiKey::mint(
        ctx.config.merchant_key_prefix(),
        random::bytes()?,
        ctx.config.active_key_mac_key(),
    );
    let now = ctx.now().await?;
    let id = KeyId::random(random::bytes()?);
    let owner = KeyOwner { merchant, id, created_at: Some(now) };
    store.put_key(&key.fingerprint(), &owner, now).await?;
    let minted = Minted { id: &owner.id, key: key.reveal(), created_at: now.rfc3339() };
    Ok(http::json(201, &minted)?)
}

/// Revokes a key. Other locations may take it for up to a minute more, as KV is eventually
/// consistent.
pub(crate) async fn revoke(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    key: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let key = KeyId::parse(key).map_err(|_| ProblemCode::KeyNotFound.problem())?;
    if !Store::of(&ctx.env)?.delete_key(&parse(id)?, &key).await? {
        return Err(ProblemCode::KeyNotFound.problem());
    }
    Ok(Response::empty(204))
}
