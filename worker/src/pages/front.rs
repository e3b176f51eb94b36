//! The page at `/`: what this service is, whom to ask, and its terms.

use askama::Template;
use warifu_core::locale::Locale;

use super::{Framing, html};
use crate::{config::Config, problem::Problem, response::Response};

#[derive(Template)]
#[template(path = "front.html")]
struct FrontView<'a> {
    ja: bool,
    style: &'a str,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    terms: &'a str,
    /// Empty where the deployment has none.
    member_site: &'a str,
}

/// Says what this address serves to a person who opens it without a challenge. It runs no script.
pub(crate) fn show(config: &Config, locale: Locale) -> Result<Response, Problem> {
    let style = &config.style;
    let view = FrontView {
        ja: locale.is_japanese(),
        style: &style.css,
        issuer: config.issuer_name.of(locale),
        programme: config.programme.of(locale),
        contact: config.issuer_contact.of(locale),
        terms: config.terms_url.of(locale),
        member_site: config.member_site.as_deref().unwrap_or_default(),
    };
    Ok(html(&view.render()?, style, Framing::Never, None))
}

#[cfg(test)]
mod tests;
