//! `GET /v1/cardholders`: the ids of all cardholders.

use serde::Serialize;
use warifu_core::ids::CardholderId;

use crate::{
    auth, cardholder_index,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    listing::{Asked, Lengths},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
};

const LENGTHS: Lengths = Lengths { usual: 100, most: warifu_core::cardholder_index::MOST as usize };

/// Lists ids of cardholders in their order.
pub(crate) async fn list(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a CardholderId,
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        cardholders: Vec<Entry<'a>>,
        next_cursor: Option<String>,
    }
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let asked = Asked::read(ctx, incoming, "cardholders".to_owned(), LENGTHS)?;
    let after = asked.after.as_deref().and_then(|after| CardholderId::parse(after).ok());
    let limit = u16::try_from(asked.limit).unwrap_or(u16::MAX);
    let (ids, more) = cardholder_index::page(ctx, after, limit).await?;
    let last = ids.last().filter(|_| more);
    let next_cursor = last.map(|last| asked.next(last.as_str())).transpose()?;
    let cardholders = ids.iter().map(|id| Entry { id }).collect();
    Ok(http::json(200, &Answer { cardholders, next_cursor })?)
}
