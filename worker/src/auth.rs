//! Authentication of callers: the issuer, or a merchant.

use warifu_core::{ids::MerchantId, secret::ApiKey};

use crate::{
    http::{Incoming, network},
    limits,
    log::{Caller, LogEvent},
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
        // The only key there is. Where several have names, its name stands here.
        ctx.is_acted_in_by("issuer");
        Ok(())
    } else {
        note_wrong(ctx, incoming, "issuer");
        Err(ProblemCode::InvalidKey.problem())
    }
}

/// Logs that a key was refused.
pub(crate) fn note_wrong(ctx: &RequestContext, incoming: &Incoming, door: &str) {
    let address = &network(&incoming.address());
    ctx.log(&LogEvent::KeyRefused { door, why: "unknown or revoked", address });
}

/// Lets only a merchant pass, and within its rate.
pub(crate) async fn merchant(
    ctx: &RequestContext,
    incoming: &Incoming,
) -> Result<AuthenticatedMerchant, Problem> {
    let merchant = merchant_of_key(ctx, &bearer(incoming)?).await?;
    merchant.ok_or_else(|| {
        note_wrong(ctx, incoming, "merchant");
        ProblemCode::InvalidKey.problem()
    })
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
    ctx.called_by(Caller::Merchant(owner.merchant.clone()));
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
