//! What anybody may read.

use std::time::Duration;

use serde::Serialize;

use crate::{
    http::{self},
    problem::{Problem, ProblemCode},
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

/// How long after an answer what it says of our contact may be relied on: a copy that is found of a
/// deployment that is gone has expired. RFC 9116 §2.5.5 advises less than a year.
const CONTACT_LIFE: Duration = Duration::from_secs(90 * 86_400);

/// Whom to tell of a vulnerability (RFC 9116). Without `SECURITY_CONTACT` there is no such file: one
/// without a contact would not be valid, and a contact that we make up would reach nobody.
pub(crate) async fn security_text(ctx: &RequestContext) -> Result<Response, Problem> {
    let contact = ctx.config.security_contact.as_deref();
    let contact = contact.ok_or_else(|| ProblemCode::NotFound.problem())?;
    let expires = ctx.now().await?.plus(CONTACT_LIFE).rfc3339();
    let origin = &ctx.origin;
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: ja, en\n\
         Canonical: {origin}/.well-known/security.txt\n"
    );
    Ok(Response::with_body(200, "text/plain; charset=utf-8", text))
}

#[cfg(test)]
mod tests;
