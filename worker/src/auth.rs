//! Authentication of callers: the issuer, a merchant, or a directory server.
//!
//! A key is proved first, and only a failure is counted. So a right key is never refused for wrong
//! ones that came from the same address.

mod directory_server;

pub(crate) use directory_server::directory_server;

use warifu_core::{
    ids::MerchantId,
    secret::{ApiKey, KeyMode, KeyProof},
};

use crate::{
    clock,
    http::{Incoming, network},
    issuer_keys::IssuerAct,
    limits,
    log::{Caller, LogEvent},
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    store::{KeyOwner, Merchant, Store},
};

/// A merchant that proved itself with one of its keys.
pub(crate) struct AuthenticatedMerchant {
    pub(crate) id: MerchantId,
    pub(crate) registered: Merchant,
}

/// A merchant that proved itself with one of its test keys. What takes a live one does not take it.
pub(crate) struct TestMerchant {
    pub(crate) id: MerchantId,
    pub(crate) registered: Merchant,
}

/// Whoever proved itself with a merchant's key.
pub(crate) enum KeyHolder {
    Live(AuthenticatedMerchant),
    Test(TestMerchant),
}

/// Where a key was presented, as the log names it.
#[derive(Clone, Copy)]
enum Door {
    Issuer,
    Merchant,
    Siteverify,
    DirectoryServer,
}

impl Door {
    fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Merchant => "merchant",
            Self::Siteverify => "siteverify",
            Self::DirectoryServer => "directory server",
        }
    }
}

/// Why a key opens nothing. For the log alone: callers are not told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrongKey {
    /// Its form or its MAC is not ours. Nothing was looked up.
    MadeUp,
    /// It has no MAC, and this deployment takes no such key. Nothing was looked up.
    WithoutMac,
    /// Its mode is one that this deployment does not take (`TEST_MODE`). Nothing was looked up.
    OfOtherMode,
    /// A certificate that proves nothing was shown.
    Certificate,
    /// No key of this text is valid: it never was, it was revoked, or its merchant was removed.
    Unknown,
}

impl WrongKey {
    fn as_str(self) -> &'static str {
        match self {
            Self::MadeUp => "made up",
            Self::WithoutMac => "without a MAC",
            Self::OfOtherMode => "of a mode that TEST_MODE excludes",
            Self::Certificate => "a certificate that proves nothing",
            Self::Unknown => "unknown or revoked",
        }
    }
}

/// Lets only the issuer pass, with a key whose scope allows `act`. Each line that the request logs
/// from here on names the key.
pub(crate) async fn issuer(
    ctx: &RequestContext,
    incoming: &Incoming,
    act: IssuerAct,
) -> Result<(), Problem> {
    let presented = bearer(incoming)?;
    let Some(key) = ctx.config.issuer_keys.find(&presented) else {
        note_wrong(ctx, incoming, Door::Issuer, WrongKey::Unknown).await?;
        return Err(ProblemCode::InvalidKey.problem());
    };
    ctx.called_by(Caller::Issuer { key: key.name.clone() });
    if key.scope.allows(act) {
        return Ok(());
    }
    let needed = act.scope().as_str();
    ctx.log(&LogEvent::ScopeMissing { needed });
    Err(Problem::insufficient_scope(needed))
}

/// Lets only a merchant pass, and within its rate. Its key says whether it tests.
pub(crate) async fn merchant(
    ctx: &RequestContext,
    incoming: &Incoming,
) -> Result<KeyHolder, Problem> {
    let merchant = at_door(ctx, incoming, Door::Merchant, &bearer(incoming)?).await?;
    merchant.ok_or_else(|| ProblemCode::InvalidKey.problem())
}

/// The merchant whose key is the `secret` of a siteverify call; `None` for a wrong one.
pub(crate) async fn merchant_of_secret(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Option<KeyHolder>, Problem> {
    at_door(ctx, incoming, Door::Siteverify, &ApiKey::presented(secret)).await
}

async fn at_door(
    ctx: &RequestContext,
    incoming: &Incoming,
    door: Door,
    key: &ApiKey,
) -> Result<Option<KeyHolder>, Problem> {
    match merchant_of_key(ctx, key).await? {
        Ok(merchant) => Ok(Some(merchant)),
        Err(wrong) => note_wrong(ctx, incoming, door, wrong).await.map(|()| None),
    }
}

/// The merchant that a key belongs to. A key that we did not make is refused without a look-up.
async fn merchant_of_key(
    ctx: &RequestContext,
    key: &ApiKey,
) -> Result<Result<KeyHolder, WrongKey>, Problem> {
    let (config, mode) = (&ctx.config, key.mode());
    if !config.test_mode.takes(mode) {
        return Ok(Err(WrongKey::OfOtherMode));
    }
    match key.proof(mode.prefix(), config.key_mac_keys()) {
        KeyProof::MadeUp => return Ok(Err(WrongKey::MadeUp)),
        KeyProof::WithoutMac if config.key_mac_required => return Ok(Err(WrongKey::WithoutMac)),
        KeyProof::Made | KeyProof::WithoutMac => {}
    }
    let Some((owner, registered)) = proved(ctx, key).await? else {
        return Ok(Err(WrongKey::Unknown));
    };
    let KeyOwner { merchant: id, id: key, .. } = owner;
    match mode {
        KeyMode::Live => {
            ctx.called_by(Caller::Merchant { id: id.clone(), key });
            limits::merchant(ctx, &id).await?;
            Ok(Ok(KeyHolder::Live(AuthenticatedMerchant { id, registered })))
        }
        KeyMode::Test => {
            ctx.called_by(Caller::TestMerchant { id: id.clone(), key });
            limits::merchant_in_tests(ctx, &id).await?;
            Ok(Ok(KeyHolder::Test(TestMerchant { id, registered })))
        }
    }
}

/// The owner of a key and how it is registered: as KV says, or as it said a moment ago. `None` for a
/// key that proves nothing.
async fn proved(
    ctx: &RequestContext,
    key: &ApiKey,
) -> Result<Option<(KeyOwner, Merchant)>, Problem> {
    let (fingerprint, now) = (key.fingerprint(), clock::platform());
    if let Some(known) = ctx.merchants.find(&fingerprint, now) {
        return Ok(Some(known));
    }
    let (store, as_of) = (Store::of(&ctx.env)?, ctx.merchants.as_of());
    let Some(owner) = store.key_owner(&fingerprint).await? else { return Ok(None) };
    // Before anything is put down to the merchant: a key can outlive the merchant that it was made
    // for, and another may have the id by now.
    let registered = store.merchant(&owner.merchant).await?;
    let Some(registered) = registered.filter(|registered| registered.owns(&owner)) else {
        return Ok(None);
    };
    ctx.merchants.remember(fingerprint, (&owner, &registered), as_of, now);
    Ok(Some((owner, registered)))
}

/// Counts a wrong key for its address, and logs it.
///
/// # Errors
/// When the address sends too many of them.
async fn note_wrong(
    ctx: &RequestContext,
    incoming: &Incoming,
    door: Door,
    wrong: WrongKey,
) -> Result<(), Problem> {
    let counted = limits::wrong_key(ctx, incoming).await;
    let (door, why, address) = (door.as_str(), wrong.as_str(), &network(&incoming.address()));
    match &counted {
        Err(problem) if problem.code == ProblemCode::TooManyWrongKeys => {
            ctx.log(&LogEvent::KeyThrottled { door, why, address });
        }
        Ok(()) | Err(_) => ctx.log(&LogEvent::KeyRefused { door, why, address }),
    }
    counted
}

/// The key of the header. A header of another form holds none that is right.
fn bearer(incoming: &Incoming) -> Result<ApiKey, Problem> {
    let header =
        incoming.header("authorization").ok_or_else(|| ProblemCode::MissingKey.problem())?;
    let Some((scheme, key)) = header.split_once(' ') else { return Ok(ApiKey::presented("")) };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ProblemCode::MissingKey.problem());
    }
    Ok(ApiKey::presented(key.trim()))
}

#[cfg(test)]
mod tests;
