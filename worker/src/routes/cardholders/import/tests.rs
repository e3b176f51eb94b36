use std::{
    cell::Cell,
    future::{pending, poll_fn},
    pin::Pin,
    rc::Rc,
    task::Poll,
};

use js_sys::{Function, Promise};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Platform, config, incoming, problem_json};

const HERE: &str = "https://otp.example/v1/cardholders";
const LINES: &str = "application/x-ndjson";
/// That of the fixture's deployment.
const KEY: &str = "Bearer wk_issuer_0123456789abcdef0123456789abcdef";

fn read(text: &[u8]) -> ImportLine {
    ImportLine::read(&Line { number: 7, bytes: text.to_vec() })
}

#[wasm_bindgen_test]
async fn values_stand_in_the_order_of_their_futures() {
    // Each is woken by itself, the last one first.
    let mut resolve: Vec<Function> = Vec::new();
    let mut promise = || Promise::new(&mut |fulfil, _| resolve.push(fulfil));
    let promises = [promise(), promise(), promise()];
    let (polls, ends) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let futures = promises.map(|promise| {
        let (polls, ends) = (Rc::clone(&polls), Rc::clone(&ends));
        async move {
            polls.set(polls.get() + 1);
            let value = JsFuture::from(promise).await.unwrap();
            ends.set(ends.get() + 1);
            (value.as_f64().unwrap(), ends.get())
        }
    });
    let begun = Rc::clone(&polls);
    spawn_local(async move {
        assert_eq!(begun.get(), 3, "none waits for another to begin");
        for (number, fulfil) in resolve.iter().enumerate().rev() {
            fulfil.call1(&JsValue::NULL, &(number as u32).into()).unwrap();
            JsFuture::from(Promise::resolve(&JsValue::NULL)).await.unwrap();
        }
    });
    assert_eq!(join_all(futures).await, [(0.0, 3), (1.0, 2), (2.0, 1)]);
}

#[wasm_bindgen_test]
async fn what_is_done_is_not_asked_again() {
    let later = Rc::new(Cell::new(0));
    let once = |value: u8| {
        let mut done = false;
        poll_fn(move |_| {
            assert!(!std::mem::replace(&mut done, true), "{value} was polled after its end");
            Poll::Ready(value)
        })
    };
    let slow = || {
        let later = Rc::clone(&later);
        poll_fn(move |context| {
            later.set(later.get() + 1);
            context.waker().wake_by_ref();
            if later.get() < 5 { Poll::Pending } else { Poll::Ready(9) }
        })
    };
    let futures: [Pin<Box<dyn Future<Output = u8>>>; 3] =
        [Box::pin(once(1)), Box::pin(slow()), Box::pin(once(3))];
    assert_eq!(join_all(futures).await, [1, 9, 3]);
    assert_eq!(later.get(), 5);
}

#[wasm_bindgen_test]
async fn of_nothing_nothing_comes() {
    let none: [std::future::Pending<()>; 0] = [];
    assert!(join_all(none).await.is_empty());
    // And one that never ends is waited for.
    let mut forever = Box::pin(join_all([pending::<()>()]));
    let waits = poll_fn(|context| Poll::Ready(forever.as_mut().poll(context).is_pending())).await;
    assert!(waits);
}

#[wasm_bindgen_test]
fn a_line_that_fits_is_a_put_of_its_own() {
    let read = read(br#"{"channel":"email","email":"taro@mail.jp","id":"taro"}"#);
    assert_eq!(read.number, 7);
    assert_eq!(read.id.as_ref().map(CardholderId::as_str), Some("taro"));
    assert!(read.registration.is_ok_and(|registration| registration.email.is_some()));
}

/// A file that a spreadsheet wrote begins with one.
#[wasm_bindgen_test]
fn a_byte_order_mark_is_no_part_of_a_line() {
    let read = read(b"\xef\xbb\xbf{\"id\":\"taro\",\"email\":\"taro@mail.jp\"}");
    assert_eq!(read.id.as_ref().map(CardholderId::as_str), Some("taro"));
    assert!(read.registration.is_ok());
}

#[wasm_bindgen_test]
async fn a_line_that_does_not_says_whose_it_was_if_it_can() {
    for (text, id, field) in [
        (&b"not json"[..], None, None),
        (b"[]", None, None),
        (b"{\"id\":\"taro\"", None, None),
        (b"{\"id\":\"taro\"} {}", None, None),
        (b"{\"id\":\"taro\",\"id\":\"jiro\"}", None, None),
        (b"{\"id\":\"taro\",\"email\":\"\xff@mail.jp\"}", None, None),
        (b"{}", None, Some("id")),
        (b"{\"id\":null}", None, Some("id")),
        (b"{\"id\":7}", None, Some("id")),
        (b"{\"id\":\"\"}", None, Some("id")),
        (b"{\"id\":\"ta ro\"}", None, Some("id")),
        (b"{\"id\":\"taro\",\"email\":\"taro\"}", Some("taro"), Some("email")),
        (b"{\"id\":\"taro\",\"channel\":\"app\"}", Some("taro"), Some("channel")),
        (b"{\"id\":\"taro\",\"pan\":\"1\"}", Some("taro"), Some("pan")),
    ] {
        let read = read(text);
        let text = String::from_utf8_lossy(text);
        assert_eq!(read.number, 7, "{text}");
        assert_eq!(read.id.as_ref().map(CardholderId::as_str), id, "{text}");
        let Err(problem) = read.registration else { panic!("{text} was taken") };
        let json = problem_json(&problem).await;
        assert_eq!(json["code"], "invalid_request", "{text}");
        assert_eq!(json.get("field").and_then(|field| field.as_str()), field, "{text}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_has_what_its_line_had() {
    let taken = Answer {
        line: 1,
        id: None,
        status: 201,
        code: None,
        field: None,
        detail: None,
        outcome: Outcome::Registered,
    };
    assert_eq!(
        serde_json::to_value(taken).unwrap(),
        json!({ "line": 1, "id": null, "status": 201 })
    );
    let ctx = Platform::new().ctx(config(), &incoming(HERE, &[], None)).await;
    let refused = read(b"{\"id\":\"taro\",\"email\":\"taro\"}")
        .register(&ctx, Timestamp::from_millis(0))
        .await;
    assert_eq!(
        serde_json::to_value(refused).unwrap(),
        json!({
            "line": 7, "id": "taro", "status": 400, "code": "invalid_request", "field": "email",
            "detail": "email must be one e-mail address such as taro@mail.example.",
        })
    );
}

#[wasm_bindgen_test]
async fn an_import_is_bounded_in_lines_and_bytes() {
    let line = "{}\n";
    for (media_type, body, code) in [
        (LINES, line.repeat(MOST_LINES + 1), Some("body_too_large")),
        (LINES, "a\n".repeat(MOST_BYTES / 2), Some("body_too_large")),
        (LINES, "\n".repeat(MOST_BYTES + 1), Some("body_too_large")),
        ("application/json", line.to_owned(), Some("unsupported_media_type")),
        (LINES, "\n".repeat(MOST_BYTES), None),
        (LINES, line.repeat(MOST_LINES), None),
    ] {
        let headers = [("content-type", media_type), ("authorization", KEY)];
        let mut request = incoming(HERE, &headers, Some(&body));
        let ctx = Platform::new().ctx(config(), &request).await;
        let problem = import(&ctx, &mut request).await.err();
        assert_eq!(problem.as_ref().map(|problem| problem.code.name()), code);
        if let Some(problem) = problem.filter(|problem| problem.code == ProblemCode::BodyTooLarge) {
            let detail = problem_json(&problem).await["detail"].clone();
            assert_eq!(detail, "Send at most 10000 lines and 4 MiB in one request.");
        }
    }
}
