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

/// Lets a send pass that was ordered, once its destination has a place for it; else it is taken
/// back. Every other reply passes as it is.
pub(crate) async fn admit(
    edge: &Edge,
    record: &ChallengeRecord,
    reply: Reply,
) -> Result<Reply, Problem> {
    let Reply::Send(_, order) = &reply else { return Ok(reply) };
    let until = match take(edge, record, order).await {
        Ok(None) => return Ok(reply),
        Ok(Some(until)) => Ok(until),
        Err(problem) => Err(problem),
    };
    // Where a destination cannot be asked, nothing is sent either.
    let limit = Carried::Limited(until.as_ref().copied().unwrap_or(order.opened_at));
    let refused = object::act(edge, record, Act::Carried(order.number, limit)).await;
    until.and(refused)
}

/// Takes a place for a delivery; until when there is none.
pub(crate) async fn take(
    edge: &Edge,
    record: &ChallengeRecord,
    order: &SendOrder,
) -> Result<Option<Timestamp>, Problem> {
    ask(edge, order, Wanted::Place(Ticket::of(&record.id, order.number))).await
}

/// Gives the place of a delivery back that no provider took.
pub(crate) async fn give_back(edge: &Edge, record: &ChallengeRecord, order: &SendOrder) {
    if let Err(problem) =
        ask(edge, order, Wanted::Return(Ticket::of(&record.id, order.number))).await
    {
        edge.fault(&problem);
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
