//! Events of challenges: read with their record, and posted to those that they concern.

use futures_util::future::join_all;
use warifu_core::{
    cardholder::{ChallengeAudit, ChallengeCommand, Command, Reply, View},
    contact::{Channel, Via},
    record::ChallengeRecord,
    time::Timestamp,
};

use super::{
    Told,
    message::{Kind, QueuedEvent, To},
    payload,
    receiver::Receiver,
};
use crate::{
    cardholder_client,
    log::LogEvent,
    metrics::{self, Point},
    problem::Problem,
    request_context::RequestContext,
    store::Store,
};

/// What is read of a challenge to tell of it.
enum Read {
    Seen(View),
    /// Of one that ended.
    Audited(ChallengeAudit),
}

impl Read {
    fn view(&self) -> &View {
        match self {
            Self::Seen(view) => view,
            Self::Audited(audit) => &audit.view,
        }
    }
}

/// Posts an event to its receivers. Returns after how many seconds at least the message has to come
/// again; `None` when it has not.
pub(super) async fn post(
    ctx: &RequestContext,
    event: &QueuedEvent,
    attempts: u32,
) -> Result<Option<u32>, Problem> {
    let (challenge, event_type) = (&event.challenge, event.kind.event_type());
    let Some(record) = Store::of(&ctx.env)?.record(challenge).await? else {
        // The cardholder was erased, or the record's retention is over. A record that this location
        // does not see yet has an event that the object still keeps, and puts into the queue again.
        ctx.log(&LogEvent::EventWithoutRecord { challenge, event_type });
        return Ok(None);
    };
    let first = event.to.is_none();
    let receivers = receivers(ctx, event, &record).await?;
    let counts = first && attempts == 1 && event.kind.ends() && metrics::is_bound(&ctx.env);
    let mut missed = Vec::new();
    if !receivers.is_empty() || counts {
        let Some(read) = read(ctx, event, &record).await? else {
            ctx.log(&LogEvent::EventWithoutRecord { challenge, event_type });
            if first {
                // The object has the challenge no more, so there is nothing to tell later either.
                settle(ctx, event, &record).await?;
            }
            return Ok(None);
        };
        if counts && let Read::Audited(audit) = &read {
            count(ctx, &record, audit);
        }
        let posted = join_all(receivers.iter().map(|receiver| {
            let payload = match (&read, receiver.to) {
                (Read::Audited(audit), To::Audit) => payload::audit(event, &record, audit),
                (read, _) => payload::event(event, &record, read.view()),
            };
            async move { receiver.post(&event.id_to(receiver.to), &payload).await }
        }));
        let all = receivers.iter().map(|receiver| receiver.to);
        missed.extend(all.zip(posted.await).filter_map(|(to, posted)| Some((to, posted.err()?))));
    }
    let mut again = None;
    for (to, missed) in missed {
        let event_type = if to == To::Audit { payload::AUDIT } else { event_type };
        let told = Told { challenge: Some(challenge), event_type, first, attempts };
        let message = event.again_to(to).written()?;
        again = told.not_received(ctx, to, &event.id_to(to), missed, message).await?;
    }
    if first {
        // What has to come again is in the queue by now, so the object can forget the event.
        settle(ctx, event, &record).await?;
    }
    Ok(again)
}

/// Tells the object that the event was taken over.
async fn settle(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &ChallengeRecord,
) -> Result<(), Problem> {
    let settled = Command::Settled(vec![event.number]);
    cardholder_client::ask(ctx, &record.cardholder, settled).await.map(drop)
}

/// Reads how the challenge stands; `None` when the object has it no more.
async fn read(
    ctx: &RequestContext,
    event: &QueuedEvent,
    record: &ChallengeRecord,
) -> Result<Option<Read>, Problem> {
    if event.kind.ends() {
        let command = Command::Audit { id: record.id.clone(), record: record.digest() };
        return Ok(match cardholder_client::ask(ctx, &record.cardholder, command).await? {
            Reply::Audited(audit) => Some(Read::Audited(audit)),
            _ => None,
        });
    }
    let Reply::Seen(view) = cardholder_client::apply(ctx, record, ChallengeCommand::Read).await?
    else {
        return Ok(None);
    };
    // A lock is the cardholder's, and the challenge in which it began has often ended.
    let locked_until = match event.kind {
        Kind::Locked => lock_of(ctx, record).await?,
        _ => view.locked_until,
    };
    Ok(Some(Read::Seen(View { locked_until, ..view })))
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
    if let Some(issuer) = &ctx.config.issuer_events {
        receivers.extend(is_for(To::Issuer).then(|| Receiver::of_issuer(issuer)));
        let is_audited = event.kind.ends() && ctx.config.audits_challenges;
        receivers.extend((is_for(To::Audit) && is_audited).then(|| Receiver::of_audit(issuer)));
    }
    Ok(receivers)
}

/// Writes the data point of a challenge that ended.
fn count(ctx: &RequestContext, record: &ChallengeRecord, audit: &ChallengeAudit) {
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
