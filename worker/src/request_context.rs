//! What every handler works with: the bindings, the settings, the time, the log.

use std::{cell::RefCell, rc::Rc};

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
        let origin = match &config.public_origin {
            Some(origin) => origin.clone(),
            None => seen_origin(incoming.origin()),
        };
        Ok(Self { env, execution: context, config, log, origin })
    }

    /// What messages of the queue are handled with. No request says what our origin is: on a
    /// development server it is that of the newest request of this isolate, and empty before one.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let log = Log::Here;
        let config = accepted(&log, config::of_isolate(&env).await)?;
        let newest = || ORIGIN.with(|origin| origin.borrow().clone());
        let origin = config.public_origin.clone().unwrap_or_else(newest);
        Ok(Self { env, execution: Rc::new(context), config, log, origin })
    }

    /// The time now. It is taken at each decision and not at the request's start. A caller that
    /// sends its body slowly is otherwise judged by a time that is past.
    pub(crate) async fn now(&self) -> Result<Timestamp, Problem> {
        clock::now(&self.env, self.config.is_development()).await
    }

    /// Writes a line of the log.
    pub(crate) fn log(&self, event: &LogEvent<'_>) {
        self.log.write(event);
    }

    /// Logs a problem that is a fault of ours; any other is not logged.
    pub(crate) fn fault(&self, problem: &Problem) {
        if let Some(why) = problem.cause() {
            self.log(&LogEvent::Fault { problem: &problem.code.slug(), why });
        }
    }
}

thread_local! {
    /// Where the newest request of this isolate came to, on a development server alone.
    static ORIGIN: RefCell<String> = const { RefCell::new(String::new()) };
}

fn seen_origin(origin: String) -> String {
    ORIGIN.with(|newest| newest.replace(origin.clone()));
    origin
}

/// Logs a configuration that is refused.
fn accepted<T>(log: &Log, checked: Result<T, SettingError>) -> Result<T, Problem> {
    checked.map_err(|error| {
        log.write(&LogEvent::RefusedToStart { why: &error.to_string() });
        Problem::from(error)
    })
}

#[cfg(test)]
mod tests;
