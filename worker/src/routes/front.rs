//! The address itself, which a person may open who got it from a message or a log.

use crate::{
    http::Incoming, pages, problem::Problem, request_context::RequestContext, response::Response,
};

/// The page at `/`, in the language of the parameter `lang` or of the browser.
pub(crate) fn show(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    pages::front::show(&ctx.config, incoming.page_locale())
}
