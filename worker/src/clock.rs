//! The time of a decision.

use std::time::Duration;

use warifu_core::time::Timestamp;
use worker::{Date, Env};

use crate::{config::Config, platform, problem::Problem};

/// The platform's time, which moves on with each input that was waited for; on a development
/// server moved by what `/dev/clock` was told.
pub(crate) async fn now(env: &Env, config: &Config) -> Result<Timestamp, Problem> {
    let ahead = match config.is_development() {
        true => development_offset(env).await?,
        false => Duration::ZERO,
    };
    Ok(platform().plus(ahead))
}

/// The platform's own time: what providers check signatures against, and how long they took.
pub(crate) fn platform() -> Timestamp {
    Timestamp::from_millis(Date::now().as_millis())
}

/// How long ago that is, for the log.
pub(crate) fn milliseconds_since(start: Timestamp) -> String {
    platform().millis().saturating_sub(start.millis()).to_string()
}

/// How far the development object's clock is ahead (worker/development).
async fn development_offset(env: &Env) -> Result<Duration, Problem> {
    let told = platform::ask(env, "DEV_TOOLS", "all", "{}").await?;
    let seconds = told.and_then(|seconds| seconds.parse().ok());
    seconds.map(Duration::from_secs).ok_or_else(|| Problem::internal("the clock has no time"))
}
