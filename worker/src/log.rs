//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret. Who writes where is for the edge.

use worker::console_log;

use crate::json::Json;

/// Writes a line from where we are.
pub(crate) fn write(line: &str) {
    console_log!("{line}");
}

/// A line of an event and its facts.
pub(crate) fn line(name: &str, facts: &[(&str, &str)]) -> String {
    let facts = [("event", name)].into_iter().chain(facts.iter().copied());
    Json::Object(facts.map(|(name, fact)| (name.to_owned(), fact.into())).collect()).written()
}

#[cfg(test)]
mod tests;
