//! The time of a decision.

use std::time::Duration;

use warifu_core::time::Timestamp;
use worker::{Date, Env};

use crate::{config::Config, dev_tools, problem::Problem};

/// The platform's time, which moves on with each input that was waited for; on a development
/// server moved by what `/dev/clock` was told.
pub(crate) async fn now(env: &Env, config: &Config) -> Result<Timestamp, Problem> {
    let ahead = match config.is_development() {
        true => dev_tools::clock_offset(env).await?,
        false => Duration::ZERO,
    };
    Ok(Timestamp::from_millis(Date::now().as_millis()).plus(ahead))
}
