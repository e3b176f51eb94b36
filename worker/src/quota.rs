//! Asks a destination's bucket for slots. All sends to one destination meet there, whichever
//! cardholder registered it and whichever provider carries them.

mod early;

pub(crate) use early::AskedEarly;

use warifu_core::{
    cardholder::{ChallengeCommand, DeliveryOrder, DeliveryReport, Notification, Reply},
    contact::Destination,
    destination::{self, ChallengeRef, DeliveryRef, DestinationName, QuotaCommand, Sender},
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};

use crate::{cardholder_client, object_call, problem::Problem, request_context::RequestContext};

/// The binding of the class that destinations are counted in.
const CLASS: &str = "DESTINATIONS";

/// What is answered for a destination.
pub(crate) enum Admission {
    Granted,
    /// The destination has no slot until this time.
    Limited(Timestamp),
}

/// For a reply that orders a send: reserves a slot at its destination, or uses the one that was asked
/// for early. Where there is none, the send is taken back and the reply says until when. Every other
/// reply is returned unchanged.
pub(crate) async fn admit(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    reply: Reply,
    early: AskedEarly,
) -> Result<Reply, Problem> {
    let Reply::Send(_, order) = &reply else { return Ok(reply) };
    let admission = match early.admission(ctx, record, order).await {
        Ok(Some(admission)) => Ok(admission),
        Ok(None) => reserve(ctx, record, order, 0).await,
        Err(problem) => Err(problem),
    };
    let (until, fault) = match admission {
        Ok(Admission::Granted) => return Ok(reply),
        Ok(Admission::Limited(until)) => (until, None),
        // If the destination's bucket cannot be asked, nothing is sent either.
        Err(problem) => (order.opened_at, Some(problem)),
    };
    let limit = ChallengeCommand::Report(order.number, DeliveryReport::Limited(until));
    let refused = cardholder_client::apply(ctx, record, limit).await;
    fault.map_or(refused, Err)
}

/// Reserves a slot for one provider's message of a delivery. `others` counts the providers that
/// may have sent it before.
pub(crate) async fn reserve(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    order: &DeliveryOrder,
    others: u32,
) -> Result<Admission, Problem> {
    let delivery_ref = DeliveryRef::of(&record.id, order.number, others);
    let sender = Sender::of(
        ctx.config.active_master_key()?.1,
        &order.to,
        &record.id,
        &record.transaction.merchant,
        order.places,
    );
    match ask(ctx, &order.to, &QuotaCommand::Reserve(delivery_ref, Some(sender))).await {
        Ok(until) => Ok(until.map_or(Admission::Granted, Admission::Limited)),
        Err(problem) => {
            // The bucket may have reserved the slot all the same. Nothing will be sent in it, so
            // it is given back.
            let (later, order) = (ctx.clone(), order.clone());
            ctx.execution.wait_until(async move {
                drop(ask(&later, &order.to, &QuotaCommand::Release(delivery_ref)).await);
            });
            Err(problem)
        }
    }
}

/// The slots that one message holds at its destination.
pub(crate) enum HeldSlots<'a> {
    /// The message needs no slot for a further provider: it is a notification, which had its one slot
    /// before.
    Uncounted,
    /// One slot for each provider that may have sent the message, and one for the provider that is
    /// asked next.
    Of {
        ctx: &'a RequestContext,
        record: &'a ChallengeRecord,
        order: &'a DeliveryOrder,
        /// How many slots the message holds.
        held: u32,
    },
}

impl<'a> HeldSlots<'a> {
    /// The slot that was reserved before any provider is asked.
    pub(crate) fn first_of(
        ctx: &'a RequestContext,
        record: &'a ChallengeRecord,
        order: &'a DeliveryOrder,
    ) -> Self {
        Self::Of { ctx, record, order, held: 1 }
    }

    /// Whether the provider that is asked next, after so many that may have sent the message, has a
    /// slot: one is reserved where none is left. A provider that refused the message leaves its slot
    /// to the next one.
    pub(crate) async fn reserve_after(&mut self, may_have_sent: usize) -> Result<bool, Problem> {
        let Self::Of { ctx, record, order, held } = self else { return Ok(true) };
        if may_have_sent < *held as usize {
            return Ok(true);
        }
        match reserve(ctx, record, order, *held).await? {
            Admission::Granted => *held += 1,
            Admission::Limited(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Gives back the slots that are not needed: `providers` is how many sent the message or may
    /// have.
    pub(crate) async fn keep(self, providers: usize) {
        let Self::Of { ctx, record, order, held } = self else { return };
        for others in (0..held).skip(providers) {
            let delivery_ref = DeliveryRef::of(&record.id, order.number, others);
            if let Err(problem) = ask(ctx, &order.to, &QuotaCommand::Release(delivery_ref)).await {
                ctx.fault(&problem);
            }
        }
    }
}

/// Gives back the slots of a challenge that was verified, after the answer. What fails is logged
/// alone: the slots then count until their time is over.
pub(crate) fn verified_later(ctx: &RequestContext, record: &ChallengeRecord, to: Vec<Destination>) {
    let command = QuotaCommand::Verified(ChallengeRef::of(&record.id));
    if to.is_empty() {
        return;
    }
    let later = ctx.clone();
    ctx.execution.wait_until(async move {
        for to in to {
            if let Err(problem) = ask(&later, &to, &command).await {
                later.fault(&problem);
            }
        }
    });
}

/// Gives back every slot of these destinations, those that a Worker of the release before buckets
/// reserved too.
pub(crate) async fn clear(ctx: &RequestContext, to: &[Destination]) -> Result<(), Problem> {
    let (_, key) = ctx.config.active_master_key()?;
    for to in to {
        let name = destination::name(key, to);
        ask_named(ctx, name, &QuotaCommand::Clear).await?;
        ask_own(ctx, name, &QuotaCommand::Clear).await?;
    }
    Ok(())
}

async fn ask(
    ctx: &RequestContext,
    to: &Destination,
    command: &QuotaCommand,
) -> Result<Option<Timestamp>, Problem> {
    let (_, key) = ctx.config.active_master_key()?;
    ask_named(ctx, destination::name(key, to), command).await
}

/// Asks for a slot for a notification of this kind, or to give it back.
pub(crate) async fn of_notifications(
    ctx: &RequestContext,
    notification: &Notification,
    command: &QuotaCommand,
) -> Result<Admission, Problem> {
    let Notification { to, kind, is_former, .. } = notification;
    let (_, key) = ctx.config.active_master_key()?;
    let name = destination::notification_name(key, to, *kind, *is_former);
    let until = ask_named(ctx, name, command).await?;
    Ok(until.map_or(Admission::Granted, Admission::Limited))
}

/// Asks the bucket. One that decides nothing leaves it to the destination's own object: it runs the
/// release before buckets, or it cannot read the destination's row.
async fn ask_named(
    ctx: &RequestContext,
    name: DestinationName,
    command: &QuotaCommand,
) -> Result<Option<Timestamp>, Problem> {
    let body = wire::write_bucket_command(name, command, ctx.now().await?)?;
    match object_call::ask_if_it_can(&ctx.asking(), CLASS, &name.bucket(), &body).await? {
        Some(limit) => Ok(wire::read_limit(&limit)?),
        None => ask_own(ctx, name, command).await,
    }
}

/// Asks the object that counts for this destination alone.
async fn ask_own(
    ctx: &RequestContext,
    name: DestinationName,
    command: &QuotaCommand,
) -> Result<Option<Timestamp>, Problem> {
    let body = wire::write_quota_command(command, ctx.now().await?)?;
    let limit = object_call::ask(&ctx.asking(), CLASS, &name.own_object(), &body).await?;
    Ok(wire::read_limit(&limit)?)
}

#[cfg(test)]
mod tests;
