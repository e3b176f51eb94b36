//! Where lines are written: the platform may keep a request's address beside each of its lines.

use js_sys::{Array, Function};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Platform, config, incoming};

/// Everything that is written to the console until it is dropped.
struct Console {
    lines: Array,
    restore: Function,
}

impl Console {
    fn listen() -> Self {
        let listen = Function::new_no_args(
            "const log = console.log, lines = [];
            console.log = (line) => lines.push(line);
            return [lines, () => { console.log = log; }];",
        );
        let parts: Array = listen.call0(&JsValue::NULL).unwrap().unchecked_into();
        Self { lines: parts.get(0).unchecked_into(), restore: parts.get(1).unchecked_into() }
    }

    fn logged(&self) -> Vec<Value> {
        self.lines.iter().map(|line| read(&line.as_string().unwrap())).collect()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.restore.call0(&JsValue::NULL));
    }
}

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// Writes a line and notes a fault during a request.
async fn note(platform: &Platform, path: &str) {
    let url = format!("https://otp.example{path}");
    let ctx = platform.ctx(config(), &incoming(&url, &[], None)).await;
    ctx.log(&LogEvent::ReceiptRefused { provider: "ses" });
    ctx.fault(&Problem::internal("it broke"));
    // Nothing of ours is wrong with it.
    ctx.fault(&Problem::field("email", "be given"));
}

fn noted() -> [Value; 2] {
    [
        json!({ "event": "receipt_refused", "provider": "ses" }),
        json!({ "event": "fault", "problem": "internal", "why": "it broke" }),
    ]
}

#[wasm_bindgen_test]
async fn lines_of_an_address_that_opens_something_are_written_elsewhere() {
    for path in [
        "/challenge/secret",
        "/challenge/secret/verify",
        "/enrollment/token",
        "/enrollment/token/confirm?channel=app",
        "/enrollment/token/change",
        "/enrollment/token/cancel",
        "/enrollment/token/done",
        "/enrollment/",
        "/enrollment",
    ] {
        let (platform, console) = (Platform::new(), Console::listen());
        note(&platform, path).await;
        let lines = platform.written_elsewhere().await;
        assert!(console.logged().is_empty(), "{path}");
        assert_eq!(lines.iter().map(|line| read(line)).collect::<Vec<_>>(), noted(), "{path}");
    }
}

#[wasm_bindgen_test]
async fn lines_of_other_addresses_are_written_where_they_arise() {
    for path in [
        "/",
        "/v1/challenges/ch_1",
        "/v1/cardholders",
        "/v1/cardholders/taro/enrollment-sessions",
        "/enrollments/token",
        "/a/enrollment/token",
    ] {
        let (platform, console) = (Platform::new(), Console::listen());
        note(&platform, path).await;
        assert!(platform.written_elsewhere().await.is_empty(), "{path}");
        assert_eq!(console.logged(), noted(), "{path}");
    }
}

#[wasm_bindgen_test]
async fn a_line_that_cannot_be_written_elsewhere_is_not_lost() {
    for broken in [
        "context.exports.LogWriter.write = async () => { throw new Error('away'); }",
        "context.exports.LogWriter.write = () => { throw new Error('away'); }",
        "delete context.exports.LogWriter",
        "delete context.exports",
    ] {
        let (platform, console) = (Platform::new(), Console::listen());
        platform.change_context(broken);
        note(&platform, "/enrollment/token").await;
        assert!(platform.written_elsewhere().await.is_empty());
        assert_eq!(console.logged(), noted(), "{broken}");
    }
}
