//! Creating a test challenge. Its cardholder is one of those that force a course; nobody else is known.

use warifu_core::{
    cardholder::{ChallengeCommand, Reply},
    test_mode::{TestCardholder, TestChallengeId, TestRecord},
};

use super::{Composed, Created, created};
use crate::{
    problem::{Problem, ProblemCode},
    random, recent_challenges,
    request_context::RequestContext,
    response::Response,
    routes::refused,
    store::Store,
    test_mode,
};

/// Opens a test challenge in an object of its own. With an `Idempotency-Key` its id follows from that,
/// so that a retry asks the same object, writes the same record and gets the same answer.
pub(super) async fn create(
    ctx: &RequestContext,
    composed: Composed,
    key: Option<String>,
) -> Result<Response, Problem> {
    let Composed { cardholder, transaction, locale, return_url, origins } = composed;
    ctx.is_about(&cardholder);
    let cardholder = TestCardholder::parse(cardholder.as_str())
        .ok_or_else(|| ProblemCode::UnknownCardholder.problem())?;
    let (_, master) = ctx.config.active_master_key()?;
    let id = match &key {
        Some(key) => TestChallengeId::idempotent(master, &transaction.merchant, cardholder, key),
        None => TestChallengeId::random(random::bytes()?),
    };
    let record = TestRecord { id, cardholder, transaction, locale, return_url, origins };
    let opened = test_mode::apply(ctx, &record, ChallengeCommand::OpenTest(cardholder)).await?;
    let Reply::Opened { via, expires_at, status, .. } = opened else { return Err(refused(opened)) };
    let now = ctx.now().await?;
    Store::of(&ctx.env)?.put_test_challenge(&record, expires_at, &ctx.config.rules, now).await?;
    recent_challenges::note_test_later(ctx, &record);
    let client_secret = record.client_secret(master);
    created(
        ctx,
        &Created {
            id: record.id.as_str(),
            client_secret: client_secret.reveal(),
            status,
            channel: via.channel(),
            expires_at,
            test: true,
        },
    )
}
