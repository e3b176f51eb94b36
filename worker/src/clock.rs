//! The time of a decision.

use std::time::Duration;

use warifu_core::time::Timestamp;
use worker::{Date, Env};

use crate::{
    object_call::{self, Asking},
    problem::Problem,
};

/// When the platform's own clock will show what a decision's clock shows at `due`, in milliseconds.
pub(crate) fn platform_millis(due: Timestamp, now: Timestamp) -> u64 {
    let wait = due.since(now).as_millis();
    Date::now().as_millis() + u64::try_from(wait).unwrap_or_default()
}

/// The platform's time, which moves on whenever input was awaited. On a development server it is
/// ahead by the seconds that were posted to `/dev/clock`.
pub(crate) async fn now(env: &Env, is_development: bool) -> Result<Timestamp, Problem> {
    let ahead = match is_development {
        true => development_offset(env).await?,
        false => Duration::ZERO,
    };
    Ok(platform().plus(ahead))
}

/// The platform's own time: what providers check signatures against, and how long they took.
pub(crate) fn platform() -> Timestamp {
    Timestamp::from_millis(Date::now().as_millis())
}

/// How many milliseconds ago `start` was, for the log.
pub(crate) fn milliseconds_since(start: Timestamp) -> u64 {
    platform().millis().saturating_sub(start.millis())
}

/// How far the development object's clock is ahead (worker/development).
async fn development_offset(env: &Env) -> Result<Duration, Problem> {
    let asking = Asking { env, location: None, request: None };
    let ahead = object_call::ask(&asking, "DEV_TOOLS", "all", "{}").await?;
    ahead.parse().map(Duration::from_secs).map_err(|_| Problem::internal("the clock has no time"))
}
