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

/// What one request is handled with. A clone of it goes on in work that runs after the answer.
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

    /// The surroundings of queue messages, which have no address.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let log = Log::Here;
        let config = accepted(&log, config::of_isolate(&env).await)?;
        let origin = config.public_origin.clone().unwrap_or_default();
        Ok(Self { env, context: Rc::new(context), config, log, origin })
    }

    /// The time now. It is taken at each decision and not at the request's start. Otherwise a
    /// caller who sends its body slowly would be judged by a time that is over.
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

/// Notes a configuration that is refused.
fn accepted<T>(log: &Log, checked: Result<T, ConfigError>) -> Result<T, Problem> {
    checked.map_err(|ConfigError(why)| {
        log.write(log::line("refused_to_start", &[("why", &why)]));
        Problem::from(ConfigError(why))
    })
}

#[cfg(test)]
mod tests;
