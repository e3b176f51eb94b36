//! The time of a request.

use warifu_core::time::Timestamp;
use worker::{Date, Env};

use crate::{config::Config, dev_tools, problem::Problem};

/// The platform's time; on a development server moved by what `/dev/clock` was told.
pub(crate) async fn now(env: &Env, config: &Config) -> Result<Timestamp, Problem> {
    let now = Timestamp::from_millis(Date::now().as_millis());
    if config.is_development() {
        return Ok(now.plus(dev_tools::clock_offset(env).await?));
    }
    Ok(now)
}
