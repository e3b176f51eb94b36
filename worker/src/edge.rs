//! What every handler works with: the bindings, the settings and the one time of this request.

use std::rc::Rc;

use warifu_core::time::Timestamp;
use worker::{Context, Env};

use crate::{
    clock,
    config::{self, Config},
    http::Incoming,
    problem::Problem,
};

/// One request's surroundings; a clone outlives the answer in what is left to do after it.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) env: Env,
    pub(crate) context: Rc<Context>,
    pub(crate) config: Rc<Config>,
    /// Taken once: the platform's clock stands still during a request anyway.
    pub(crate) now: Timestamp,
    /// Our own origin, such as `https://otp.example`.
    pub(crate) origin: String,
}

impl Edge {
    /// Checks the configuration and takes the time.
    pub(crate) async fn new(
        env: Env,
        context: Context,
        incoming: &Incoming,
    ) -> Result<Self, Problem> {
        let config = config::of_isolate(&env)?;
        config.refuse_public_development(&incoming.host())?;
        let origin = config.public_origin.clone().unwrap_or_else(|| incoming.origin());
        let now = clock::now(&env, &config).await?;
        Ok(Self { env, context: Rc::new(context), config, now, origin })
    }
}
