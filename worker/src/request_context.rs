//! What every handler works with: the bindings, the settings, the time, the log.

use std::{cell::RefCell, rc::Rc};

use warifu_core::{
    cardholder::View,
    contact::{Channel, Via},
    ids::CardholderId,
    time::Timestamp,
};
use warifu_delivery::settings::SettingError;
use worker::{Context, Env};

use crate::{
    clock,
    config::{self, Config},
    http::{Incoming, network},
    known_merchants::KnownMerchants,
    log::{Caller, Log, LogEvent, OfChallenge, Source},
    metrics::{self, Point},
    object_call::Asking,
    problem::{Problem, ProblemCode},
    remembered_ends::RememberedEnds,
    telling_results::TellingResults,
};

/// What one request is handled with. A clone of it goes on in work that runs after the answer.
#[derive(Clone)]
pub(crate) struct RequestContext {
    pub(crate) env: Env,
    /// What the platform lets go on after the answer (`waitUntil`).
    pub(crate) execution: Rc<Context>,
    pub(crate) config: Rc<Config>,
    /// The merchants whose keys were proved a moment ago.
    pub(crate) merchants: Rc<KnownMerchants>,
    /// The ended challenges that this isolate remembers.
    pub(crate) ends: Rc<RememberedEnds>,
    /// The results that directory servers are being told in this request.
    pub(crate) results: Rc<TellingResults>,
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
            Log::elsewhere(Rc::clone(&context), Source::of_request(incoming.id(), None))
        } else {
            let address = Some(network(&incoming.address())).filter(|text| !text.is_empty());
            Log::here(Source::of_request(incoming.id(), address))
        };
        let config = accepted(&log, config::of_isolate(&env).await)?;
        accepted(&log, config.refuse_public_development(&incoming.host()))?;
        let origin = match &config.public_origin {
            Some(origin) => origin.clone(),
            None => seen_origin(incoming.origin()),
        };
        let (merchants, ends) = (KnownMerchants::of_isolate(), RememberedEnds::of_isolate());
        let results = Rc::default();
        Ok(Self { env, execution: context, config, merchants, ends, results, log, origin })
    }

    /// What messages of the queue are handled with. No request says what our origin is: on a
    /// development server it is that of the newest request of this isolate, and empty before one.
    pub(crate) async fn of_queue(env: Env, context: Context) -> Result<Self, Problem> {
        let log = Log::here(Source::default());
        let config = accepted(&log, config::of_isolate(&env).await)?;
        let newest = || ORIGIN.with(|origin| origin.borrow().clone());
        let origin = config.public_origin.clone().unwrap_or_else(newest);
        let (execution, results) = (Rc::new(context), Rc::default());
        let (merchants, ends) = (KnownMerchants::of_isolate(), RememberedEnds::of_isolate());
        Ok(Self { env, execution, config, merchants, ends, results, log, origin })
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

    /// Notes which route was called, for the lines of the request.
    pub(crate) fn calls(&self, method: &str, route: &str) {
        self.log.source().calls(method, route);
    }

    /// Notes who was let in, for the lines of the request and for the event of an issuer's act.
    pub(crate) fn called_by(&self, caller: Caller) {
        self.log.source().called_by(caller);
    }

    /// Who was let in.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.log.source().caller()
    }

    /// Notes whom the request is about, for its lines.
    pub(crate) fn is_about(&self, cardholder: &CardholderId) {
        self.log.source().is_about(cardholder);
    }

    /// Who asks an object here.
    pub(crate) fn asking(&self) -> Asking<'_> {
        let (env, location) = (&self.env, self.config.object_location.as_deref());
        Asking { env, location, request: self.request() }
    }

    /// The id of the request; `None` for what came out of the queue.
    pub(crate) fn request(&self) -> Option<&str> {
        self.log.source().request()
    }

    /// Logs and counts why a request is refused; a fault of ours is logged as one.
    pub(crate) fn refused(&self, problem: &Problem) {
        if problem.cause().is_some() {
            return self.fault(problem);
        }
        let name = problem.code.name();
        match problem.code {
            ProblemCode::RateLimited => self.log(&LogEvent::Throttled {
                problem: name,
                retry_after: problem.facts.retry_after.unwrap_or_default(),
            }),
            // Unavailable without a cause: a browser that looked ahead, or a provider that comes again.
            // NotFound, MethodNotAllowed: scanners ask for what is not there all day.
            // Of the others a line was written where the refusal was decided.
            ProblemCode::Unavailable
            | ProblemCode::InvalidKey
            | ProblemCode::InsufficientScope
            | ProblemCode::TooManyWrongKeys
            | ProblemCode::TooManyUnknownCardholders
            | ProblemCode::InvalidSignature
            | ProblemCode::NotFound
            | ProblemCode::MethodNotAllowed => return,
            _ => self.log(&LogEvent::CallRefused { problem: name }),
        }
        let merchant = match self.caller() {
            Some(Caller::Merchant { id, .. }) => Some(id),
            Some(Caller::TestMerchant { .. }) => return,
            Some(Caller::Issuer { .. } | Caller::Cardholder | Caller::DirectoryServer { .. })
            | None => None,
        };
        metrics::write(&self.env, &Point::Refusal { merchant, channel: None, problem: name });
    }

    /// Logs and counts why something was refused on the form of a challenge: a code, or something
    /// else.
    pub(crate) fn refused_in(
        &self,
        of: OfChallenge<'_>,
        view: Option<&View>,
        problem: &Problem,
        is_code: bool,
    ) {
        if problem.cause().is_some() {
            return self.fault(problem);
        }
        let name = problem.code.name();
        let locked_until = problem.facts.locked_until.map(|until| until.rfc3339());
        let locked_until = locked_until.as_deref();
        let tries_left = problem.facts.tries_left;
        let channel = view.and_then(|view| view.via.as_ref()).map(Via::channel);
        self.log(&match is_code {
            true => LogEvent::CodeRefused { of, problem: name, channel, tries_left, locked_until },
            false => LogEvent::FormRefused { of, problem: name, locked_until },
        });
        if of.is_test {
            return;
        }
        let merchant = Some(of.merchant);
        let channel = channel.map(Channel::as_str);
        metrics::write(&self.env, &Point::Refusal { merchant, channel, problem: name });
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
