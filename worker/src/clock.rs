//! The time of a decision.

use std::time::Duration;

use warifu_core::time::Timestamp;
use worker::{Date, Env};

use crate::{config::Config, dev_tools, problem::Problem};

/// The platform's clock; on a development server moved by what `/dev/clock` was told.
#[derive(Clone)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    pub(crate) async fn read(env: &Env, config: &Config) -> Result<Self, Problem> {
        let ahead = match config.is_development() {
            true => dev_tools::clock_offset(env).await?,
            false => Duration::ZERO,
        };
        Ok(Self { ahead })
    }

    /// The time now: the platform moves it on with each input that was waited for.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(Date::now().as_millis()).plus(self.ahead)
    }
}
