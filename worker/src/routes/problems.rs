//! Where the `type` of a problem leads.

use crate::{
    http::Incoming,
    pages,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
};

/// The page of a code, in the language of the parameter `lang` or of the browser.
pub(crate) fn show(
    ctx: &RequestContext,
    incoming: &Incoming,
    slug: &str,
) -> Result<Response, Problem> {
    let code = ProblemCode::of_slug(slug).ok_or_else(|| ProblemCode::NotFound.problem())?;
    pages::problem::show(&ctx.config, incoming.page_locale(), code)
}
