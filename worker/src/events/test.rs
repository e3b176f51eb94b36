//! Events of test challenges: posted to the merchant's endpoint for tests, and to nobody else.

use warifu_core::{
    cardholder::{ChallengeCommand, Command, DueEvent, Reply, Teller, View},
    secret::KeyMode,
    test_mode::{TestChallengeId, TestRecord},
};

use super::{
    Told,
    message::{QueuedEvent, To},
    payload,
    receiver::Receiver,
};
use crate::{
    cardholder_call::{call_test, to_test},
    log::LogEvent,
    problem::Problem,
    request_context::RequestContext,
    store::Store,
};

/// Tells the events that an object handed out with a reply, and then the object that they were taken
/// over. One that could not be told is told by the object's alarm.
pub(super) async fn tell(ctx: &RequestContext, due: Vec<DueEvent>, record: &TestRecord) {
    let mut taken_over = Vec::new();
    for DueEvent { event, facts } in &due {
        match post_to(ctx, &QueuedEvent::of(event), record, facts.view(), 1).await {
            Ok(_) => taken_over.push(event.number),
            Err(problem) => ctx.fault(&problem),
        }
    }
    if taken_over.is_empty() {
        return;
    }
    let settled = settle(ctx, &record.id, taken_over).await;
    settled.unwrap_or_else(|problem| ctx.fault(&problem));
}

/// Posts an event that came out of the queue. Returns after how many seconds at least the message has to
/// come again; `None` when it has not.
pub(super) async fn post(
    ctx: &RequestContext,
    event: &QueuedEvent,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    let id = TestChallengeId::of_object(&event.challenge);
    let (challenge, event_type) = (id.as_str(), event.kind.event_type());
    let gone = || ctx.log(&LogEvent::EventWithoutRecord { challenge, event_type });
    let Some(record) = Store::of(&ctx.env)?.test_record(&id).await? else {
        gone();
        return Ok(None);
    };
    let again = match read(ctx, event, &record).await? {
        Some(view) => post_to(ctx, event, &record, &view, attempts).await?,
        None => {
            gone();
            None
        }
    };
    if event.to.is_none() {
        settle(ctx, &id, vec![event.number]).await?;
    }
    Ok(again)
}

/// Posts an event to the merchant, if it has an endpoint for tests. Returns what [`Told::not_received`]
/// does.
async fn post_to(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &TestRecord,
    view: &View,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    if !event.kind.concerns_merchant() {
        return Ok(None);
    }
    let merchant = &record.transaction.merchant;
    let endpoint = Store::of(&ctx.env)?.endpoint(merchant, KeyMode::Test).await?;
    let Some(endpoint) = endpoint else { return Ok(None) };
    let receiver = Receiver::of_merchant(ctx, endpoint, merchant).await?;
    let (to, id) = (To::Merchant, event.id_to(To::Merchant));
    let posted = receiver.post(&id, &payload::test_event(event, record, view)).await;
    let Err(missed) = posted else { return Ok(None) };
    let told = Told {
        challenge: Some(record.id.as_str()),
        event_type: event.kind.event_type(),
        first: event.to.is_none(),
        attempts,
    };
    told.not_received(ctx, to, &id, missed, event.again_to(to).written()?).await
}

/// How the challenge stands; `None` when the object has it no more.
async fn read(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &TestRecord,
) -> Result<Option<View>, Problem> {
    let command = match event.kind.ends() {
        true => Command::Audit { id: record.id.in_object(), record: record.digest() },
        false => to_test(record, ChallengeCommand::Read),
    };
    let (reply, _) = call_test(ctx, &record.id, &command, Teller::Alarm).await?;
    Ok(match reply {
        Reply::Audited(audit) => Some(audit.view),
        Reply::Seen(view) => Some(view),
        _ => None,
    })
}

async fn settle(
    ctx: &RequestContext,
    id: &TestChallengeId,
    numbers: Vec<u32>,
) -> Result<(), Problem> {
    call_test(ctx, id, &Command::Settled(numbers), Teller::Alarm).await.map(drop)
}
