//! `GET /v1/challenges`: a merchant lists its newest challenges.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;
use warifu_core::{
    cardholder::{ChallengeCommand, Reply, View},
    ids::{ChallengeId, MerchantId},
    merchant_answers::RecentChallenge,
    secret::KeyMode,
    test_mode::TestChallengeId,
};

use super::Described;
use crate::{
    auth::{self, AuthenticatedMerchant, KeyHolder, TestMerchant},
    form_record::FormRecord,
    http::{self, Incoming},
    listing::{Asked, Lengths},
    problem::{Problem, ProblemCode},
    recent_challenges,
    request_context::RequestContext,
    response::Response,
    routes::refused,
    store::Store,
};

/// The length of a page: each challenge is read in KV and asked of its object.
const LENGTHS: Lengths = Lengths { usual: 20, most: 50 };

/// A create writes the record within this time, so the record of a younger challenge is not read: KV
/// remembers for a minute that a key was missing, and the buyer's form would be missing as long.
const WRITTEN: Duration = Duration::from_secs(10);

/// Lists the newest challenges of the key's merchant and mode, the newest first. Where one was noted
/// that was never opened, or is erased, the page is shorter.
pub(crate) async fn list(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    let (merchant, mode) = match auth::merchant(ctx, incoming).await? {
        KeyHolder::Live(AuthenticatedMerchant { id, .. }) => (id, KeyMode::Live),
        KeyHolder::Test(TestMerchant { id, .. }) => (id, KeyMode::Test),
    };
    let list = format!("challenges/{}/{}", mode.as_str(), merchant.as_str());
    let asked = Asked::read(ctx, incoming, list, LENGTHS)?;
    let now = ctx.now().await?;
    let mut noted = recent_challenges::newest(ctx, &merchant, mode).await?;
    if mode == KeyMode::Live {
        noted.retain(|challenge| challenge.at.plus(WRITTEN) <= now);
    }
    // No two were noted at one time.
    if let Some(after) = asked.after.as_ref().and_then(|after| after.parse().ok()) {
        noted.retain(|challenge| challenge.at.millis() < after);
    }
    let more = noted.len() > asked.limit;
    noted.truncate(asked.limit);
    let last = noted.last().filter(|_| more).map(|last| last.at.millis().to_string());
    let next_cursor = last.map(|last| asked.next(&last)).transpose()?;
    let read = noted.iter().map(|challenge| described(ctx, challenge, &merchant, mode));
    let read: Result<Vec<_>, Problem> = join_all(read).await.into_iter().collect();
    #[derive(Serialize)]
    struct Answer<'a> {
        challenges: Vec<Described<'a>>,
        next_cursor: Option<String>,
    }
    let read: Vec<_> = read?.into_iter().flatten().collect();
    let challenges = read.iter().map(|(record, view)| Described::of(record, view)).collect();
    Ok(http::json(200, &Answer { challenges, next_cursor })?)
}

/// One of the list; `None` where nothing is kept of it.
async fn described(
    ctx: &RequestContext,
    noted: &RecentChallenge,
    merchant: &MerchantId,
    mode: KeyMode,
) -> Result<Option<(FormRecord, View)>, Problem> {
    let Some(record) = recorded(ctx, noted.id.as_str(), mode).await? else { return Ok(None) };
    if record.sheet().transaction.merchant != *merchant {
        return Ok(None);
    }
    match record.apply(ctx, ChallengeCommand::Read).await? {
        Reply::Seen(view) => Ok(Some((record, view))),
        other => match refused(other) {
            problem if problem.code == ProblemCode::ChallengeNotFound => Ok(None),
            problem => Err(problem),
        },
    }
}

async fn recorded(
    ctx: &RequestContext,
    id: &str,
    mode: KeyMode,
) -> Result<Option<FormRecord>, Problem> {
    let store = Store::of(&ctx.env)?;
    let damaged = || Problem::internal("a noted challenge has no id of its mode");
    match mode {
        KeyMode::Live => {
            let id = ChallengeId::parse(id).map_err(|_| damaged())?;
            Ok(store.record(&id).await?.map(FormRecord::Live))
        }
        KeyMode::Test => {
            let id = TestChallengeId::parse(id).map_err(|_| damaged())?;
            Ok(store.test_record(&id).await?.map(FormRecord::Test))
        }
    }
}
