//! `GET /v1/cardholders/{id}/challenges`: what happened lately, for the issuer's desk that a
//! cardholder calls.

use std::time::Duration;

use serde::Serialize;
use warifu_core::{
    cardholder::{ChallengeCommand, Command, Reply, Status, View},
    ids::{ChallengeId, MerchantId},
    record::ChallengeRecord,
    time::Timestamp,
};

use super::{missing, parse};
use crate::{
    audit, auth, cardholder_client,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    routes::{
        described::{DescribedTransaction, Progress},
        seen,
    },
    store::Store,
};

/// The newest challenges, those that are open and shown before the others, each with its transaction as
/// long as the record is kept. Never a code.
pub(crate) async fn list_challenges(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    const MOST: usize = 20;
    /// A create writes the record within this time, so the record of a younger challenge is not
    /// read. KV remembers for a minute that a key was missing, and the buyer's form would be
    /// missing as long.
    const WRITTEN: Duration = Duration::from_secs(10);
    auth::issuer(ctx, incoming, IssuerAct::Support).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    let mut challenges = match cardholder_client::ask(ctx, &id, Command::Challenges).await? {
        Reply::Challenges(challenges) => challenges,
        other => return Err(missing(other)),
    };
    let (store, now) = (Store::of(&ctx.env)?, ctx.now().await?);
    // First the forms that somebody has before them: a stranger who creates hides none of them.
    challenges.sort_by_key(|(_, view)| !(view.status == Status::Pending && view.shown));
    let mut listed = Vec::new();
    for (id, view) in challenges.into_iter().take(MOST) {
        let written = view.opened_at.plus(WRITTEN) <= now;
        let record = if written { store.record(&id).await? } else { None };
        listed.push((id, view, record));
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        challenges: Vec<Listed<'a>>,
    }
    let challenges = listed.iter().map(|(id, view, record)| Listed::of(id, view, record.as_ref()));
    Ok(http::json(200, &Answer { challenges: challenges.collect() })?)
}

/// Lets a challenge in: its owner signed in at the member site and said that the purchase is theirs.
/// The form then goes on when it is shown again.
pub(crate) async fn release(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
    challenge: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Support).await?;
    let cardholder = parse(id)?;
    ctx.is_about(&cardholder);
    let unknown = || ProblemCode::ChallengeNotFound.problem();
    let challenge = ChallengeId::parse(challenge).map_err(|_| unknown())?;
    let record = Store::of(&ctx.env)?.record(&challenge).await?;
    let record = record.filter(|record| record.cardholder == cardholder).ok_or_else(unknown)?;
    let view = seen(cardholder_client::apply(ctx, &record, ChallengeCommand::Release).await?)?;
    let act = Act::ChallengeReleased { cardholder: &cardholder, challenge: &challenge };
    audit::done(ctx, &act).await;
    Ok(http::json(200, &Listed::of(&challenge, &view, Some(&record)))?)
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a ChallengeId,
    status: Status,
    merchant: Option<&'a MerchantId>,
    merchant_name: Option<&'a str>,
    transaction: Option<DescribedTransaction<'a>>,
    destination: Option<&'a str>,
    /// When the cardholder said that the purchase is not theirs.
    reported_at: Option<String>,
    #[serde(flatten)]
    progress: Progress,
    /// Whether somebody was shown the form.
    shown: bool,
    locked_until: Option<String>,
    sign_in_needed: bool,
}

impl<'a> Listed<'a> {
    fn of(id: &'a ChallengeId, view: &'a View, record: Option<&'a ChallengeRecord>) -> Self {
        let transaction = record.map(|record| &record.transaction);
        Self {
            id,
            status: view.status,
            merchant: transaction.map(|transaction| &transaction.merchant),
            merchant_name: transaction.map(|transaction| transaction.merchant_name.as_str()),
            transaction: transaction.map(DescribedTransaction::of),
            destination: view.via.as_ref().and_then(|via| via.destination()),
            reported_at: view.fraud_reported_at.map(|at| at.rfc3339()),
            progress: Progress::of(view),
            locked_until: view.locked_until.map(Timestamp::rfc3339),
            shown: view.shown,
            sign_in_needed: view.sign_in_needed,
        }
    }
}
