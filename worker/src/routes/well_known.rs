//! What anybody may read.

use serde::Serialize;

use crate::{
    http::{self},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
    signing::PublicJwk,
};

/// Whether the service runs, and which version.
pub(crate) fn health() -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        version: &'static str,
    }
    Ok(http::json(200, &Health { status: "ok", version: env!("CARGO_PKG_VERSION") })?)
}

/// The keys that attestations are checked with (RFC 7517).
pub(crate) fn jwks(ctx: &RequestContext) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Jwks<'a> {
        keys: Vec<PublicJwk<'a>>,
    }
    let response = http::json_as(
        "application/jwk-set+json",
        200,
        &Jwks { keys: ctx.config.signing.public() },
    )?;
    Ok(response
        .with_header("Cache-Control", "public, max-age=300")
        .with_header("Access-Control-Allow-Origin", "*"))
}
