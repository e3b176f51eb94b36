//! Where lines are written: the platform may keep a request's address beside each of its lines.

use serde_json::{Value, json};
use warifu_core::{
    cardholder::{Refusal, TriesLeft},
    locale::Locale,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Console, Platform, config, incoming, record, sent};

/// What the lines of the console say of their events.
fn events(console: &Console) -> Vec<Value> {
    console.logged().iter().map(|line| read(&line.to_string())).collect()
}

/// What a line says of its event. What it says of the request is looked at, and left out.
fn read(line: &str) -> Value {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let members = line.as_object_mut().unwrap();
    let id = members.remove("request").unwrap();
    let id = id.as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    members.remove("address");
    line
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
        assert!(events(&console).is_empty(), "{path}");
        assert_eq!(lines.iter().map(|line| read(line)).collect::<Vec<_>>(), noted(), "{path}");
    }
}

#[wasm_bindgen_test]
async fn no_line_of_an_address_that_opens_something_has_the_callers_network() {
    for (path, is_told) in [("/challenge/secret", false), ("/v1/siteverify", true)] {
        let (platform, console) = (Platform::new(), Console::listen());
        let headers = [("cf-connecting-ip", "2001:db8::1"), ("cf-ray", "8a1b2c3d4e5f6071-NRT")];
        let incoming = incoming(&format!("https://otp.example{path}"), &headers, None);
        let ctx = platform.ctx(config(), &incoming).await;
        ctx.refused(&Problem::rate_limited(60));
        let mut lines = platform.written_elsewhere().await;
        lines.extend(console.logged().iter().map(Value::to_string));
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(line.contains(r#""address":"2001:db8:0:0""#), is_told, "{line}");
        assert!(!line.contains("db8::1"), "{line}");
        assert!(line.contains(r#""request":"8a1b2c3d4e5f6071-NRT""#), "{line}");
    }
}

/// A refused call has a line, but for what every scanner of the net asks for, what nobody looks at,
/// and what has a line where it was found out.
#[wasm_bindgen_test]
async fn refusals_are_logged_by_what_was_refused() {
    let refused = |problem: &str| json!({ "event": "call_refused", "problem": problem });
    for (problem, expected) in [
        (ProblemCode::MissingKey.problem(), Some(refused("missing_key"))),
        (ProblemCode::OriginNotAllowed.problem(), Some(refused("origin_not_allowed"))),
        (ProblemCode::NotEnrolled.problem(), Some(refused("not_enrolled"))),
        (Problem::field("email", "be given"), Some(refused("invalid_request"))),
        (
            Problem::rate_limited(60),
            Some(json!({ "event": "throttled", "problem": "rate_limited", "retry_after": "60" })),
        ),
        (
            Problem::internal("it broke"),
            Some(json!({ "event": "fault", "problem": "internal", "why": "it broke" })),
        ),
        (ProblemCode::InvalidKey.problem(), None),
        (ProblemCode::InvalidSignature.problem(), None),
        (ProblemCode::NotFound.problem(), None),
        (Problem::not_allowed("GET"), None),
        (Problem::not_shown(), None),
    ] {
        let (platform, console) = (Platform::new(), Console::listen());
        let ctx = platform.ctx(config(), &incoming("https://otp.example/v1/x", &[], None)).await;
        ctx.refused(&problem);
        assert_eq!(events(&console), expected.into_iter().collect::<Vec<_>>());
    }
}

#[wasm_bindgen_test]
async fn what_is_refused_on_a_form_is_told_with_its_challenge_and_a_code_by_itself() {
    let record = record(Locale::Ja);
    let about = |event: &str, problem: &str| {
        json!({
            "event": event,
            "challenge": record.id.as_str(),
            "merchant": "maru-shop",
            "cardholder": "taro",
            "problem": problem,
        })
    };
    let (platform, console) = (Platform::new(), Console::listen());
    let ctx = platform.ctx(config(), &incoming("https://otp.example/", &[], None)).await;
    let wrong = Problem::refused(Refusal::WrongCode(TriesLeft(4)));
    ctx.refused_in(OfChallenge::of(&record), Some(&sent()), &wrong, true);
    ctx.refused_in(
        OfChallenge::of(&record),
        None,
        &Problem::refused(Refusal::NoResendsLeft),
        false,
    );
    let mut of_code = about("code_refused", "wrong_code");
    of_code["channel"] = "email".into();
    of_code["tries_left"] = "4".into();
    assert_eq!(events(&console), [of_code, about("form_refused", "no_resends_left")]);
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
        assert_eq!(events(&console), noted(), "{path}");
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
        assert_eq!(events(&console), noted(), "{broken}");
    }
}
