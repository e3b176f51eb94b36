use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn a_line_is_one_json_object_whatever_it_says() {
    let line = line("sent", &[("why", "a \"quote\"\n{\"event\":\"forged\"}"), ("send", "2")]);
    assert!(!line.contains('\n'), "{line}");
    let read: Value = serde_json::from_str(&line).unwrap();
    let why = "a \"quote\"\n{\"event\":\"forged\"}";
    assert_eq!(read, json!({ "event": "sent", "why": why, "send": "2" }));
}
