//! What a cardholder who never comes back leaves is forgotten in its time, by alarms alone.

use std::time::Duration;

use super::{
    Cardholder, Command, DAY, DeliveryState, EventKind, MINUTE, Reply, ReplyKind, Shell, Timestamp,
    cancel, open, present, receipt,
};
use crate::{
    cardholder::{Ended, KnownNetworks, NotificationReport, SessionCommand, Status, WrongCodes},
    enrollment::SessionId,
    locale::Locale,
};

const LIFE: u64 = 30 * MINUTE;
/// How late the alarm is at most.
const LATE: u64 = 10 * MINUTE;

impl Shell {
    /// Lets only alarms ask, until none is set. What is told is taken over at once.
    ///
    /// Answers how many there were, and when the last was.
    pub(super) fn left_alone(&mut self) -> (u32, Timestamp) {
        let mut alarms = 0;
        while let Some(at) = self.state.next_wake(&self.rules) {
            self.now = self.now.max(at);
            let Reply::Woken(events, notifications) = self.ask(Command::Wake) else {
                panic!("not woken")
            };
            for number in notifications {
                let told = Command::Notified(number, NotificationReport::Unreachable);
                self.must(told, &ReplyKind::Settled);
            }
            if !events.is_empty() {
                let events = events.iter().map(|event| event.number).collect();
                self.must(Command::Settled(events), &ReplyKind::Settled);
            }
            alarms += 1;
            assert!(alarms < 1000, "an alarm that does nothing is set again and again");
        }
        (alarms, self.now)
    }

    pub(super) fn keeps_only_what_is_registered(&self) -> bool {
        let Cardholder {
            known,
            sessions,
            challenges,
            events,
            failures: _,
            locked_until,
            notifications,
            authenticators: _,
            wrong_codes,
            alarm: _,
            test,
            cards: _,
            known_networks,
            expected,
        } = &self.state;
        known.is_some()
            && *known_networks == KnownNetworks::default()
            && expected.is_none()
            && test.is_none()
            && sessions.is_empty()
            && challenges.is_empty()
            && events.is_empty()
            && locked_until.is_none()
            && notifications.is_empty()
            && *wrong_codes == WrongCodes::default()
    }
}

/// With somebody to tell, and without.
fn each(start: fn() -> Shell, check: impl Fn(Shell)) {
    for events in [false, true] {
        let mut shell = start();
        shell.rules.events = events;
        check(shell);
    }
}

#[test]
fn a_challenge_is_forgotten_after_its_life_and_retention() {
    type Ending = fn(&mut Shell);
    let ends: [(Option<Status>, Ending); 4] = [
        (None, |_| {}),
        (None, |shell| shell.must(present(1), &ReplyKind::Sent(1))),
        (Some(Status::Canceled), |shell| shell.must(cancel(1), &ReplyKind::Canceled)),
        (Some(Status::Verified), |shell| {
            shell.must(present(1), &ReplyKind::Sent(1));
            shell.must(receipt(1, 1, DeliveryState::Delivered), &ReplyKind::Seen);
            shell.must(shell.right(1, 1), &ReplyKind::Verified);
        }),
    ];
    for (status, end) in ends {
        each(Shell::opened, |mut shell| {
            let opened = shell.now;
            end(&mut shell);
            let events = shell.rules.events;
            let (alarms, at) = shell.left_alone();
            assert!(shell.keeps_only_what_is_registered(), "{status:?} {events}");
            assert_eq!(at, opened.plus(Duration::from_secs(LIFE + DAY + LATE)));
            // One to forget; with events one that tells of the end.
            assert_eq!(alarms, if events { 2 } else { 1 }, "{status:?}");
        });
    }
}

#[test]
fn an_alarm_forgets_nothing_before_its_time() {
    let mut shell = Shell::opened();
    let opened = shell.now;
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.wait_until(opened, (LIFE + DAY) * 1000 - 1);
    shell.must(Command::Wake, &ReplyKind::Woken(vec![]));
    assert!(shell.peek(1).is_some());
    shell.wait_millis(1);
    shell.must(Command::Wake, &ReplyKind::Woken(vec![]));
    assert!(shell.peek(1).is_none());
}

#[test]
fn an_end_that_nobody_noticed_is_told_before_it_is_forgotten() {
    let mut shell = Shell::opened();
    shell.rules.events = true;
    let opened = shell.now;
    // The alarm of its end was lost, and that of its forgetting comes first.
    shell.wait_until(opened, (LIFE + DAY + LATE) * 1000);
    let events = vec![EventKind::Ended(Ended::Expired)];
    shell.must(Command::Wake, &ReplyKind::Woken(events));
    assert!(shell.peek(1).is_none());
    shell.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    assert!(shell.keeps_only_what_is_registered());
}

#[test]
fn an_enrollment_session_is_forgotten_an_hour_after_its_time() {
    each(Shell::new, |mut shell| {
        let started = shell.now;
        let command = SessionCommand::Start { locale: Locale::Ja, return_url: None, sign_in: None };
        shell.ask(Command::Enrollment { session: SessionId::random([7; 16]), command });
        assert!(!shell.keeps_only_what_is_registered());
        let (alarms, at) = shell.left_alone();
        assert!(shell.keeps_only_what_is_registered());
        assert_eq!(at, started.plus(Duration::from_secs(15 * MINUTE + 60 * MINUTE + LATE)));
        assert_eq!(alarms, 1);
    });
}

#[test]
fn a_lock_is_forgotten_when_it_is_over() {
    each(Shell::presented, |mut shell| {
        shell.locks_after(3);
        for _ in 0..3 {
            let wrong = shell.wrong(1);
            shell.ask(wrong);
        }
        let until = shell.describe().locked_until.unwrap();
        shell.left_alone();
        assert!(shell.keeps_only_what_is_registered());
        assert_eq!(shell.describe().locked_until, None);
        assert!(until < shell.now);
        // Lifted, it has no alarm.
        shell.ask(Command::Unlock);
        assert_eq!(shell.state.next_wake(&shell.rules), None);
    });
}

#[test]
fn what_is_over_within_ten_minutes_takes_one_alarm() {
    let mut shell = Shell::new();
    for number in 1..=20 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.wait(30);
    }
    let (alarms, _) = shell.left_alone();
    assert_eq!(alarms, 1);
    for number in [21, 22, 23] {
        shell.must(open(number), &ReplyKind::Opened);
        shell.wait(LATE + 1);
    }
    assert_eq!(shell.left_alone().0, 3);
}

/// An alarm that is set is not set again by a purchase: each time is a write.
#[test]
fn a_purchase_sets_one_alarm_to_forget() {
    let mut shell = Shell::opened();
    let set = shell.state.next_wake(&shell.rules);
    assert!(set.is_some());
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.wait(30);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    shell.must(shell.redeem(1, None), &ReplyKind::Redeemed);
    shell.must(open(2), &ReplyKind::Opened);
    assert_eq!(shell.state.next_wake(&shell.rules), set);
}

#[test]
fn who_is_registered_and_no_more_is_never_woken() {
    each(Shell::new, |mut shell| {
        assert_eq!(shell.state.next_wake(&shell.rules), None);
        shell.must(Command::Forget, &ReplyKind::Forgotten);
        assert!(shell.state == Cardholder::default());
        assert_eq!(shell.state.next_wake(&shell.rules), None);
    });
}
