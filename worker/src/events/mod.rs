//! Events: to merchants and issuer, at least once each.
//!
//! The cardholder object stores an event in the same save as the outcome, and hands it out with the
//! reply. Whoever asked tells it after their answer. What happened although nobody asked, and what was
//! handed out and not taken over, the object's alarm puts into the queue.
//!
//! The first attempt here takes the event over. From then on the queue repeats it for each receiver
//! that did not take it.
//!
//! An act of the issuer is put into the queue by the request that carries it out, an event of a budget
//! by the alarm of its object.

mod challenge;
mod message;
mod notification;
mod payload;
mod receiver;
mod test;

pub(crate) use notification::QueuedNotification;
pub(crate) use receiver::secret_of;

use warifu_core::{
    cardholder::{DueEvent, Event, EventKind},
    ids::CardholderId,
    record::ChallengeRecord,
    sms_budget::{BudgetEvent, BudgetOwner},
    test_mode::TestRecord,
};
use warifu_delivery::json::Json;
use worker::{Env, MessageBuilder, QueueContentType};

use self::{
    message::{Kind, QueuedAct, QueuedEvent, QueuedMessage, To},
    receiver::{Missed, Receiver},
};
use crate::{
    bindings::within,
    config,
    log::{LogEvent, MissedEvent},
    problem::Problem,
    random,
    request_context::RequestContext,
    settings::LONGEST_RETRY_WAIT,
    three_ds,
};

/// Tells the events that an object handed out with a reply, after the answer. `known` is the record of
/// one of their challenges, if the caller has it.
pub(crate) fn tell_later(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    due: Vec<DueEvent>,
    known: Option<&ChallengeRecord>,
) {
    let is_result = |due: &DueEvent| due.event.kind == EventKind::ThreeDsResult;
    let (results, due): (Vec<_>, Vec<_>) = due.into_iter().partition(is_result);
    three_ds::tell_with_answer(ctx, cardholder, results, known);
    if due.is_empty() {
        return;
    }
    let (later, cardholder, known) = (ctx.clone(), cardholder.clone(), known.cloned());
    ctx.execution.wait_until(async move {
        challenge::tell(&later, &cardholder, due, known.as_ref()).await;
    });
}

/// Tells the events that the object of a test challenge handed out with a reply, after the answer.
pub(crate) fn tell_test_later(ctx: &RequestContext, due: Vec<DueEvent>, record: &TestRecord) {
    if due.is_empty() {
        return;
    }
    let (later, record) = (ctx.clone(), record.clone());
    ctx.execution.wait_until(async move {
        test::tell(&later, due, &record).await;
    });
}

/// Puts an event of a challenge into the queue.
pub(crate) async fn queue(env: &Env, event: &Event) -> Result<(), Problem> {
    let message = QueuedEvent::of(event);
    send(env, &message.written()?, 0).await
}

/// Puts a notification of the cardholder's object `object` into the queue.
pub(crate) async fn queue_notification(
    env: &Env,
    object: &str,
    number: u32,
) -> Result<(), Problem> {
    let message = QueuedNotification { notification: number, object: object.to_owned() };
    send(env, &message.written()?, 0).await
}

/// Puts the event of an act into the queue.
pub(crate) async fn queue_act(
    ctx: &RequestContext,
    event_type: &str,
    data: Json,
) -> Result<(), Problem> {
    let message = QueuedAct {
        act: event_type.to_owned(),
        id: format!("evt_{}", random::hex()?),
        payload: payload::written(event_type, &ctx.now().await?.rfc3339(), data),
        to: None,
    };
    send(&ctx.env, &message.written()?, 0).await
}

/// Puts the event of a budget of text messages into the queue.
pub(crate) async fn queue_budget(
    env: &Env,
    owner: &BudgetOwner,
    event: &BudgetEvent,
) -> Result<(), Problem> {
    let event_type = payload::budget_type(event);
    let message = QueuedAct {
        act: event_type.to_owned(),
        id: event.id(owner),
        payload: payload::written(event_type, &event.at.rfc3339(), payload::budget(owner, event)),
        to: None,
    };
    send(env, &message.written()?, 0).await
}

/// How long the queue is waited for. It may take the message all the same.
const QUEUE_MS: u32 = 5_000;

async fn send(env: &Env, text: &str, delay_seconds: u32) -> Result<(), Problem> {
    let queue = env.queue(config::EVENTS).map_err(|_| Problem::unbound(config::EVENTS))?;
    let message = MessageBuilder::new(text).content_type(QueueContentType::Text);
    let sent = queue.send(message.delay_seconds(delay_seconds).build());
    match within(QUEUE_MS, sent).await {
        Some(sent) => Ok(sent?),
        None => Err(Problem::unavailable("the queue did not answer")),
    }
}

/// Takes an event out of the queue. Returns after how many seconds at least its message has to come
/// again; `None` when it has not.
pub(crate) async fn take(
    ctx: &RequestContext,
    text: &str,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    match QueuedMessage::read(text) {
        Some(QueuedMessage::Event(event)) if event.test => test::post(ctx, &event, attempts).await,
        Some(QueuedMessage::Event(event)) if event.kind == Kind::Result => {
            let event_type = event.kind.event_type();
            three_ds::tell_queued(ctx, &event.challenge, event.number, event_type).await?;
            Ok(None)
        }
        Some(QueuedMessage::Event(event)) => challenge::post(ctx, &event, attempts).await,
        Some(QueuedMessage::Act(act)) => post_act(ctx, &act, attempts).await,
        None => Err(Problem::internal("an event was not understood")),
    }
}

/// How long after attempt number `attempts` the next one is, in seconds.
pub(crate) fn wait(waits: &[u32], attempts: u32) -> u32 {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    waits.get(index).or(waits.last()).copied().unwrap_or(LONGEST_RETRY_WAIT)
}

/// Posts an act to the issuer. Returns after how many seconds at least the message has to come again;
/// `None` when it has not.
async fn post_act(
    ctx: &RequestContext,
    act: &QueuedAct,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    // An issuer that is told of events no more is told of no act either.
    let Some(issuer) = &ctx.config.issuer_events else { return Ok(None) };
    let posted = Receiver::of_issuer(issuer).post(&act.id, &act.payload).await;
    let Err(missed) = posted else { return Ok(None) };
    let told = Told { challenge: None, event_type: &act.act, first: act.to.is_none(), attempts };
    told.not_received(ctx, To::Issuer, &act.id, missed, act.again_to(To::Issuer).written()?).await
}

/// What is told to a receiver, and in which attempt.
struct Told<'a> {
    /// `None` for an act of the issuer and an event of a budget.
    challenge: Option<&'a str>,
    event_type: &'a str,
    /// Whether the message is the event's first, which is for every receiver.
    first: bool,
    /// How often the message was delivered, this time included.
    attempts: u32,
}

impl Told<'_> {
    /// Logs that a receiver did not take an event. After the first message, one for this receiver
    /// alone is put into the queue; for a repetition, returns after how many seconds at least it has
    /// to come again.
    async fn not_received(
        &self,
        ctx: &RequestContext,
        to: To,
        id: &str,
        missed: Missed,
        again: String,
    ) -> Result<Option<u32>, Problem> {
        let attempt = if self.first { 1 } else { self.attempts + 1 };
        let waits = &ctx.config.event_waits;
        let is_last = usize::try_from(attempt).is_ok_and(|attempt| attempt > waits.len());
        let Self { challenge, event_type, .. } = *self;
        let (to, why) = (to.as_str(), missed.why.as_str());
        let line = MissedEvent { id, challenge, event_type, to, attempt, why };
        ctx.log(&match is_last {
            true => LogEvent::EventDead(line),
            false => LogEvent::EventNotReceived(line),
        });
        let asked = missed.after.min(LONGEST_RETRY_WAIT);
        if !self.first {
            return Ok(Some(asked));
        }
        send(&ctx.env, &again, asked.max(wait(waits, 1))).await?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
