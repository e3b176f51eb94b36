//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret.

use serde_json::{Map, Value};
use worker::{console_error, console_log};

/// Something that happened as it should.
pub(crate) fn event(name: &str, facts: &[(&str, &str)]) {
    console_log!("{}", line(name, facts));
}

/// Something of ours that did not.
pub(crate) fn fault(name: &str, why: &str) {
    console_error!("{}", line(name, &[("why", why)]));
}

fn line(name: &str, facts: &[(&str, &str)]) -> String {
    let facts = [("event", name)].into_iter().chain(facts.iter().copied());
    let line: Map<String, Value> =
        facts.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Value::Object(line).to_string()
}
