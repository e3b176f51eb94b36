//! `/v1/challenges`: a merchant opens, lists, reads and cancels challenges.

mod recent;
mod test_challenges;

pub(crate) use recent::list;

use std::ops::Not;

use futures_util::future::join;
use serde::Serialize;
use warifu_core::{
    cardholder::{ChallengeCommand, Idempotency, Reply, Status, View},
    contact::Channel,
    destination,
    digest::Hasher,
    ids::{CardholderId, ChallengeId, MerchantId},
    locale::Locale,
    record::ChallengeRecord,
    secret::MasterKey,
    test_mode::TestChallengeId,
    text::Reference,
    time::Timestamp,
    transaction::{CardLast4, Transaction},
};
use warifu_delivery::json::Fields;

use super::{
    amount, bad_text,
    described::{DescribedTransaction, Progress},
    refused,
};
use crate::{
    auth::{self, KeyHolder, TestMerchant},
    bindings::wait,
    cardholder_client,
    disclosure::Disclosure,
    form_record::FormRecord,
    http::{self, Address, Incoming},
    log::{LogEvent, OfChallenge},
    problem::{Problem, ProblemCode},
    random,
    request_context::RequestContext,
    response::Response,
    store::{Merchant, ONE_WRITE_A_SECOND_MS, Store},
};

/// A create request's fields, not checked yet.
struct Submitted {
    cardholder: String,
    transaction: SubmittedTransaction,
    locale: Option<String>,
    return_url: Option<String>,
}

struct SubmittedTransaction {
    amount: i64,
    currency: String,
    purchased_at: String,
    card_last4: String,
    reference: Option<String>,
}

impl Submitted {
    fn read(mut fields: Fields) -> Result<Self, Problem> {
        let mut inner = fields.object("transaction")?;
        let transaction = SubmittedTransaction {
            amount: inner.integer("amount")?,
            currency: inner.text("currency")?,
            purchased_at: inner.text("purchased_at")?,
            card_last4: inner.text("card_last4")?,
            reference: inner.optional_text("reference")?,
        };
        inner.end()?;
        let submitted = Self {
            cardholder: fields.text("cardholder")?,
            transaction,
            locale: fields.optional_text("locale")?,
            return_url: fields.optional_text("return_url")?,
        };
        fields.end()?;
        Ok(submitted)
    }
}

/// Opens a challenge. Nothing is sent before its form is shown.
pub(crate) async fn create(
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    let holder = auth::merchant(ctx, incoming).await?;
    let key = incoming.header("idempotency-key").map(idempotency_key).transpose()?;
    let submitted = Submitted::read(incoming.body().await?.json()?)?;
    let merchant = match holder {
        KeyHolder::Live(merchant) => merchant,
        KeyHolder::Test(TestMerchant { id, registered }) => {
            return test_challenges::create(ctx, compose(id, registered, submitted)?, key).await;
        }
    };
    let now = ctx.now().await?;
    let composed = compose(merchant.id, merchant.registered, submitted)?;
    let mut record = composed.record(ctx)?;
    ctx.is_about(&record.cardholder);
    if let Some(key) = &key {
        identify(&mut record, ctx.config.active_master_key()?, key, now);
    }
    let open = ChallengeCommand::Open(key.as_ref().map(|key| idempotency_of(&record, key)));
    let store = Store::of(&ctx.env)?;
    let opening = async {
        let disclosure = Disclosure::ask(ctx, &record).await?;
        let opened = cardholder_client::apply_at(ctx, &record, open, now).await;
        Ok::<_, Problem>((disclosure, opened))
    };
    let (opened, written) = match &key {
        // An id that nobody had before. Its record is written while the objects decide: in whichever
        // order they end, nothing is opened without the cardholder's object.
        None => {
            let expires_at = now.plus(ctx.config.rules.challenge_life);
            let put = store.put_challenge(&record, expires_at, &ctx.config.rules, now);
            let (opened, put) = join(opening, put).await;
            if !matches!(opened, Ok((_, Ok(Reply::Opened { .. })))) {
                delete_later(ctx, record.id.clone(), Some(ONE_WRITE_A_SECOND_MS));
            }
            (opened, Some(put))
        }
        // The object may keep another attempt, whose record this one must not overwrite.
        Some(_) => (opening.await, None),
    };
    let (disclosure, opened) = opened?;
    let Ok(Reply::Opened { via, expires_at, status, id, opened_at, forgotten, to }) = opened else {
        return Err(disclosure.refuse(ctx, refused(opened?)).await);
    };
    disclosure.meet_later(ctx);
    if let Some(forgotten) = forgotten {
        delete_later(ctx, forgotten, None);
    }
    if let (Some(id), Some(key), Some(opened_at)) = (id, key, opened_at)
        && id != record.id
    {
        // The first attempt under this key opened it. Its answer may have been lost, and its record.
        let found = ctx.config.named_master_keys().any(|master| {
            identify(&mut record, master, &key, opened_at);
            record.id == id
        });
        if !found {
            // The master key of the first attempt was removed since.
            return Err(ProblemCode::IdempotencyConflict.problem());
        }
    }
    match written {
        Some(written) => written?,
        None => store.put_challenge(&record, expires_at, &ctx.config.rules, now).await?,
    }

    let master = ctx.config.master_key(&record.master_key);
    let master = master.ok_or_else(|| Problem::internal("the master key just used is gone"))?;
    // By the key of the record, so that a retry after a rotation makes the same secret. A destination is
    // counted by the active key: the form then asks for its place anew.
    let to = to.map(|to| destination::name(master, &to));
    let client_secret = record.client_secret(master, to);
    let client_secret = client_secret.reveal();
    created(
        ctx,
        &Created {
            id: record.id.as_str(),
            client_secret,
            status,
            channel: via.channel(),
            expires_at,
            test: false,
        },
    )
}

/// What a create made.
struct Created<'a> {
    id: &'a str,
    client_secret: &'a str,
    status: Status,
    channel: Channel,
    expires_at: Timestamp,
    test: bool,
}

fn created(ctx: &RequestContext, made: &Created<'_>) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a str,
        url: String,
        client_secret: &'a str,
        status: Status,
        channel: Channel,
        expires_at: String,
        /// Only of a test.
        #[serde(skip_serializing_if = "Not::not")]
        test: bool,
    }
    let Created { id, client_secret, status, channel, expires_at, test } = *made;
    let url = format!("{}/challenge/{client_secret}", ctx.origin);
    let expires_at = expires_at.rfc3339();
    Ok(http::json(201, &Answer { id, url, client_secret, status, channel, expires_at, test })?)
}

/// Answers how a challenge stands, only to the merchant that opened it, and to a key of its mode.
pub(crate) async fn read(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    let record = own(ctx, incoming, id).await?;
    match record.apply(ctx, ChallengeCommand::Read).await? {
        Reply::Seen(view) => describe(&record, &view),
        other => Err(refused(other)),
    }
}

/// Ends a challenge that is not wanted any more.
pub(crate) async fn cancel(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    let record = own(ctx, incoming, id).await?;
    match record.apply(ctx, ChallengeCommand::Cancel).await? {
        Reply::Canceled(view) => {
            ctx.log(&LogEvent::ChallengeCanceled { of: record.of_challenge() });
            describe(&record, &view)
        }
        other => Err(refused(other)),
    }
}

async fn own(ctx: &RequestContext, incoming: &Incoming, id: &str) -> Result<FormRecord, Problem> {
    let unknown = || ProblemCode::ChallengeNotFound.problem();
    // Read once, also when there is none. A wait would tell a merchant which ids are another's.
    match auth::merchant(ctx, incoming).await? {
        KeyHolder::Live(merchant) => {
            let id = ChallengeId::parse(id).map_err(|_| unknown())?;
            let record = Store::of(&ctx.env)?.record(&id).await?;
            let record = record.filter(|record| record.transaction.merchant == merchant.id);
            record.map(FormRecord::Live).ok_or_else(unknown)
        }
        KeyHolder::Test(merchant) => {
            let id = TestChallengeId::parse(id).map_err(|_| unknown())?;
            let record = Store::of(&ctx.env)?.test_record(&id).await?;
            let record = record.filter(|record| record.transaction.merchant == merchant.id);
            record.map(FormRecord::Test).ok_or_else(unknown)
        }
    }
}

/// Deletes the record of a challenge that the object does not keep, after the answer and a pause: an
/// erasure would not find it. Lost, the record opens nothing and goes with its TTL.
fn delete_later(ctx: &RequestContext, challenge: ChallengeId, pause_ms: Option<u32>) {
    ctx.ends.forget(&challenge);
    let later = ctx.clone();
    ctx.execution.wait_until(async move {
        if let Some(pause) = pause_ms {
            wait(pause).await;
        }
        let deleted = match Store::of(&later.env) {
            Ok(store) => store.delete_challenge(&challenge).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = deleted {
            later.fault(&problem);
        }
    });
}

/// Gives a record the id and salt that belong to its idempotency key and time, and the master key
/// that they come from.
fn identify(
    record: &mut ChallengeRecord,
    (name, master): (&str, &MasterKey),
    key: &str,
    opened_at: Timestamp,
) {
    let merchant = &record.transaction.merchant;
    (record.id, record.salt) =
        ChallengeId::idempotent(master, merchant, &record.cardholder, key, opened_at);
    name.clone_into(&mut record.master_key);
}

/// What the cardholder's object tells attempts of one create by.
fn idempotency_of(record: &ChallengeRecord, key: &str) -> Idempotency {
    let merchant = record.transaction.merchant.as_str();
    let key = Hasher::new("warifu/idempotency/v2").field(merchant.as_bytes()).field(key.as_bytes());
    Idempotency { key: key.finish(), request: record.request_digest() }
}

/// A create request's fields, checked.
struct Composed {
    cardholder: CardholderId,
    transaction: Transaction,
    locale: Locale,
    return_url: Option<String>,
    origins: Vec<String>,
}

impl Composed {
    /// The record of a live challenge, with an id that nobody had before.
    fn record(self, ctx: &RequestContext) -> Result<ChallengeRecord, Problem> {
        let Self { cardholder, transaction, locale, return_url, origins } = self;
        let (id, salt) = ChallengeId::random(random::bytes()?);
        let (name, _) = ctx.config.active_master_key()?;
        let master_key = name.to_owned();
        Ok(ChallengeRecord {
            id,
            cardholder,
            transaction,
            salt,
            master_key,
            locale,
            return_url,
            origins,
            three_ds: None,
        })
    }
}

/// Checks a create request.
fn compose(
    merchant: MerchantId,
    registered: Merchant,
    submitted: Submitted,
) -> Result<Composed, Problem> {
    let cardholder = CardholderId::parse(&submitted.cardholder).map_err(|_| {
        Problem::field("cardholder", "be the issuer's id of a cardholder, 1 to 64 letters, digits, dots, underscores or hyphens")
    })?;
    let sent = submitted.transaction;
    let fields = ["transaction.amount", "transaction.currency"];
    let amount = amount(fields, sent.amount, &sent.currency)?;
    let purchased_at = Timestamp::parse_rfc3339(&sent.purchased_at).ok_or_else(|| {
        Problem::field(
            "transaction.purchased_at",
            "be an RFC 3339 time such as 2023-02-13T00:00:00+09:00",
        )
    })?;
    let card_last4 = CardLast4::parse(&sent.card_last4).ok_or_else(|| {
        Problem::field("transaction.card_last4", "be the last four digits of the card")
    })?;
    let reference = sent.reference.as_deref().map(Reference::parse).transpose();
    let reference = reference.map_err(|error| bad_text("transaction.reference", error))?;
    let return_url =
        submitted.return_url.map(|url| return_url(url, &registered.origins)).transpose()?;

    Ok(Composed {
        cardholder,
        transaction: Transaction {
            merchant,
            merchant_name: registered.name,
            amount: Some(amount),
            purchased_at,
            card_last4,
            reference,
        },
        locale: Locale::from_tag(submitted.locale.as_deref().unwrap_or_default()),
        return_url,
        origins: registered.origins,
    })
}

/// An `Idempotency-Key` as clients send it: a bare token, or a structured-field string in quotes.
fn idempotency_key(header: String) -> Result<String, Problem> {
    const LONGEST: usize = 255;
    let key = header.trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let printable = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if key.is_empty() || key.len() > LONGEST || !printable {
        return Err(Problem::field("Idempotency-Key", "be 1 to 255 printable ASCII characters"));
    }
    Ok(key.to_owned())
}

/// Takes a return address only of the merchant's own origins, so that an attestation never goes
/// anywhere else.
fn return_url(text: String, origins: &[String]) -> Result<String, Problem> {
    const LONGEST: usize = 2048;
    let own = |url: &Address| {
        let web = url.is_https() || url.is_http();
        web && !url.has_credentials() && origins.contains(&url.origin())
    };
    let url = Address::parse(&text).filter(|url| text.len() <= LONGEST && own(url));
    url.map(Address::into_text).ok_or_else(|| {
        let registered = origins.join(", ");
        let must = format!(
            "be an address of at most {LONGEST} characters on one of the merchant's origins, which are {registered}"
        );
        Problem::field("return_url", must)
    })
}

fn describe(record: &FormRecord, view: &View) -> Result<Response, Problem> {
    Ok(http::json(200, &Described::of(record, view))?)
}

/// A challenge as its merchant reads it.
#[derive(Serialize)]
struct Described<'a> {
    id: &'a str,
    status: Status,
    cardholder: &'a str,
    transaction: DescribedTransaction<'a>,
    #[serde(flatten)]
    progress: Progress,
    /// Only of a test.
    #[serde(skip_serializing_if = "Not::not")]
    test: bool,
}

impl<'a> Described<'a> {
    fn of(record: &'a FormRecord, view: &View) -> Self {
        let OfChallenge { challenge, cardholder, .. } = record.of_challenge();
        Self {
            id: challenge,
            status: view.status,
            cardholder,
            transaction: DescribedTransaction::of(record.sheet().transaction),
            progress: Progress::of(view),
            test: record.is_test(),
        }
    }
}

#[cfg(test)]
mod tests;
