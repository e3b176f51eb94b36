//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret. Who writes where is for the edge.

use serde_json::{Map, Value};
use worker::console_log;

/// Writes a line from where we are.
pub(crate) fn write(line: &str) {
    console_log!("{line}");
}

/// A line of an event and its facts.
pub(crate) fn line(name: &str, facts: &[(&str, &str)]) -> String {
    let facts = [("event", name)].into_iter().chain(facts.iter().copied());
    let line: Map<String, Value> =
        facts.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests;
