//! Events: from the queue to merchants and issuer, at least once each.
//!
//! The cardholder object stores an event in the same save as the outcome, and puts it into the
//! queue. The first attempt here takes the event over. From then on the queue repeats it for each
//! receiver that did not take it.

mod message;
mod receiver;

pub(crate) use receiver::secret_of;

use futures_util::future::join_all;
use warifu_core::{
    cardholder::{ChallengeCommand, Command, Event, Reply, View},
    record::ChallengeRecord,
    time::Timestamp,
};
use warifu_delivery::json::Json;
use worker::{Env, MessageBuilder, QueueContentType};

use self::{
    message::{Kind, QueuedEvent, To},
    receiver::Receiver,
};
use crate::{
    bindings::{Batch, QueueMessage},
    cardholder_client, config,
    log::{LogEvent, MissedEvent},
    problem::Problem,
    request_context::RequestContext,
    settings::{self, LONGEST_RETRY_WAIT},
    store::Store,
};

/// Puts an event into the queue.
pub(crate) async fn queue(env: &Env, event: &Event) -> Result<(), Problem> {
    let message = QueuedEvent::of(event);
    send(env, &message.written()?, 0).await
}

async fn send(env: &Env, text: &str, delay_seconds: u32) -> Result<(), Problem> {
    let queue = env.queue(config::EVENTS).map_err(|_| Problem::unbound(config::EVENTS))?;
    let message = MessageBuilder::new(text).content_type(QueueContentType::Text);
    Ok(queue.send(message.delay_seconds(delay_seconds).build()).await?)
}

/// Takes a batch of the queue.
pub(crate) async fn take(batch: &Batch, env: Env, context: worker::Context) {
    let messages = batch.messages();
    match RequestContext::of_queue(env, context).await {
        Ok(ctx) => {
            join_all(messages.iter().map(|message| handle(&ctx, message))).await;
        }
        Err(_) => {
            let waits = settings::usual_retry_waits();
            messages.iter().for_each(|message| message.retry(wait(&waits, message.attempts())));
        }
    }
}

async fn handle(ctx: &RequestContext, message: &QueueMessage) {
    let attempts = message.attempts();
    let waits = &ctx.config.event_waits;
    let text = message.body().as_string().unwrap_or_default();
    match post_to_receivers(ctx, &text, attempts).await {
        Ok(None) => message.ack(),
        Ok(Some(asked)) => message.retry(asked.max(wait(waits, attempts + 1))),
        Err(problem) => {
            ctx.fault(&problem);
            message.retry(wait(waits, attempts));
        }
    }
}

/// How long after attempt number `attempts` the next one is, in seconds.
fn wait(waits: &[u32], attempts: u32) -> u32 {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    waits.get(index).or(waits.last()).copied().unwrap_or(LONGEST_RETRY_WAIT)
}

/// Posts an event to its receivers. Returns after how many seconds at least the message has to come
/// again; `None` when it has not.
async fn post_to_receivers(
    ctx: &RequestContext,
    text: &str,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    let event =
        QueuedEvent::read(text).ok_or_else(|| Problem::internal("an event was not understood"))?;
    let (challenge, event_type) = (&event.challenge, event.kind.event_type());
    let Some(record) = Store::of(&ctx.env)?.record(&event.challenge).await? else {
        // The cardholder was erased, or the record's retention is over. A record that this location
        // does not see yet has an event that the object still keeps, and puts into the queue again.
        ctx.log(&LogEvent::EventWithoutRecord { challenge, event_type });
        return Ok(None);
    };
    let receivers = receivers(ctx, &event, &record).await?;
    let mut missed = Vec::new();
    if !receivers.is_empty() {
        let Reply::Seen(view) =
            cardholder_client::apply(ctx, &record, ChallengeCommand::Read).await?
        else {
            ctx.log(&LogEvent::EventWithoutRecord { challenge, event_type });
            return Ok(None);
        };
        let locked_until = match event.kind {
            Kind::Locked => lock_of(ctx, &record).await?,
            _ => None,
        };
        let (id, payload) = (event.id(), payload(&event, &record, &view, locked_until));
        let posted = join_all(receivers.iter().map(|receiver| receiver.post(&id, &payload))).await;
        let all = receivers.iter().map(|receiver| receiver.to);
        missed.extend(all.zip(posted).filter_map(|(to, posted)| Some((to, posted.err()?))));
    }
    let mut again = None;
    for (to, missed) in missed {
        let attempt = if event.to.is_some() { attempts + 1 } else { 1 };
        let waits = &ctx.config.event_waits;
        let is_last = usize::try_from(attempt).is_ok_and(|attempt| attempt > waits.len());
        let line =
            MissedEvent { challenge, event_type, to: to.as_str(), attempt, why: &missed.why };
        let line =
            if is_last { LogEvent::EventDead(line) } else { LogEvent::EventNotReceived(line) };
        ctx.log(&line);
        let asked = missed.after.min(LONGEST_RETRY_WAIT);
        if event.to.is_some() {
            again = Some(asked);
        } else {
            let after = asked.max(wait(waits, 1));
            send(&ctx.env, &event.again_to(to).written()?, after).await?;
        }
    }
    if event.to.is_none() {
        // What has to come again is in the queue by now, so the object can forget the event.
        cardholder_client::ask(ctx, &record.cardholder, Command::Settled(vec![event.number]))
            .await?;
    }
    Ok(again)
}

/// The receivers of an event that are registered: of a repetition only the one that it is for.
async fn receivers(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &ChallengeRecord,
) -> Result<Vec<Receiver>, Problem> {
    let is_for = |to: To| event.to.is_none_or(|only| only == to);
    let mut receivers = Vec::new();
    if is_for(To::Merchant) && event.kind.concerns_merchant() {
        let merchant = &record.transaction.merchant;
        if let Some(endpoint) = Store::of(&ctx.env)?.endpoint(merchant).await? {
            receivers.push(Receiver::of_merchant(ctx, endpoint, merchant).await?);
        }
    }
    if is_for(To::Issuer) {
        receivers.extend(ctx.config.issuer_events.as_ref().map(Receiver::of_issuer));
    }
    Ok(receivers)
}

/// Until when a challenge's cardholder is locked now.
async fn lock_of(
    ctx: &RequestContext,
    record: &ChallengeRecord,
) -> Result<Option<Timestamp>, Problem> {
    match cardholder_client::ask(ctx, &record.cardholder, Command::Describe).await? {
        Reply::Described(description, _) => Ok(description.locked_until),
        // Erased since.
        _ => Ok(None),
    }
}

/// The body that receivers read. It has neither code nor destination nor personal message.
fn payload(
    event: &QueuedEvent,
    record: &ChallengeRecord,
    view: &View,
    locked_until: Option<Timestamp>,
) -> String {
    let transaction = &record.transaction;
    let mut data: Vec<(&str, Json)> = vec![
        ("challenge", event.challenge.as_str().into()),
        ("cardholder", record.cardholder.as_str().into()),
    ];
    match event.kind {
        #[cfg(feature = "next-version")]
        Kind::Waited => {}
        Kind::Locked => {
            data.push(("locked_until", locked_until.map(Timestamp::rfc3339).into()));
        }
        Kind::Verified | Kind::Failed | Kind::Expired | Kind::Canceled | Kind::Delivery => {
            data.extend([
                ("status", view.status.as_str().into()),
                ("merchant", transaction.merchant.as_str().into()),
                ("reference", transaction.reference.as_ref().map(|text| text.as_str()).into()),
                ("amount", transaction.amount.minor().into()),
                ("currency", transaction.amount.currency().code().into()),
                ("card_last4", transaction.card_last4.as_str().into()),
                ("channel", view.via.as_ref().map(|via| via.channel().as_str()).into()),
                ("ended_at", view.outcome.map(|outcome| outcome.at.rfc3339()).into()),
            ]);
        }
    }
    if let Some(delivery) = event.delivery {
        data.push(("delivery", u64::from(delivery).into()));
    }
    let members = [
        ("type", event.kind.event_type().into()),
        ("timestamp", event.at.as_str().into()),
        ("data", Json::object(data)),
    ];
    Json::object(members).written()
}

#[cfg(test)]
mod tests;
