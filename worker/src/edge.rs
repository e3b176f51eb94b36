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

/// What one request is handled with. A clone of it goes on in work that runs after the answer.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) env: Env,
    pub(crate) context: Rc<Context>,
    pub(crate) config: Rc<Config>,
    /// Whether log lines are written by an object and not in this request, because its address
    /// holds a secret that the platform may keep beside the line.
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
        // The address of a form holds its client secret and that of an enrollment page its token,
        // and the platform may keep an address beside each line that its request writes.
        let aside = matches!(incoming.segments().first(), Some(&("challenge" | "enrollment")));
        Ok(Self { env, context: Rc::new(context), config, origin, aside })
    }

    /// The surroundings of queue messages, which have no address.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let config = config::of_isolate(&env).await?;
        let origin = config.public_origin.clone().unwrap_or_default();
        Ok(Self { env, context: Rc::new(context), config, origin, aside: false })
    }

    /// The time now. It is taken at each decision and not at the request's start. Otherwise a
    /// caller who sends its body slowly would be judged by a time that is over.
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
                // If the object fails, the line is written here: a fault that nobody hears of is
                // worse than a secret beside a line.
                log::write(&line);
            }
        });
    }
}

#[cfg(test)]
mod tests;
