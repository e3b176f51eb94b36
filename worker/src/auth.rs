//! Authentication of callers: the issuer, or a merchant.

use warifu_core::{ids::MerchantId, secret::ApiKey};

use crate::{
    http::Incoming,
    limits,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    store::{Merchant, Store},
};

/// A merchant that proved itself with one of its keys.
pub(crate) struct AuthenticatedMerchant {
    pub(crate) id: MerchantId,
    pub(crate) registered: Merchant,
}

/// Lets only the issuer pass.
pub(crate) fn issuer(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    let key = bearer(incoming)?;
    if key.matches(&ctx.config.issuer_key) {
        Ok(())
    } else {
        Err(ProblemCode::InvalidKey.problem())
    }
}

/// Lets only a merchant pass, and within its rate.
pub(crate) async fn merchant(
    ctx: &RequestContext,
    incoming: &Incoming,
) -> Result<AuthenticatedMerchant, Problem> {
    merchant_of_key(ctx, &bearer(incoming)?).await?.ok_or_else(|| ProblemCode::InvalidKey.problem())
}

/// The merchant that a key belongs to. `None` for a key that is unknown, revoked, or of a merchant
/// that was removed.
pub(crate) async fn merchant_of_key(
    ctx: &RequestContext,
    key: &ApiKey,
) -> Result<Option<AuthenticatedMerchant>, Problem> {
    if !key.reveal().starts_with(ctx.config.merchant_key_prefix()) {
        return Ok(None);
    }
    let store = Store::of(&ctx.env)?;
    let Some(owner) = store.key_owner(&key.fingerprint()).await? else {
        return Ok(None);
    };
    limits::merchant(ctx, &owner.merchant).await?;
    let registered = store.merchant(&owner.merchant).await?;
    let registered = registered.filter(|registered| registered.owns(&owner));
    Ok(registered.map(|registered| AuthenticatedMerchant { id: owner.merchant, registered }))
}

fn bearer(incoming: &Incoming) -> Result<ApiKey, Problem> {
    let header =
        incoming.header("authorization").ok_or_else(|| ProblemCode::MissingKey.problem())?;
    let (scheme, key) = header.split_once(' ').ok_or_else(|| ProblemCode::InvalidKey.problem())?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ProblemCode::MissingKey.problem());
    }
    Ok(ApiKey::presented(key.trim()))
}
