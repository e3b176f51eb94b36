//! The objects that know which requests directory servers made before, asked about one.

use warifu_core::{
    known_request::{Repetition, Request},
    wire,
};

use crate::{
    config::KNOWN_REQUESTS, object_call, problem::Problem, request_context::RequestContext,
};

/// Whether a request is the first of its transaction, a repeat of it, or another one.
pub(crate) async fn ask(ctx: &RequestContext, request: &Request) -> Result<Repetition, Problem> {
    let body = wire::write_asked(request, ctx.now().await?)?;
    let reply = object_call::ask(&ctx.asking(), KNOWN_REQUESTS, &request.object(), &body).await?;
    Ok(wire::read_answer(&reply)?)
}
