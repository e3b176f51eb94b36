//! Log lines: one JSON object each. A line names a challenge, never a code, a destination, a
//! personal message or a secret.

use serde::Serialize;
use worker::{console_error, console_log};

/// Something that happened as it should.
pub(crate) fn event<T: Serialize>(name: &'static str, facts: &T) {
    console_log!("{}", line(name, facts));
}

/// Something of ours that did not.
pub(crate) fn fault(name: &str, why: &str) {
    console_error!("{}", line(name, &serde_json::json!({ "why": why })));
}

fn line<T: Serialize>(name: &str, facts: &T) -> String {
    #[derive(Serialize)]
    struct Line<'a, T> {
        event: &'a str,
        #[serde(flatten)]
        facts: &'a T,
    }
    serde_json::to_string(&Line { event: name, facts }).unwrap_or_default()
}
