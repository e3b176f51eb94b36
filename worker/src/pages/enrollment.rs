//! The enrollment pages: how a cardholder changes the way codes come. No script runs in them.

use askama::Template;
use warifu_core::{
    cardholder::{SessionState, SessionView},
    contact::Via,
    locale::Locale,
};

use super::{
    Framing, html,
    words::{self, Reason},
};
use crate::{
    config::Config,
    http::Address,
    problem::{Problem, ProblemCode},
    response::Response,
    style::Style,
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

/// How a new app gets its secret. No `Debug`: it holds the secret three times.
pub(crate) struct AppSetUp {
    /// The QR code of `uri` with its quiet zone; the page makes it dark on white.
    pub(crate) svg: String,
    /// `otpauth:`, for an app on the same device.
    pub(crate) uri: String,
    /// The secret to be typed, in groups of four.
    pub(crate) secret: Vec<String>,
    /// The name of the entry in the app.
    pub(crate) name: String,
}

/// One way codes can come: the value in the form, and the words of its label.
struct Offer {
    channel: &'static str,
    name: String,
    chosen: bool,
}

enum Step<'a> {
    Choose { offers: Vec<Offer> },
    Confirm { chosen: Offer, app: Option<&'a AppSetUp> },
    Done { app: bool },
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
    /// The status in the page's markup, by which the style tells ends apart.
    status: &'static str,
    /// The number of the step, of three; 0 when the procedure is over.
    number: usize,
    step: Step<'a>,
    action: &'a str,
    current: String,
    /// Whether `outcome` is a refusal, which the title then says too.
    refused: bool,
    /// The sentence that says what was refused, or how the procedure ended.
    outcome: String,
    return_to: String,
}

impl<'a> EnrollmentView<'a> {
    fn new(config: &'a Config, locale: Locale, status: &'static str, step: Step<'a>) -> Self {
        Self {
            ja: locale.is_japanese(),
            style: "",
            issuer: config.issuer_name.of(locale),
            programme: config.programme.of(locale),
            contact: config.issuer_contact.of(locale),
            terms_url: config.terms_url.of(locale),
            terms_version: config.terms_version.as_str(),
            status,
            number: match step {
                Step::Choose { .. } => 1,
                Step::Confirm { .. } => 2,
                Step::Done { .. } => 3,
                Step::Over => 0,
            },
            step,
            action: "",
            current: String::new(),
            refused: false,
            outcome: String::new(),
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
            refused: page.problem.is_some(),
            outcome: page
                .problem
                .map(|problem| words::refusal(locale, reason(problem)))
                .transpose()?
                .unwrap_or_default(),
            ..Self::new(config, locale, status, step)
        })
    }

    fn answer(self, config: &Config, problem: Option<&Problem>) -> Result<Response, Problem> {
        let style = Style::enrollment(&config.style);
        let body = EnrollmentView { style: &style.css, ..self }.render()?;
        let response = html(&body, &style, Framing::Never, None);
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
    // A cardholder who comes to change the channel wants another one than the current.
    let preselected =
        page.offers.iter().map(Via::channel).find(|channel| Some(*channel) != current);
    let preselected = preselected.or(current);
    let mut offers = Vec::new();
    for via in page.offers {
        offers.push(Offer::of(session.locale, via, Some(via.channel()) == preselected)?);
    }
    EnrollmentView::of(config, page, "pending", Step::Choose { offers })?
        .answer(config, page.problem)
}

/// Step 2: what will change. `app`: how an app gets its secret, for the choice of an app alone; the
/// cardholder proves it with a code.
pub(crate) fn confirm(
    config: &Config,
    page: &Page<'_>,
    chosen: &Via,
    app: Option<&AppSetUp>,
) -> Result<Response, Problem> {
    let chosen = Offer::of(page.session.locale, chosen, true)?;
    EnrollmentView::of(config, page, "pending", Step::Confirm { chosen, app })?
        .answer(config, page.problem)
}

/// Step 3: it was changed.
pub(crate) fn done(config: &Config, page: &Page<'_>) -> Result<Response, Problem> {
    let app = page.session.current == Some(Via::App);
    let mut view = EnrollmentView::of(config, page, "verified", Step::Done { app })?;
    view.return_to = back(page.session);
    view.answer(config, page.problem)
}

/// The cardholder gave up: nothing was changed.
pub(crate) fn canceled(config: &Config, page: &Page<'_>) -> Result<Response, Problem> {
    let end = (Reason::SessionCanceled, "canceled");
    over(config, page.session.locale, Some(page.session), end, None)
}

/// The procedure cannot go on, or is over.
pub(crate) fn stopped(
    config: &Config,
    locale: Locale,
    session: Option<&SessionView>,
    problem: &Problem,
) -> Result<Response, Problem> {
    let used = problem.code == ProblemCode::EnrollmentSessionUsed;
    let (reason, status) = match session.map(|session| session.state).filter(|_| used) {
        Some(SessionState::Changed) => (Reason::SessionChanged, "verified"),
        Some(SessionState::Canceled) => (Reason::SessionCanceled, "canceled"),
        Some(SessionState::Failed) => (Reason::SessionFailed, "error"),
        Some(SessionState::Open | SessionState::Expired) | None => (reason(problem), "error"),
    };
    over(config, locale, session, (reason, status), Some(problem))
}

fn over(
    config: &Config,
    locale: Locale,
    session: Option<&SessionView>,
    (reason, status): (Reason, &'static str),
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let mut view = EnrollmentView::new(config, locale, status, Step::Over);
    view.refused = status == "error";
    view.outcome = words::refusal(locale, reason)?;
    view.return_to = session.map(back).unwrap_or_default();
    view.answer(config, problem)
}

/// The address of the member site with the end of the procedure in its query; empty without one.
fn back(session: &SessionView) -> String {
    let Some(url) = &session.return_url else { return String::new() };
    let end = match session.state {
        SessionState::Changed => "changed",
        SessionState::Canceled => "canceled",
        SessionState::Open | SessionState::Failed | SessionState::Expired => return url.clone(),
    };
    Address::parse(url).map(|url| url.with_query("warifu-enrollment", end)).unwrap_or_default()
}

impl Offer {
    fn of(locale: Locale, via: &Via, chosen: bool) -> Result<Self, Problem> {
        let name = words::method(locale, Some(via))?;
        Ok(Self { channel: via.channel().as_str(), name, chosen })
    }
}

/// The reason of a problem in the words of the enrollment pages, where there is no purchase.
fn reason(problem: &Problem) -> Reason {
    match Reason::of(problem) {
        Reason::WrongCode { tries_left: 0 } => Reason::SessionFailed,
        Reason::OriginNotAllowed => Reason::Elsewhere,
        Reason::NotFound => Reason::SessionNotFound,
        reason => reason,
    }
}

#[cfg(test)]
mod tests;
