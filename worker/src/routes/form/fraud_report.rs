//! "I did not make this purchase": asked for in the form, or by the address in a notification. A look
//! changes nothing, because programs that scan mail follow every address; the post does.

use warifu_core::{
    cardholder::{ChallengeCommand, View},
    fraud_report::FraudReportToken,
};

use super::{super::seen, admitted, notice, opened::Opened};
use crate::{
    cardholder_client,
    form_record::FormRecord,
    http::{self, Incoming},
    limits,
    log::{Caller, LogEvent},
    pages,
    pages::fraud_report::Shown,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
};

/// Asks in the form's frame or window whether the purchase is to be reported.
pub(crate) async fn show_in_form(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let shown = async {
        let opened = Opened::by(ctx, incoming, secret).await?;
        let view = opened.read(ctx).await?;
        let (record, form, origin) = (&opened.record, opened.action(), ctx.origin.as_str());
        let shown =
            Shown { action: &format!("{form}/report"), form: Some(form), view: &view, origin };
        pages::fraud_report::show(&ctx.config, record, &shown)
    };
    told(ctx, incoming, shown.await)
}

/// Reports the purchase, and shows the form, which says so and tells the merchant's page that it was
/// canceled.
pub(crate) async fn post_in_form(
    ctx: &RequestContext,
    incoming: &Incoming,
    secret: &str,
) -> Result<Response, Problem> {
    let reported = async {
        let opened = admitted(ctx, incoming, secret).await?;
        report(ctx, &opened.record).await?;
        Ok(http::see_other(opened.action()))
    };
    told(ctx, incoming, reported.await)
}

/// Asks whoever follows the address in a notification.
pub(crate) async fn show(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<Response, Problem> {
    let shown = async {
        let (record, view) = named(ctx, incoming, token).await?;
        page(ctx, &record, &view, token)
    };
    told(ctx, incoming, shown.await)
}

/// Reports the purchase that the address names.
pub(crate) async fn post(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<Response, Problem> {
    let reported = async {
        incoming.require_same_origin()?;
        let (record, _) = named(ctx, incoming, token).await?;
        let view = report(ctx, &record).await?;
        page(ctx, &record, &view, token)
    };
    told(ctx, incoming, reported.await)
}

fn page(
    ctx: &RequestContext,
    record: &FormRecord,
    view: &View,
    token: &str,
) -> Result<Response, Problem> {
    let action = format!("/report/{token}");
    let shown = Shown { action: &action, form: None, view, origin: &ctx.origin };
    pages::fraud_report::show(&ctx.config, record, &shown)
}

/// The challenge that a token names. Calls with a token of ours are limited by its challenge, others
/// by their address; nothing is looked up for them.
async fn named(
    ctx: &RequestContext,
    incoming: &Incoming,
    token: &str,
) -> Result<(FormRecord, View), Problem> {
    let unknown = || ProblemCode::ChallengeNotFound.problem();
    let ours = |token: &FraudReportToken| ctx.config.master_keys().any(|key| token.is_ours(key));
    let Some(token) = FraudReportToken::parse(token).ok().filter(ours) else {
        limits::address(ctx, incoming).await?;
        return Err(unknown());
    };
    // Apart from the form's own calls: who holds the form must not keep its report from being made.
    limits::form(ctx, &format!("report/{}", token.id())).await?;
    ctx.called_by(Caller::Cardholder);
    let record = Store::of(&ctx.env)?.challenge(token.id()).await?.ok_or_else(unknown)?;
    let view = seen(cardholder_client::apply(ctx, &record, ChallengeCommand::Read).await?)?;
    match token.is_of(view.opened_at) {
        true => Ok((FormRecord::Live(record), view)),
        false => Err(unknown()),
    }
}

async fn report(ctx: &RequestContext, record: &FormRecord) -> Result<View, Problem> {
    let view = seen(record.apply(ctx, ChallengeCommand::ReportFraud).await?)?;
    ctx.log(&LogEvent::FraudReported { of: record.of_challenge() });
    Ok(view)
}

fn told(
    ctx: &RequestContext,
    incoming: &Incoming,
    answer: Result<Response, Problem>,
) -> Result<Response, Problem> {
    answer.or_else(|problem| notice(ctx, incoming, &problem))
}

#[cfg(test)]
mod tests;
