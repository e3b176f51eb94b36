//! `/v1/cardholders/{id}/expected-purchase`: the owner, signed in at the member site, says what they are
//! about to pay, so that a directory server's challenge for it is let in where others are not.

use serde::Serialize;
use warifu_core::cardholder::{Command, ExpectedPurchase, Reply};

use super::{missing, parse};
use crate::{
    audit, auth, cardholder_client,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    log::Act,
    problem::Problem,
    request_context::RequestContext,
    response::Response,
    routes::amount,
};

/// What is expected, as the issuer reads it.
#[derive(Serialize)]
pub(super) struct Expected {
    /// In the currency's minor unit.
    amount: u64,
    currency: String,
    expires_at: String,
}

impl Expected {
    pub(super) fn of(expected: &ExpectedPurchase) -> Self {
        Self {
            amount: expected.amount.minor(),
            currency: expected.amount.currency().code().to_owned(),
            expires_at: expected.until.rfc3339(),
        }
    }
}

/// Expects a purchase, in place of any other one.
pub(crate) async fn put(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Support).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    let mut fields = incoming.body().await?.json()?;
    let (minor, currency) = (fields.integer("amount")?, fields.text("currency")?);
    fields.end()?;
    let expected = Command::ExpectPurchase(amount(["amount", "currency"], minor, &currency)?);
    let description = match cardholder_client::ask(ctx, &id, expected).await? {
        Reply::Described(description, _) => description,
        other => return Err(missing(other)),
    };
    audit::done(ctx, &Act::PurchaseExpected { cardholder: &id }).await;
    let expected = description.expected.as_ref().map(Expected::of);
    let expected = expected.ok_or_else(|| Problem::internal("nothing is expected"))?;
    Ok(http::json(200, &expected)?)
}

/// Expects no purchase any more, or does nothing where none is expected.
pub(crate) async fn delete(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Support).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    match cardholder_client::ask(ctx, &id, Command::ExpectNothing).await? {
        Reply::Described(..) => {}
        other => return Err(missing(other)),
    }
    audit::done(ctx, &Act::ExpectationRemoved { cardholder: &id }).await;
    Ok(Response::empty(204))
}
