//! Coarse rate limits in front of everything exact. They are the platform's own and approximate;
//! what must be exact is counted in the cardholder object.
//!
//! A limit that fails lets pass. It holds back load and nothing else: secrets and keys cannot be
//! guessed, and tries and sends are counted in objects. A cardholder in the middle of a purchase is worth
//! more than a count that is approximate anyway.

use warifu_core::ids::MerchantId;

use worker::RateLimiter;

use crate::{
    bindings::within,
    http::{Incoming, network},
    problem::Problem,
    request_context::RequestContext,
};

/// The window of all limits, in seconds; the same number stands in wrangler.toml.
const WINDOW_SECONDS: u64 = 60;

/// How long a limit is waited for, in milliseconds. It counts beside the Worker, without a way.
const PATIENCE_MS: u32 = 1_000;

/// By address: calls whose client secret or token is made up.
const ADDRESS_RATE: &str = "ADDRESS_RATE";
/// By challenge or enrollment session.
const FORM_RATE: &str = "FORM_RATE";
/// By address: wrong keys.
const FAILURE_RATE: &str = "FAILURE_RATE";

/// Lets a merchant's calls pass within its rate.
pub(crate) async fn merchant(ctx: &RequestContext, id: &MerchantId) -> Result<(), Problem> {
    limit(ctx, "MERCHANT_RATE", id.as_str().to_owned()).await
}

/// Lets a merchant's test calls pass within the same rate, counted apart from live ones.
pub(crate) async fn merchant_in_tests(
    ctx: &RequestContext,
    id: &MerchantId,
) -> Result<(), Problem> {
    limit(ctx, "MERCHANT_RATE", format!("test/{}", id.as_str())).await
}

/// Lets calls whose client secret or token is made up pass within the rate of their address. Whoever
/// has a right one is not counted here: a carrier's customers share an address.
pub(crate) async fn address(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    limit(ctx, ADDRESS_RATE, network(&incoming.address())).await
}

/// Lets a browser's calls pass within the rate of the challenge or enrollment session whose address
/// they have. `id` was proved by the client secret or the token.
pub(crate) async fn form(ctx: &RequestContext, id: &str) -> Result<(), Problem> {
    limit(ctx, FORM_RATE, id.to_owned()).await
}

/// Counts a wrong key for its address. Called when a key was found wrong, and never for a right one.
///
/// # Errors
/// When the address sends too many.
pub(crate) async fn wrong_key(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    let key = format!("wrong-key/{}", network(&incoming.address()));
    if passes(ctx, FAILURE_RATE, key).await? {
        Ok(())
    } else {
        Err(Problem::too_many_wrong_keys(WINDOW_SECONDS))
    }
}

/// Lets a provider's receipts pass within the rate of its address.
pub(crate) async fn receipts(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    limit(ctx, "RECEIPT_RATE", network(&incoming.address())).await
}

async fn limit(ctx: &RequestContext, binding: &str, key: String) -> Result<(), Problem> {
    if passes(ctx, binding, key).await? {
        Ok(())
    } else {
        Err(Problem::rate_limited(WINDOW_SECONDS))
    }
}

/// Counts one call under `key`; `false` when there are too many.
///
/// # Errors
/// When no limit of that name is bound.
async fn passes(ctx: &RequestContext, binding: &str, key: String) -> Result<bool, Problem> {
    match within(PATIENCE_MS, limiter(ctx, binding)?.limit(key)).await {
        Some(Ok(outcome)) => Ok(outcome.success),
        Some(Err(_)) | None => {
            ctx.fault(&Problem::unavailable(format!("{binding} did not answer")));
            Ok(true)
        }
    }
}

/// The limiter of a binding. A deployment that was set up before `FORM_RATE` and `FAILURE_RATE`
/// counts with `ADDRESS_RATE` in their place: no key of one of them is a key of another.
fn limiter(ctx: &RequestContext, binding: &str) -> Result<RateLimiter, Problem> {
    let bound = |name| ctx.env.rate_limiter(name).map_err(|_| Problem::unbound(name));
    match binding {
        FORM_RATE | FAILURE_RATE => bound(binding).or_else(|_| bound(ADDRESS_RATE)),
        _ => bound(binding),
    }
}

#[cfg(test)]
mod tests;
