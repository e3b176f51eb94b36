use proptest::prelude::*;

use super::*;
use crate::transaction;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

/// The course of a challenge that was opened at second 0, after these events.
fn course(events: &[(u64, Event)]) -> Course {
    events.iter().fold(Course::opened(at(0)), |course, (second, event)| {
        course.after(event.clone(), Method::Sms, at(*second))
    })
}

fn requested() -> Event {
    Event::Requested { session_data: Some("state-1".to_owned()) }
}

fn ended(outcome: Outcome) -> Event {
    Event::Ended { outcome, tries: 1 }
}

#[track_caller]
fn outcome(course: &Course) -> Outcome {
    course.result().unwrap().outcome
}

#[test]
fn the_first_creq_may_come_for_30_seconds() {
    let just = course(&[(0, Event::Tick), (29, requested())]);
    assert_eq!(just.next(), Next::Form);
    let late = course(&[(30, requested())]);
    assert_eq!(late.next(), Next::TooLate);
    let result = late.result().unwrap();
    assert_eq!((result.outcome, result.tries, result.at), (Outcome::NeverRequested, 0, at(30)));
    // One that comes later still finds the same.
    assert_eq!(course(&[(30, Event::Tick), (99, requested())]), course(&[(31, Event::Tick)]));
}

#[test]
fn each_page_may_be_shown_for_ten_minutes() {
    let shown = [
        (10, requested()),
        (500, Event::PageShown { tries: 1 }),
        (1000, Event::PageShown { tries: 2 }),
    ];
    let until = course(&shown);
    assert_eq!(until.due(), Some(at(1600)));
    assert_eq!(until.clone().after(Event::Tick, Method::Sms, at(1599)), until);
    let result = until.after(Event::Tick, Method::Sms, at(1700)).result().unwrap();
    assert_eq!((result.outcome, result.tries, result.at), (Outcome::PageExpired, 2, at(1600)));
}

#[test]
fn a_code_that_comes_after_the_end_changes_nothing() {
    let expired = course(&[(0, requested()), (600, ended(Outcome::Verified))]);
    assert_eq!(outcome(&expired), Outcome::PageExpired);
    let verified = course(&[(0, requested()), (599, ended(Outcome::Verified))]);
    assert_eq!(outcome(&verified), Outcome::Verified);
    for later in Outcome::ALL {
        let again = verified.clone().after(ended(later), Method::Email, at(600));
        assert_eq!(again.result(), verified.result(), "{later:?}");
    }
}

#[test]
fn the_same_creq_again_goes_on_with_the_first_session_data() {
    let again = Event::Requested { session_data: Some("state-2".to_owned()) };
    let Course::Shown { session_data, until, tries } =
        course(&[(0, requested()), (5, Event::PageShown { tries: 1 }), (9, again.clone())])
    else {
        panic!("not shown")
    };
    assert_eq!((session_data.as_deref(), until, tries), (Some("state-1"), at(609), 1));
    let over = course(&[(0, requested()), (5, ended(Outcome::Canceled)), (9, again)]);
    assert!(matches!(over.next(), Next::FinalPage(Ended { outcome: Outcome::Canceled, .. })));
}

#[test]
fn an_invalid_creq_ends_a_challenge_that_was_not_shown() {
    let course = course(&[(3, ended(Outcome::RequestInvalid))]);
    assert_eq!(outcome(&course), Outcome::RequestInvalid);
    assert!(matches!(course.next(), Next::FinalPage(_)));
}

#[test]
fn a_result_is_told_until_it_is_acknowledged() {
    let mut course = course(&[(0, requested()), (60, ended(Outcome::Verified))]);
    let mut second = 60;
    for wait in [10, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600] {
        second += wait;
        assert_eq!(course.due(), Some(at(second)), "{wait}");
        if wait == 10 && second == 70 {
            // The first attempt was made at once, and failed at once.
            second = 60;
        }
        course = course.after(Event::NotAnswered, Method::Sms, at(second));
    }
    let told = course.after(Event::Answered(Acknowledgement::Received), Method::Sms, at(second));
    assert_eq!(told.due(), None);
    // Nothing that comes later takes it back.
    let answers =
        [Event::NotAnswered, Event::Answered(Acknowledgement::Refused { code: None }), requested()];
    for answer in answers {
        assert_eq!(told.clone().after(answer, Method::Sms, at(second + 1)), told);
    }
}

#[test]
fn a_refusal_ends_the_telling_and_an_invalid_answer_does_not() {
    let due = course(&[(0, requested()), (60, ended(Outcome::Verified))]);
    let refused = Event::Answered(Acknowledgement::Refused { code: Some(301) });
    assert_eq!(due.clone().after(refused, Method::Sms, at(61)).due(), None);
    let to = crate::fixtures::transaction(crate::version::Version::V220);
    let invalid = Event::Answered(Acknowledgement::read(b"{}", &to));
    assert_eq!(due.after(invalid, Method::Sms, at(61)).due(), Some(at(71)));
}

#[test]
fn the_cardholder_waits_five_seconds_in_all() {
    let seconds = Duration::from_secs;
    assert_eq!(Attempt::First.patience(seconds(0)), Some(seconds(5)));
    assert_eq!(Attempt::First.unconnected(), Some(Attempt::Second));
    assert_eq!(Attempt::Second.patience(seconds(2)), Some(seconds(3)));
    assert_eq!(Attempt::Second.patience(seconds(5)), None);
    assert_eq!(Attempt::Second.patience(seconds(6)), None);
    assert_eq!(Attempt::Second.unconnected(), None);
}

/// Challenges are stored so while they are open and until they are forgotten, a day after their end.
const FROZEN: &[(&str, &str)] = &[
    ("waiting", "AYIAoQAbAAABoxhcxTA"),
    ("shown", "AYIBogAbAAABoxhld8ACAA"),
    ("shown.session", "AYIBowAbAAABoxhle6gBZ3N0YXRlLTECAw"),
    ("ended.due", "AYICowBnc3RhdGUtMQGkAIIAoAEBAoIAoAMbAAABoxhdOmACggCiABsAAAGjGF1hcAEA"),
    ("ended.told", "AYICowBnc3RhdGUtMQGkAIIAoAEBAoIAoAMbAAABoxhdOmACggGg"),
    ("ended.refused", "AYICowBnc3RhdGUtMQGkAIIAoAEBAoIAoAMbAAABoxhdOmACggKg"),
];

#[test]
fn the_stored_forms_are_frozen() {
    let verified = course(&[(0, requested()), (60, ended(Outcome::Verified))]);
    let answered = |answer| verified.clone().after(Event::Answered(answer), Method::Sms, at(61));
    let states = [
        Course::opened(at(0)),
        course(&[(0, Event::Requested { session_data: None })]),
        course(&[(0, requested()), (1, Event::PageShown { tries: 3 })]),
        verified.clone(),
        answered(Acknowledgement::Received),
        answered(Acknowledgement::Refused { code: Some(301) }),
    ];
    let written: Vec<_> = states.iter().map(|state| state.write().unwrap()).collect();
    let frozen: Vec<_> = FROZEN.iter().map(|(_, text)| (*text).to_owned()).collect();
    assert_eq!(written, frozen);
    for (state, text) in states.iter().zip(&frozen) {
        assert_eq!(Course::read(text).as_ref(), Ok(state));
    }
}

/// The numbers of outcomes and methods in what is stored.
#[test]
fn stored_numbers_of_outcomes_and_methods_are_frozen() {
    for (number, outcome) in (0_u8..).zip(Outcome::ALL) {
        assert_eq!(transaction::write(&outcome).unwrap(), of(&[1, 0x82, number, 0xa0]));
    }
    for (number, method) in (0_u8..).zip([Method::Sms, Method::App, Method::Email]) {
        assert_eq!(transaction::write(&method).unwrap(), of(&[1, 0x82, number, 0xa0]));
    }
    let of_no_version = of(&[1, 0x82, 9, 0xa0]);
    assert!(transaction::read::<Outcome>(&of_no_version).is_err());
}

fn of(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    Base64UrlUnpadded::encode_string(bytes)
}

fn any_event() -> impl Strategy<Value = Event> {
    let outcome = (0..Outcome::ALL.len()).prop_map(|at| Outcome::ALL[at]);
    prop_oneof![
        any::<bool>()
            .prop_map(|some| Event::Requested { session_data: some.then(|| "s".to_owned()) }),
        (0..5_u32).prop_map(|tries| Event::PageShown { tries }),
        (outcome, 0..5_u32).prop_map(|(outcome, tries)| Event::Ended { outcome, tries }),
        Just(Event::Answered(Acknowledgement::Received)),
        Just(Event::Answered(Acknowledgement::Refused { code: None })),
        Just(Event::NotAnswered),
        Just(Event::Tick),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_there_is_one_result_and_it_is_told_or_due(
        events in proptest::collection::vec((0..400_u64, any_event()), 1..40)
    ) {
        let mut course = Course::opened(at(0));
        let mut now = 0;
        let mut first = None;
        for (pause, event) in events {
            now += pause;
            course = course.after(event, Method::App, at(now));
            let stored = Course::read(&course.write().unwrap());
            prop_assert_eq!(stored.as_ref(), Ok(&course));
            match (first, course.result()) {
                (None, result) => first = result,
                (Some(first), result) => prop_assert_eq!(Some(first), result),
            }
            // What is due is later, unless its time was given to this very event.
            if course.result().is_none() {
                prop_assert!(course.due().is_some_and(|due| due > at(now)));
            }
        }
        // Left alone it ends.
        let left = course.after(Event::Tick, Method::App, at(now + 600));
        prop_assert!(left.result().is_some());
    }
}
