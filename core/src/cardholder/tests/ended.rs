//! Challenges that ended, records that do not fit, and the attestation that is spent once.

use super::{
    Channel, Command, DAY, Duration, MINUTE, Refusal, Reply, ReplyKind, Shell, TriesLeft, cancel,
    open, present, read, record, redeem_issued_at, resend, shown, submit, taro, with_record,
};
use crate::cardholder::{Ended, Outcome, Status};

/// A way for challenge 1 to end, and the status it leaves.
pub(super) type Ending = (Status, fn(&mut Shell));

/// Every way to end, from a presented challenge 1.
pub(super) const ENDINGS: [Ending; 4] = [
    (Status::Verified, |shell| {
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }),
    (Status::Failed, |shell| {
        for tries_left in (0..5).rev() {
            shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
        }
    }),
    (Status::Expired, |shell| shell.wait(30 * MINUTE)),
    (Status::Canceled, |shell| {
        shell.must(cancel(1), &ReplyKind::Canceled);
    }),
];

/// No end at all.
const STILL_OPEN: Ending = (Status::Pending, |_| {});

#[test]
fn an_ended_challenge_stays_as_it_ended() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let outcome = shell.view(1).outcome;
        assert_eq!(outcome.map(|outcome| outcome.status), status.ended());
        shell.wait(31 * MINUTE);
        let ended = Refusal::Ended(status.ended().unwrap());
        shell.refuses(shell.right(1, 1), ended);
        shell.refuses(shell.wrong(1), ended);
        shell.refuses(resend(1), ended);
        shell.must(present(1), &ReplyKind::Seen);
        match status {
            Status::Canceled => shell.must(cancel(1), &ReplyKind::Canceled),
            _ => shell.refuses(cancel(1), ended),
        }
        assert_eq!(shell.view(1).outcome, outcome, "{status:?}");
        assert_eq!(shell.view(1).send, 1, "{status:?}");
    }
}

#[test]
fn a_challenge_expires_half_an_hour_after_it_was_opened() {
    let mut shell = Shell::opened();
    let expires_at = shell.now.plus(Duration::from_secs(30 * MINUTE));
    assert_eq!(shell.view(1).expires_at, expires_at);
    shell.wait_millis(30 * MINUTE * 1000 - 1);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.wait(100);
    let expired = Outcome { status: Ended::Expired, at: expires_at };
    assert_eq!(shell.view(1).outcome, Some(expired));
}

#[test]
fn canceling_again_is_the_same_answer() {
    let mut shell = Shell::presented();
    shell.must(cancel(1), &ReplyKind::Canceled);
    let first = shell.view(1).outcome;
    shell.wait(MINUTE);
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.view(1).outcome, first);
}

#[test]
fn opening_again_is_the_same_answer_and_says_where_it_stands_by_then() {
    let locked: Ending = (Status::Pending, |shell| {
        shell.locks_after(0);
        shell.wait(10 * MINUTE);
        shell.refuses(resend(1), Refusal::SignInNeeded);
    });
    for (status, reach) in ENDINGS.into_iter().chain([STILL_OPEN, locked]) {
        let mut shell = Shell::opened();
        let expires = shell.view(1).expires_at;
        shell.must(present(1), &ReplyKind::Sent(1));
        reach(&mut shell);
        let before = shell.view(1);
        let Reply::Opened { via, expires_at, status: found, .. } = shell.ask(open(1)) else {
            panic!("{status:?} was not opened again");
        };
        assert_eq!((via.channel(), via.destination()), (Channel::Email, Some("***@mail.jp")));
        assert_eq!((expires_at, found), (expires, status));
        assert!(shell.view(1) == before, "{status:?} was changed");
        assert_eq!(before.status, status);
    }
}

#[test]
fn a_new_challenge_is_pending() {
    let mut shell = Shell::verified();
    let Reply::Opened { status, expires_at, .. } = shell.ask(open(2)) else {
        panic!("not opened");
    };
    let expires = shell.now.plus(Duration::from_secs(30 * MINUTE));
    assert_eq!((status, expires_at), (Status::Pending, expires));
}

#[test]
fn opening_again_with_another_record_is_a_conflict_that_shows_nothing() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let before = shell.view(1);
        let reply = shell.ask(with_record(open(1), record(2)));
        assert_eq!(ReplyKind::from(&reply), ReplyKind::No(Refusal::RecordConflict));
        assert!(shown(reply).is_none(), "{status:?} was shown");
        assert!(shell.view(1) == before, "{status:?} was changed");
    }
}

#[test]
fn an_altered_record_is_refused_everywhere_and_shows_nothing() {
    for (status, end) in ENDINGS.into_iter().chain([STILL_OPEN]) {
        let mut shell = Shell::presented();
        end(&mut shell);
        let before = shell.view(1);
        for (name, command) in shell.commands_with_record(1, record(2)) {
            let reply = shell.ask(command);
            assert_eq!(
                ReplyKind::from(&reply),
                ReplyKind::No(Refusal::RecordAltered),
                "{name} of {status:?}"
            );
            assert!(shown(reply).is_none(), "{name} showed {status:?}");
            assert!(shell.view(1) == before, "{name} changed {status:?}");
        }
    }
}

#[test]
fn an_unknown_challenge_is_refused_everywhere() {
    let mut shell = Shell::presented();
    for (name, command) in shell.commands_with_record(9, record(9)) {
        let reply = shell.ask(command);
        let unknown = ReplyKind::No(Refusal::UnknownChallenge);
        assert_eq!(ReplyKind::from(&reply), unknown, "{name}");
        assert!(shown(reply).is_none(), "{name}");
    }
}

#[test]
fn an_attestation_is_spent_once() {
    let mut shell = Shell::verified();
    assert!(!shell.view(1).redeemed);
    shell.must(shell.redeem(1, None), &ReplyKind::Redeemed);
    assert!(shell.view(1).redeemed);
    shell.must(shell.redeem(1, None), &ReplyKind::NotRedeemable);
    shell.must(shell.redeem(1, Some("a")), &ReplyKind::NotRedeemable);
}

#[test]
fn the_same_idempotency_key_gets_the_same_answer_again() {
    let mut shell = Shell::verified();
    shell.must(shell.redeem(1, Some("a")), &ReplyKind::Redeemed);
    for seconds in [0, 1, 10 * MINUTE, 12 * 60 * MINUTE] {
        shell.wait(seconds);
        shell.must(shell.redeem(1, Some("a")), &ReplyKind::Redeemed);
        shell.must(shell.redeem(1, Some("b")), &ReplyKind::NotRedeemable);
        shell.must(shell.redeem(1, None), &ReplyKind::NotRedeemable);
    }
}

#[test]
fn an_attestation_is_spent_only_with_the_second_it_was_issued_at() {
    let mut shell = Shell::presented();
    shell.wait_millis(1999);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    let issued_at = shell.now.unix_seconds();
    let refuse_others = |shell: &mut Shell| {
        for other in [0, issued_at - 1, issued_at + 1, shell.now.millis(), u64::MAX] {
            shell.must(redeem_issued_at(1, other, Some("a")), &ReplyKind::NotRedeemable);
        }
    };
    refuse_others(&mut shell);
    assert!(!shell.view(1).redeemed);
    for seconds in [299, 1, DAY] {
        shell.wait(seconds);
        shell.must(redeem_issued_at(1, issued_at, Some("a")), &ReplyKind::Redeemed);
        refuse_others(&mut shell);
    }
}

#[test]
fn an_attestation_dies_after_five_minutes_to_the_millisecond() {
    let check = |millis, expected| {
        let mut shell = Shell::verified();
        shell.wait_millis(millis);
        shell.must(shell.redeem(1, Some("a")), &expected);
        assert_eq!(shell.view(1).redeemed, expected == ReplyKind::Redeemed);
    };
    check(299_999, ReplyKind::Redeemed);
    check(300_000, ReplyKind::NotRedeemable);
    check(300_001, ReplyKind::NotRedeemable);
}

#[test]
fn only_a_verified_challenge_is_redeemable() {
    let mut shell = Shell::presented();
    shell.must(shell.redeem(1, None), &ReplyKind::NotRedeemable);
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let expected = match status {
            Status::Verified => ReplyKind::Redeemed,
            _ => ReplyKind::NotRedeemable,
        };
        shell.must(shell.redeem(1, None), &expected);
    }
}

#[test]
fn an_ended_challenge_is_readable_for_a_day_after_it_would_have_expired_and_then_gone() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let expires_at = shell.view(1).expires_at;
        shell.wait_until(expires_at, DAY * 1000 - 1);
        assert_eq!(shell.view(1).status, status);
        shell.wait_until(expires_at, DAY * 1000);
        shell.refuses(read(1), Refusal::UnknownChallenge);
    }
}

#[test]
fn a_challenge_opened_again_after_it_was_forgotten_has_nothing_of_its_first_life() {
    let mut shell = Shell::verified();
    let codes = |shell: &Shell| [1, 2, 3, 4].map(|send| shell.code(1, send));
    let (old_codes, old_issue) = (codes(&shell), shell.issued_at(1));
    shell.wait(DAY + 30 * MINUTE);
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &ReplyKind::Sent(1));
    let new_codes = codes(&shell);
    assert!(old_codes.iter().all(|code| !new_codes.contains(code)));
    shell.refuses(submit(1, &old_codes[0]), Refusal::WrongCode(TriesLeft(4)));
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    for idempotency in [None, Some("a")] {
        let first = redeem_issued_at(1, old_issue, idempotency);
        shell.must(first, &ReplyKind::NotRedeemable);
    }
    shell.must(shell.redeem(1, Some("a")), &ReplyKind::Redeemed);
    shell.must(redeem_issued_at(1, old_issue, Some("a")), &ReplyKind::NotRedeemable);
}

#[test]
fn an_ended_challenge_counts_nothing_down_and_has_no_resends() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        let view = shell.view(1);
        assert_eq!((view.code_expires_in, view.resend_in, view.resends_left), (600, 30, 3));
        end(&mut shell);
        let view = shell.view(1);
        let shown = (view.code_expires_in, view.resend_in, view.resends_left);
        assert_eq!(shown, (0, 0, 0), "{status:?}");
    }
}

/// The words are for the form that asks for a code; an ended one asks for nothing.
#[test]
fn an_ended_challenge_does_not_show_the_personal_message() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        assert!(shell.view(1).personal_message == taro().personal_message);
        end(&mut shell);
        assert!(shell.view(1).personal_message.is_none(), "{status:?}");
        for (name, command) in shell.commands_with_record(1, record(1)) {
            let view = shown(shell.ask(command)).unwrap();
            assert!(view.personal_message.is_none(), "{name} of {status:?}");
        }
    }
}

#[test]
fn the_answer_that_ends_a_challenge_does_not_show_the_personal_message() {
    let ending: [fn(&Shell) -> Command; 2] = [|shell| shell.right(1, 1), |_| cancel(1)];
    for command in ending {
        let mut shell = Shell::presented();
        let view = shown(shell.ask(command(&shell))).unwrap();
        assert_ne!(view.status, Status::Pending);
        assert!(view.personal_message.is_none());
    }
}
