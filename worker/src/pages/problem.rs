//! The page that the `type` of a problem leads to.

use askama::Template;
use warifu_core::locale::Locale;

use super::{Framing, html};
use crate::{
    config::Config,
    problem::{Problem, ProblemCode},
    response::Response,
};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemView<'a> {
    ja: bool,
    style: &'a str,
    issuer: &'a str,
    programme: &'a str,
    title: &'a str,
    advice: &'a str,
    code: &'static str,
    status: u16,
}

/// The title of a code, and on the next line what to do about it. In English they are those that the
/// problem itself has.
#[derive(Template)]
#[template(path = "problem.ja.txt")]
struct JapaneseWords {
    code: ProblemCode,
}

/// Says what a code means and what to do about it, to whoever integrates. It runs no script.
pub(crate) fn show(
    config: &Config,
    locale: Locale,
    code: ProblemCode,
) -> Result<Response, Problem> {
    let style = &config.style;
    let japanese = JapaneseWords { code }.render()?;
    let (title, advice) = match locale {
        Locale::Ja => japanese.split_once('\n').unwrap_or((&japanese, "")),
        Locale::En => code.sentences(),
    };
    let view = ProblemView {
        ja: locale.is_japanese(),
        style: &style.css,
        issuer: config.issuer_name.of(locale),
        programme: config.programme.of(locale),
        title,
        advice,
        code: code.name(),
        status: code.status(),
    };
    Ok(html(&view.render()?, style, Framing::Never, None))
}

#[cfg(test)]
mod tests;
