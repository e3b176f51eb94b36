//! Where the `type` of a problem leads.

use warifu_core::locale::Locale;

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
    let locale = match incoming.query("lang") {
        Some(tag) => Locale::from_tag(&tag),
        None => {
            Locale::from_accept_language(&incoming.header("accept-language").unwrap_or_default())
        }
    };
    pages::problem::show(&ctx.config, locale, code)
}
