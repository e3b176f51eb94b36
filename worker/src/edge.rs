//! What every handler works with: the bindings, the settings, the time, the log.

use std::rc::Rc;

use warifu_core::time::Timestamp;
use worker::{Context, Env};

use crate::{
    clock,
    config::{self, Config, ConfigError},
    http::Incoming,
    log::{self, Log},
    problem::Problem,
};

/// One request's surroundings; a clone outlives the answer in what is left to do after it.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) env: Env,
    pub(crate) context: Rc<Context>,
    pub(crate) config: Rc<Config>,
    log: Log,
    /// Our own origin, such as `https://otp.example`.
    pub(crate) origin: String,
}

impl Edge {
    /// Checks the configuration, and notes what is refused of it.
    pub(crate) async fn new(
        env: Env,
        context: Context,
        incoming: &Incoming,
    ) -> Result<Self, Problem> {
        let context = Rc::new(context);
        let log = if incoming.has_secret_address() {
            Log::Elsewhere(Rc::clone(&context))
        } else {
            Log::Here
        };
        let config = accepted(&log, config::of_isolate(&env).await)?;
        accepted(&log, config.refuse_public_development(&incoming.host()))?;
        let origin = config.public_origin.clone().unwrap_or_else(|| incoming.origin());
        Ok(Self { env, context, config, log, origin })
    }

    /// The same for messages of a queue, which have no address.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let log = Log::Here;
        let config = accepted(&log, config::of_isolate(&env).await)?;
        let origin = config.public_origin.clone().unwrap_or_default();
        Ok(Self { env, context: Rc::new(context), config, log, origin })
    }

    /// The time now. Taken at each decision and not at a request's start: whoever sends a body
    /// slowly would otherwise decide in the past.
    pub(crate) async fn now(&self) -> Result<Timestamp, Problem> {
        clock::now(&self.env, &self.config).await
    }

    /// Notes something that happened as it should.
    pub(crate) fn event(&self, name: &str, facts: &[(&str, &str)]) {
        self.log.write(log::line(name, facts));
    }

    /// Notes a fault of ours, if the problem is one.
    pub(crate) fn fault(&self, problem: &Problem) {
        if let Some(cause) = problem.cause() {
            self.log
                .write(log::line("fault", &[("problem", &problem.code.slug()), ("why", cause)]));
        }
    }
}

/// What was checked; a refusal is noted.
fn accepted<T>(log: &Log, checked: Result<T, ConfigError>) -> Result<T, Problem> {
    checked.map_err(|ConfigError(why)| {
        log.write(log::line("refused_to_start", &[("why", &why)]));
        Problem::from(ConfigError(why))
    })
}

#[cfg(test)]
mod tests;
