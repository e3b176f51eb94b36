//! Coarse rate limits in front of everything exact. They are the platform's own and approximate;
//! what must be exact is counted in the cardholder object.

use std::net::IpAddr;

use warifu_core::ids::MerchantId;

use crate::{edge::Edge, http::Incoming, problem::Problem};

/// The window of both limits, in seconds; the same number stands in wrangler.toml.
const WINDOW_SECONDS: u64 = 60;

/// Lets a merchant's calls pass within its rate.
pub(crate) async fn merchant(edge: &Edge, id: &MerchantId) -> Result<(), Problem> {
    limit(edge, "MERCHANT_RATE", id.as_str().to_owned()).await
}

/// Lets a browser's calls pass within the rate of its address.
pub(crate) async fn address(edge: &Edge, incoming: &Incoming) -> Result<(), Problem> {
    limit(edge, "ADDRESS_RATE", network(&incoming.address())).await
}

async fn limit(edge: &Edge, binding: &str, key: String) -> Result<(), Problem> {
    let outcome = edge.env.rate_limiter(binding)?.limit(key).await?;
    if outcome.success { Ok(()) } else { Err(Problem::rate_limited(WINDOW_SECONDS)) }
}

/// One customer's addresses: an IPv4 address, or the /64 of an IPv6 address.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => "unknown".to_owned(),
    }
}
