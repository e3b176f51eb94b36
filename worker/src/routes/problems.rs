//! Where the `type` of a problem leads, and what an address is answered where nothing is.

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

/// Answers an address where nothing is: somebody who opened it sees a page, and not JSON.
pub(crate) fn unknown_address(
    ctx: &RequestContext,
    incoming: &Incoming,
) -> Result<Response, Problem> {
    let problem = ProblemCode::NotFound.problem();
    if !incoming.is_top_level() {
        return Err(problem);
    }
    ctx.refused(&problem);
    let page = pages::problem::show(&ctx.config, incoming.page_locale(), problem.code)?;
    Ok(problem.mark(page))
}
