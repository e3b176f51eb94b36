//! The form while a code is on its way.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Form, Json, Members, has};
use crate::state::{Action, Event, Facts};
use crate::view::Resend;

const SENT: Members = &[
    ("status", "pending"),
    ("send", "1"),
    ("delivery", "sent"),
    ("code_expires_in", "598"),
    ("resend_in", "28"),
    ("resends_left", "3"),
    ("message", "送信しました"),
    ("sentence", "***@mail.jpに送信しました"),
    ("next", "2"),
];

/// The same where no more news can come.
const TAKEN: Members = &[
    ("status", "pending"),
    ("send", "1"),
    ("delivery", "sent"),
    ("code_expires_in", "598"),
    ("resend_in", "28"),
    ("resends_left", "3"),
    ("message", "送信しました"),
    ("sentence", "***@mail.jpに送信しました"),
];

/// That of a second send, which this page never heard of.
const SENT_AGAIN: Members = &[
    ("status", "pending"),
    ("send", "2"),
    ("delivery", "sent"),
    ("code_expires_in", "590"),
    ("resend_in", "20"),
    ("resends_left", "2"),
    ("message", "第2回を送信しました"),
    ("sentence", "***@mail.jpに第2回を送信しました"),
];

const FAILED: Members = &[
    ("status", "pending"),
    ("send", "0"),
    ("delivery", "failed"),
    ("code_expires_in", "0"),
    ("resend_in", "0"),
    ("resends_left", "3"),
    ("message", "送信できませんでした"),
    ("sentence", "***@mail.jpに送信できませんでした"),
];

/// A form whose code is on its way.
fn sending() -> Form {
    let delivery = "sending".to_string();
    let facts = Facts {
        code_expires_in: 600,
        resend_in: 30,
        resends_left: 3,
        delivery,
        send: 1,
        next: 1,
        ..Facts::default()
    };
    Form::of(facts)
}

/// A form of whose code no more news can come.
fn taken() -> Form {
    let mut form = sending();
    form.at(1000, Event::Tick);
    looked(&mut form, 1100, TAKEN);
    form
}

fn looked(form: &mut Form, now: u32, answer: Members) -> Vec<String> {
    form.at(now, Event::Looked(&Json(answer)))
}

/// In which of these seconds it asks, when nothing answers.
fn asks(form: &mut Form, seconds: core::ops::Range<u32>) -> Vec<u32> {
    let mut asked = Vec::new();
    for second in seconds {
        if has(&form.at(second * 1000, Event::Tick), "Look") {
            asked.push(second);
        }
    }
    asked
}

#[test]
fn it_asks_when_the_page_says_and_then_when_the_answer_says() {
    let mut form = sending();
    assert!(!has(&form.at(999, Event::Tick), "Look"));
    assert!(has(&form.at(1000, Event::Tick), "Look"));
    looked(&mut form, 1100, SENT);
    assert!(!has(&form.at(3099, Event::Tick), "Look"));
    assert!(has(&form.at(3100, Event::Tick), "Look"));
}

#[test]
fn news_is_announced_once_and_brings_its_numbers() {
    let mut form = sending();
    form.at(1000, Event::Tick);
    let effects = looked(&mut form, 1100, SENT);
    assert!(has(&effects, "Write(Sent, Given(\"***@mail.jpに送信しました\"))"), "{effects:?}");
    assert!(has(&effects, "Write(Status, Given(\"送信しました\"))"), "{effects:?}");
    assert!(!effects.iter().any(|effect| effect.starts_with("Tell")), "{effects:?}");
    assert!(!effects.iter().any(|effect| effect.starts_with("Retype") || effect.contains("Focus")));
    assert_eq!(form.state.view().code_expires_in, Some(598));
    assert_eq!(form.state.view().resend, Some(Resend { wait: 28, rests: true }));
    form.at(4000, Event::Tick);
    let again = looked(&mut form, 4100, SENT);
    assert!(!again.iter().any(|effect| effect.starts_with("Write(Status")), "{again:?}");
}

/// An app that was enrolled meanwhile: only who asks in vain is told that nothing is sent any more.
#[test]
fn news_takes_no_resend_away() {
    const NONE_LEFT: Members = &[
        ("status", "pending"),
        ("send", "1"),
        ("delivery", "sent"),
        ("resends_left", "0"),
        ("sentence", "***@mail.jpに送信しました"),
    ];
    let mut form = sending();
    form.at(1000, Event::Tick);
    looked(&mut form, 1100, NONE_LEFT);
    assert_eq!(form.state.view().resend, Some(Resend { wait: 0, rests: false }));
}

/// The sentence asks for the app's code by then: that the mailed one has expired, or how long it lives,
/// would be of no use.
#[test]
fn a_code_that_died_because_an_app_was_enrolled_tells_no_time() {
    const BY_APP: Members = &[
        ("status", "pending"),
        ("send", "1"),
        ("code_expires_in", "0"),
        ("resends_left", "0"),
        ("sentence", "認証アプリに表示されている6桁"),
    ];
    let mut form = sending();
    form.at(1000, Event::Tick);
    let effects = looked(&mut form, 1100, BY_APP);
    assert!(has(&effects, "Write(Timer, Given(\"\"))"), "{effects:?}");
    assert!(!effects.iter().any(|effect| effect.contains("Dead")), "{effects:?}");
    assert_eq!(form.state.view().code_expires_in, None);
    let refused = [("code", "app_code_expected")];
    form.press(2000, Action::Resend, "");
    let refused = alloc::boxed::Box::leak(alloc::boxed::Box::new(refused));
    assert_eq!(form.at(2100, Event::Answered(&Json(refused))), ["Tell(Reload)"]);
}

#[test]
fn what_failed_frees_the_resend_at_once_and_ends_the_asking() {
    let mut form = sending();
    form.at(1000, Event::Tick);
    let effects = looked(&mut form, 1100, FAILED);
    assert!(has(&effects, "Write(Status, Given(\"送信できませんでした\"))"), "{effects:?}");
    assert!(has(&effects, "Write(Timer, Given(\"\"))"), "{effects:?}");
    assert!(has(&effects, "Tell(Trouble(\"undeliverable\"))"), "{effects:?}");
    assert_eq!(form.state.view().code_expires_in, None);
    assert_eq!(form.state.view().resend, Some(Resend { wait: 0, rests: false }));
    assert_eq!(asks(&mut form, 2..700), Vec::<u32>::new());
    assert!(has(&form.press(700_000, Action::Resend, ""), r#"Post(Resend, "{}")"#));
}

#[test]
fn a_resend_is_asked_about_anew() {
    let mut form = sending();
    form.at(1000, Event::Tick);
    looked(&mut form, 1100, FAILED);
    form.press(2000, Action::Resend, "");
    form.at(
        2100,
        Event::Answered(&Json(&[
            ("status", "pending"),
            ("delivery", "sending"),
            ("code_expires_in", "600"),
            ("next", "1"),
            ("message", "送信しています"),
        ])),
    );
    assert!(has(&form.at(3100, Event::Tick), "Look"));
    assert!(has(&looked(&mut form, 3200, SENT), "Write(Status, Given(\"送信しました\"))"));
}

#[test]
fn without_an_answer_it_asks_again_later() {
    assert_eq!(asks(&mut sending(), 1..50), [1, 16, 31, 46]);
    let mut form = sending();
    form.at(1000, Event::Tick);
    for answer in [&[("code", "rate_limited")] as Members, &[]] {
        assert_eq!(looked(&mut form, 1100, answer), Vec::<String>::new());
    }
    assert_eq!(asks(&mut form, 2..20), [16]);
}

#[test]
fn nobody_looks_so_nothing_is_asked_until_somebody_does() {
    let mut form = sending();
    form.state.hidden = true;
    assert_eq!(asks(&mut form, 1..300), Vec::<u32>::new());
    form.state.hidden = false;
    assert_eq!(asks(&mut form, 300..302), [300], "with the next second that is counted");
}

#[test]
fn a_request_under_way_is_not_disturbed() {
    let mut form = sending();
    form.at(1000, Event::Tick);
    form.press(1050, Action::Verify, "123456");
    assert_eq!(looked(&mut form, 1100, SENT), Vec::<String>::new(), "it may be older than that");
    assert_eq!(asks(&mut form, 2..30), Vec::<u32>::new(), "one request at a time");
    form.at(30_100, Event::Answered(&Json(&[("code", "wrong_code"), ("detail", "x")])));
    assert!(form.state.looking, "then it asks");
}

#[test]
fn good_news_waits_while_an_alert_is_shown_and_bad_news_does_not() {
    let wrong = Json(&[("code", "wrong_code"), ("detail", "x")]);
    for (answer, told) in [(SENT, false), (FAILED, true)] {
        let mut form = sending();
        form.press(500, Action::Verify, "123456");
        form.at(900, Event::Answered(&wrong));
        form.at(1000, Event::Tick);
        let effects = looked(&mut form, 1100, answer);
        assert_eq!(effects.iter().any(|effect| effect.starts_with("Write(Status")), told);
        assert!(effects.iter().any(|effect| effect.starts_with("Write(Sent")));
    }
}

#[test]
fn an_end_that_is_heard_of_has_the_page_fetched_anew_and_ends_the_asking() {
    for end in ["verified", "failed", "canceled", "expired"] {
        let mut form = sending();
        form.at(1000, Event::Tick);
        let ended = [("status", end), ("delivery", "sending"), ("sentence", "x")];
        let ended = alloc::boxed::Box::leak(alloc::boxed::Box::new(ended));
        assert_eq!(looked(&mut form, 1100, ended), ["Tell(Reload)"], "{end}");
        assert_eq!(asks(&mut form, 2..599), Vec::<u32>::new(), "{end}");
    }
}

/// What the Worker decided is not known where the network failed, or where the Worker cannot say. That a
/// resend comes too early or is one too many can be the answer to its own repetition by the browser.
#[test]
fn after_an_answer_that_says_too_little_it_asks_at_once() {
    let unsure: [(Action, Members); 7] = [
        (Action::Verify, &[]),
        (Action::Cancel, &[]),
        (Action::Resend, &[]),
        (Action::Verify, &[("code", "unavailable"), ("detail", "x")]),
        (Action::Resend, &[("code", "unavailable"), ("detail", "x")]),
        (Action::Resend, &[("code", "resend_too_soon"), ("retry_after", "20")]),
        (Action::Resend, &[("code", "no_resends_left"), ("detail", "x")]),
    ];
    for (action, answer) in unsure {
        let mut form = taken();
        form.press(40_000, action, "123456");
        let effects = form.at(40_100, Event::Answered(&Json(answer)));
        assert!(has(&effects, "Look"), "{action:?} {answer:?}: {effects:?}");
    }
    for code in ["wrong_code", "malformed_code", "code_expired", "rate_limited"] {
        let mut form = taken();
        form.press(40_000, Action::Verify, "123456");
        let answer = alloc::boxed::Box::leak(alloc::boxed::Box::new([("code", code)]));
        let effects = form.at(40_100, Event::Answered(&Json(answer)));
        assert!(!has(&effects, "Look"), "{code}: {effects:?}");
    }
}

#[test]
fn a_resend_whose_answer_was_lost_is_found_with_its_counts_and_told() {
    let mut form = taken();
    form.press(40_000, Action::Resend, "123");
    form.at(40_100, Event::Answered(&Json(&[])));
    let effects = looked(&mut form, 40_200, SENT_AGAIN);
    assert!(
        has(&effects, "Write(Sent, Given(\"***@mail.jpに第2回を送信しました\"))"),
        "{effects:?}"
    );
    assert!(has(&effects, "Tell(Resent(2))"), "{effects:?}");
    assert!(!effects.iter().any(|effect| effect.starts_with("Retype")), "{effects:?}");
    assert_eq!(form.state.view().code_expires_in, Some(590));
    assert_eq!(form.state.view().resend, Some(Resend { wait: 20, rests: true }));
    form.press(61_000, Action::Resend, "");
    form.at(61_100, Event::Answered(&Json(&[])));
    let again = looked(&mut form, 61_200, SENT_AGAIN);
    assert!(!has(&again, "Tell(Resent(2))"), "told once: {again:?}");
}

#[test]
fn a_page_whose_code_needs_no_asking_asks_nothing() {
    assert_eq!(asks(&mut Form::open(600, 30, 3), 1..599), Vec::<u32>::new());
}
