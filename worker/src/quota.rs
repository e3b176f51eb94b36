//! What a destination takes: asked of an object of its own, where all sends to it meet, whoever it
//! is registered for and whoever carries them.

use warifu_core::{
    cardholder::{Act, Carried, Reply, SendOrder},
    destination::{self, Ticket, Wanted},
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};

use crate::{edge::Edge, object, problem::Problem};

/// The destinations' objects, as they are bound.
const CLASS: &str = "DESTINATIONS";

/// Whether a destination has a place.
pub(crate) enum Admission {
    Granted,
    /// It has none until then.
    Limited(Timestamp),
}

/// Lets a send pass that was ordered, once its destination has a place for it; else it is taken
/// back. Every other reply passes as it is.
pub(crate) async fn admit(
    edge: &Edge,
    record: &ChallengeRecord,
    reply: Reply,
) -> Result<Reply, Problem> {
    let Reply::Send(_, order) = &reply else { return Ok(reply) };
    let (until, fault) = match reserve(edge, record, order, 0).await {
        Ok(Admission::Granted) => return Ok(reply),
        Ok(Admission::Limited(until)) => (until, None),
        // Where a destination cannot be asked, nothing is sent either.
        Err(problem) => (order.opened_at, Some(problem)),
    };
    let limit = Act::Carried(order.number, Carried::Limited(until));
    let refused = object::act(edge, record, limit).await;
    fault.map_or(refused, Err)
}

/// Reserves a place for a delivery in the hands of one provider; `others` may have sent it before.
pub(crate) async fn reserve(
    edge: &Edge,
    record: &ChallengeRecord,
    order: &SendOrder,
    others: u32,
) -> Result<Admission, Problem> {
    let ticket = Ticket::of(&record.id, order.number, others);
    match ask(edge, order, Wanted::Place(ticket)).await {
        Ok(until) => Ok(until.map_or(Admission::Granted, Admission::Limited)),
        Err(problem) => {
            // It may have been reserved all the same, and nothing is sent in it.
            let (later, order) = (edge.clone(), order.clone());
            edge.context.wait_until(async move {
                drop(ask(&later, &order, Wanted::Return(ticket)).await);
            });
            Err(problem)
        }
    }
}

/// The places that one message holds at its destination.
pub(crate) enum HeldPlaces<'a> {
    /// It needs none.
    Uncounted,
    /// One for each provider that may have sent it, and one for the provider that is asked next.
    Of {
        edge: &'a Edge,
        record: &'a ChallengeRecord,
        order: &'a SendOrder,
        /// How many it holds.
        held: u32,
    },
}

impl<'a> HeldPlaces<'a> {
    /// The place that was reserved before any provider is asked.
    pub(crate) fn first_of(
        edge: &'a Edge,
        record: &'a ChallengeRecord,
        order: &'a SendOrder,
    ) -> Self {
        Self::Of { edge, record, order, held: 1 }
    }

    /// Reserves a place for the provider that is asked next, where so many may have sent the message
    /// before it. The place of one that refused it is free for the next one.
    pub(crate) async fn reserve_after(
        &mut self,
        may_have_sent: usize,
    ) -> Result<Admission, Problem> {
        let Self::Of { edge, record, order, held } = self else { return Ok(Admission::Granted) };
        if may_have_sent < *held as usize {
            return Ok(Admission::Granted);
        }
        let admission = reserve(edge, record, order, *held).await?;
        if let Admission::Granted = admission {
            *held += 1;
        }
        Ok(admission)
    }

    /// Gives back all places but those of so many providers that sent the message or may have.
    pub(crate) async fn keep(self, providers: usize) {
        let Self::Of { edge, record, order, held } = self else { return };
        for others in (0..held).skip(providers) {
            let ticket = Ticket::of(&record.id, order.number, others);
            if let Err(problem) = ask(edge, order, Wanted::Return(ticket)).await {
                edge.fault(&problem);
            }
        }
    }
}

async fn ask(edge: &Edge, order: &SendOrder, wanted: Wanted) -> Result<Option<Timestamp>, Problem> {
    let (_, key) = edge
        .config
        .active_master_key()
        .ok_or_else(|| Problem::internal("there is no master key"))?;
    let name = destination::name(key, &order.to);
    let body = wire::write_wanted(&wanted, edge.now().await?)?;
    Ok(wire::read_limit(&object::ask_by_name(&edge.env, CLASS, &name, &body).await?)?)
}
