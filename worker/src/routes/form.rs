//! The challenge form: shown to a browser, posted by the widget as JSON or without script as a
//! form.

use serde::Serialize;
use warifu_core::{
    attestation::Claims,
    cardholder::{Act, Reply, SendOrder, Status, View},
    code::SubmittedCode,
    ids::ClientSecret,
    locale::Locale,
    record::ChallengeRecord,
};
use worker::Response;

use super::unexpected;
use crate::{
    courier,
    edge::Edge,
    http::{self, Address, Format, Incoming},
    limits, object,
    pages::{
        self,
        challenge::Shown,
        words::{self, Event, Reason},
    },
    problem::{Problem, ProblemCode},
    store::Store,
};

/// A challenge whose client secret was shown.
struct Opened {
    record: ChallengeRecord,
    /// The form's address, which its own posts go below.
    action: String,
}

/// Shows the form, and with its first showing sends the first code.
pub(crate) async fn show(
    edge: &Edge,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    match shown(edge, incoming, secret).await {
        Err(problem) if problem.code == ProblemCode::Unavailable && incoming.is_prefetch() => {
            Err(problem)
        }
        Err(problem) => notice(edge, incoming, &problem),
        shown => shown,
    }
}

async fn shown(edge: &Edge, incoming: &Incoming, secret: &str) -> Result<Response, Problem> {
    if incoming.is_prefetch() {
        return Err(Problem::not_shown());
    }
    limits::address(edge, incoming).await?;
    let opened = open(edge, secret).await?;
    let act = Act::Present(framing_host(incoming, &opened.record));
    match object::act(edge, &opened.record, act).await? {
        Reply::Seen(view) => opened.page(edge, &view, String::new(), None).await,
        Reply::Send(view, order) => {
            opened.deliver_later(edge, order);
            opened.page(edge, &view, String::new(), None).await
        }
        Reply::Refused(refusal, Some(view)) => opened
            .page(edge, &view, String::new(), Some(&Problem::refused(refusal)))
            .await
            .map(|page| page.with_status(200)),
        Reply::Refused(refusal, None) => Err(Problem::refused(refusal)),
        other => Err(unexpected(other)),
    }
}

/// Checks a code.
pub(crate) async fn verify(
    edge: &Edge,
    incoming: &mut Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let posted = post(edge, incoming, secret).await;
    let opened = match posted {
        Ok(opened) => opened,
        Err(problem) => return notice(edge, incoming, &problem),
    };
    let outcome = opened.verify(edge, incoming).await;
    opened.answer(edge, incoming, outcome).await
}

/// Sends another code.
pub(crate) async fn resend(
    edge: &Edge,
    incoming: &mut Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let opened = match post(edge, incoming, secret).await {
        Ok(opened) => opened,
        Err(problem) => return notice(edge, incoming, &problem),
    };
    let outcome = match object::act(edge, &opened.record, Act::Resend).await {
        Ok(Reply::Send(view, order)) => {
            opened.deliver_later(edge, order);
            Ok(Done::Sent(view))
        }
        other => Err(no(other)),
    };
    opened.answer(edge, incoming, outcome).await
}

/// Gives the challenge up.
pub(crate) async fn cancel(
    edge: &Edge,
    incoming: &mut Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let opened = match post(edge, incoming, secret).await {
        Ok(opened) => opened,
        Err(problem) => return notice(edge, incoming, &problem),
    };
    let outcome = match object::act(edge, &opened.record, Act::Cancel).await {
        Ok(Reply::Canceled(view)) => Ok(Done::Canceled(view)),
        other => Err(no(other)),
    };
    opened.answer(edge, incoming, outcome).await
}

/// What a post came to.
enum Done {
    Verified(View),
    Sent(View),
    Canceled(View),
}

/// What an ended challenge hands on.
struct End {
    attestation: Option<String>,
    return_to: Option<String>,
}

/// Why it did not, and the challenge as it stands.
type No = (Problem, Option<View>);

fn no(reply: Result<Reply, Problem>) -> No {
    match reply {
        Ok(Reply::Refused(refusal, view)) => (Problem::refused(refusal), view),
        Ok(other) => (unexpected(other), None),
        Err(problem) => (problem, None),
    }
}

async fn post(edge: &Edge, incoming: &Incoming, secret: &str) -> Result<Opened, Problem> {
    incoming.require_same_origin()?;
    limits::address(edge, incoming).await?;
    open(edge, secret).await
}

async fn open(edge: &Edge, secret: &str) -> Result<Opened, Problem> {
    let unknown = || ProblemCode::ChallengeNotFound.problem();
    let presented = ClientSecret::parse(secret).map_err(|_| unknown())?;
    let record = Store::of(edge)?.challenge(presented.id()).await?.ok_or_else(unknown)?;
    let master = edge.config.master_key(&record.master_key).ok_or_else(unknown)?;
    if !record.client_secret(master).matches(&presented) {
        return Err(unknown());
    }
    Ok(Opened { record, action: format!("/challenge/{secret}") })
}

/// The page that frames the form, if it says so and is the merchant's.
fn framing_host(incoming: &Incoming, record: &ChallengeRecord) -> Option<String> {
    let page = Address::parse(&incoming.header("referer")?)?;
    let known = record.origins.contains(&page.origin());
    known.then(|| page.host())
}

/// A problem before there is a challenge to show.
fn notice(edge: &Edge, incoming: &Incoming, problem: &Problem) -> Result<Response, Problem> {
    let locale =
        Locale::from_accept_language(&incoming.header("accept-language").unwrap_or_default());
    match incoming.format() {
        Format::Html => pages::notice::show(&edge.config, locale, problem),
        Format::Json => {
            let detail = words::refusal(locale, Reason::of(problem))?;
            Ok(problem.answer(&edge.origin, Some(detail))?)
        }
    }
}

impl Opened {
    async fn verify(&self, edge: &Edge, incoming: &mut Incoming) -> Result<Done, No> {
        let typed = submitted(incoming).await.map_err(|problem| (problem, None))?;
        let Some(code) = SubmittedCode::parse(&typed) else {
            return Err(self.malformed(edge).await);
        };
        let master = edge.config.master_key(&self.record.master_key);
        let master = master.ok_or_else(|| (ProblemCode::ChallengeNotFound.problem(), None))?;
        let act = Act::Verify { key: self.record.code_key(master), code };
        match object::act(edge, &self.record, act).await {
            Ok(Reply::Verified(view)) => Ok(Done::Verified(view)),
            other => Err(no(other)),
        }
    }

    /// Not a try, but the answer still says how the challenge stands.
    async fn malformed(&self, edge: &Edge) -> No {
        match self.read(edge).await {
            Ok(view) if view.status != Status::Pending => (Problem::ended(view.status), Some(view)),
            Ok(view) => (Problem::malformed_code(view.tries_left), Some(view)),
            Err(problem) => (problem, None),
        }
    }

    async fn read(&self, edge: &Edge) -> Result<View, Problem> {
        match object::act(edge, &self.record, Act::Read).await? {
            Reply::Seen(view) => Ok(view),
            Reply::Refused(refusal, _) => Err(Problem::refused(refusal)),
            other => Err(unexpected(other)),
        }
    }

    async fn answer(
        &self,
        edge: &Edge,
        incoming: &Incoming,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        match incoming.format() {
            Format::Json => self.answer_widget(edge, outcome).await,
            Format::Html => self.answer_browser(edge, incoming, outcome).await,
        }
    }

    async fn answer_widget(
        &self,
        edge: &Edge,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        let locale = self.record.locale;
        match outcome {
            Ok(Done::Verified(view)) => {
                let End { attestation, return_to } = self.end(edge, &view).await?;
                #[derive(Serialize)]
                struct Verified {
                    status: Status,
                    message: String,
                    attestation: Option<String>,
                    return_to: Option<String>,
                }
                let answer = Verified {
                    status: view.status,
                    message: words::event(locale, Event::Verified)?,
                    attestation,
                    return_to,
                };
                Ok(http::json(200, &answer)?)
            }
            Ok(Done::Sent(view)) => Ok(http::json(200, &Sent::of(locale, &view)?)?),
            Ok(Done::Canceled(view)) => {
                #[derive(Serialize)]
                struct Canceled {
                    status: Status,
                    message: String,
                    return_to: Option<String>,
                }
                let answer = Canceled {
                    status: view.status,
                    message: words::event(locale, Event::Canceled)?,
                    return_to: self.return_to("warifu-status", "canceled"),
                };
                Ok(http::json(200, &answer)?)
            }
            Err((problem, _)) => {
                let detail = words::refusal(locale, Reason::of(&problem))?;
                Ok(problem.answer(&edge.origin, Some(detail))?)
            }
        }
    }

    async fn answer_browser(
        &self,
        edge: &Edge,
        incoming: &Incoming,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        let locale = self.record.locale;
        match outcome {
            Ok(Done::Sent(view)) => {
                let notice = words::event(locale, Event::Sent { send: view.send })?;
                self.page(edge, &view, notice, None).await
            }
            Ok(Done::Verified(view) | Done::Canceled(view)) => {
                let end = self.end(edge, &view).await?;
                match &end.return_to {
                    // In a frame the merchant's page must not be opened inside itself.
                    Some(url) if !incoming.is_framed() => Ok(http::see_other(url)?),
                    _ => self.page_at_end(edge, &view, &end, String::new(), None),
                }
            }
            Err((problem, Some(view))) => {
                self.page(edge, &view, String::new(), Some(&problem)).await
            }
            Err((problem, None)) => match self.read(edge).await {
                Ok(view) => self.page(edge, &view, String::new(), Some(&problem)).await,
                Err(_) => notice(edge, incoming, &problem),
            },
        }
    }

    async fn page(
        &self,
        edge: &Edge,
        view: &View,
        notice: String,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let end = self.end(edge, view).await?;
        self.page_at_end(edge, view, &end, notice, problem)
    }

    fn page_at_end(
        &self,
        edge: &Edge,
        view: &View,
        end: &End,
        notice: String,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let shown = Shown {
            notice,
            problem,
            attestation: end.attestation.as_deref(),
            return_to: end.return_to.as_deref(),
        };
        pages::challenge::show(&edge.config, &self.record, view, &self.action, &shown)
    }

    /// What an ended challenge gives the merchant: made anew from what is durable, so that a
    /// browser that lost it gets the same again.
    async fn end(&self, edge: &Edge, view: &View) -> Result<End, Problem> {
        Ok(match view.status {
            Status::Pending => End { attestation: None, return_to: None },
            Status::Verified if !self.redeemable(edge, view) => {
                End { attestation: None, return_to: None }
            }
            Status::Verified => {
                let attestation = self.attest(edge, view).await?;
                let return_to = self.return_to("warifu-response", &attestation);
                End { attestation: Some(attestation), return_to }
            }
            ended => End {
                attestation: None,
                return_to: self.return_to("warifu-status", ended.as_str()),
            },
        })
    }

    fn redeemable(&self, edge: &Edge, view: &View) -> bool {
        let life = edge.config.rules.attestation_life;
        view.outcome.is_some_and(|outcome| edge.now < outcome.at.plus(life))
    }

    fn return_to(&self, name: &str, value: &str) -> Option<String> {
        Some(Address::parse(self.record.return_url.as_deref()?)?.with_query(name, value))
    }

    async fn attest(&self, edge: &Edge, view: &View) -> Result<String, Problem> {
        let config = &edge.config;
        let claims = Claims::of(&self.record, view, &edge.origin, &config.rules);
        let claims = claims.ok_or_else(|| Problem::internal("attested what is not verified"))?;
        config
            .signing
            .sign(&claims)
            .await
            .map_err(|_| Problem::internal("WebCrypto failed to sign"))
    }

    /// Hands the code to a provider after this answer: delivery never delays the form.
    fn deliver_later(&self, edge: &Edge, order: SendOrder) {
        let later = edge.clone();
        let record = self.record.clone();
        edge.context.wait_until(async move {
            courier::deliver(&later, &record, &order).await;
        });
    }
}

/// The code as it was posted, by the widget or without script.
async fn submitted(incoming: &mut Incoming) -> Result<String, Problem> {
    let body = incoming.body().await?;
    if body.is_form() {
        return Ok(body.form_field("code").unwrap_or_default());
    }
    let mut fields = body.json()?;
    let code = fields.text("code")?;
    fields.end()?;
    Ok(code)
}

#[derive(Serialize)]
struct Sent<'a> {
    status: Status,
    send: u32,
    destination: &'a str,
    code_expires_in: u64,
    resend_in: u64,
    resends_left: u32,
    tries_left: u32,
    message: String,
    sentence: String,
}

impl<'a> Sent<'a> {
    fn of(locale: Locale, view: &'a View) -> Result<Self, Problem> {
        let (channel, to) =
            view.sent_to.as_ref().ok_or_else(|| Problem::internal("sent to nowhere"))?;
        Ok(Self {
            status: view.status,
            send: view.send,
            destination: to.as_str(),
            code_expires_in: view.code_seconds,
            resend_in: view.wait_seconds,
            resends_left: view.resends_left,
            tries_left: view.tries_left,
            message: words::event(locale, Event::Sent { send: view.send })?,
            sentence: words::sent(locale, *channel, to.as_str().to_owned())?,
        })
    }
}
