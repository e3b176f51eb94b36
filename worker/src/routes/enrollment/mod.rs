//! The enrollment pages: a cardholder changes the way codes come. Plain forms, no script.

mod app;
mod entered;
mod start;

pub(crate) use start::start;

use warifu_core::{
    cardholder::{
        Choice, Refusal, SessionCommand, SessionEnd, SessionState, SessionView, TriesLeft,
    },
    code::SubmittedCode,
    contact::{Channel, Via},
    locale::Locale,
};

use self::entered::{Entered, Stop};
use crate::{
    http::{self, Body, Incoming},
    log::LogEvent,
    pages::enrollment as pages,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    sealing,
};

/// What the pages can be posted for.
#[derive(Clone, Copy)]
pub(crate) enum Posted {
    /// To change what was confirmed.
    Change,
    /// To give up.
    Cancel,
}

/// Shows the first step, as often as a browser asks.
pub(crate) async fn show(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<Response, Problem> {
    let shown = async {
        let (entered, session) = open(ctx, incoming, token).await?;
        entered.choose(ctx, &session, None)
    };
    finish(ctx, incoming, shown.await)
}

/// Shows the second step: what would change. A GET, because it changes nothing: a telephone that
/// drops the page while the cardholder is in the app shows it again by itself.
pub(crate) async fn confirm(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<Response, Problem> {
    let shown = async {
        let (entered, session) = open(ctx, incoming, token).await?;
        let refusal = refused_before(incoming.query("said"), &session);
        match chosen(ctx, &session, incoming.query("channel")) {
            Some(chosen) => entered.confirm(ctx, session, &chosen, refusal.as_ref()).await,
            None => entered.choose(ctx, &session, Some(&not_offered())),
        }
    };
    finish(ctx, incoming, shown.await)
}

/// The refusal of the post that redirected here, from the query's `said`.
fn refused_before(code: Option<String>, session: &SessionView) -> Option<Problem> {
    match code.as_deref() {
        Some("wrong_code") => {
            Some(Problem::refused(Refusal::WrongCode(TriesLeft(session.tries_left))))
        }
        Some("malformed_code") => Some(Problem::malformed_code(session.tries_left)),
        _ => None,
    }
}

/// The answer to a GET of an address for posts, which a browser sends for a tab that it dropped.
pub(crate) fn begin_again(token: &str) -> Response {
    http::see_other(&format!("/enrollment/{token}"))
}

/// Shows the last step: the enrollment was changed.
pub(crate) async fn done(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<Response, Problem> {
    let shown = async {
        let entered = Entered::by(ctx, incoming, token).await?;
        let session = entered.ask(ctx, SessionCommand::Show).await?;
        match session.state.ended() {
            Some(SessionEnd::Changed) => entered.done(ctx, &session),
            Some(SessionEnd::Canceled) => {
                Ok(pages::canceled(&ctx.config, &entered.page(&session, &[], None))?)
            }
            None => Ok(http::see_other(&entered.action)),
            Some(end @ (SessionEnd::Failed | SessionEnd::Expired)) => Err(Stop::over(end, session)),
        }
    };
    finish(ctx, incoming, shown.await)
}

/// Takes a post of the pages.
pub(crate) async fn post(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    token: &str,
    what: Posted,
) -> Result<Response, Problem> {
    let posted = posted(ctx, incoming, token, what).await;
    finish(ctx, incoming, posted)
}

async fn posted(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    token: &str,
    what: Posted,
) -> Result<Response, Stop> {
    incoming.require_same_origin()?;
    let (entered, session) = open(ctx, incoming, token).await?;
    match what {
        Posted::Change => {
            let body = incoming.body().await?;
            if !body.is_form() {
                return Err(ProblemCode::UnsupportedMediaType.problem().into());
            }
            match chosen(ctx, &session, body.form_field("channel")) {
                Some(chosen) => entered.change(ctx, session, &chosen, &body).await,
                None => entered.choose(ctx, &session, Some(&not_offered())),
            }
        }
        Posted::Cancel => {
            entered.ask(ctx, SessionCommand::Cancel).await?;
            // The redirect leads to a page of ours: browsers hold `form-action` against every
            // redirect after a post.
            Ok(entered.done_page())
        }
    }
}

fn not_offered() -> Problem {
    ProblemCode::ChannelNotOffered.problem()
}

/// The session that a token opens, while it is open.
async fn open(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<(Entered, SessionView), Stop> {
    let entered = Entered::by(ctx, incoming, token).await?;
    let session = entered.ask(ctx, SessionCommand::Show).await?;
    match session.state.ended() {
        None => Ok((entered, session)),
        Some(end) => Err(Stop::over(end, session)),
    }
}

/// The page of a result: the step, or why the procedure stopped.
fn finish(
    ctx: &RequestContext,
    incoming: &Incoming,
    outcome: Result<Response, Stop>,
) -> Result<Response, Problem> {
    let Err(Stop { problem, session }) = outcome else {
        return outcome.map_err(|stop| stop.problem);
    };
    ctx.refused(&problem);
    let locale =
        || Locale::from_accept_language(&incoming.header("accept-language").unwrap_or_default());
    let locale = session.as_ref().map_or_else(locale, |session| session.locale);
    pages::stopped(&ctx.config, locale, session.as_ref(), &problem)
}

/// The way that was chosen, if it is offered.
fn chosen(ctx: &RequestContext, session: &SessionView, named: Option<String>) -> Option<Via> {
    let named = named?;
    offers(ctx, session).into_iter().find(|via| via.channel().as_str() == named)
}

impl Entered {
    fn choose(
        &self,
        ctx: &RequestContext,
        session: &SessionView,
        problem: Option<&Problem>,
    ) -> Result<Response, Stop> {
        let offers = offers(ctx, session);
        if offers.is_empty() {
            let problem = ProblemCode::NoDestination.problem();
            return Err(Stop { problem, session: Some(session.clone()) });
        }
        Ok(pages::choose(&ctx.config, &self.page(session, &offers, problem))?)
    }

    /// Shows what would change; for an app with the secret that this session offers.
    async fn confirm(
        &self,
        ctx: &RequestContext,
        mut session: SessionView,
        chosen: &Via,
        problem: Option<&Problem>,
    ) -> Result<Response, Stop> {
        let mut set_up = None;
        if *chosen == Via::App {
            if session.app.is_none() {
                let sealed = app::fresh(ctx, &self.cardholder).await?;
                session = self.ask(ctx, SessionCommand::OfferApp(sealed)).await?;
            }
            let sealed = session.app.clone().ok_or_else(not_offered)?;
            let proof = sealing::proof(&ctx.config.app_keys, sealed, &self.cardholder).await?;
            // The name is made from the session's end, which stays the same when the page is loaded
            // again.
            let locale = session.locale;
            let name = app::name(&ctx.config, locale, &self.session, session.expires_at);
            set_up = Some(app::set_up(&ctx.config, locale, name, &proof.secret)?);
        }
        let offers = offers(ctx, &session);
        // Only the step of an app asks for a code, so only there a code can have been refused.
        let problem = problem.filter(|_| set_up.is_some());
        let page = self.page(&session, &offers, problem);
        // The refusal belongs to the post that redirected here. This request was not refused, so it
        // is answered with 200.
        Ok(pages::confirm(&ctx.config, &page, chosen, set_up.as_ref())?.with_status(200))
    }

    async fn change(
        &self,
        ctx: &RequestContext,
        session: SessionView,
        chosen: &Via,
        body: &Body,
    ) -> Result<Response, Stop> {
        let terms = ctx.config.terms_version.clone();
        if body.form_field("terms").as_deref() != Some(terms.as_str()) {
            let changed = ProblemCode::TermsChanged.problem();
            return self.choose(ctx, &session, Some(&changed));
        }
        let to = match chosen.channel() {
            Channel::Email => Choice::Email,
            Channel::Sms => Choice::Sms,
            Channel::App => {
                let typed = body.form_field("code").unwrap_or_default();
                let Some(code) = SubmittedCode::parse(&typed) else {
                    return Ok(self.refused(ctx, &Problem::malformed_code(session.tries_left)));
                };
                let sealed = session.app.clone().ok_or_else(not_offered)?;
                let proof = sealing::proof(&ctx.config.app_keys, sealed, &self.cardholder).await?;
                Choice::App { proof, code }
            }
        };
        match self.ask(ctx, SessionCommand::Change { to, terms: terms.clone() }).await {
            Ok(_) => {
                ctx.log(&LogEvent::EnrollmentChanged {
                    session: &self.session,
                    channel: chosen.channel(),
                    terms: &terms,
                });
                Ok(self.done_page())
            }
            // The session is as it was: the cardholder can go on where they are.
            Err(Stop { problem, session: Some(session) })
                if session.state == SessionState::Open =>
            {
                match problem.code {
                    ProblemCode::WrongCode => Ok(self.refused(ctx, &problem)),
                    _ => self.choose(ctx, &session, Some(&problem)),
                }
            }
            Err(stop) => Err(stop),
        }
    }

    /// Redirects to the second step, which then says what was refused. Unlike the answer to a post,
    /// that page can be loaded again when the cardholder comes back from the app.
    fn refused(&self, ctx: &RequestContext, problem: &Problem) -> Response {
        let code = problem.code.name();
        ctx.log(&LogEvent::EnrollmentRefused { session: &self.session, problem: code });
        http::see_other(&format!("{}/confirm?channel=app&said={code}", self.action))
    }

    fn done_page(&self) -> Response {
        http::see_other(&format!("{}/done", self.action))
    }

    fn done(&self, ctx: &RequestContext, session: &SessionView) -> Result<Response, Stop> {
        Ok(pages::done(&ctx.config, &self.page(session, &[], None))?)
    }

    fn page<'a>(
        &'a self,
        session: &'a SessionView,
        offers: &'a [Via],
        problem: Option<&'a Problem>,
    ) -> pages::Page<'a> {
        pages::Page { session, action: &self.action, offers, problem }
    }
}

/// What a cardholder may choose here: registered destinations that a courier reaches, and the app
/// where its secret can be kept.
fn offers(ctx: &RequestContext, session: &SessionView) -> Vec<Via> {
    let email = session.email.clone().map(Via::Email);
    let sms = session.phone.clone().map(Via::Sms);
    let available = |via: &Via| ctx.config.rules.available.has(via.channel());
    [email, sms, Some(Via::App)].into_iter().flatten().filter(available).collect()
}
