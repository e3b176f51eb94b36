//! `POST /v1/cardholders/{id}/enrollment-sessions`: the issuer's member site sends a cardholder.

use serde::Serialize;
use warifu_core::{
    cardholder::SessionCommand,
    enrollment::{EnrollmentToken, SessionId},
    locale::Locale,
    sign_in::{Acr, SignIn},
    time::Timestamp,
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
    let Requested { locale, return_url, sign_in } = requested(ctx, incoming).await?;

    let session = SessionId::random(random::bytes()?);
    let (_, master) = ctx.config.active_master_key()?;
    let token = EnrollmentToken::derive(master, &session, &cardholder).reveal();
    let entered = Entered { session, cardholder, action: format!("/enrollment/{token}") };
    let started = entered.ask(ctx, SessionCommand::Start { locale, return_url, sign_in }).await;
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

/// What the member site asks for.
#[derive(Default)]
struct Requested {
    locale: Locale,
    return_url: Option<String>,
    /// How the member had signed in, as far as the member site says it.
    sign_in: Option<SignIn>,
}

/// The body, which may be absent.
async fn requested(ctx: &RequestContext, incoming: &mut Incoming) -> Result<Requested, Problem> {
    let body = incoming.body().await?;
    if body.is_empty() {
        return Ok(Requested::default());
    }
    let mut fields = body.json()?;
    let locale = Locale::from_tag(&fields.optional_text("locale")?.unwrap_or_default());
    let return_url = fields.optional_text("return_url")?;
    let acr = fields.optional_text("acr")?;
    let auth_time = fields.optional_integer("auth_time")?;
    fields.end()?;
    Ok(Requested {
        locale,
        return_url: return_url.map(|url| back(ctx, &url)).transpose()?,
        sign_in: signed_in(acr.as_deref(), auth_time, ctx.now().await?)?,
    })
}

/// How and when the member signed in: `acr` and `auth_time` of OpenID Connect Core 1.0 §2.
fn signed_in(
    acr: Option<&str>,
    auth_time: Option<i64>,
    now: Timestamp,
) -> Result<Option<SignIn>, Problem> {
    let reference = |text| {
        let must = "be 1 to 255 printable ASCII characters without spaces";
        Acr::parse(text).ok_or_else(|| Problem::field("acr", must))
    };
    let time = |seconds: i64| {
        let millis = u64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1000));
        let at = millis.map(Timestamp::from_millis).filter(|at| SignIn::can_be_at(*at, now));
        at.ok_or_else(|| {
            Problem::field("auth_time", "be a time that is past, in seconds since 1970")
        })
    };
    let sign_in = SignIn {
        acr: acr.map(reference).transpose()?,
        auth_time: auth_time.map(time).transpose()?,
    };
    Ok(Some(sign_in).filter(|sign_in| *sign_in != SignIn::default()))
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
