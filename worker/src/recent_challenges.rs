//! The newest challenges of a merchant, as its object has noted them. Of a live one it is told with
//! the create (`disclosure.rs`).

use warifu_core::{
    ids::MerchantId,
    merchant_answers::{AnswerCommand, Leave, NotedId, RecentChallenge},
    secret::KeyMode,
    test_mode::TestRecord,
};

use crate::{
    merchant_object::{self, unexpected},
    problem::Problem,
    request_context::RequestContext,
};

/// The newest first.
pub(crate) async fn newest(
    ctx: &RequestContext,
    merchant: &MerchantId,
    mode: KeyMode,
) -> Result<Vec<RecentChallenge>, Problem> {
    match merchant_object::ask(ctx, merchant, mode, &AnswerCommand::Recent).await? {
        Some(Leave::Recent(challenges)) => Ok(challenges),
        Some(other) => Err(unexpected(other)),
        None => Ok(Vec::new()),
    }
}

/// Notes a test challenge, after the answer.
pub(crate) fn note_test_later(ctx: &RequestContext, record: &TestRecord) {
    let (later, merchant) = (ctx.clone(), record.transaction.merchant.clone());
    let note = AnswerCommand::Note(NotedId::test(&record.id));
    ctx.execution.wait_until(async move {
        if let Err(problem) = merchant_object::ask(&later, &merchant, KeyMode::Test, &note).await {
            // It is missing in a list, and nowhere else.
            later.fault(&problem);
        }
    });
}

/// Drops challenges that are erased.
pub(crate) async fn drop(
    ctx: &RequestContext,
    merchant: &MerchantId,
    challenges: Vec<NotedId>,
) -> Result<(), Problem> {
    let command = AnswerCommand::Drop(challenges);
    match merchant_object::ask(ctx, merchant, KeyMode::Live, &command).await? {
        Some(Leave::Noted) | None => Ok(()),
        Some(other) => Err(unexpected(other)),
    }
}
