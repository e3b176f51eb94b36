//! Events: what they tell of, and when the object has to wake for them.

use super::{
    ChallengeCommand, Command, DAY, DeliveryReport, DeliveryState, EventKind, MINUTE, Refusal,
    Reply, ReplyKind, Shell, Timestamp, accepted, cancel, ended::ENDINGS, id, open, present, read,
    receipt, refused_by_provider, resend, to_challenge,
};
use crate::cardholder::{Ended, Event};

/// Taro, with challenge 1 open, in a deployment that tells events.
fn with_events() -> Shell {
    let mut shell = Shell::opened();
    shell.rules.events = true;
    shell
}

impl Shell {
    #[track_caller]
    pub(super) fn woken(&mut self) -> Vec<Event> {
        match self.ask(Command::Wake) {
            Reply::Woken(events, _) => events,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    #[track_caller]
    pub(super) fn tells(&mut self, kinds: &[EventKind]) {
        self.must(Command::Wake, &ReplyKind::Woken(kinds.to_vec()));
    }

    /// In how many seconds it is woken to tell something. To forget, it is woken later.
    pub(super) fn wakes_in(&self) -> Option<u64> {
        let (wake, forgets) =
            (self.state.next_wake(&self.rules), self.state.forgets_at(&self.rules));
        wake.filter(|_| wake != forgets).map(|at| at.seconds_from(self.now))
    }

    pub(super) fn fail(&mut self, number: u32) {
        for _ in 0..5 {
            let wrong = self.wrong(number);
            self.ask(wrong);
        }
    }
}

#[test]
fn every_end_is_told_once_with_when_it_was() {
    for (status, end) in ENDINGS {
        let ended = status.ended().unwrap();
        let mut shell = with_events();
        shell.must(present(1), &ReplyKind::Sent(1));
        shell.wait(5);
        end(&mut shell);
        let (at, kind) = (shell.now, EventKind::Ended(ended));
        let at = if ended == Ended::Expired { shell.view(1).expires_at } else { at };
        shell.wait(7);
        let events = shell.woken();
        assert_eq!(events, [Event { number: 1, kind, challenge: id(1), at, test: false }]);
        // Further commands about the ended challenge make no second event.
        for command in [read(1), cancel(1), resend(1), shell.right(1, 1), shell.redeem(1, None)] {
            shell.ask(command);
        }
        shell.tells(&[]);
        shell.wait(60);
        assert_eq!(shell.woken(), events);
        shell.must(Command::Settled(vec![1]), &ReplyKind::Settled);
        shell.wait(MINUTE);
        shell.ask(read(1));
        shell.tells(&[]);
        assert_eq!(shell.wakes_in(), None);
    }
}

#[test]
fn an_end_that_nobody_noticed_before_it_was_forgotten_is_told() {
    let mut shell = with_events();
    let expires_at = shell.view(1).expires_at;
    shell.wait(DAY + 30 * MINUTE);
    let events = shell.woken();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].at), (EventKind::Ended(Ended::Expired), expires_at));
    shell.refuses(read(1), Refusal::UnknownChallenge);
}

#[test]
fn a_delivery_that_did_not_arrive_is_told_once() {
    let none: fn(u32, u32) -> Command = refused_by_provider;
    let bad: fn(u32, u32) -> Command = |number, delivery| {
        to_challenge(number, ChallengeCommand::Report(delivery, DeliveryReport::BadDestination))
    };
    let bounced: fn(u32, u32) -> Command =
        |number, delivery| receipt(number, delivery, DeliveryState::Bounced);
    let failed: fn(u32, u32) -> Command =
        |number, delivery| receipt(number, delivery, DeliveryState::Failed);
    for first in [none, bad, bounced, failed] {
        for then in [none, bad, bounced, failed] {
            let mut shell = with_events();
            shell.must(present(1), &ReplyKind::Sent(1));
            shell.must(first(1, 1), &ReplyKind::Seen);
            shell.must(then(1, 1), &ReplyKind::Seen);
            shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
            shell.tells(&[EventKind::DeliveryFailed(1)]);
            // The next delivery is another one.
            let next = shell.view(1).send + 1;
            shell.must(resend(1), &ReplyKind::Sent(next));
            shell.must(then(1, 2), &ReplyKind::Seen);
            shell.must(accepted(1, 2, &[]), &ReplyKind::Seen);
            shell.tells(&[EventKind::DeliveryFailed(2)]);
        }
    }
}

#[test]
fn an_older_delivery_that_did_not_arrive_is_told_of_too() {
    for report in [refused_by_provider(1, 1), receipt(1, 1, DeliveryState::Bounced)] {
        let mut shell = with_events();
        shell.must(present(1), &ReplyKind::Sent(1));
        shell.wait(30);
        shell.must(resend(1), &ReplyKind::Sent(2));
        shell.must(report, &ReplyKind::Seen);
        shell.tells(&[EventKind::DeliveryFailed(1)]);
    }
}

#[test]
fn what_arrives_is_no_event() {
    let mut shell = with_events();
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    shell.must(receipt(1, 1, DeliveryState::Delivered), &ReplyKind::Seen);
    shell.tells(&[]);
}

#[test]
fn a_lock_is_told_with_the_challenge_that_it_was_in() {
    let mut shell = with_events();
    shell.locks_after(5);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.fail(1);
    let events = shell.woken();
    let kinds: Vec<_> = events.iter().map(|event| (event.number, event.kind)).collect();
    assert_eq!(kinds, [(1, EventKind::Locked), (2, EventKind::Ended(Ended::Failed))]);
    assert!(events.iter().all(|event| event.challenge == id(1)));
}

#[test]
fn an_event_is_handed_out_again_after_longer_and_longer_until_it_is_settled() {
    let mut shell = with_events();
    shell.must(cancel(1), &ReplyKind::Canceled);
    let ended = EventKind::Ended(Ended::Canceled);
    assert_eq!(shell.wakes_in(), Some(0));
    shell.tells(&[ended]);
    for minutes in [1, 2, 4, 8, 16, 32, 64, 64, 64] {
        let start = shell.now;
        assert_eq!(shell.wakes_in(), Some(minutes * MINUTE));
        // An alarm may be a second early on another clock, and no more.
        shell.wait_until(start, minutes * MINUTE * 1000 - 1001);
        shell.tells(&[]);
        shell.wait_millis(1);
        shell.tells(&[ended]);
    }
    shell.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    assert_eq!(shell.wakes_in(), None);
    shell.wait(DAY);
    shell.tells(&[]);
}

#[test]
fn each_event_waits_for_itself() {
    let mut shell = with_events();
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    let (failed, ended) = (EventKind::DeliveryFailed(1), EventKind::Ended(Ended::Canceled));
    shell.tells(&[failed]);
    shell.wait(30);
    // A new event is due at once, also while an older one waits its minute.
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.wakes_in(), Some(0));
    shell.tells(&[ended]);
    assert_eq!(shell.wakes_in(), Some(30));
    shell.wait(30);
    shell.tells(&[failed]);
    shell.must(Command::Settled(vec![1, 7]), &ReplyKind::Settled);
    shell.must(Command::Settled(vec![]), &ReplyKind::Settled);
    assert_eq!(shell.wakes_in(), Some(30));
    shell.must(Command::Settled(vec![2, 2]), &ReplyKind::Settled);
    assert_eq!(shell.wakes_in(), None);
    // No event number is used again.
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(cancel(2), &ReplyKind::Canceled);
    assert_eq!(shell.woken()[0].number, 3);
}

#[test]
fn twenty_are_handed_out_at_a_time_the_oldest_first() {
    let mut shell = with_events();
    for number in 2..=50 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(cancel(number), &ReplyKind::Canceled);
    }
    for numbers in [1..=20, 21..=40, 41..=49] {
        assert_eq!(shell.wakes_in(), Some(0));
        let events: Vec<_> = shell.woken().iter().map(|event| event.number).collect();
        assert_eq!(events, numbers.collect::<Vec<_>>());
    }
    assert_eq!(shell.wakes_in(), Some(60));
}

#[test]
fn an_event_that_nobody_takes_over_is_forgotten_when_nothing_can_be_read_of_it() {
    let mut shell = with_events();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.tells(&[EventKind::Ended(Ended::Canceled)]);
    shell.wait_millis((DAY + 30 * MINUTE) * 1000 - 1);
    shell.tells(&[EventKind::Ended(Ended::Canceled)]);
    shell.wait_millis(1);
    shell.tells(&[]);
    assert_eq!(shell.wakes_in(), None);
}

#[test]
fn it_wakes_for_the_first_open_challenge_that_runs_out() {
    let mut shell = with_events();
    assert_eq!(shell.wakes_in(), Some(30 * MINUTE));
    shell.wait(MINUTE);
    shell.must(open(2), &ReplyKind::Opened);
    assert_eq!(shell.wakes_in(), Some(29 * MINUTE));
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.wakes_in(), Some(0));
    shell.tells(&[EventKind::Ended(Ended::Canceled)]);
    shell.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    assert_eq!(shell.wakes_in(), Some(30 * MINUTE));
    shell.wait(30 * MINUTE);
    shell.tells(&[EventKind::Ended(Ended::Expired)]);
    assert_eq!(shell.wakes_in(), Some(60));
}

#[test]
fn with_nobody_to_tell_nothing_is_kept_and_nothing_wakes_to_tell() {
    let mut shell = Shell::presented();
    shell.locks_after(5);
    assert_eq!(shell.wakes_in(), None);
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(receipt(1, 2, DeliveryState::Bounced), &ReplyKind::Seen);
    shell.fail(1);
    shell.tells(&[]);
    assert_eq!(shell.wakes_in(), None);
    // An event that waits is forgotten when the deployment tells none any more.
    let mut without_events = with_events();
    without_events.must(cancel(1), &ReplyKind::Canceled);
    without_events.rules.events = false;
    assert_eq!(without_events.wakes_in(), None);
    without_events.tells(&[]);
    // A deployment that tells events from now on tells nothing of what happened before.
    shell.rules.events = true;
    shell.ask(read(1));
    shell.tells(&[]);
}

#[test]
fn forgetting_a_cardholder_forgets_the_events() {
    let mut shell = with_events();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.tells(&[]);
    assert_eq!(shell.state.next_wake(&shell.rules), None::<Timestamp>);
}
