//! The form against recorded events. Effects are compared as text: they only borrow what they say.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

// The same tests run natively and, as wasm, in Node.
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::state::{Action, Answer, Event, Facts, State};
use crate::view::fill;

mod app;
mod delivery;
mod waiting;

type Members = &'static [(&'static str, &'static str)];

/// An answer as the Worker would write it: one member a pair.
struct Json(Members);

impl Answer for Json {
    fn text(&self, name: &str) -> String {
        self.0
            .iter()
            .find(|member| member.0 == name)
            .map(|member| member.1.to_string())
            .unwrap_or_default()
    }

    fn number(&self, name: &str) -> u32 {
        self.text(name).parse().unwrap_or(0)
    }
}

struct Form {
    state: State,
    effects: Vec<String>,
}

impl Form {
    fn open(code_expires_in: u32, resend_in: u32, resends_left: u32) -> Self {
        Self::of(Facts { code_expires_in, resend_in, resends_left, ..Facts::default() })
    }

    fn of(facts: Facts) -> Self {
        let mut effects = Vec::new();
        let state = State::open(facts, 0, &mut |effect| effects.push(format!("{effect:?}")));
        Self { state, effects }
    }

    fn at(&mut self, now: u32, event: Event<'_>) -> Vec<String> {
        self.effects.clear();
        let effects = &mut self.effects;
        self.state.update(event, now, &mut |effect| effects.push(format!("{effect:?}")));
        core::mem::take(effects)
    }

    fn press(&mut self, now: u32, action: Action, text: &str) -> Vec<String> {
        self.at(now, Event::Pressed { action, text })
    }

    /// Presses 送信 and brings this answer.
    fn answered(&mut self, answer: Members) -> Vec<String> {
        self.press(1000, Action::Verify, "123456");
        self.at(2000, Event::Answered(&Json(answer)))
    }
}

fn has(effects: &[String], wanted: &str) -> bool {
    effects.iter().any(|effect| effect == wanted)
}

#[test]
fn typing_is_written_back_only_when_it_was_meant_otherwise() {
    let cases = [
        ("123", 3, None),
        ("１２３", 3, Some(("123", 3))),
        ("１２３", 1, Some(("123", 1))),
        ("12 34", 3, Some(("1234", 2))),
        ("12-", 3, Some(("12", 2))),
        ("ー１", 1, Some(("1", 0))),
        ("🙂１", 2, Some(("🙂1", 2))),
        ("🙂１", 3, Some(("🙂1", 3))),
        ("１２ａ", 3, Some(("12ａ", 3))),
        ("12３", u32::MAX, Some(("123", 3))),
        ("12３456", 3, Some(("123456", 3))),
        // Pasted with what stood around it.
        ("ワンタイムパスワード：123456", 17, Some(("123456", 6))),
        ("『123456』", 8, Some(("123456", 6))),
        ("123456。", 7, Some(("123456", 6))),
        ("3,150円", 6, None),
        ("123456、654321", 13, None),
    ];
    for (text, caret, expected) in cases {
        let effects = Form::open(0, 0, 3).at(1, Event::Typed { text, caret });
        let expected: Vec<String> = expected
            .map(|(text, caret)| format!("Retype {{ text: {text:?}, caret: {caret} }}"))
            .into_iter()
            .collect();
        assert_eq!(effects, expected, "{text:?} at {caret}");
    }
}

#[test]
fn a_press_sends_what_was_meant_as_json() {
    let cases = [
        ("123456", r#"{"code":"123456"}"#),
        ("１２３ ４-５６", r#"{"code":"123456"}"#),
        ("", r#"{"code":""}"#),
        ("12\"\\4", r#"{"code":"12??4"}"#),
        ("あ1", r#"{"code":"あ1"}"#),
        ("コード：123456", r#"{"code":"123456"}"#),
        ("\u{200E}123\u{200C}456", r#"{"code":"123456"}"#),
    ];
    for (text, body) in cases {
        let effects = Form::open(600, 30, 3).press(1, Action::Verify, text);
        assert!(has(&effects, &format!("Post(Verify, {body:?})")), "{text:?}: {effects:?}");
    }
    let long = "1".repeat(5000);
    let effects = Form::open(600, 30, 3).press(1, Action::Verify, &long);
    let body = format!("{{\"code\":\"{}\"}}", "1".repeat(32));
    assert!(has(&effects, &format!("Post(Verify, {body:?})")));
    let effects = Form::open(600, 0, 3).press(1, Action::Resend, "12");
    assert!(has(&effects, r#"Post(Resend, "{}")"#));
}

#[test]
fn a_second_press_is_not_a_second_send() {
    let mut form = Form::open(600, 0, 3);
    form.press(1, Action::Verify, "123456");
    assert!(form.state.view().busy);
    for action in [Action::Verify, Action::Resend, Action::Cancel] {
        assert_eq!(form.press(2, action, "123456"), Vec::<String>::new());
    }
    form.at(3, Event::Answered(&Json(&[])));
    assert!(!form.state.view().busy);
    assert!(has(&form.press(4, Action::Cancel, ""), r#"Post(Cancel, "{}")"#));
}

#[test]
fn an_answer_to_nothing_is_ignored() {
    let mut form = Form::open(600, 0, 3);
    let answer = Json(&[("status", "verified"), ("attestation", "jws")]);
    assert_eq!(form.at(1, Event::Answered(&answer)), Vec::<String>::new());
}

#[test]
fn a_wrong_code_is_said_and_selected() {
    let effects =
        Form::open(600, 30, 3).answered(&[("code", "wrong_code"), ("detail", "あと4回です。")]);
    assert_eq!(
        effects,
        ["Invalid(true)", "FocusCode", "Write(Error, Given(\"あと4回です。\"))", "Tell(Listen)",]
    );
}

#[test]
fn the_same_error_twice_is_emptied_in_between() {
    let mut form = Form::open(600, 30, 3);
    form.answered(&[("code", "wrong_code"), ("detail", "x")]);
    form.at(2500, Event::Typed { text: "1", caret: 1 });
    let effects = form.press(3000, Action::Verify, "1");
    assert!(has(&effects, "Write(Error, Given(\"\"))"));
    assert!(has(&effects, "Invalid(false)"));
}

#[test]
fn every_refusal_ends_or_not_and_tells_one_stable_code() {
    let ends: [(Members, &str, &str); 8] = [
        (&[("code", "wrong_code"), ("challenge_status", "failed")], "failed", "attempts-exceeded"),
        (&[("code", "code_used"), ("challenge_status", "failed")], "failed", "attempts-exceeded"),
        (&[("code", "challenge_failed")], "failed", "attempts-exceeded"),
        (&[("code", "challenge_expired")], "expired", "challenge-expired"),
        (&[("code", "challenge_canceled")], "canceled", ""),
        (&[("code", "challenge_not_found")], "error", "challenge-not-found"),
        (&[("status", "canceled")], "canceled", ""),
        (&[("status", "verified")], "verified", ""),
    ];
    for (answer, status, error) in ends {
        let mut form = Form::open(600, 30, 3);
        let effects = form.answered(answer);
        let end = format!("End(End {{ status: {status:?}, error: {error:?}, ");
        assert!(effects.iter().any(|effect| effect.starts_with(&end)), "{answer:?}: {effects:?}");
        let order: Vec<_> = effects.iter().skip(1).map(String::as_str).collect();
        assert_eq!(order, ["FocusEnded", "Tell(Ended)"], "{answer:?}");
        assert!(form.press(3000, Action::Verify, "1").is_empty(), "nothing follows an end");
        assert!(form.at(900_000, Event::Tick).is_empty(), "nothing follows an end");
    }
    let troubles = [
        ("no_resends_left", "resend-limit"),
        ("destination_limited", "resend-limit"),
        ("destination_too_new", "resend-limit"),
        ("origin_not_allowed", "origin-not-allowed"),
        ("internal", "internal"),
        ("unavailable", "internal"),
        ("a_code_of_tomorrow", "internal"),
        ("malformed_code", ""),
        ("code_used", ""),
        ("code_expired", ""),
        ("code_not_sent", ""),
        ("app_code_expected", ""),
        ("resend_too_soon", ""),
        ("rate_limited", ""),
    ];
    for (code, told) in troubles {
        let mut form = Form::open(600, 30, 3);
        form.press(1, Action::Verify, "123456");
        let answer = alloc::boxed::Box::leak(alloc::boxed::Box::new([("code", code)]));
        let effects = form.at(2, Event::Answered(&Json(answer)));
        let trouble = format!("Tell(Trouble({told:?}))");
        assert_eq!(has(&effects, &trouble), !told.is_empty(), "{code}: {effects:?}");
        assert!(!form.state.ended, "{code}");
    }
}

#[test]
fn a_resend_that_is_refused_while_no_code_lives_is_told_as_undeliverable() {
    for code in ["destination_limited", "destination_too_new"] {
        let mut form = Form::open(0, 0, 3);
        form.press(1, Action::Resend, "");
        let answer = alloc::boxed::Box::leak(alloc::boxed::Box::new([("code", code)]));
        let effects = form.at(2, Event::Answered(&Json(answer)));
        assert!(has(&effects, "Tell(Trouble(\"undeliverable\"))"), "{code}: {effects:?}");
    }
}

#[test]
fn what_was_refused_is_not_sent_again_before_it_is_edited() {
    for code in ["wrong_code", "malformed_code", "code_used"] {
        let answer = alloc::boxed::Box::leak(alloc::boxed::Box::new([("code", code)]));
        let mut form = Form::open(600, 30, 3);
        form.answered(answer);
        assert!(form.press(3000, Action::Verify, "123456").is_empty(), "{code}");
        form.at(4000, Event::Typed { text: "123457", caret: 6 });
        let effects = form.press(5000, Action::Verify, "123457");
        assert!(effects.iter().any(|effect| effect.starts_with("Post(Verify")), "{code}");
        form.at(6000, Event::Answered(&Json(answer)));
        assert!(has(&form.press(7000, Action::Cancel, ""), r#"Post(Cancel, "{}")"#), "{code}");
    }
    let mut form = Form::open(600, 30, 3);
    form.answered(&[("code", "wrong_code")]);
    form.at(3000, Event::Received("654321"));
    let effects = form.press(4000, Action::Verify, "654321");
    assert!(has(&effects, r#"Post(Verify, "{\"code\":\"654321\"}")"#), "{effects:?}");
}

#[test]
fn without_an_answer_the_page_says_so_and_can_be_pressed_again() {
    let mut form = Form::open(600, 30, 3);
    let effects = form.answered(&[]);
    assert!(has(&effects, "Write(Error, Word(Offline))"));
    assert!(has(&effects, "Tell(Trouble(\"network\"))"));
    assert!(has(
        &form.press(3000, Action::Verify, "123456"),
        r#"Post(Verify, "{\"code\":\"123456\"}")"#
    ));
}

#[test]
fn what_was_verified_or_locked_elsewhere_is_fetched_anew() {
    let answers: [Members; 2] =
        [&[("code", "challenge_verified")], &[("code", "cardholder_locked")]];
    for answer in answers {
        assert_eq!(Form::open(600, 30, 3).answered(answer), ["Tell(Reload)"]);
    }
}

#[test]
fn a_verified_challenge_hands_over_the_attestation_and_the_way_back() {
    let effects = Form::open(600, 30, 3).answered(&[
        ("status", "verified"),
        ("message", "完了"),
        ("attestation", "jws"),
        ("return_to", "https://shop.example/done"),
    ]);
    let end = "End(End { status: \"verified\", error: \"\", text: \"完了\", response: \"jws\", \
               return_to: \"https://shop.example/done\" })";
    assert_eq!(effects.first().map(String::as_str), Some(end));
}

#[test]
fn the_code_of_an_sms_is_filled_in_and_never_sent() {
    let cases = [
        ("123456", true),
        ("１２３４５６", true),
        ("12345", false),
        ("12345a", false),
        ("", false),
    ];
    for (text, taken) in cases {
        let effects = Form::open(600, 0, 3).at(1, Event::Received(text));
        let expected = "Retype { text: \"123456\", caret: 6 }";
        assert_eq!(effects, if taken { Vec::from([expected]) } else { Vec::new() }, "{text:?}");
    }
}

#[test]
fn sentences_are_filled_with_minutes_and_seconds() {
    let cases = [
        ("有効期限まで {m}分{s}秒", 599, "有効期限まで 9分59秒"),
        ("{m}:{s}", 0, "0:0"),
        ("OTP再送信（あと{s}秒）", 120, "OTP再送信（あと120秒）"),
        ("no number", 5, "no number"),
        ("cut {", 5, "cut 5"),
    ];
    for (sentence, seconds, expected) in cases {
        assert_eq!(fill(sentence, seconds), expected);
    }
}
