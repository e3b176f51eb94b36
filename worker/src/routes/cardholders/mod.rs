//! `/v1/cardholders`: the issuer states contacts, reads, lists, unlocks and erases.

pub(crate) mod cards;
mod challenges;
pub(crate) mod expected_purchase;
mod import;
mod index;
mod registration;

pub(crate) use challenges::{list_challenges, release};
pub(crate) use import::import;
pub(crate) use index::list;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::Serialize;
use warifu_core::{
    cardholder::{
        AuthenticatorRecord, BoundBy, ChallengeCommand, Changes, Command, Description, Refusal,
        Refused, Registration, Reply,
    },
    contact::{Channel, Destination, SendChannel},
    digest::Digest,
    ids::{CardholderId, MerchantId},
    merchant_answers::NotedId,
    record::ChallengeRecord,
    time::Timestamp,
};

use expected_purchase::Expected;

use super::{bad_id, unexpected};
use crate::{
    audit, auth, cardholder_client, cardholder_index,
    http::{self, Incoming},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    quota, recent_challenges,
    request_context::RequestContext,
    response::Response,
    store::Store,
};

/// Registers a cardholder, or replaces what is registered.
pub(crate) async fn put(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    let registration = registration::registration(incoming.body().await?.json()?, BoundBy::Issuer)?;
    let Registered { new, description, replaced, changed } =
        register(ctx, &id, registration, ctx.now().await?).await?;
    // Where this fails the caller hears it, and sends the same again.
    let indexed = cardholder_index::add(ctx, vec![id.clone()]).await;
    let act = match new {
        true => Act::CardholderRegistered { cardholder: &id },
        false => Act::CardholderChanged { cardholder: &id, replaced: &replaced, changed: &changed },
    };
    audit::done(ctx, &act).await;
    indexed?;
    describe(status(new), &id, description)
}

/// What a registration came to.
struct Registered {
    /// Whether the cardholder was unknown before.
    new: bool,
    description: Description,
    /// The channels whose destination was replaced, or none.
    replaced: String,
    /// What is another than before, of `email`, `phone` and `channel`, or nothing.
    changed: String,
}

/// The status of a registration.
fn status(new: bool) -> u16 {
    if new { 201 } else { 200 }
}

/// Registers, and announces to destinations that they were replaced.
async fn register(
    ctx: &RequestContext,
    id: &CardholderId,
    registration: Registration,
    now: Timestamp,
) -> Result<Registered, Problem> {
    let rules = &ctx.config.rules;
    let number = registration.destination(SendChannel::Sms);
    if number.is_some_and(|number| !rules.may_send_to(&number)) {
        return Err(Problem::country_not_allowed(&rules.sms_countries));
    }
    match cardholder_client::ask_at(ctx, id, Command::Register(registration), now).await? {
        Reply::Registered { new, description, replaced, changes } => {
            let channels: Vec<_> = replaced.iter().map(Destination::channel).collect();
            let changed = changed(changes.unwrap_or_else(|| by_the_version_before(&channels)));
            let channels: Vec<_> = channels.iter().map(|channel| channel.as_str()).collect();
            Ok(Registered { new, description, replaced: channels.join(","), changed })
        }
        other => Err(unexpected(other)),
    }
}

/// What an object of the version before tells of what changed: the destinations that were replaced.
fn by_the_version_before(replaced: &[SendChannel]) -> Changes {
    let has = |channel| replaced.contains(&channel);
    Changes { email: has(SendChannel::Email), phone: has(SendChannel::Sms), channel: false }
}

fn changed(changes: Changes) -> String {
    let Changes { email, phone, channel } = changes;
    let all = [("email", email), ("phone", phone), ("channel", channel)];
    let names: Vec<_> = all.into_iter().filter_map(|(name, is)| is.then_some(name)).collect();
    names.join(",")
}

/// What is registered, masked.
pub(crate) async fn read(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::ReadRegistration).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    match cardholder_client::ask(ctx, &id, Command::Describe).await? {
        Reply::Described(description, _) => describe(200, &id, description),
        other => Err(missing(other)),
    }
}

/// Clears all that keeps codes from being sent and compared: wrong codes, and what was sent to the
/// destinations.
pub(crate) async fn unlock(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Support).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    match cardholder_client::ask(ctx, &id, Command::Unlock).await? {
        Reply::Described(description, destinations) => {
            audit::done(ctx, &Act::CardholderUnlocked { cardholder: &id }).await;
            // Who hears that it is done believes that codes come again.
            quota::clear(ctx, &destinations).await?;
            describe(200, &id, description)
        }
        other => Err(missing(other)),
    }
}

/// Erases everything about a cardholder, with the records of their challenges.
pub(crate) async fn delete(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let id = parse(id)?;
    ctx.is_about(&id);
    let Reply::Challenges(challenges) =
        cardholder_client::ask(ctx, &id, Command::Challenges).await?
    else {
        // An erasure that was cut short may have left the id in the index.
        cardholder_index::remove(ctx, id).await?;
        return Err(ProblemCode::CardholderNotFound.problem());
    };
    let cards = cards::registered(ctx, &id).await?;
    let act = Act::CardholderErased { cardholder: &id };
    audit::tell(ctx, &act).await;
    // The records are deleted first, and before them what they are found by. A crash in between leaves
    // the cardholder, who can be erased again.
    let store = Store::of(&ctx.env)?;
    let mut records = Vec::new();
    for (challenge, _) in &challenges {
        records.extend(store.record(challenge).await?);
    }
    end_three_ds(ctx, &records).await?;
    forget_recent(ctx, &records).await?;
    cards::forget(ctx, &id, &cards).await?;
    for (challenge, _) in &challenges {
        store.delete_challenge(challenge).await?;
        ctx.ends.forget(challenge);
    }
    match cardholder_client::ask(ctx, &id, Command::Forget).await? {
        Reply::Forgotten => {
            audit::log(ctx, &act);
            cardholder_index::remove(ctx, id.clone()).await?;
            Ok(Response::empty(204))
        }
        other => Err(missing(other)),
    }
}

/// Ends the open challenges of directory servers, as after an error, and tells what these have not been
/// told: once, because nothing is left that could tell it again.
async fn end_three_ds(ctx: &RequestContext, records: &[ChallengeRecord]) -> Result<(), Problem> {
    let asked_for = || records.iter().filter(|record| record.three_ds.is_some());
    for record in asked_for() {
        cardholder_client::apply(ctx, record, ChallengeCommand::RequestInvalid).await?;
    }
    join_all(asked_for().map(|record| ctx.results.told(&record.id))).await;
    Ok(())
}

/// Has merchants' objects drop the challenges that are about to be erased. Which merchant's a challenge
/// is, its record says.
async fn forget_recent(ctx: &RequestContext, records: &[ChallengeRecord]) -> Result<(), Problem> {
    let mut of: BTreeMap<&str, (&MerchantId, Vec<NotedId>)> = BTreeMap::new();
    for record in records {
        let merchant = &record.transaction.merchant;
        let noted = of.entry(merchant.as_str()).or_insert((merchant, Vec::new()));
        noted.1.push(NotedId::live(&record.id));
    }
    for (merchant, noted) in of.into_values() {
        recent_challenges::drop(ctx, merchant, noted).await?;
    }
    Ok(())
}

pub(in crate::routes) fn parse(id: &str) -> Result<CardholderId, Problem> {
    CardholderId::parse(id).map_err(bad_id)
}

/// The problem of a reply other than the expected one: the cardholder is unknown, or it is a fault
/// of ours.
fn missing(reply: Reply) -> Problem {
    match reply {
        Reply::Refused(Refused::Rule(Refusal::UnknownCardholder), _) => {
            ProblemCode::CardholderNotFound.problem()
        }
        Reply::Refused(Refused::Rule(refusal), _) => Problem::refused(refusal),
        other => unexpected(other),
    }
}

fn describe(status: u16, id: &CardholderId, description: Description) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a CardholderId,
        email: Option<&'a str>,
        phone: Option<&'a str>,
        channel: Option<Channel>,
        enrolled: bool,
        terms: Option<Terms<'a>>,
        locked_until: Option<String>,
        sign_in_needed: bool,
        authenticators: Vec<Authenticator<'a>>,
        cards: Vec<String>,
        expected_purchase: Option<Expected>,
    }
    #[derive(Serialize)]
    struct Terms<'a> {
        version: &'a str,
        accepted_at: String,
    }
    let terms = description.terms.as_ref().map(|accepted| Terms {
        version: accepted.version.as_str(),
        accepted_at: accepted.at.rfc3339(),
    });
    let answer = Answer {
        id,
        email: description.email.as_ref().map(|to| to.as_str()),
        phone: description.phone.as_ref().map(|to| to.as_str()),
        channel: description.channel,
        enrolled: description.channel.is_some(),
        terms,
        locked_until: description.locked_until.map(|until| until.rfc3339()),
        sign_in_needed: description.sign_in_needed,
        authenticators: description.authenticators.iter().map(Authenticator::of).collect(),
        cards: description.cards.iter().map(Digest::hex).collect(),
        expected_purchase: description.expected.as_ref().map(Expected::of),
    };
    Ok(http::json(status, &answer)?)
}

/// An authenticator that is or was bound, as the issuer reads it.
#[derive(Serialize)]
struct Authenticator<'a> {
    channel: Channel,
    destination: Option<&'a str>,
    bound_at: Option<String>,
    bound_by: Option<&'static str>,
    unbound_at: Option<String>,
    unbound_by: Option<&'static str>,
    chosen: Option<ChosenBy<'a>>,
}

/// When, by whom and after which sign-in it was chosen for codes.
#[derive(Serialize)]
struct ChosenBy<'a> {
    at: String,
    by: &'static str,
    acr: Option<&'a str>,
    auth_time: Option<u64>,
}

impl<'a> Authenticator<'a> {
    fn of(record: &'a AuthenticatorRecord) -> Self {
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        let chosen = record.chosen.as_ref().map(|chosen| {
            let sign_in = chosen.sign_in.as_ref();
            ChosenBy {
                at: chosen.at.rfc3339(),
                by: chosen.by.as_str(),
                acr: sign_in.and_then(|sign_in| sign_in.acr.as_ref()).map(|acr| acr.as_str()),
                auth_time: sign_in
                    .and_then(|sign_in| sign_in.auth_time)
                    .map(Timestamp::unix_seconds),
            }
        });
        Self {
            channel: record.channel,
            destination: record.destination.as_ref().map(|to| to.as_str()),
            bound_at: time(record.bound_at),
            bound_by: record.bound_by.map(BoundBy::as_str),
            unbound_at: time(record.unbound_at),
            unbound_by: record.unbound_by.map(BoundBy::as_str),
            chosen,
        }
    }
}

#[cfg(test)]
mod tests;
