//! How a challenge ended, for its final page, once its directory server was told or as long as a
//! browser waits for that.

use std::time::Duration;

use warifu_core::{
    cardholder::{ChallengeCommand, Conclusion, Reply, Telling, View},
    contact::Via,
    record::ChallengeRecord,
};
use warifu_three_ds::{
    codes::Method, outcome::Outcome, patience::Attempt, transaction::Transaction,
};

use super::{transaction, value};
use crate::{
    bindings::wait,
    cardholder_call::{ask_to_tell, to_challenge},
    problem::Problem,
    request_context::RequestContext,
};

/// The pauses, in milliseconds, after each of which a browser's request looks whether another request has
/// told the result.
const PAUSES: [u32; 5] = [250, 500, 1000, 1500, 1750];

/// A browser waits as long for another request as for its own.
const _: () = {
    let [first, second, third, fourth, last] = PAUSES;
    let in_all = first + second + third + fourth + last;
    assert!(in_all as u128 == Attempt::PATIENCE.as_millis());
};

/// A challenge that has ended.
pub(crate) struct Ended {
    pub(crate) transaction: Transaction,
    pub(crate) outcome: Outcome,
    /// What the requestor gets back.
    pub(crate) session_data: Option<String>,
}

/// How a challenge ended; `None` where it has not.
pub(crate) async fn ended(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    view: &View,
) -> Result<Option<Ended>, Problem> {
    let Some(conclusion) = view.three_ds.as_ref().and_then(|it| it.conclusion) else {
        return Ok(None);
    };
    let transaction = transaction(record)?;
    let served = ctx.config.three_ds.directory_server(&transaction.directory_server);
    let outcome = Outcome::from(conclusion);
    let outcome = match served {
        Some(served) => match value::known(ctx, served, record, &transaction, view, outcome) {
            Some(known) => known.outcome,
            None => {
                // Whoever told the result has it kept by now.
                let view = read(ctx, record).await?;
                value::made(ctx, served, record, &transaction, &view, outcome).await?.outcome
            }
        },
        // It is listed no more: nobody can be told, and no value made.
        None => outcome.without_value(transaction.category),
    };
    let session_data = view.three_ds.as_ref().and_then(|it| it.session_data.clone());
    Ok(Some(Ended { transaction, outcome, session_data }))
}

/// The challenge once its directory server has the result, or a browser has waited long enough. Where
/// this request tells it, the answer waits for that; where another one does, it looks whether it is
/// done, as long as a browser waits after the end.
pub(crate) async fn told(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    mut view: View,
) -> Result<View, Problem> {
    if ctx.results.told(&record.id).await {
        return Ok(view);
    }
    if !is_due(&view) {
        return Ok(view);
    }
    let now = ctx.now().await?;
    let mut waited = view.outcome.map(|outcome| now.since(outcome.at)).unwrap_or_default();
    for pause in PAUSES {
        if !is_due(&view) || waited >= Attempt::PATIENCE {
            break;
        }
        waited += Duration::from_millis(pause.into());
        wait(pause).await;
        view = read(ctx, record).await?;
    }
    Ok(view)
}

async fn read(ctx: &RequestContext, record: &ChallengeRecord) -> Result<View, Problem> {
    let read = to_challenge(record, ChallengeCommand::Read);
    match ask_to_tell(ctx, &record.cardholder, &read).await? {
        Reply::Seen(view) => Ok(view),
        _ => Err(Problem::internal("a challenge that has ended is not seen")),
    }
}

fn is_due(view: &View) -> bool {
    view.three_ds.as_ref().is_some_and(|it| it.telling == Telling::Due)
}

/// How the cardholder got codes, or would have.
pub(super) fn method(view: &View) -> Method {
    match &view.via {
        Some(Via::Sms(_)) => Method::Sms,
        Some(Via::App) => Method::App,
        // Nothing of it is said where no code could be sent.
        Some(Via::Email(_)) | None => Method::Email,
    }
}

/// How a challenge ended; `None` where it has not.
pub(super) fn conclusion(view: &View) -> Option<Conclusion> {
    view.three_ds.as_ref()?.conclusion
}
