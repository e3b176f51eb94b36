//! Acts of the issuer: a line of the log, and an event to the issuer's endpoint where it has one.
//!
//! An act and its event are in two places of the platform, and nothing saves both at once. So an act
//! that a repeated call would not find undone is told *before* it is carried out: whoever erases,
//! revokes or removes something that is gone already is answered 404, and a key or a secret that was
//! made is made. Every other act is told after it: a call that got no answer is repeated, and tells
//! it then. Either way no act goes untold by a crash whose caller repeats the call, and an act can be
//! told that a crash or a fault then prevented. When the queue takes no event, the act is carried out
//! all the same, and a line has what the event would have said.

use warifu_delivery::json::Json;

use crate::{
    events,
    log::{Act, Caller, Fact, LogEvent},
    problem::Problem,
    request_context::RequestContext,
};

/// Logs an act that was carried out, and tells it.
pub(crate) async fn done(ctx: &RequestContext, act: &Act<'_>) {
    log(ctx, act);
    tell(ctx, act).await;
}

/// Logs an act that was told before it was carried out.
pub(crate) fn log(ctx: &RequestContext, act: &Act<'_>) {
    ctx.log(&LogEvent::Act(act));
}

/// Puts the event of an act into the queue, if the issuer is told of events. When the queue does not
/// take it, that is logged, and nothing else fails.
pub(crate) async fn tell(ctx: &RequestContext, act: &Act<'_>) {
    if ctx.config.issuer_events.is_none() {
        return;
    }
    if let Err(problem) = queue(ctx, act).await {
        let why = problem.cause().unwrap_or_default();
        ctx.log(&LogEvent::AuditNotQueued { act, why });
    }
}

async fn queue(ctx: &RequestContext, act: &Act<'_>) -> Result<(), Problem> {
    let key = match ctx.caller() {
        Some(Caller::Issuer { key }) => Some(key.as_str()),
        Some(
            Caller::Merchant { .. }
            | Caller::TestMerchant { .. }
            | Caller::Cardholder
            | Caller::DirectoryServer { .. },
        )
        | None => None,
    };
    let who = [("issuer_key", key.into()), ("request", ctx.request().into())];
    let facts = act.facts().into_iter().map(|(name, fact)| {
        let fact = match fact {
            Fact::Text(text) => text.into(),
            Fact::Count(count) => (count as u64).into(),
        };
        (name, fact)
    });
    let data = Json::object(who.into_iter().chain(facts));
    events::queue_act(ctx, act.names().1, data).await
}

#[cfg(test)]
mod tests;
