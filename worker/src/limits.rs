//! Coarse rate limits in front of everything exact. They are the platform's own and approximate;
//! what must be exact is counted in the cardholder object.

use warifu_core::ids::MerchantId;

use crate::{http::Incoming, problem::Problem, request_context::RequestContext};

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

/// One customer's addresses: an IPv4 address, or the /64 of an IPv6 address in the platform's
/// spelling (RFC 5952).
fn network(address: &str) -> String {
    if !address.contains(':') {
        return address.to_owned();
    }
    // `::` stands for the zeros that eight groups lack.
    let given = || address.split(':').filter(|group| !group.is_empty());
    let head = address.split(':').take_while(|group| !group.is_empty());
    let zeros = std::iter::repeat_n("0", 8_usize.saturating_sub(given().count()));
    let tail = given().skip(head.clone().count());
    head.chain(zeros).chain(tail).take(4).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests;
