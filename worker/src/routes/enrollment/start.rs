//! `POST /v1/cardholders/{id}/enrollment-sessions`: the issuer's member site sends a cardholder.

use serde::Serialize;
use warifu_core::{
    cardholder::SessionCommand,
    enrollment::{EnrollmentToken, SessionId},
    locale::Locale,
};

use super::{Entered, Stop, offers};
use crate::{
    audit, auth,
    http::{self, Address, Incoming},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    random,
    request_context::RequestContext,
    response::Response,
    routes::cardholders,
};

/// Starts a session and answers with the address of its pages.
pub(crate) async fn start(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::StartSession).await?;
    let cardholder = cardholders::parse(id)?;
    ctx.is_about(&cardholder);
    let (locale, return_url) = requested(ctx, incoming).await?;

    let session = SessionId::random(random::bytes()?);
    let active = ctx.config.active_master_key();
    let (_, master) = active.ok_or_else(|| Problem::internal("there is no master key"))?;
    let token = EnrollmentToken::derive(master, &session, &cardholder).reveal();
    let entered = Entered { session, cardholder, action: format!("/enrollment/{token}") };
    let started = entered.ask(ctx, SessionCommand::Start { locale, return_url }).await;
    let started = started.map_err(|Stop { problem, .. }| match problem.code {
        ProblemCode::EnrollmentSessionNotFound => ProblemCode::CardholderNotFound.problem(),
        _ => problem,
    })?;
    if offers(ctx, &started).is_empty() {
        // There is nothing to choose from. The member site learns it here, before the cardholder
        // sees an empty page.
        let canceled = entered.ask(ctx, SessionCommand::Cancel).await;
        canceled.map_err(|stop| stop.problem)?;
        return Err(ProblemCode::NoDestination.problem());
    }

    let Entered { cardholder, session, .. } = &entered;
    audit::done(ctx, &Act::EnrollmentStarted { cardholder, session }).await;

    #[derive(Serialize)]
    struct Started<'a> {
        id: &'a str,
        url: String,
        expires_at: String,
    }
    let started = Started {
        id: entered.session.as_str(),
        url: format!("{}{}", ctx.origin, entered.action),
        expires_at: started.expires_at.rfc3339(),
    };
    Ok(http::json(201, &started)?)
}

/// The body, which may be absent.
async fn requested(
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<(Locale, Option<String>), Problem> {
    let body = incoming.body().await?;
    if body.is_empty() {
        return Ok((Locale::default(), None));
    }
    let mut fields = body.json()?;
    let locale = Locale::from_tag(&fields.optional_text("locale")?.unwrap_or_default());
    let return_url = fields.optional_text("return_url")?;
    fields.end()?;
    let return_url = return_url.map(|url| back(ctx, &url)).transpose()?;
    Ok((locale, return_url))
}

fn back(ctx: &RequestContext, text: &str) -> Result<String, Problem> {
    const LONGEST: usize = 2048;
    let fits = |url: &Address| text.len() <= LONGEST && url.is_web(ctx.config.is_development());
    let url = Address::parse(text).filter(fits);
    url.map(Address::into_text).ok_or_else(|| {
        Problem::field("return_url", "be an https address of at most 2048 characters")
    })
}

#[cfg(test)]
mod tests;
