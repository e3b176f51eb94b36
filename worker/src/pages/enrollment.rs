//! The enrollment pages: how a cardholder changes the way codes come. No script runs in them.

use askama::Template;
use warifu_core::{cardholder::SessionView, contact::Via, locale::Locale};

use super::{
    Framing, Style, html,
    words::{self, Event, Reason},
};
use crate::{
    config::Config,
    http::{Address, Response},
    problem::Problem,
};

/// What every page of the procedure shows.
pub(crate) struct Page<'a> {
    pub(crate) session: &'a SessionView,
    /// The procedure's address, which its posts go below.
    pub(crate) action: &'a str,
    /// What may be chosen.
    pub(crate) offers: &'a [Via],
    /// Why the step before this one was refused.
    pub(crate) problem: Option<&'a Problem>,
}

/// How a new app gets its secret. No `Debug`: it holds it three times.
pub(crate) struct AppSetUp {
    /// The QR code of `uri`; the page gives it its quiet zone.
    pub(crate) svg: String,
    /// `otpauth:`, for an app on the same device.
    pub(crate) uri: String,
    /// To be typed, in groups of four.
    pub(crate) secret: String,
}

/// One way codes can come, as its form names it and as it is read.
struct Offer {
    channel: &'static str,
    name: String,
    chosen: bool,
}

enum Step<'a> {
    Choose { offers: Vec<Offer> },
    Confirm { chosen: Offer, app: Option<&'a AppSetUp> },
    Done,
    Over,
}

#[derive(Template)]
#[template(path = "enrollment.html")]
struct EnrollmentView<'a> {
    ja: bool,
    style: &'a str,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    terms_url: &'a str,
    terms_version: &'a str,
    /// The form's style tells ends apart by it.
    status: &'static str,
    /// Of the three; 0 when the procedure is over.
    number: u8,
    step: Step<'a>,
    action: &'a str,
    current: String,
    with_app: bool,
    /// What was refused, or how the procedure ended.
    said: String,
    return_to: String,
}

impl<'a> EnrollmentView<'a> {
    fn new(config: &'a Config, locale: Locale, status: &'static str, step: Step<'a>) -> Self {
        Self {
            ja: locale == Locale::Ja,
            style: "",
            issuer: config.issuer_name.of(locale),
            programme: &config.programme,
            contact: config.issuer_contact.of(locale),
            terms_url: config.terms_url.of(locale),
            terms_version: config.terms_version.as_str(),
            status,
            number: match step {
                Step::Choose { .. } => 1,
                Step::Confirm { .. } => 2,
                Step::Done => 3,
                Step::Over => 0,
            },
            step,
            action: "",
            current: String::new(),
            with_app: false,
            said: String::new(),
            return_to: String::new(),
        }
    }

    fn of(
        config: &'a Config,
        page: &Page<'a>,
        status: &'static str,
        step: Step<'a>,
    ) -> Result<Self, Problem> {
        let locale = page.session.locale;
        Ok(Self {
            action: page.action,
            current: words::method(locale, page.session.current.as_ref())?,
            with_app: page.offers.contains(&Via::App),
            said: page
                .problem
                .map(|problem| told(locale, problem))
                .transpose()?
                .unwrap_or_default(),
            ..Self::new(config, locale, status, step)
        })
    }

    fn answer(
        self,
        config: &Config,
        return_url: Option<&str>,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let style = Style::enrollment(&config.style);
        let body = EnrollmentView { style: &style.css, ..self }.render()?;
        let response = html(&body, &style, Framing::Never, return_url);
        match problem {
            Some(problem) => Ok(problem.mark(response)),
            None => Ok(response),
        }
    }
}

/// Step 1: what is registered, and what may take its place.
pub(crate) fn choose(config: &Config, page: &Page<'_>) -> Result<Response, Problem> {
    let session = page.session;
    let current = session.current.as_ref().map(Via::channel);
    // Who comes to change something wants another one.
    let wanted = page.offers.iter().map(Via::channel).find(|channel| Some(*channel) != current);
    let wanted = wanted.or(current);
    let mut offers = Vec::new();
    for via in page.offers {
        offers.push(Offer::of(session.locale, via, Some(via.channel()) == wanted)?);
    }
    EnrollmentView::of(config, page, "pending", Step::Choose { offers })?.answer(
        config,
        session.return_url.as_deref(),
        page.problem,
    )
}

/// Step 2: what will change; `app` is there for an app only, which has to show that it works.
pub(crate) fn confirm(
    config: &Config,
    page: &Page<'_>,
    chosen: &Via,
    app: Option<&AppSetUp>,
) -> Result<Response, Problem> {
    let session = page.session;
    let chosen = Offer::of(session.locale, chosen, true)?;
    EnrollmentView::of(config, page, "pending", Step::Confirm { chosen, app })?.answer(
        config,
        session.return_url.as_deref(),
        page.problem,
    )
}

/// Step 3: it was changed.
pub(crate) fn done(config: &Config, page: &Page<'_>) -> Result<Response, Problem> {
    let session = page.session;
    let return_url = session.return_url.as_deref();
    let mut view = EnrollmentView::of(config, page, "verified", Step::Done)?;
    view.with_app = session.current == Some(Via::App);
    view.return_to = return_url
        .and_then(Address::parse)
        .map(|url| url.with_query("warifu-enrollment", "changed"))
        .unwrap_or_default();
    view.answer(config, return_url, page.problem)
}

/// The cardholder gave up, and came from nowhere to go back to.
pub(crate) fn canceled(config: &Config, locale: Locale) -> Result<Response, Problem> {
    let mut view = EnrollmentView::new(config, locale, "canceled", Step::Over);
    view.said = words::event(locale, Event::ChangeCanceled)?;
    view.answer(config, None, None)
}

/// The procedure cannot go on.
pub(crate) fn stopped(
    config: &Config,
    locale: Locale,
    return_to: Option<&str>,
    problem: &Problem,
) -> Result<Response, Problem> {
    let mut view = EnrollmentView::new(config, locale, "error", Step::Over);
    view.said = told(locale, problem)?;
    view.return_to = return_to.unwrap_or_default().to_owned();
    view.answer(config, None, Some(problem))
}

impl Offer {
    fn of(locale: Locale, via: &Via, chosen: bool) -> Result<Self, Problem> {
        let name = words::method(locale, Some(via))?;
        Ok(Self { channel: via.channel().as_str(), name, chosen })
    }
}

/// A refusal as it is told here, where there is no purchase to speak of.
fn told(locale: Locale, problem: &Problem) -> Result<String, Problem> {
    let reason = match Reason::of(problem) {
        Reason::WrongCode { tries_left: 0 } => Reason::SessionFailed,
        Reason::OriginNotAllowed => Reason::Elsewhere,
        Reason::NotFound => Reason::SessionNotFound,
        reason => reason,
    };
    Ok(words::refusal(locale, reason)?)
}

#[cfg(test)]
mod tests;
