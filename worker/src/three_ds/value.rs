//! The authentication value of a verified payment: made of a key, or by the issuer's service. What the
//! service answered first is kept, so that a result says the same each time it is told.

use serde::Serialize;
use warifu_core::{
    cardholder::{ChallengeCommand, Pinned, Reply, View},
    record::ChallengeRecord,
};
use warifu_delivery::provider::USER_AGENT;
use warifu_three_ds::{
    authentication_value::of_service, outcome::Outcome, transaction::Transaction,
};

use crate::{
    cardholder_call::{ask_to_tell, to_challenge},
    config::{Served, Values},
    outbound,
    problem::Problem,
    request_context::RequestContext,
};

/// How long the issuer's service may take.
const SERVICE_MS: u32 = 2_000;

/// An outcome with the value that is said of it.
pub(crate) struct Valued {
    pub(crate) outcome: Outcome,
    pub(crate) value: Option<String>,
}

/// The value of an outcome as far as it is known without asking anybody; `None` where the issuer's
/// service has to be asked first.
pub(super) fn known(
    ctx: &RequestContext,
    served: &Served,
    record: &ChallengeRecord,
    of: &Transaction,
    view: &View,
    outcome: Outcome,
) -> Option<Valued> {
    if !outcome.has_value(of.category) {
        return Some(Valued { outcome, value: None });
    }
    let value = match &served.values {
        // Only a development server has a payment without a value.
        Values::None => return Some(Valued { outcome, value: None }),
        Values::Hmac => {
            let number = record.three_ds.as_ref().and_then(|it| it.value_key.as_deref());
            let key = number.and_then(|number| ctx.config.three_ds.value_key(number));
            key.map(|key| key.value(of, outcome.eci(&served.it.eci).unwrap_or_default()))
        }
        Values::Service(_) => {
            let Pinned(value) = view.three_ds.as_ref()?.value.clone()?;
            value
        }
    };
    Some(valued(of, outcome, value))
}

/// The value of an outcome. The issuer's service is asked once, and its answer kept.
pub(super) async fn made(
    ctx: &RequestContext,
    served: &Served,
    record: &ChallengeRecord,
    of: &Transaction,
    view: &View,
    outcome: Outcome,
) -> Result<Valued, Problem> {
    if let Some(known) = known(ctx, served, record, of, view, outcome) {
        return Ok(known);
    }
    let Values::Service(url) = &served.values else {
        return Err(Problem::internal("only a service has to be asked"));
    };
    let value = asked(url, served, record, of, outcome).await?;
    let pin = to_challenge(record, ChallengeCommand::PinValue(value));
    let Reply::Seen(view) = ask_to_tell(ctx, &record.cardholder, &pin).await? else {
        return Err(Problem::internal("a value was not kept"));
    };
    known(ctx, served, record, of, &view, outcome)
        .ok_or_else(|| Problem::internal("a value was not kept"))
}

fn valued(of: &Transaction, outcome: Outcome, value: Option<String>) -> Valued {
    match value {
        Some(value) => Valued { outcome, value: Some(value) },
        None => Valued { outcome: outcome.without_value(of.category), value: None },
    }
}

/// What the service gets to know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    cardholder: &'a str,
    directory_server: &'a str,
    acs_trans_id: &'a str,
    ds_trans_id: &'a str,
    amount: Option<u64>,
    currency: Option<String>,
    eci: &'a str,
}

/// What the issuer's service answers; `None` where it makes no value that can be said.
async fn asked(
    url: &str,
    served: &Served,
    record: &ChallengeRecord,
    of: &Transaction,
    outcome: Outcome,
) -> Result<Option<String>, Problem> {
    let amount = record.transaction.amount.as_ref();
    let body = serde_json::to_string(&Asked {
        cardholder: record.cardholder.as_str(),
        directory_server: &served.it.id,
        acs_trans_id: of.acs_trans_id.as_str(),
        ds_trans_id: of.ds_trans_id.as_str(),
        amount: amount.map(|amount| amount.minor()),
        currency: amount.map(|amount| amount.currency().code().to_owned()),
        eci: outcome.eci(&served.it.eci).unwrap_or_default(),
    })?;
    let headers =
        [("content-type", "application/json".to_owned()), ("user-agent", USER_AGENT.to_owned())];
    let answered = outbound::post(url, &headers, &body, SERVICE_MS).await;
    let text = answered.ok().filter(|answer| answer.status == 200).map(|answer| answer.text);
    Ok(text.and_then(|text| of_service(text.trim(), of.version).map(str::to_owned)))
}
