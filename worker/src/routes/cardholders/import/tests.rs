use std::{
    cell::Cell,
    future::{pending, poll_fn},
    pin::Pin,
    rc::Rc,
    task::Poll,
};

use js_sys::{Function, Object, Promise, Reflect};
use serde_json::json;
use warifu_core::{
    cardholder::{Cardholder, Command, Reply},
    cardholder_index::{IndexCommand, IndexReply},
    contact::Destination,
    wire,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_bindgen_test::wasm_bindgen_test;
use worker::IntoResponse as _;

use super::*;
use crate::fixtures::{Console, Objects, Platform, config, incoming, problem_json};

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

#[wasm_bindgen_test]
fn cards_are_read_in_either_case_and_each_once() {
    let (one, other) = ("0a".repeat(32), "0b".repeat(32));
    let line = json!({"id": "taro", "cards": [one, one.to_uppercase(), other]}).to_string();
    let read = read(line.as_bytes());
    assert!(read.registration.is_ok());
    assert_eq!(read.cards.iter().map(Digest::hex).collect::<Vec<_>>(), [one, other]);
    assert_eq!(self::read(br#"{"id":"taro","cards":null}"#).cards, []);
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
        (b"{\"id\":\"taro\",\"cards\":\"1\"}", Some("taro"), Some("cards")),
        (b"{\"id\":\"taro\",\"cards\":[\"4111111111111111\"]}", Some("taro"), Some("cards[0]")),
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

/// What the object of a cardholder answers who was registered by these lines, the last one now.
fn reply_to(lines: &[&str]) -> String {
    let (rules, now) = (config().rules, Timestamp::from_millis(0));
    let mut state = Cardholder::default();
    let mut answer = None;
    for line in lines {
        let Ok(registration) = read(line.as_bytes()).registration else { panic!("{line}") };
        let decided = state.decide(Command::Register(registration), &rules, now);
        state = decided.0;
        answer = Some(decided.1);
    }
    wire::write_reply(&answer.unwrap()).unwrap()
}

/// What an object of the version before answers, which says what was replaced and nothing else.
fn reply_before(replaced: &[Destination]) -> String {
    let text = reply_to(&[r#"{"id":"kazuko","email":"kazuko@mail.jp"}"#]);
    let Ok(Reply::Registered { description, .. }) = wire::read_reply(&text) else {
        panic!("{text}")
    };
    let replaced = replaced.to_vec();
    let reply = Reply::Registered { new: false, description, replaced, changes: None };
    wire::write_reply(&reply).unwrap()
}

/// Objects that answer so, by their names; one without an answer fails.
fn objects(answers: &[(&str, String)]) -> Object {
    let by_name = Object::new();
    for (name, answer) in answers {
        Reflect::set(&by_name, &(*name).into(), &answer.into()).unwrap();
    }
    let make = Function::new_with_args(
        "answers",
        r#"class DurableObjectNamespace {
            getByName(name) {
                const fetch = async () => {
                    if (!(name in answers)) throw new Error("it is away");
                    return new Response(answers[name]);
                };
                return { fetch, name };
            }
        }
        return new DurableObjectNamespace();"#,
    );
    make.call1(&JsValue::NULL, &by_name).unwrap().unchecked_into()
}

/// A thief who moves destinations and hangs up is in the log all the same.
#[wasm_bindgen_test]
async fn what_an_import_changed_is_told_though_its_caller_went_away() {
    let taro = r#"{"id":"taro","phone":"+819012341234","channel":"sms"}"#;
    let jiro = r#"{"id":"jiro","phone":"+819012341234","email":"jiro@mail.jp","channel":"email"}"#;
    let by_sms = r#"{"id":"jiro","phone":"+819012341234","channel":"sms"}"#;
    let hanako = r#"{"id":"hanako","email":"hanako@mail.jp"}"#;
    let objects = objects(&[
        ("taro", reply_to(&[taro])),
        ("jiro", reply_to(&[by_sms, jiro])),
        ("hanako", reply_to(&[hanako, hanako])),
        ("kazuko", reply_before(&[warifu_core::fixtures::email()])),
        ("miki", reply_before(&[])),
    ]);
    let kazuko = r#"{"id":"kazuko","email":"kazuko@mail.jp"}"#;
    let lines = [taro, jiro, hanako, r#"{"id":"saburo"}"#, "no line", kazuko, r#"{"id":"miki"}"#];
    let lines = (1..).zip(lines).map(|(number, line)| Line { number, bytes: line.into() });
    let lines: Vec<Line> = lines.collect();
    let applied = json!({
        "event": "import_applied",
        "cardholders_registered": "taro",
        "cardholders_changed": "jiro,kazuko",
    });
    for goes_away in [true, false] {
        let (platform, console) = (Platform::new(), Console::listen());
        let ctx = platform.ctx(config(), &incoming(HERE, &[], None)).await;
        Reflect::set(ctx.env.as_ref(), &"CARDHOLDERS".into(), &objects).unwrap();
        let (writer, response) = LineWriter::open().unwrap_or_else(|_| panic!("no stream"));
        let response: web_sys::Response = response.into_raw().ok().unwrap();
        let read = match goes_away {
            true => response.body().unwrap().cancel(),
            false => response.text().unwrap(),
        };
        let registered = register_and_tell(&ctx, &lines, &writer).await;
        JsFuture::from(read).await.unwrap();
        let code = registered.err().map(|problem| problem.code);
        assert_eq!(code, goes_away.then_some(ProblemCode::Unavailable));
        let mut logged = console.logged();
        logged.retain(|line| line["event"] != "fault");
        for line in &mut logged {
            line.as_object_mut().unwrap().remove("request");
        }
        let finished =
            json!({ "event": "import_finished", "lines": "7", "imported": "5", "refused": "2" });
        assert_eq!(logged, [applied.clone(), finished]);
    }
}

/// What was not carried out is neither imported nor refused.
#[wasm_bindgen_test]
async fn an_import_that_broke_off_says_how_far_it_came() {
    let many = (1..=AT_ONCE + 1).map(|number| Line { number, bytes: b"no line".to_vec() });
    let many: Vec<Line> = many.collect();
    let (platform, console) = (Platform::new(), Console::listen());
    let ctx = platform.ctx(config(), &incoming(HERE, &[], None)).await;
    let (writer, response) = LineWriter::open().unwrap_or_else(|_| panic!("no stream"));
    let response: web_sys::Response = response.into_raw().ok().unwrap();
    JsFuture::from(response.body().unwrap().cancel()).await.unwrap();
    assert!(register_and_tell(&ctx, &many, &writer).await.is_err());
    let [finished] = &console.logged()[..] else { panic!("{:?}", console.logged()) };
    let told = ["event", "lines", "imported", "refused"].map(|name| finished[name].clone());
    assert_eq!(told, ["import_finished", "51", "0", "50"]);
}

fn answer_of(id: &str, status: u16, outcome: Outcome) -> Answer {
    let id = parse(id).ok();
    Answer { line: 1, id, status, code: None, field: None, detail: None, outcome }
}

/// Those of a group who were taken are added with one call, and are taken only if that is done.
#[wasm_bindgen_test]
async fn a_line_is_taken_when_its_cardholder_is_in_the_index() {
    let done = wire::write_answer(&IndexReply::Done).unwrap();
    for (replies, statuses) in [(vec![done], [201, 200, 400]), (Vec::new(), [503, 503, 400])] {
        let index_object = Objects::answering(&replies);
        let ctx = Platform::new().ctx(config(), &incoming(HERE, &[], None)).await;
        index_object.bind(&ctx.env, "CARDHOLDER_INDEX");
        let mut answers = [
            answer_of("taro", 201, Outcome::Registered),
            answer_of("hanako", 200, Outcome::Unchanged),
            answer_of("jiro", 400, Outcome::Refused),
        ];
        index(&ctx, &mut answers).await;
        assert_eq!(answers.each_ref().map(|answer| answer.status), statuses);
        let asked = index_object.asked();
        assert_eq!(asked.len(), 1);
        let Ok(IndexCommand::Add(ids)) = wire::read_answer(&asked[0].1) else { panic!("no add") };
        let ids: Vec<_> = ids.iter().map(CardholderId::as_str).collect();
        assert_eq!(ids, ["taro", "hanako"]);
    }
}
