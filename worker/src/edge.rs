//! What every handler works with: the bindings, the settings, the time, the log.

use std::rc::Rc;

use warifu_core::time::Timestamp;
use worker::{Context, Env};

use crate::{
    clock,
    config::{self, Config},
    http::Incoming,
    log, object,
    problem::Problem,
};

/// One request's surroundings; a clone outlives the answer in what is left to do after it.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) env: Env,
    pub(crate) context: Rc<Context>,
    pub(crate) config: Rc<Config>,
    /// Whether lines are written elsewhere than in this request.
    aside: bool,
    /// Our own origin, such as `https://otp.example`.
    pub(crate) origin: String,
}

impl Edge {
    /// Checks the configuration.
    pub(crate) async fn new(
        env: Env,
        context: Context,
        incoming: &Incoming,
    ) -> Result<Self, Problem> {
        let config = config::of_isolate(&env).await?;
        config.refuse_public_development(&incoming.host())?;
        let origin = config.public_origin.clone().unwrap_or_else(|| incoming.origin());
        // The addresses of form and enrollment hold what opens them, and the platform may keep an
        // address beside each line that its request writes.
        let aside = matches!(incoming.segments().first(), Some(&("challenge" | "enrollment")));
        Ok(Self { env, context: Rc::new(context), config, origin, aside })
    }

    /// The time now. Taken at each decision and not at a request's start: whoever sends a body
    /// slowly would otherwise decide in the past.
    pub(crate) async fn now(&self) -> Result<Timestamp, Problem> {
        clock::now(&self.env, &self.config).await
    }

    /// Notes something that happened as it should.
    pub(crate) fn event(&self, name: &str, facts: &[(&str, &str)]) {
        self.note(log::line(name, facts));
    }

    /// Notes a fault of ours, if the problem is one.
    pub(crate) fn fault(&self, problem: &Problem) {
        if let Some(cause) = problem.cause() {
            self.note(log::line("fault", &[("problem", &problem.code.slug()), ("why", cause)]));
        }
    }

    fn note(&self, line: String) {
        if !self.aside {
            return log::write(&line);
        }
        let edge = self.clone();
        self.context.wait_until(async move {
            if object::write_line(&edge, &line).await.is_err() {
                // Better a line with an address than none of a fault.
                log::write(&line);
            }
        });
    }
}

#[cfg(test)]
mod tests;
