//! Test mode: what a merchant's test key makes. Its objects are asked here, and its messages go to
//! nobody. No provider, quota, budget or data point is named here.

mod courier;
pub(crate) mod dummy;

pub(crate) use courier::deliver;

use warifu_core::{
    cardholder::{ChallengeCommand, Command, DeliveryReport, DueEvent, Reply, Teller},
    destination::DestinationQuota,
    test_mode::{TestCardholder, TestChallengeId, TestLocator, TestRecord},
};

use crate::{
    cardholder_call::{call_test, to_test},
    events,
    problem::Problem,
    request_context::RequestContext,
};

/// Has a command decided for the test challenge of this record.
pub(crate) async fn apply(
    ctx: &RequestContext,
    record: &TestRecord,
    command: ChallengeCommand,
) -> Result<Reply, Problem> {
    let command = to_test(record, command);
    let (reply, due) = call_test(ctx, &record.id, &command, Teller::Caller).await?;
    events::tell_test_later(ctx, due, record);
    Ok(reply)
}

/// Has a command decided for a test challenge of which a client secret says where. The caller tells the
/// events that come with the reply, once it has the record.
pub(crate) async fn call_located(
    ctx: &RequestContext,
    id: &TestChallengeId,
    locator: &TestLocator,
    command: ChallengeCommand,
) -> Result<(Reply, Vec<DueEvent>), Problem> {
    let record = locator.record;
    let command = Command::Challenge { id: id.in_object(), record, command, merchant: None };
    call_test(ctx, id, &command, Teller::Caller).await
}

/// For a reply that orders a send: takes it back where the test cardholder's destination takes none.
pub(crate) async fn admit(
    ctx: &RequestContext,
    record: &TestRecord,
    reply: Reply,
) -> Result<Reply, Problem> {
    let Reply::Send(_, order) = &reply else { return Ok(reply) };
    if record.cardholder != TestCardholder::SendLimit {
        return Ok(reply);
    }
    let until = DestinationQuota::full_until(&ctx.config.rules, ctx.now().await?);
    let limited = ChallengeCommand::Report(order.number, DeliveryReport::Limited(until));
    apply(ctx, record, limited).await
}
