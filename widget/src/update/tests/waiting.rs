//! The form while time passes: resends and the wait before them, the time left.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Form, Json, Members, has};
use crate::state::{Action, Event, Facts};
use crate::view::{Resend, View};

#[test]
fn a_resend_starts_both_counts_anew_and_empties_the_input() {
    let mut form = Form::open(600, 1, 3);
    form.press(2000, Action::Resend, "123");
    let effects = form.at(
        3000,
        Event::Answered(&Json(&[
            ("status", "pending"),
            ("send", "2"),
            ("code_expires_in", "600"),
            ("resend_in", "60"),
            ("resends_left", "2"),
            ("message", "送信しました"),
            ("sentence", "***@mail.jp"),
        ])),
    );
    assert!(has(&effects, "Write(Status, Given(\"送信しました\"))"));
    assert!(has(&effects, "Write(Sent, Given(\"***@mail.jp\"))"));
    assert!(has(&effects, "Retype { text: \"\", caret: 0 }"));
    assert!(has(&effects, "Tell(Resent(2))"));
    assert!(has(&effects, "Tell(Listen)"));
    let resend = Some(Resend { wait: 60, rests: true });
    let expected = View { code_expires_in: Some(600), resend, busy: false };
    assert_eq!(form.state.view(), expected);
}

#[test]
fn a_resend_has_to_wait_as_long_as_the_server_said() {
    let mut form = Form::open(600, 30, 3);
    assert_eq!(form.press(29_001, Action::Resend, ""), ["Write(Status, ResendLabel)"]);
    assert_eq!(form.state.view().resend, Some(Resend { wait: 1, rests: true }));
    assert!(has(&form.press(30_000, Action::Resend, ""), r#"Post(Resend, "{}")"#));
    form.at(31_000, Event::Answered(&Json(&[("code", "resend_too_soon"), ("retry_after", "7")])));
    assert_eq!(form.state.view().resend, Some(Resend { wait: 7, rests: true }));
}

#[test]
fn without_resends_the_button_rests_but_the_server_says_why() {
    let mut form = Form::open(600, 0, 0);
    assert_eq!(form.state.view().resend, Some(Resend { wait: 0, rests: true }));
    assert!(has(&form.press(1, Action::Resend, ""), r#"Post(Resend, "{}")"#));
}

#[test]
fn the_time_left_counts_by_the_clock_and_not_by_ticks() {
    let mut form = Form::open(600, 0, 3);
    assert_eq!(form.state.view().code_expires_in, Some(600));
    form.at(1, Event::Tick);
    assert_eq!(form.state.view().code_expires_in, Some(600));
    form.at(450_500, Event::Tick);
    assert_eq!(form.state.view().code_expires_in, Some(150));
    form.at(999_000, Event::Tick);
    assert_eq!(form.state.view().code_expires_in, Some(0));
    assert_eq!(Form::open(0, 0, 3).state.view().code_expires_in, None, "the server's text stays");
}

#[test]
fn five_minutes_one_minute_and_the_end_are_said_once() {
    let mut form = Form::open(600, 0, 3);
    let mut said = Vec::new();
    for second in 1..700 {
        for effect in form.at(second * 1000, Event::Tick) {
            if effect.starts_with("Write") || effect == "Tell(Ignore)" {
                said.push(format!("{second} {effect}"));
            }
        }
    }
    assert_eq!(
        said,
        [
            "300 Write(Status, Word(Five))",
            "540 Write(Status, Word(One))",
            "600 Write(Status, Word(Dead))",
            "600 Tell(Ignore)",
        ]
    );
}

#[test]
fn a_page_that_slept_says_only_the_newest() {
    let mut form = Form::open(600, 0, 3);
    let effects = form.at(2_000_000, Event::Tick);
    assert_eq!(effects, ["Write(Status, Word(Dead))", "Tell(Ignore)"]);
}

/// A form whose code was sent, and of which no more news can come.
fn sent(code_expires_in: u32, resend_in: u32) -> Form {
    let delivery = String::from("sent");
    Form::of(Facts { code_expires_in, resend_in, resends_left: 3, delivery, ..Facts::default() })
}

/// How the send of these forms stands.
fn standing(code_expires_in: &'static str, resend_in: &'static str) -> Members {
    let answer = [
        ("status", "pending"),
        ("delivery", "sent"),
        ("code_expires_in", code_expires_in),
        ("resend_in", resend_in),
        ("resends_left", "3"),
        ("sentence", "***@mail.jp"),
    ];
    alloc::boxed::Box::leak(alloc::boxed::Box::new(answer))
}

/// The page's clock stands still while the device sleeps.
#[test]
fn a_device_that_slept_has_the_worker_asked_how_much_time_is_left() {
    let mut form = sent(600, 30);
    form.at(1000, Event::Tick);
    form.state.compare_clocks(500_000);
    assert!(has(&form.at(2000, Event::Tick), "Look"));
    let effects = form.at(2100, Event::Looked(&Json(standing("99", "0"))));
    assert!(has(&effects, "Write(Status, Word(Five))"), "{effects:?}");
    let resend = Some(Resend { wait: 0, rests: false });
    let view = View { code_expires_in: Some(99), resend, busy: false };
    assert_eq!(form.state.view(), view);
}

#[test]
fn a_device_that_slept_longer_than_the_code_lived_says_that_it_is_dead() {
    let mut form = sent(600, 30);
    form.at(1000, Event::Tick);
    form.state.compare_clocks(700_000);
    assert!(has(&form.at(2000, Event::Tick), "Look"));
    let effects = form.at(2100, Event::Looked(&Json(standing("0", "0"))));
    assert!(has(&effects, "Write(Status, Word(Dead))"), "{effects:?}");
    assert!(has(&effects, "Tell(Ignore)"), "{effects:?}");
    assert!(!effects.iter().any(|effect| effect.starts_with("Write(Timer")), "{effects:?}");
    assert_eq!(form.state.view().code_expires_in, Some(0));
}

#[test]
fn a_clock_that_is_wrong_or_set_back_asks_nothing_and_moves_no_deadline() {
    // A year behind, right, a day ahead, as milliseconds modulo 2^32; then each is set an hour back.
    for ahead in [2_694_000_000, 0, 86_400_000] {
        let mut form = Form::open(600, 0, 3);
        form.state.ahead = ahead;
        for (now, seen) in
            [(1000, ahead), (2000, ahead + 1999), (3000, ahead.wrapping_sub(3_600_000))]
        {
            form.state.compare_clocks(seen);
            assert!(!has(&form.at(now, Event::Tick), "Look"), "{ahead} at {now}");
        }
        assert_eq!(form.state.view().code_expires_in, Some(597));
    }
}

#[test]
fn a_clock_that_is_set_forward_moves_no_deadline() {
    let mut form = sent(600, 0);
    form.state.compare_clocks(86_400_000);
    assert!(has(&form.at(1000, Event::Tick), "Look"));
    let effects = form.at(1100, Event::Looked(&Json(standing("599", "0"))));
    assert_eq!(effects, ["Write(Sent, Given(\"***@mail.jp\"))"]);
    assert_eq!(form.state.view().code_expires_in, Some(599));
}

/// The page says that a code has expired, in its own words.
#[test]
fn a_page_that_came_with_a_dead_code_keeps_what_it_says_of_it() {
    let mut form = sent(0, 0);
    form.state.compare_clocks(700_000);
    form.at(1000, Event::Tick);
    let effects = form.at(1100, Event::Looked(&Json(standing("0", "0"))));
    assert_eq!(effects, ["Write(Sent, Given(\"***@mail.jp\"))"]);
    assert_eq!(form.state.view().code_expires_in, None);
}

#[test]
fn a_wake_up_is_asked_for_once_and_only_while_something_counts() {
    let mut form = Form::open(2, 0, 3);
    assert_eq!(form.effects, ["Tell(Listen)", "Wake(1000)"]);
    assert!(form.at(300, Event::Typed { text: "1", caret: 1 }).is_empty());
    assert_eq!(form.at(1300, Event::Tick), ["Wake(700)"]);
    assert!(!form.at(2100, Event::Tick).iter().any(|effect| effect.starts_with("Wake")));
    assert_eq!(Form::open(0, 0, 3).effects, ["Tell(Listen)"]);
}
