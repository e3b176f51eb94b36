//! Timers, and until when a result is told.

use std::time::Duration;

use warifu_core::time::Timestamp;

use crate::{
    codes::Method,
    course::{Attempt, Course, Event, Next},
    outcome::Outcome,
    rres::Acknowledgement,
};

/// Milliseconds after the ARes.
fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn requested(session: Option<&str>) -> Event {
    Event::Requested { session_data: session.map(str::to_owned) }
}

fn after(course: Course, events: impl IntoIterator<Item = (u64, Event)>) -> Course {
    events.into_iter().fold(course, |course, (millis, event)| {
        let course = course.after(event, Method::Sms, at(millis));
        let stored = course.write().unwrap();
        assert_eq!(Course::read(&stored).unwrap(), course);
        course
    })
}

fn ended(course: &Course) -> Option<(Outcome, u32)> {
    course.result().map(|result| (result.outcome, result.tries))
}

#[test]
fn the_first_creq_has_thirty_seconds() {
    let opened = || Course::opened(at(0));
    assert_eq!(opened().due(), Some(at(30_000)));
    let shown = after(opened(), [(29_999, requested(None))]);
    assert_eq!(shown.next(), Next::Form);
    assert_eq!(shown.due(), Some(at(29_999 + 600_000)));
    for late in [30_000, 30_001, 90_000_000] {
        let course = after(opened(), [(late, requested(None))]);
        assert_eq!(ended(&course), Some((Outcome::NeverRequested, 0)));
        assert_eq!(course.next(), Next::TooLate);
    }
    let by_alarm = after(opened(), [(29_999, Event::Tick)]);
    assert_eq!(by_alarm, opened());
    let by_alarm = after(opened(), [(30_000, Event::Tick)]);
    assert_eq!(ended(&by_alarm), Some((Outcome::NeverRequested, 0)));
}

#[test]
fn each_page_has_ten_minutes() {
    let mut course = after(Course::opened(at(0)), [(1000, requested(Some("s")))]);
    let mut now = 1000;
    for tries in 1..=5 {
        now += 599_999;
        course = after(course, [(now, Event::PageShown { tries })]);
        assert_eq!(course.due(), Some(at(now + 600_000)));
        assert_eq!(course.next(), Next::Form);
    }
    let again = after(course.clone(), [(now + 1, requested(Some("other")))]);
    assert_eq!(again.due(), Some(at(now + 600_001)));
    for event in [Event::Tick, requested(None), Event::PageShown { tries: 6 }] {
        let course = after(course.clone(), [(now + 600_000, event)]);
        assert_eq!(ended(&course), Some((Outcome::PageExpired, 5)));
        assert!(matches!(&course, Course::Ended { session_data: Some(data), .. } if data == "s"));
    }
    let verified = Event::Ended { outcome: Outcome::Verified, tries: 6 };
    let in_time = after(course.clone(), [(now + 599_999, verified.clone())]);
    assert_eq!(ended(&in_time), Some((Outcome::Verified, 6)));
    let late = after(course, [(now + 600_000, verified)]);
    assert_eq!(ended(&late), Some((Outcome::PageExpired, 5)));
}

#[test]
fn there_is_one_result() {
    for first in Outcome::ALL {
        for second in Outcome::ALL {
            let end = |outcome, tries| Event::Ended { outcome, tries };
            let course = after(
                Course::opened(at(0)),
                [(1, requested(None)), (2, end(first, 1)), (3, end(second, 2)), (4, Event::Tick)],
            );
            assert_eq!(ended(&course), Some((first, 1)));
        }
    }
}

#[test]
fn what_is_not_acknowledged_is_told_again_later_and_later() {
    let end = Event::Ended { outcome: Outcome::Verified, tries: 1 };
    let mut course = after(Course::opened(at(0)), [(1, requested(None)), (2, end)]);
    assert_eq!(course.due(), Some(at(10_002)));
    let mut now = 2;
    for wait in [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600] {
        course = after(course, [(now, Event::NotAnswered)]);
        now += wait * 1000;
        assert_eq!(course.due(), Some(at(now)));
        assert_eq!(ended(&course), Some((Outcome::Verified, 1)));
    }
    for _ in 0..100 {
        course = after(course, [(now, Event::NotAnswered)]);
        assert_eq!(course.due(), Some(at(now + 3_600_000)));
    }
    let told = after(course, [(now, Event::Answered(Acknowledgement::Received))]);
    assert_eq!(told.due(), None);
    let told = after(told, [(now + 1, Event::NotAnswered)]);
    assert_eq!(told.due(), None);
}

#[test]
fn the_cardholder_waits_five_seconds_in_all() {
    let wait = |attempt: Attempt, millis| attempt.patience(Duration::from_millis(millis));
    assert_eq!(wait(Attempt::First, 0), Some(Duration::from_secs(5)));
    assert_eq!(Attempt::First.unconnected(), Some(Attempt::Second));
    assert_eq!(wait(Attempt::Second, 1), Some(Duration::from_millis(4999)));
    assert_eq!(wait(Attempt::Second, 4999), Some(Duration::from_millis(1)));
    for waited in [5000, 5001, u64::MAX] {
        assert_eq!(wait(Attempt::Second, waited), None);
    }
    assert_eq!(Attempt::Second.unconnected(), None);
}
