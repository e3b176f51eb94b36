//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret. `Edge` decides where a line is written.

use worker::console_log;

use crate::json::Json;

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
