//! The mark of a browser in which a cardholder verified at a merchant: a cookie of our own origin,
//! which the browser keeps apart for each site that frames the form (CHIPS).

use warifu_core::{client_secret::Locator, known_browser::Mark, record::ChallengeRecord};

use crate::{
    http::Incoming, problem::Problem, request_context::RequestContext, response::Response,
};

/// Whether the browser that asks has a mark of the challenge's cardholder and merchant.
pub(super) async fn is_known(
    ctx: &RequestContext,
    incoming: &Incoming,
    Locator { cardholder, merchant, .. }: &Locator,
) -> Result<bool, Problem> {
    let now = ctx.now().await?;
    let cookie = |name: &str| incoming.cookie(name);
    let mut keys = ctx.config.master_keys();
    Ok(keys.any(|key| Mark::is_known(key, cardholder, merchant, now, cookie)))
}

/// Marks the browser that gets this answer.
pub(super) async fn remember(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    answer: Response,
) -> Result<Response, Problem> {
    let (_, key) = ctx.config.active_master_key()?;
    let now = ctx.now().await?;
    let mark = Mark::of(key, &record.cardholder, &record.transaction.merchant, now);
    let cookie = format!(
        "{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=None; Partitioned",
        mark.name,
        mark.value,
        Mark::LIFE.as_secs()
    );
    Ok(answer.with_header("Set-Cookie", cookie))
}
