//! The log: where its lines are written. What they say is in `log/event.rs`, which request they
//! belong to in `log/source.rs`.

mod act;
mod event;
mod source;

pub(crate) use act::{Act, Fact};
pub(crate) use event::{LogEvent, LoggedMessage, MissedEvent, OfChallenge, Offer, Outcome};
pub(crate) use source::{Caller, Source};

use std::rc::Rc;

use worker::{Context, console_log};

use crate::bindings;

/// Where the lines of one invocation are written, and where they come from.
#[derive(Clone)]
pub(crate) struct Log {
    place: Place,
    source: Rc<Source>,
}

/// Where an invocation's lines are written. The platform may keep the address of an invocation
/// beside each of its lines.
#[derive(Clone)]
enum Place {
    /// In the invocation that the event belongs to.
    Here,
    /// By the log writer, because the invocation's address is a secret.
    Elsewhere(Rc<Context>),
}

impl Log {
    /// The log of an invocation whose address may stand beside its lines.
    pub(crate) fn here(source: Source) -> Self {
        Self { place: Place::Here, source: Rc::new(source) }
    }

    /// The log of an invocation whose address is a secret.
    pub(crate) fn elsewhere(context: Rc<Context>, source: Source) -> Self {
        Self { place: Place::Elsewhere(context), source: Rc::new(source) }
    }

    /// What is known of the request.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Writes an event's line, perhaps after the answer.
    pub(crate) fn write(&self, event: &LogEvent<'_>) {
        let line = event.line(&self.source);
        let context = match &self.place {
            Place::Here => return console_log!("{line}"),
            Place::Elsewhere(context) => Rc::clone(context),
        };
        let writer = Rc::clone(&context);
        context.wait_until(async move {
            if bindings::write_by_log_writer(&writer, &line).await.is_err() {
                // The line is written here when the log writer fails: a fault that nobody hears of
                // is worse than a secret beside a line.
                console_log!("{line}");
            }
        });
    }
}

/// Writes an event's line in the present object, which was asked in the request of this id; `None`
/// in an alarm, which nobody asked for.
pub(crate) fn write_of(request: Option<&str>, event: &LogEvent<'_>) {
    let source = request.map_or_else(Source::default, |id| Source::of_request(id, None));
    console_log!("{}", event.line(&source));
}

/// Writes an event's line outside of any request.
pub(crate) fn write(event: &LogEvent<'_>) {
    write_of(None, event);
}
