//! `/3ds/challenge`: a requestor's page has a browser open a challenge. It is sent on to the form, so
//! that a refresh is no post.

use warifu_core::{
    cardholder::{ChallengeCommand, Reply, Status, View},
    record::ChallengeRecord,
};
use warifu_three_ds::{
    creq::{BadPost, CReq, ChallengePost},
    erro::{Erro, Refusal},
    ids::TransId,
};

use super::super::{form, seen};
use crate::{
    cardholder_client,
    http::{self, Incoming},
    limits,
    log::{Caller, LogEvent},
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
    three_ds::transaction,
};

/// Sends a browser on to the form of the challenge that its CReq names, or to the end of one that has
/// ended.
pub(crate) async fn open(
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    match opened(ctx, incoming).await {
        Err(problem) => form::notice(ctx, incoming, &problem),
        answer => answer,
    }
}

async fn opened(ctx: &RequestContext, incoming: &mut Incoming) -> Result<Response, Problem> {
    let body = incoming.body_up_to(ChallengePost::MOST_BYTES).await?;
    if !body.is_form() {
        return Err(ProblemCode::UnsupportedMediaType
            .saying("Post the field creq as application/x-www-form-urlencoded."));
    }
    let post = ChallengePost::read(body.bytes()).map_err(|bad| {
        Problem::invalid(match bad {
            BadPost::NoCreq => "Post a field creq.",
            BadPost::FieldTwice => "Post each field once.",
        })
    })?;
    match post.creq() {
        Ok(creq) => {
            let record = known(ctx, incoming, Some(&creq.acs_trans_id)).await?;
            match creq.is_of(&transaction(&record)?) {
                Ok(()) => requested(ctx, &record, creq).await,
                Err(erro) => invalid(ctx, &record, *erro, post.session_data()).await,
            }
        }
        Err(Refusal::Erro(erro)) => {
            let record = known(ctx, incoming, erro.ids.acs.as_ref()).await?;
            invalid(ctx, &record, *erro, post.session_data()).await
        }
        Err(Refusal::WasErro) => Err(unknown()),
    }
}

fn unknown() -> Problem {
    ProblemCode::ChallengeNotFound.problem()
}

/// The record of the challenge whose transaction id this is. A made-up id counts for its address.
async fn known(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: Option<&TransId>,
) -> Result<ChallengeRecord, Problem> {
    let record = match id.and_then(TransId::challenge) {
        Some(id) => Store::of(&ctx.env)?.challenge(&id).await?,
        None => None,
    };
    let Some(record) = record.filter(|record| record.three_ds.is_some()) else {
        limits::address(ctx, incoming).await?;
        return Err(unknown());
    };
    limits::form(ctx, record.id.as_str()).await?;
    ctx.called_by(Caller::Cardholder);
    Ok(record)
}

/// A valid CReq: the form, or the end of a challenge that has ended.
async fn requested(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    creq: CReq,
) -> Result<Response, Problem> {
    let session_data = creq.session_data.clone();
    let request = ChallengeCommand::Requested { session_data: creq.session_data };
    let view = seen(cardholder_client::apply(ctx, record, request).await?)?;
    if view.status != Status::Pending {
        return at_end(ctx, record, view, None, session_data.as_deref()).await;
    }
    let master = ctx.config.master_key(&record.master_key).ok_or_else(unknown)?;
    let secret = record.client_secret(master, None);
    Ok(http::see_other(&format!("/challenge/{}", secret.reveal())))
}

/// An invalid CReq ends the challenge.
async fn invalid(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    erro: Erro,
    session_data: Option<&str>,
) -> Result<Response, Problem> {
    ctx.log(&LogEvent::MessageRefused { code: erro.code.as_str(), detail: &erro.detail });
    let view = match cardholder_client::apply(ctx, record, ChallengeCommand::RequestInvalid).await?
    {
        Reply::Seen(view) => view,
        other => return Err(super::super::refused(other)),
    };
    at_end(ctx, record, view, Some(erro), session_data).await
}

async fn at_end(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    view: View,
    erro: Option<Erro>,
    session_data: Option<&str>,
) -> Result<Response, Problem> {
    form::final_page(ctx, record, view, erro, session_data).await
}
