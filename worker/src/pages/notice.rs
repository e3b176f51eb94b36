//! A page that says why there is no form.

use askama::Template;
use warifu_core::locale::Locale;

use super::{Framing, WIDGET, html};
use crate::{
    config::Config,
    problem::{Problem, ProblemCode},
    response::Response,
};

/// What kind of thing went wrong.
enum NoticeKind {
    NotFound,
    Fault,
    Refused,
    /// The page that frames it is of none of the merchant's origins.
    Elsewhere,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticeView<'a> {
    ja: bool,
    style: &'a str,
    assets: &'static str,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    kind: NoticeKind,
    error_code: &'static str,
}

/// Shows a problem to a person. The page holds nothing of any challenge, so any page may frame it,
/// and a merchant's page then learns which mistake it was.
pub(crate) fn show(
    config: &Config,
    locale: Locale,
    problem: &Problem,
) -> Result<Response, Problem> {
    let style = &config.style;
    let (kind, error_code) = match problem.code {
        ProblemCode::ChallengeNotFound | ProblemCode::NotFound => {
            (NoticeKind::NotFound, "challenge-not-found")
        }
        ProblemCode::OriginNotAllowed => (NoticeKind::Elsewhere, "origin-not-allowed"),
        code if code.status() >= 500 => (NoticeKind::Fault, "internal"),
        _ => (NoticeKind::Refused, "internal"),
    };
    let view = NoticeView {
        ja: locale.is_japanese(),
        style: &style.css,
        assets: WIDGET,
        issuer: config.issuer_name.of(locale),
        programme: config.programme.of(locale),
        contact: config.issuer_contact.of(locale),
        kind,
        error_code,
    };
    // It has no form.
    let framing = Framing::Anybody { origin: "", images: "" };
    Ok(problem.mark(html(&view.render()?, style, framing, None)))
}
