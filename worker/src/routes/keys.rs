//! `/v1/merchants/{id}/keys`: minting and revoking a merchant's keys, live ones and those for tests.

use serde::Serialize;
use warifu_core::{
    ids::KeyId,
    secret::{ApiKey, KeyMode},
};

use super::merchants::parse;
use crate::{
    audit, auth,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    random,
    request_context::RequestContext,
    response::Response,
    store::{KeyOwner, Store},
};

/// Mints a key: shown in this answer and never again. Earlier keys stay valid until revoked.
pub(crate) async fn mint(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Minted<'a> {
        id: &'a KeyId,
        key: &'a str,
        mode: &'static str,
        created_at: String,
    }
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let merchant = parse(id)?;
    let mode = mode(ctx, incoming).await?;
    let store = Store::of(&ctx.env)?;
    store.merchant(&merchant).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let key = ApiKey::mint(mode.prefix(), random::bytes()?, ctx.config.active_key_mac_key());
    let now = ctx.now().await?;
    let id = KeyId::random(random::bytes()?);
    let owner = KeyOwner { merchant, id, created_at: Some(now) };
    let act = Act::KeyCreated { merchant: &owner.merchant, key: &owner.id, mode };
    audit::tell(ctx, &act).await;
    store.put_key(&key.fingerprint(), &owner, mode, now).await?;
    audit::log(ctx, &act);
    let minted =
        Minted { id: &owner.id, key: key.reveal(), mode: mode.as_str(), created_at: now.rfc3339() };
    Ok(http::json(201, &minted)?)
}

/// What the new key is for: for real purchases where nothing is said of it. A body may be missing, as
/// it was before there were test keys.
async fn mode(ctx: &RequestContext, incoming: &mut Incoming) -> Result<KeyMode, Problem> {
    let body = incoming.body().await?;
    let name = if body.is_empty() {
        None
    } else {
        let mut fields = body.json()?;
        let name = fields.optional_text("mode")?;
        fields.end()?;
        name
    };
    match name.as_deref().map_or(Some(KeyMode::Live), KeyMode::parse) {
        Some(mode) if ctx.config.test_mode.takes(mode) => Ok(mode),
        Some(KeyMode::Test) => Err(Problem::field("mode", "be live: TEST_MODE is off")),
        Some(KeyMode::Live) => Err(Problem::field("mode", "be test: TEST_MODE is only")),
        None => Err(Problem::field("mode", "be live or test")),
    }
}

/// Revokes a key. Elsewhere it may be taken for up to 90 seconds more: KV is about a minute behind
/// itself, and an isolate remembers what it read for 30 seconds.
pub(crate) async fn revoke(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    key: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let key = KeyId::parse(key).map_err(|_| ProblemCode::KeyNotFound.problem())?;
    let (store, merchant) = (Store::of(&ctx.env)?, parse(id)?);
    let listed = store.listed_key(&merchant, &key).await?;
    let fingerprint = listed.ok_or_else(|| ProblemCode::KeyNotFound.problem())?;
    let act = Act::KeyRevoked { merchant: &merchant, key: &key };
    audit::tell(ctx, &act).await;
    let deleted = store.delete_key(&merchant, &key, &fingerprint).await;
    ctx.merchants.forget();
    deleted?;
    audit::log(ctx, &act);
    Ok(Response::empty(204))
}
