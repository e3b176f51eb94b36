//! Coarse rate limits in front of everything exact. They are the platform's own and approximate;
//! what must be exact is counted in the cardholder object.

use warifu_core::ids::MerchantId;

use crate::{
    http::{Incoming, network},
    problem::Problem,
    request_context::RequestContext,
};

/// The window of all limits, in seconds; the same number stands in wrangler.toml.
const WINDOW_SECONDS: u64 = 60;

/// Lets a merchant's calls pass within its rate.
pub(crate) async fn merchant(ctx: &RequestContext, id: &MerchantId) -> Result<(), Problem> {
    limit(ctx, "MERCHANT_RATE", id.as_str().to_owned()).await
}

/// Lets a browser's calls pass within the rate of its address.
pub(crate) async fn address(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    limit(ctx, "ADDRESS_RATE", network(&incoming.address())).await
}

/// Lets a provider's receipts pass within the rate of its address.
pub(crate) async fn receipts(ctx: &RequestContext, incoming: &Incoming) -> Result<(), Problem> {
    limit(ctx, "RECEIPT_RATE", network(&incoming.address())).await
}

async fn limit(ctx: &RequestContext, binding: &str, key: String) -> Result<(), Problem> {
    let limiter = ctx.env.rate_limiter(binding).map_err(|_| Problem::unbound(binding))?;
    if limiter.limit(key).await?.success {
        Ok(())
    } else {
        Err(Problem::rate_limited(WINDOW_SECONDS))
    }
}

#[cfg(test)]
mod tests;
