//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret.

use std::rc::Rc;

use worker::{Context, console_log};

use crate::{bindings, json::Json};

/// Where an invocation's lines are written. The platform may keep the address of an invocation
/// beside each of its lines.
#[derive(Clone)]
pub(crate) enum Log {
    /// In the invocation itself.
    Here,
    /// By the log writer, because the invocation's address is a secret.
    Elsewhere(Rc<Context>),
}

impl Log {
    /// Writes a line, perhaps after the answer.
    pub(crate) fn write(&self, line: String) {
        let context = match self {
            Self::Here => return write(&line),
            Self::Elsewhere(context) => Rc::clone(context),
        };
        let writer = Rc::clone(&context);
        context.wait_until(async move {
            if bindings::write_by_log_writer(&writer, &line).await.is_err() {
                // The line is written here when the log writer fails: a fault that nobody hears of
                // is worse than a secret beside a line.
                write(&line);
            }
        });
    }
}

/// Writes a line in the present request or object.
pub(crate) fn write(line: &str) {
    console_log!("{line}");
}

/// The line of an event with its facts. Every line goes through here.
pub(crate) fn line(name: &str, facts: &[(&str, &str)]) -> String {
    let facts = [("event", name)].into_iter().chain(facts.iter().copied());
    Json::Object(facts.map(|(name, fact)| (name.to_owned(), fact.into())).collect()).written()
}

#[cfg(test)]
mod tests;
