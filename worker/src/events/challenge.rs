//! Events of challenges: read with their record, and posted to those that they concern.

use futures_util::future::join_all;
use warifu_core::{
    cardholder::{ChallengeCommand, Command, DueEvent, EventFacts, Reply, View},
    contact::{Channel, Via},
    ids::CardholderId,
    record::ChallengeRecord,
    secret::KeyMode,
    time::Timestamp,
};

use super::{
    Told,
    message::{Kind, QueuedEvent, To},
    payload,
    receiver::Receiver,
};
use crate::{
    cardholder_call::{ask_to_tell, to_challenge},
    log::LogEvent,
    metrics::{self, Point},
    problem::Problem,
    request_context::RequestContext,
    store::Store,
};

/// Tells the events that an object handed out with a reply, and then the object that they were taken
/// over. One that could not be told, or whose repetition the queue did not take, is told by the
/// object's alarm.
pub(super) async fn tell(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    due: Vec<DueEvent>,
    known: Option<&ChallengeRecord>,
) {
    let told = join_all(due.iter().map(|due| tell_one(ctx, due, known))).await;
    let mut taken_over = Vec::new();
    for (told, due) in told.into_iter().zip(&due) {
        match told {
            Ok(true) => taken_over.push(due.event.number),
            Ok(false) => {}
            Err(problem) => ctx.fault(&problem),
        }
    }
    if !taken_over.is_empty()
        && let Err(problem) = settle(ctx, cardholder, taken_over).await
    {
        ctx.fault(&problem);
    }
}

/// Tells one event. Returns whether it was taken over: a record that this location does not see yet
/// is told later.
async fn tell_one(
    ctx: &RequestContext,
    DueEvent { event, facts }: &DueEvent,
    known: Option<&ChallengeRecord>,
) -> Result<bool, Problem> {
    let read;
    let record = match known.filter(|known| known.id == event.challenge) {
        Some(known) => known,
        None => {
            read = Store::of(&ctx.env)?.record(&event.challenge).await?;
            let Some(record) = &read else { return Ok(false) };
            record
        }
    };
    let event = QueuedEvent::of(event);
    let receivers = receivers(ctx, &event, record).await?;
    if event.kind.ends() && metrics::is_bound(&ctx.env) {
        count(ctx, record, facts);
    }
    post_to(ctx, &receivers, &event, record, facts, 1).await?;
    Ok(true)
}

/// Posts an event that came out of the queue to its receivers. Returns after how many seconds at least
/// the message has to come again; `None` when it has not.
pub(super) async fn post(
    ctx: &RequestContext,
    event: &QueuedEvent,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    let (challenge, event_type) = (&event.challenge, event.kind.event_type());
    let Some(record) = Store::of(&ctx.env)?.record(challenge).await? else {
        // The cardholder was erased, or the record's retention is over. A record that this location
        // does not see yet has an event that the object still keeps, and puts into the queue again.
        ctx.log(&LogEvent::EventWithoutRecord { challenge: challenge.as_str(), event_type });
        return Ok(None);
    };
    let first = event.to.is_none();
    let receivers = receivers(ctx, event, &record).await?;
    let counts = first && attempts == 1 && event.kind.ends() && metrics::is_bound(&ctx.env);
    let mut again = None;
    if !receivers.is_empty() || counts {
        let Some(facts) = read(ctx, event, &record).await? else {
            ctx.log(&LogEvent::EventWithoutRecord { challenge: challenge.as_str(), event_type });
            if first {
                // The object has the challenge no more, so there is nothing to tell later either.
                settle(ctx, &record.cardholder, vec![event.number]).await?;
            }
            return Ok(None);
        };
        if counts {
            count(ctx, &record, &facts);
        }
        again = post_to(ctx, &receivers, event, &record, &facts, attempts).await?;
    }
    if first {
        // What has to come again is in the queue by now, so the object can forget the event.
        settle(ctx, &record.cardholder, vec![event.number]).await?;
    }
    Ok(again)
}

/// Posts an event to receivers, all at the same time. For one that did not take an event's first post,
/// a message of its own goes into the queue. Of a repetition, returns after how many seconds at least
/// it has to come again.
async fn post_to(
    ctx: &RequestContext,
    receivers: &[Receiver],
    event: &QueuedEvent,
    record: &ChallengeRecord,
    facts: &EventFacts,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    let posted = join_all(receivers.iter().map(|receiver| {
        let payload = match (facts, receiver.to) {
            (EventFacts::Audited(audit), To::Audit) => payload::audit(event, record, audit),
            (facts, _) => payload::event(event, record, facts.view()),
        };
        async move { receiver.post(&event.id_to(receiver.to), &payload).await }
    }));
    let (challenge, first) = (Some(event.challenge.as_str()), event.to.is_none());
    let mut again = None;
    for (receiver, posted) in receivers.iter().zip(posted.await) {
        let (to, Err(missed)) = (receiver.to, posted) else { continue };
        let event_type = if to == To::Audit { payload::AUDIT } else { event.kind.event_type() };
        let told = Told { challenge, event_type, first, attempts };
        let message = event.again_to(to).written()?;
        again = told.not_received(ctx, to, &event.id_to(to), missed, message).await?;
    }
    Ok(again)
}

/// Tells the object that events were taken over.
async fn settle(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    numbers: Vec<u32>,
) -> Result<(), Problem> {
    ask_to_tell(ctx, cardholder, &Command::Settled(numbers)).await.map(drop)
}

/// Reads how the challenge stands; `None` when the object has it no more.
async fn read(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &ChallengeRecord,
) -> Result<Option<EventFacts>, Problem> {
    if event.kind.ends() {
        let command = Command::Audit { id: record.id.clone(), record: record.digest() };
        return Ok(match ask_to_tell(ctx, &record.cardholder, &command).await? {
            Reply::Audited(audit) => Some(EventFacts::Audited(audit)),
            _ => None,
        });
    }
    let command = to_challenge(record, ChallengeCommand::Read);
    let Reply::Seen(view) = ask_to_tell(ctx, &record.cardholder, &command).await? else {
        return Ok(None);
    };
    // A lock is the cardholder's, and the challenge in which it began has often ended.
    let locked_until = match event.kind {
        Kind::Locked => lock_of(ctx, record).await?,
        _ => view.locked_until,
    };
    Ok(Some(EventFacts::Seen(View { locked_until, ..view })))
}

/// Until when a challenge's cardholder is locked now.
async fn lock_of(
    ctx: &RequestContext,
    record: &ChallengeRecord,
) -> Result<Option<Timestamp>, Problem> {
    match ask_to_tell(ctx, &record.cardholder, &Command::Describe).await? {
        Reply::Described(description, _) => Ok(description.locked_until),
        // Erased since.
        _ => Ok(None),
    }
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
        if let Some(endpoint) = Store::of(&ctx.env)?.endpoint(merchant, KeyMode::Live).await? {
            receivers.push(Receiver::of_merchant(ctx, endpoint, merchant).await?);
        }
    }
    if let Some(issuer) = &ctx.config.issuer_events {
        receivers.extend(is_for(To::Issuer).then(|| Receiver::of_issuer(issuer)));
        let is_audited = event.kind.ends() && ctx.config.audits_challenges;
        receivers.extend((is_for(To::Audit) && is_audited).then(|| Receiver::of_audit(issuer)));
    }
    Ok(receivers)
}

/// Writes the data point of a challenge that ended.
fn count(ctx: &RequestContext, record: &ChallengeRecord, facts: &EventFacts) {
    let EventFacts::Audited(audit) = facts else { return };
    let view = &audit.view;
    let took = audit.shown_at.zip(view.outcome).map(|(shown, outcome)| outcome.at.since(shown));
    let channel = view.via.as_ref().map(Via::channel).map(Channel::as_str);
    metrics::write(
        &ctx.env,
        &Point::Outcome {
            merchant: &record.transaction.merchant,
            channel: channel.unwrap_or_default(),
            status: view.status.as_str(),
            seconds: took.unwrap_or_default().as_secs_f64(),
            tries: view.tries,
            sends: view.send,
        },
    );
}

#[cfg(test)]
mod tests;
