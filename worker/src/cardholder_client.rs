//! Asks the cardholder object: one command, one reply. Events that the object hands out with the reply
//! are told after the answer.

use warifu_core::{
    cardholder::{ChallengeCommand, Command, DueEvent, Reply, Teller},
    client_secret::Locator,
    ids::{CardholderId, ChallengeId},
    record::ChallengeRecord,
    time::Timestamp,
};

pub(crate) use crate::cardholder_call::ask_object;
use crate::{
    cardholder_call::{call, to_challenge},
    events,
    problem::Problem,
    request_context::RequestContext,
};

/// Has the cardholder's object decide `command`. The reply comes back when the new state is
/// durable.
pub(crate) async fn ask(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    command: Command,
) -> Result<Reply, Problem> {
    let now = ctx.now().await?;
    ask_at(ctx, cardholder, command, now).await
}

/// Has `command` decided at `now`, for a caller that decides several at one time.
pub(crate) async fn ask_at(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    command: Command,
    now: Timestamp,
) -> Result<Reply, Problem> {
    let (reply, due) = call(ctx, cardholder, &command, now, Teller::Caller).await?;
    events::tell_later(ctx, cardholder, due, None);
    Ok(reply)
}

/// Has a command decided for the challenge of this record.
pub(crate) async fn apply(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    command: ChallengeCommand,
) -> Result<Reply, Problem> {
    let now = ctx.now().await?;
    apply_at(ctx, record, command, now).await
}

/// Has a command decided for the challenge of this record, at `now`.
pub(crate) async fn apply_at(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    command: ChallengeCommand,
    now: Timestamp,
) -> Result<Reply, Problem> {
    let (cardholder, command) = (&record.cardholder, to_challenge(record, command));
    let (reply, due) = call(ctx, cardholder, &command, now, Teller::Caller).await?;
    events::tell_later(ctx, cardholder, due, Some(record));
    Ok(reply)
}

/// Has a command decided for a challenge of which a client secret says where. The caller tells the
/// events that come with the reply, once it has the record.
pub(crate) async fn call_located(
    ctx: &RequestContext,
    id: &ChallengeId,
    locator: &Locator,
    command: ChallengeCommand,
) -> Result<(Reply, Vec<DueEvent>), Problem> {
    let merchant = Some(locator.merchant.clone());
    let command = Command::Challenge { id: id.clone(), record: locator.record, command, merchant };
    let now = ctx.now().await?;
    call(ctx, &locator.cardholder, &command, now, Teller::Caller).await
}

/// The problem of a reply that its command cannot have.
pub(crate) fn unexpected(_reply: Reply) -> Problem {
    Problem::internal("the cardholder object gave a reply to another command")
}
