//! Asks the index of cardholders, which is one object.

use warifu_core::{
    cardholder_index::{IndexCommand, IndexReply},
    ids::CardholderId,
    wire,
};

use crate::{bindings, object_call, problem::Problem, request_context::RequestContext};

/// The binding of the index.
const CLASS: &str = "CARDHOLDER_INDEX";

/// The name of the one object.
const NAME: &str = "cardholders";

/// Adds cardholders who are registered. Those that the index has stay as they are.
pub(crate) async fn add(ctx: &RequestContext, ids: Vec<CardholderId>) -> Result<(), Problem> {
    done(ask(ctx, &IndexCommand::Add(ids)).await?)
}

/// Removes a cardholder, whether the index has them or not.
pub(crate) async fn remove(ctx: &RequestContext, id: CardholderId) -> Result<(), Problem> {
    done(ask(ctx, &IndexCommand::Remove(id)).await?)
}

/// Ids behind this one in their order, and whether there are more.
pub(crate) async fn page(
    ctx: &RequestContext,
    after: Option<CardholderId>,
    limit: u16,
) -> Result<(Vec<CardholderId>, bool), Problem> {
    match ask(ctx, &IndexCommand::List(after, limit)).await? {
        Some(IndexReply::Listed(ids, more)) => Ok((ids, more)),
        Some(IndexReply::Done) => Err(unexpected()),
        None => Err(Problem::unbound(CLASS)),
    }
}

/// `None` where there is no such class: a deployment whose wrangler.toml is from before it. Cardholders
/// are registered and erased there all the same.
async fn ask(ctx: &RequestContext, command: &IndexCommand) -> Result<Option<IndexReply>, Problem> {
    if !bindings::is_bound(&ctx.env, CLASS) {
        ctx.fault(&Problem::unbound(CLASS));
        return Ok(None);
    }
    let body = wire::write_answer(command)?;
    let reply = object_call::ask(&ctx.asking(), CLASS, NAME, &body).await?;
    Ok(Some(wire::read_answer(&reply)?))
}

fn done(reply: Option<IndexReply>) -> Result<(), Problem> {
    match reply {
        Some(IndexReply::Done) | None => Ok(()),
        Some(IndexReply::Listed(..)) => Err(unexpected()),
    }
}

fn unexpected() -> Problem {
    Problem::internal("the index gave a reply to another command")
}

#[cfg(test)]
mod tests;
