//! Calls the cardholder object: one command, one reply, with the events that come with it.

#[cfg(feature = "next-version")]
use warifu_core::cardholder::{Refusal, Refused};
use warifu_core::{
    cardholder::{ChallengeCommand, Command, DueEvent, Reply, Teller},
    ids::CardholderId,
    record::ChallengeRecord,
    test_mode::{TestChallengeId, TestRecord},
    time::Timestamp,
    wire,
};

use crate::{object_call, problem::Problem, request_context::RequestContext};

/// The binding of the cardholders' objects.
const CLASS: &str = "CARDHOLDERS";

/// Has the cardholder's object decide `command` at `now`. The reply comes back when the new state is
/// durable.
pub(crate) async fn call(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    command: &Command,
    now: Timestamp,
    teller: Teller,
) -> Result<(Reply, Vec<DueEvent>), Problem> {
    call_named(ctx, cardholder.as_str(), command, now, teller).await
}

/// Has the object of a test challenge decide `command`.
pub(crate) async fn call_test(
    ctx: &RequestContext,
    id: &TestChallengeId,
    command: &Command,
    teller: Teller,
) -> Result<(Reply, Vec<DueEvent>), Problem> {
    let now = ctx.now().await?;
    call_named(ctx, &id.object(), command, now, teller).await
}

/// Has the object of this name decide `command` at `now`.
async fn call_named(
    ctx: &RequestContext,
    name: &str,
    command: &Command,
    now: Timestamp,
    teller: Teller,
) -> Result<(Reply, Vec<DueEvent>), Problem> {
    let body = wire::write_call(command, now, teller)?;
    let reply = object_call::ask(&ctx.asking(), CLASS, name, &body).await?;
    let (reply, due) = wire::read_reply_with(&reply)?;
    #[cfg(feature = "next-version")]
    let reply = match reply {
        Reply::Waiting(view, wait) => {
            Reply::Refused(Refused::Rule(Refusal::ResendTooSoon(wait)), Some(view))
        }
        other => other,
    };
    Ok((reply, due))
}

/// Has a command decided for whoever tells an event and is to be handed no other.
pub(crate) async fn ask_to_tell(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    command: &Command,
) -> Result<Reply, Problem> {
    let now = ctx.now().await?;
    call(ctx, cardholder, command, now, Teller::Alarm).await.map(|(reply, _)| reply)
}

/// Has `command` decided by the object of this id.
pub(crate) async fn ask_object(
    ctx: &RequestContext,
    object: &str,
    command: Command,
) -> Result<Reply, Problem> {
    let body = wire::write_command(&command, ctx.now().await?)?;
    let reply = object_call::ask_by_id(&ctx.asking(), CLASS, object, &body).await?;
    Ok(wire::read_reply(&reply)?)
}

/// A command to the challenge of this record.
pub(crate) fn to_challenge(record: &ChallengeRecord, command: ChallengeCommand) -> Command {
    let merchant = Some(record.transaction.merchant.clone());
    Command::Challenge { id: record.id.clone(), record: record.digest(), command, merchant }
}

/// A command to the test challenge of this record.
pub(crate) fn to_test(record: &TestRecord, command: ChallengeCommand) -> Command {
    let (id, merchant) = (record.id.in_object(), Some(record.transaction.merchant.clone()));
    Command::Challenge { id, record: record.digest(), command, merchant }
}
