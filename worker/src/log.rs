//! The log: where its lines are written. What they say is in `log/event.rs`.

mod event;

pub(crate) use event::{LogEvent, LoggedMessage, MissedEvent, Offer, Outcome};

use std::rc::Rc;

use worker::{Context, console_log};

use crate::bindings;

/// Where an invocation's lines are written. The platform may keep the address of an invocation
/// beside each of its lines.
#[derive(Clone)]
pub(crate) enum Log {
    /// In the invocation that the event belongs to.
    Here,
    /// By the log writer, because the invocation's address is a secret.
    Elsewhere(Rc<Context>),
}

impl Log {
    /// Writes an event's line, perhaps after the answer. `issuer_key` is the name of the issuer's
    /// key that the request was made with.
    pub(crate) fn write(&self, event: &LogEvent<'_>, issuer_key: Option<&str>) {
        let line = event.line(issuer_key);
        let context = match self {
            Self::Here => {
                console_log!("{line}");
                return;
            }
            Self::Elsewhere(context) => Rc::clone(context),
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

/// Writes an event's line in the present request or object.
pub(crate) fn write(event: &LogEvent<'_>) {
    console_log!("{}", event.line(None));
}
