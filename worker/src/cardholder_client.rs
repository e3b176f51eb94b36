//! Asks the cardholder object: one command, one reply.

#[cfg(feature = "next-version")]
use warifu_core::cardholder::{Refusal, Refused};
use warifu_core::{
    cardholder::{ChallengeCommand, Command, Reply},
    client_secret::Locator,
    ids::{CardholderId, ChallengeId},
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};

use crate::{object_call, problem::Problem, request_context::RequestContext};

/// The binding of the cardholders' objects.
const CLASS: &str = "CARDHOLDERS";

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
    let body = wire::write_command(&command, now)?;
    let name = cardholder.as_str();
    let reply = object_call::ask(&ctx.env, CLASS, name, &body, ctx.request()).await?;
    let reply = wire::read_reply(&reply)?;
    #[cfg(feature = "next-version")]
    let reply = match reply {
        Reply::Waiting(view, wait) => {
            Reply::Refused(Refused::Rule(Refusal::ResendTooSoon(wait)), Some(view))
        }
        other => other,
    };
    Ok(reply)
}

/// Has `command` decided by the object of this id.
pub(crate) async fn ask_object(
    ctx: &RequestContext,
    object: &str,
    command: Command,
) -> Result<Reply, Problem> {
    let body = wire::write_command(&command, ctx.now().await?)?;
    let reply = object_call::ask_by_id(&ctx.env, CLASS, object, &body, ctx.request()).await?;
    Ok(wire::read_reply(&reply)?)
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
    let merchant = Some(record.transaction.merchant.clone());
    let command =
        Command::Challenge { id: record.id.clone(), record: record.digest(), command, merchant };
    ask_at(ctx, &record.cardholder, command, now).await
}

/// Has a command decided for a challenge of which a client secret says where.
pub(crate) async fn apply_located(
    ctx: &RequestContext,
    id: &ChallengeId,
    locator: &Locator,
    command: ChallengeCommand,
) -> Result<Reply, Problem> {
    let merchant = Some(locator.merchant.clone());
    let command = Command::Challenge { id: id.clone(), record: locator.record, command, merchant };
    ask(ctx, &locator.cardholder, command).await
}

/// The problem of a reply that its command cannot have.
pub(crate) fn unexpected(_reply: Reply) -> Problem {
    Problem::internal("the cardholder object gave a reply to another command")
}
