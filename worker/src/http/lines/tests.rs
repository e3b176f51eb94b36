use std::{cell::Cell, rc::Rc};

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;
use worker::IntoResponse as _;

use super::*;
use crate::problem::ProblemCode;

fn open() -> (LineWriter, web_sys::Response) {
    let (writer, response) = LineWriter::open().unwrap_or_else(|_| panic!("no stream"));
    (writer, response.into_raw().ok().unwrap())
}

/// The second has what would be a line's end if it were not JSON, the last is longer than a chunk.
fn values() -> [Value; 3] {
    [json!({ "line": 1 }), json!({ "id": "割\n符" }), json!("a".repeat(200_000))]
}

/// Writes the values, and says how many are gone.
fn write_all(writer: LineWriter) -> Rc<Cell<usize>> {
    let gone = Rc::new(Cell::new(0));
    let count = Rc::clone(&gone);
    spawn_local(async move {
        for value in values() {
            writer.write(&value).await.unwrap_or_else(|_| panic!("{value} was not written"));
            count.set(count.get() + 1);
        }
        writer.close().await.unwrap_or_else(|_| panic!("it did not end"));
    });
    gone
}

#[wasm_bindgen_test]
async fn what_is_written_is_read_line_by_line() {
    let (writer, sent) = open();
    assert_eq!(sent.status(), 200);
    let media_type = sent.headers().get("content-type").unwrap();
    assert_eq!(media_type.as_deref(), Some("application/x-ndjson"));
    write_all(writer);
    let text = JsFuture::from(sent.text().unwrap()).await.unwrap().as_string().unwrap();
    assert!(text.ends_with('\n'));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, values());
}

#[wasm_bindgen_test]
async fn nothing_is_kept_for_a_caller_who_does_not_read() {
    let (writer, sent) = open();
    let gone = write_all(writer);
    for _ in 0..100 {
        JsFuture::from(Promise::resolve(&JsValue::NULL)).await.unwrap();
    }
    assert_eq!(gone.get(), 0);
    JsFuture::from(sent.text().unwrap()).await.unwrap();
    assert_eq!(gone.get(), 3);
}

#[wasm_bindgen_test]
async fn a_caller_who_went_away_is_noticed() {
    let (writer, sent) = open();
    JsFuture::from(sent.body().unwrap().cancel()).await.unwrap();
    let problem = writer.write(&json!({})).await.err();
    assert_eq!(problem.map(|problem| problem.code), Some(ProblemCode::Unavailable));
    assert!(writer.close().await.is_err());
}
