//! The last page of a directory server's challenge: it posts the result to the requestor's page.

use warifu_core::{
    cardholder::{ChallengeCommand, Status, View},
    record::ChallengeRecord,
};
use warifu_three_ds::{erro::Erro, outcome::final_fields};

use super::{super::seen, entered::Entered, notice};
use crate::{
    cardholder_client,
    form_record::FormRecord,
    http::{self, Incoming},
    pages,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    three_ds,
};

/// Shows the last page of a challenge that has ended, and the form of one that has not.
pub(crate) async fn show(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    shown(ctx, incoming, secret).await.or_else(|problem| notice(ctx, incoming, &problem))
}

async fn shown(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let opened = Entered::by(ctx, incoming, secret).await?.opened(ctx).await?;
    let FormRecord::Live(record) = &opened.record else {
        return Err(ProblemCode::NotFound.problem());
    };
    if record.three_ds.is_none() {
        return Err(ProblemCode::NotFound.problem());
    }
    let view = seen(cardholder_client::apply(ctx, record, ChallengeCommand::Read).await?)?;
    match view.status {
        Status::Pending => Ok(http::see_other(opened.action())),
        _ => final_page(ctx, record, view, None, None).await,
    }
}

/// The last page. It is shown once the directory server has the result, or after the time that a
/// browser waits for that. `session_data` is what came with a CReq that was not the first one.
pub(crate) async fn final_page(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    view: View,
    erro: Option<Erro>,
    session_data: Option<&str>,
) -> Result<Response, Problem> {
    let view = three_ds::told(ctx, record, view).await?;
    let ended = three_ds::ended(ctx, record, &view).await?;
    let ended = ended.ok_or_else(|| Problem::internal("the challenge has not ended"))?;
    let session_data = ended.session_data.as_deref().or(session_data);
    let fields = final_fields(&ended.transaction, ended.outcome, erro, session_data);
    let of = &ended.transaction;
    let served = ctx.config.three_ds.directory_server(&of.directory_server);
    let to = served.map(|served| served.notification_address(&of.notification_url));
    let to = to.as_deref().unwrap_or(&of.notification_url);
    pages::three_ds::final_page(&ctx.config, served, record.locale, to, &fields)
}
