//! "I did not make this purchase": it ends the challenge and is told, and it locks nothing.

use super::{
    Command, MINUTE, Refusal, ReplyKind, Shell, cancel, ended::ENDINGS, open, present, read,
    report_fraud, resend,
};
use crate::cardholder::{Ended, Event, EventKind, Status};

fn with_events() -> Shell {
    let mut shell = Shell::presented();
    shell.rules.events = true;
    shell
}

#[test]
fn an_open_challenge_is_canceled_and_the_report_is_told_once() {
    let mut shell = with_events();
    let at = shell.now;
    shell.must(report_fraud(1), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!(view.status, Status::Canceled);
    assert_eq!(view.fraud_reported_at, Some(at));
    let mut told = shell.woken();
    told.sort_by_key(|event| event.number);
    let event = |number, kind| Event { number, kind, challenge: super::id(1), at, test: false };
    assert_eq!(
        told,
        [event(1, EventKind::FraudReported), event(2, EventKind::Ended(Ended::Canceled))]
    );
    shell.must(Command::Settled(vec![1, 2]), &ReplyKind::Settled);
    // Again, and later, is the same report.
    shell.wait(MINUTE);
    shell.must(report_fraud(1), &ReplyKind::Seen);
    assert_eq!(shell.view(1).fraud_reported_at, Some(at));
    shell.tells(&[]);
    shell.refuses(shell.right(1, 1), Refusal::Ended(Ended::Canceled));
    shell.refuses(resend(1), Refusal::Ended(Ended::Canceled));
}

#[test]
fn how_a_challenge_ended_before_stays_and_the_report_is_told_all_the_same() {
    for (status, end) in ENDINGS {
        let ended = status.ended().unwrap();
        let mut shell = with_events();
        end(&mut shell);
        let before = shell.view(1);
        shell.wait(5);
        shell.must(report_fraud(1), &ReplyKind::Seen);
        let view = shell.view(1);
        assert_eq!((view.outcome, view.fraud_reported_at), (before.outcome, Some(shell.now)));
        assert!(!view.redeemable, "nobody ships what is not theirs");
        let told: Vec<_> = shell.woken().iter().map(|event| event.kind).collect();
        assert_eq!(told, [EventKind::Ended(ended), EventKind::FraudReported]);
    }
}

#[test]
fn it_locks_nothing_and_ends_no_other_challenge() {
    let mut shell = with_events();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    let described = shell.describe();
    shell.must(report_fraud(1), &ReplyKind::Seen);
    assert_eq!(shell.describe(), described);
    shell.must(shell.right(2, 1), &ReplyKind::Verified);
    shell.must(open(3), &ReplyKind::Opened);
}

#[test]
fn of_a_challenge_that_is_not_there_nothing_is_reported() {
    let mut shell = with_events();
    shell.refuses(report_fraud(7), Refusal::UnknownChallenge);
    shell.wait(2 * super::DAY);
    shell.refuses(report_fraud(1), Refusal::UnknownChallenge);
    shell.refuses(read(1), Refusal::UnknownChallenge);
}

#[test]
fn a_report_that_nobody_took_over_is_handed_out_again() {
    let mut shell = with_events();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.must(Command::Wake, &ReplyKind::Woken(vec![EventKind::Ended(Ended::Canceled)]));
    shell.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    shell.must(report_fraud(1), &ReplyKind::Seen);
    assert_eq!(shell.wakes_in(), Some(0));
    shell.tells(&[EventKind::FraudReported]);
    assert_eq!(shell.wakes_in(), Some(MINUTE));
    shell.wait(MINUTE);
    shell.tells(&[EventKind::FraudReported]);
    shell.must(Command::Settled(vec![2]), &ReplyKind::Settled);
    assert_eq!(shell.wakes_in(), None);
}
