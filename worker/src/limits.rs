//! Coarse rate limits in front of everything exact. They are the platform's own and approximate;
//! what must be exact is counted in the cardholder object.

use std::net::IpAddr;

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

/// One customer's addresses: an IPv4 address, also one that is mapped into IPv6 (RFC 4291, 2.5.5.2),
/// or the /64 of an IPv6 address. What is no address counts as it is.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests;
