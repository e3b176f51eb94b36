//! The form where an app makes the codes: nothing is sent, so nothing counts.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Form, Json, Members, has};
use crate::state::{Action, Event, Facts};
use crate::view::View;

fn open() -> Form {
    Form::of(Facts { app: true, ..Facts::default() })
}

#[test]
fn no_count_runs_and_nothing_is_said_to_have_died() {
    let mut form = open();
    let still = View { code_expires_in: None, resend: None, busy: false };
    assert_eq!(form.effects, ["Tell(Listen)"], "and no wake-up");
    for now in [0, 1000, 30_000, 300_000, 3_600_000] {
        assert_eq!(form.at(now, Event::Tick), Vec::<String>::new(), "{now}");
        assert_eq!(form.state.view(), still, "{now}");
    }
}

#[test]
fn what_is_typed_or_pasted_is_sent_as_it_was_meant() {
    let mut form = open();
    let retyped = "Retype { text: \"123456\", caret: 6 }";
    assert_eq!(form.at(1, Event::Typed { text: "１２３ ４５６", caret: 7 }), [retyped]);
    let effects = form.press(2, Action::Verify, "123 456");
    assert!(has(&effects, r#"Post(Verify, "{\"code\":\"123456\"}")"#));
    assert_eq!(form.state.view(), View { code_expires_in: None, resend: None, busy: true });
}

#[test]
fn a_refused_code_is_said_and_selected_and_can_be_followed_by_another() {
    for code in ["wrong_code", "code_used", "malformed_code"] {
        let mut form = open();
        let answer = alloc::boxed::Box::leak(alloc::boxed::Box::new([
            ("code", code),
            ("detail", "次の番号を"),
            ("tries_left", "4"),
        ]));
        let effects = form.answered(answer);
        let said = ["Invalid(true)", "FocusCode", "Write(Error, Given(\"次の番号を\"))"];
        assert_eq!(effects, [&said[..], &["Tell(Listen)"]].concat(), "{code}");
        form.at(2500, Event::Typed { text: "654321", caret: 6 });
        let again = form.press(3000, Action::Verify, "654321");
        assert!(has(&again, r#"Post(Verify, "{\"code\":\"654321\"}")"#), "{code}");
    }
}

#[test]
fn it_ends_as_every_challenge_does() {
    let ends: [(Members, &str, &str); 6] = [
        (&[("status", "verified")], "verified", ""),
        (&[("status", "canceled")], "canceled", ""),
        (&[("code", "wrong_code"), ("challenge_status", "failed")], "failed", "attempts-exceeded"),
        (&[("code", "code_used"), ("challenge_status", "failed")], "failed", "attempts-exceeded"),
        (&[("code", "challenge_expired")], "expired", "challenge-expired"),
        (&[("code", "challenge_canceled")], "canceled", ""),
    ];
    for (answer, status, error) in ends {
        let effects = open().answered(answer);
        let end = format!("End(End {{ status: {status:?}, error: {error:?}, ");
        assert!(effects.iter().any(|effect| effect.starts_with(&end)), "{answer:?}: {effects:?}");
        let order: Vec<_> = effects.iter().skip(1).map(String::as_str).collect();
        assert_eq!(order, ["FocusEnded", "Tell(Ended)"], "{answer:?}");
    }
}

#[test]
fn who_left_the_app_meanwhile_gets_the_page_that_sends() {
    let answers: [Members; 2] = [
        &[("code", "code_not_sent"), ("detail", "x")],
        &[("code", "code_expired"), ("detail", "x")],
    ];
    for answer in answers {
        assert_eq!(open().answered(answer), ["Tell(Reload)"], "{answer:?}");
        let effects = Form::open(0, 0, 3).answered(answer);
        assert!(has(&effects, "Write(Error, Given(\"x\"))"), "{answer:?}: a button sends there");
    }
}

#[test]
fn who_took_an_app_meanwhile_gets_its_page_once_the_code_that_was_sent_is_dead() {
    let answer: Members = &[("code", "app_code_expected"), ("detail", "x")];
    for (code_expires_in, now, reloads) in
        [(600, 599_999, false), (600, 600_000, true), (0, 1, true)]
    {
        let mut form = Form::open(code_expires_in, 0, 3);
        form.press(now, Action::Resend, "");
        let effects = form.at(now, Event::Answered(&Json(answer)));
        assert_eq!(
            has(&effects, "Tell(Reload)"),
            reloads,
            "{code_expires_in} at {now}: {effects:?}"
        );
        let said = has(&effects, "Write(Error, Given(\"x\"))");
        assert_eq!(said, !reloads, "{code_expires_in} at {now}: {effects:?}");
        assert!(reloads || form.state.view().resend.is_some_and(|resend| resend.rests));
    }
}

/// The answer to a press was lost, so the form asks.
fn asked(mut form: Form, answer: Members) -> Vec<String> {
    form.press(1000, Action::Verify, "123456");
    assert!(has(&form.at(2000, Event::Answered(&Json(&[]))), "Look"));
    form.at(2100, Event::Looked(&Json(answer)))
}

#[test]
fn it_finds_out_by_itself_that_it_is_over_or_that_a_code_was_sent_in_another_window() {
    let news: [Members; 2] = [
        &[("status", "verified"), ("sentence", "x")],
        &[("status", "pending"), ("send", "1"), ("delivery", "sent"), ("sentence", "x")],
    ];
    for answer in news {
        assert_eq!(asked(open(), answer), ["Tell(Reload)"], "{answer:?}");
    }
}

/// A code was mailed before the app was enrolled.
#[test]
fn a_send_from_before_the_app_is_no_news() {
    let form = Form::of(Facts { app: true, send: 1, ..Facts::default() });
    let answer = &[("status", "pending"), ("send", "1"), ("sentence", "x")];
    assert_eq!(asked(form, answer), ["Write(Sent, Given(\"x\"))"]);
}
