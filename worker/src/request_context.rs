//! What every handler works with: the bindings, the settings, the time, the log.

use std::{cell::OnceCell, rc::Rc};

use warifu_core::time::Timestamp;
use warifu_delivery::settings::SettingError;
use worker::{Context, Env};

use crate::{
    clock,
    config::{self, Config},
    http::Incoming,
    log::{Log, LogEvent},
    problem::Problem,
};

/// What one request is handled with. A clone of it goes on in work that runs after the answer.
#[derive(Clone)]
pub(crate) struct RequestContext {
    pub(crate) env: Env,
    /// What the platform lets go on after the answer (`waitUntil`).
    pub(crate) execution: Rc<Context>,
    pub(crate) config: Rc<Config>,
    log: Log,
    /// The name of the issuer's key that the request was made with, once that is proved.
    issuer_key: Rc<OnceCell<String>>,
    /// Our own origin, such as `https://otp.example`.
    pub(crate) origin: String,
}

impl RequestContext {
    /// Checks the configuration, and logs the setting that is refused.
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
        Ok(Self { env, execution: context, config, log, issuer_key: Rc::default(), origin })
    }

    /// What messages of the queue are handled with. No request says what our origin is, so it is
    /// empty on a development server.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let log = Log::Here;
        let config = accepted(&log, config::of_isolate(&env).await)?;
        let origin = config.public_origin.clone().unwrap_or_default();
        Ok(Self {
            env,
            execution: Rc::new(context),
            config,
            log,
            issuer_key: Rc::default(),
            origin,
        })
    }

    /// The time now. It is taken at each decision and not at the request's start. A caller that
    /// sends its body slowly is otherwise judged by a time that is past.
    pub(crate) async fn now(&self) -> Result<Timestamp, Problem> {
        clock::now(&self.env, self.config.is_development()).await
    }

    /// Notes that the issuer was let in, with its key of this name.
    pub(crate) fn is_acted_in_by(&self, name: &str) {
        // A request has one key, so a second note would be the same.
        let _ = self.issuer_key.set(name.to_owned());
    }

    /// Writes a line of the log. It names the issuer's key that the request was made with.
    pub(crate) fn log(&self, event: &LogEvent<'_>) {
        self.log.write(event, self.issuer_key.get().map(String::as_str));
    }

    /// Logs a problem that is a fault of ours; any other is not logged.
    pub(crate) fn fault(&self, problem: &Problem) {
        if let Some(why) = problem.cause() {
            self.log(&LogEvent::Fault { problem: &problem.code.slug(), why });
        }
    }
}

/// Logs a configuration that is refused.
fn accepted<T>(log: &Log, checked: Result<T, SettingError>) -> Result<T, Problem> {
    checked.map_err(|error| {
        log.write(&LogEvent::RefusedToStart { why: &error.to_string() }, None);
        Problem::from(error)
    })
}

#[cfg(test)]
mod tests;
