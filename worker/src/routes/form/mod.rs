//! The challenge form: shown to a browser, posted by the widget as JSON or without script as a
//! form.

mod answers;
mod ended;
mod entered;
mod final_page;
pub(crate) mod fraud_report;
mod known_browser;
mod opened;

pub(crate) use final_page::{final_page, show as end};

use warifu_core::{
    attempt::AttemptId,
    cardholder::{ChallengeCommand, Refused, Reply, View},
    code::SubmittedCode,
    contact::Via,
    known_network::NetworkMark,
    locale::Locale,
    record::ChallengeRecord,
};

use self::{
    answers::Standing,
    entered::{Entered, Located, Submission},
    opened::Opened,
};
use super::{refused, unexpected};
use crate::{
    cardholder_client,
    form_record::FormRecord,
    http::{self, Address, Format, Incoming},
    log::LogEvent,
    pages::{
        self,
        words::{self, Reason},
    },
    problem::{Problem, ProblemCode},
    quota::{self, AskedEarly},
    request_context::RequestContext,
    response::Response,
    sealing, sms_budget,
};

/// What the form can be posted for.
#[derive(Clone, Copy)]
pub(crate) enum Posted {
    /// To check a code.
    Verify,
    /// To send another code.
    Resend,
    /// To give the challenge up.
    Cancel,
}

/// Shows the form, and with its first showing sends the first code. A request that shows it to
/// nobody is answered before anything is read.
pub(crate) async fn show(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    if incoming.is_prefetch() || !incoming.asks_for_page() {
        return Err(Problem::not_shown());
    }
    shown(ctx, incoming, secret).await.or_else(|problem| notice(ctx, incoming, &problem))
}

async fn shown(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let located = Entered::by(ctx, incoming, secret).await?.located(ctx).await?;
    if is_framed_by_another(incoming, &located) {
        return Err(ProblemCode::OriginNotAllowed.problem());
    }
    let command = ChallengeCommand::Present {
        hostname: framing_host(incoming, &located),
        known_browser: located.is_known_browser(ctx, incoming).await?,
    };
    let early = located.ask_early(ctx);
    let (opened, reply) = located.ask(ctx, command).await?;
    match opened.record.admit(ctx, reply?, early).await? {
        Reply::Seen(view) => opened.page(ctx, &view, None).await,
        Reply::Send(view, order) => {
            opened.record.deliver_later(ctx, incoming, &view, order);
            opened.page(ctx, &view, None).await
        }
        Reply::Refused(Refused::Rule(refusal), Some(view)) => {
            let problem = Problem::refused(refusal);
            ctx.refused_in(opened.record.of_challenge(), Some(&view), &problem, false);
            let page = opened.page(ctx, &view, Some(&problem)).await;
            page.map(|page| page.with_status(200))
        }
        other => Err(refused(other)),
    }
}

/// Takes a post of the form.
pub(crate) async fn post(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    secret: &str,
    what: Posted,
) -> Result<Response, Problem> {
    let (opened, outcome) = match carried_out(ctx, incoming, secret, what).await {
        Ok(done) => done,
        Err(problem) => return notice(ctx, incoming, &problem),
    };
    opened.note(ctx, what, &outcome);
    let verified = matches!(outcome, Ok(Done::Verified(_)));
    let answer = opened.answer(ctx, incoming, outcome).await?;
    match &opened.record {
        // A requestor's frame gets no cookie.
        FormRecord::Live(record) if verified && record.three_ds.is_none() => {
            known_browser::remember(ctx, record, answer).await
        }
        FormRecord::Live(_) | FormRecord::Test(_) => Ok(answer),
    }
}

/// The answer to a GET of an address for posts. A browser sends it for a tab that it dropped, or where a
/// page is loaded anew that did not come.
pub(crate) fn begin_again(secret: &str) -> Response {
    http::see_other(&format!("/challenge/{secret}"))
}

/// What a post came to, and of which challenge; an error where there is none.
async fn carried_out(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    secret: &str,
    what: Posted,
) -> Result<(Opened, Result<Done, No>), Problem> {
    let entered = Entered::posted(ctx, incoming, secret).await?;
    if let Posted::Verify = what {
        return verify(entered, ctx, incoming).await;
    }
    let entered = match what {
        Posted::Resend => match entered.not_ended(ctx, incoming, None).await? {
            Ok(entered) => entered,
            Err(refused) => return Ok(refused),
        },
        Posted::Verify | Posted::Cancel => entered,
    };
    let opened = entered.opened(ctx).await?;
    let outcome = match what {
        Posted::Resend => resend(&opened, ctx, incoming).await,
        Posted::Verify | Posted::Cancel => cancel(&opened, ctx).await,
    };
    Ok((opened, outcome))
}

/// Answers how the newest send stands: as JSON for the widget, which asks while news can come, and as
/// a page without script. Sends nothing.
pub(crate) async fn delivery(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    standing(ctx, incoming, secret).await.or_else(|problem| notice(ctx, incoming, &problem))
}

async fn standing(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let opened = admitted(ctx, incoming, secret).await?;
    let view = opened.read(ctx).await?;
    match incoming.format() {
        Format::Json => Ok(http::json(200, &Standing::of(&ctx.config, &opened.record, &view)?)?),
        Format::Html => opened.page(ctx, &view, None).await,
    }
}

/// The result of a post that was carried out.
enum Done {
    Verified(View),
    Sent(View),
    Canceled(View),
}

/// Why a post was refused, and how the challenge stands, if that is known.
type No = (Problem, Option<View>);

fn no(reply: Result<Reply, Problem>) -> No {
    match reply {
        Ok(Reply::Refused(Refused::Rule(refusal), view)) => (Problem::refused(refusal), view),
        Ok(other) => (unexpected(other), None),
        Err(problem) => (problem, None),
    }
}

impl Opened {
    /// Logs what a post came to.
    fn note(&self, ctx: &RequestContext, what: Posted, outcome: &Result<Done, No>) {
        let of = self.record.of_challenge();
        match outcome {
            Ok(Done::Verified(view)) => ctx.log(&LogEvent::CodeAccepted {
                of,
                channel: view.via.as_ref().map(Via::channel),
                tries: view.tries,
            }),
            Ok(Done::Canceled(_)) => ctx.log(&LogEvent::ChallengeCanceled { of }),
            // The courier logs what becomes of it.
            Ok(Done::Sent(_)) => {}
            Err((problem, view)) => {
                let is_code = matches!(what, Posted::Verify);
                ctx.refused_in(of, view.as_ref(), problem, is_code);
            }
        }
    }
}

async fn admitted(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Opened, Problem> {
    Entered::posted(ctx, incoming, secret).await?.opened(ctx).await
}

async fn verify(
    entered: Entered,
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<(Opened, Result<Done, No>), Problem> {
    let (typed, attempt) = match submitted(incoming).await {
        Ok(submitted) => submitted,
        Err(problem) => return Ok((entered.opened(ctx).await?, Err((problem, None)))),
    };
    let code = SubmittedCode::parse(&typed);
    let digest = |code| attempt.map(|attempt| attempt.digest(entered.id(), code));
    let attempt = code.as_ref().and_then(digest);
    let entered = match entered.not_ended(ctx, incoming, attempt).await? {
        Ok(entered) => entered,
        Err(refused) => return Ok(refused),
    };
    let Some(code) = code else {
        let opened = entered.opened(ctx).await?;
        let no = malformed(&opened, ctx).await;
        return Ok((opened, Err(no)));
    };
    let located = entered.located(ctx).await?;
    let submission = Submission { code, attempt, from: incoming.address() };
    let asked = located.verify(ctx, submission.clone())?;
    let (opened, reply) = located.ask(ctx, asked).await?;
    let outcome = match &opened.record {
        FormRecord::Live(record) => match unsealed(ctx, record, reply, &submission).await {
            Ok(Reply::Verified(view, sent_to)) => {
                quota::verified_later(ctx, record, sent_to);
                sms_budget::refund_later(ctx, record, &view);
                Ok(Done::Verified(view))
            }
            other => {
                ended::learn(ctx, record, attempt, &other).await?;
                Err(no(other))
            }
        },
        FormRecord::Test(_) => match reply {
            Ok(Reply::Verified(view, _)) => Ok(Done::Verified(view)),
            other => Err(no(other)),
        },
    };
    Ok((opened, outcome))
}

/// Opens the app's secret where the object asked for it, and asks again with it. Twice at most: the app
/// can have been enrolled or sealed again in between.
async fn unsealed(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    mut reply: Result<Reply, Problem>,
    submission: &Submission,
) -> Result<Reply, Problem> {
    for _ in 0..2 {
        let Ok(Reply::Unseal(sealed)) = reply else { break };
        let app = sealing::proof(&ctx.config.app_keys, sealed, &record.cardholder).await?;
        let master = ctx.config.master_key(&record.master_key);
        let master = master.ok_or_else(|| ProblemCode::ChallengeNotFound.problem())?;
        let again = ChallengeCommand::Verify {
            key: record.code_key(master),
            app: Some(app),
            code: submission.code.clone(),
            attempt: submission.attempt,
            network: NetworkMark::of(master, &record.cardholder, &submission.from),
            #[cfg(feature = "next-version")]
            by_next: true,
        };
        reply = cardholder_client::apply(ctx, record, again).await;
    }
    reply
}

async fn cancel(opened: &Opened, ctx: &RequestContext) -> Result<Done, No> {
    match opened.record.apply(ctx, ChallengeCommand::Cancel).await {
        Ok(Reply::Canceled(view)) => Ok(Done::Canceled(view)),
        other => Err(no(other)),
    }
}

/// The refusal of a text that is no code. No try is spent, and the answer still says how the
/// challenge stands.
async fn malformed(opened: &Opened, ctx: &RequestContext) -> No {
    match opened.read(ctx).await {
        Ok(view) => {
            let problem = match view.status.ended() {
                Some(ended) => Problem::ended(ended),
                None => Problem::malformed_code(view.tries_left),
            };
            (problem, Some(view))
        }
        Err(problem) => (problem, None),
    }
}

async fn resend(opened: &Opened, ctx: &RequestContext, incoming: &Incoming) -> Result<Done, No> {
    let reply = match opened.record.apply(ctx, ChallengeCommand::Resend).await {
        Ok(reply) => opened.record.admit(ctx, reply, AskedEarly::not()).await,
        Err(problem) => Err(problem),
    };
    match reply {
        Ok(Reply::Send(view, order)) => {
            opened.record.deliver_later(ctx, incoming, &view, order);
            Ok(Done::Sent(view))
        }
        other => {
            if let FormRecord::Live(record) = &opened.record {
                ended::learn(ctx, record, None, &other).await.map_err(|problem| (problem, None))?;
            }
            Err(no(other))
        }
    }
}

/// The code and the name of the attempt as they were posted, by the widget or without script.
async fn submitted(incoming: &mut Incoming) -> Result<(String, Option<AttemptId>), Problem> {
    const ATTEMPT: &str = "attempt_id";
    let body = incoming.body().await?;
    let (code, attempt) = if body.is_form() {
        (body.form_field("code").unwrap_or_default(), body.form_field(ATTEMPT))
    } else {
        let mut fields = body.json()?;
        // Other fields are ignored: the form that posts can be of a newer release than this Worker.
        (fields.text("code")?, fields.optional_text(ATTEMPT)?)
    };
    let must = "be 128 random bits, as 22 to 64 letters, digits, - and _";
    let read = |text: String| AttemptId::parse(&text).ok_or_else(|| Problem::field(ATTEMPT, must));
    Ok((code, attempt.map(read).transpose()?))
}

/// Whether a page of an origin that is not the merchant's frames the form, and says so. The browser
/// would refuse to show the form there, after its first code was sent. A page that does not say who it
/// is meets the form's `frame-ancestors`.
fn is_framed_by_another(incoming: &Incoming, located: &Located) -> bool {
    if located.is_three_ds() {
        return false;
    }
    let page = incoming.header("referer").and_then(|page| Address::parse(&page));
    let ours = |origin: &str| origin == incoming.origin() || located.has_origin(origin);
    incoming.is_framed() && page.is_some_and(|page| !ours(&page.origin()))
}

/// The host of the page that frames the form, if the page states it and it is the merchant's.
fn framing_host(incoming: &Incoming, located: &Located) -> Option<String> {
    let page = Address::parse(&incoming.header("referer")?)?;
    located.has_origin(&page.origin()).then(|| page.host())
}

/// The answer to a problem before there is a challenge to show.
pub(crate) fn notice(
    ctx: &RequestContext,
    incoming: &Incoming,
    problem: &Problem,
) -> Result<Response, Problem> {
    ctx.refused(problem);
    let locale =
        Locale::from_accept_language(&incoming.header("accept-language").unwrap_or_default());
    match incoming.format() {
        Format::Html => pages::notice::show(&ctx.config, locale, problem),
        Format::Json => {
            let detail = words::refusal(locale, Reason::of(problem))?;
            Ok(problem.answer(&ctx.origin, Some(detail)))
        }
    }
}
