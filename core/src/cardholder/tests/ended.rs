//! Challenges that ended, records that do not fit, and the attestation that is spent once.

use super::{
    Channel, DAY, Duration, MINUTE, Refusal, Reply, Said, Shell, cancel, commands_with_record,
    open, present, read, record, redeem, refused_by_provider, resend, right, shown, with_record,
    wrong,
};
use crate::cardholder::{Outcome, Status};

/// A way for challenge 1 to end, and the status it leaves.
type Ending = (Status, fn(&mut Shell));

/// Every way to end, from a presented challenge 1.
const ENDINGS: [Ending; 4] = [
    (Status::Verified, |shell| {
        shell.must(right(1, 1), &Said::Verified);
    }),
    (Status::Failed, |shell| {
        for tries_left in (0..5).rev() {
            shell.refuses(wrong(1), Refusal::WrongCode { tries_left });
        }
    }),
    (Status::Expired, |shell| shell.wait(30 * MINUTE)),
    (Status::Canceled, |shell| {
        shell.must(cancel(1), &Said::Canceled);
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
        assert_eq!(outcome.map(|outcome| outcome.status), Some(status));
        shell.wait(31 * MINUTE);
        let ended = Refusal::Ended(status);
        shell.refuses(right(1, 1), ended);
        shell.refuses(wrong(1), ended);
        shell.refuses(resend(1), ended);
        shell.must(present(1), &Said::Seen);
        match status {
            Status::Canceled => shell.must(cancel(1), &Said::Canceled),
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
    let expired = Outcome { status: Status::Expired, at: expires_at };
    assert_eq!(shell.view(1).outcome, Some(expired));
}

#[test]
fn canceling_again_is_the_same_answer() {
    let mut shell = Shell::presented();
    shell.must(cancel(1), &Said::Canceled);
    let first = shell.view(1).outcome;
    shell.wait(MINUTE);
    shell.must(cancel(1), &Said::Canceled);
    assert_eq!(shell.view(1).outcome, first);
}

#[test]
fn opening_again_is_the_same_answer_in_every_later_state() {
    let locked: Ending = (Status::Pending, |shell| {
        shell.rules.lock_after = 3;
        for tries_left in [4, 3, 2] {
            shell.refuses(wrong(1), Refusal::WrongCode { tries_left });
        }
        assert!(shell.describe().locked_until.is_some());
    });
    for (status, reach) in ENDINGS.into_iter().chain([STILL_OPEN, locked]) {
        let mut shell = Shell::opened();
        let expires = shell.view(1).expires_at;
        shell.must(present(1), &Said::Sent(1));
        reach(&mut shell);
        let before = shell.view(1);
        let Reply::Opened { channel, to, expires_at } = shell.ask(open(1)) else {
            panic!("{status:?} was not opened again");
        };
        assert_eq!(channel, Channel::Email);
        assert_eq!((to.as_str(), expires_at), ("***@mail.jp", expires));
        assert!(shell.view(1) == before, "{status:?} was changed");
        assert_eq!(before.status, status);
    }
}

#[test]
fn opening_again_with_another_record_is_a_conflict_that_shows_nothing() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let before = shell.view(1);
        let reply = shell.ask(with_record(open(1), record(2)));
        assert_eq!(Said::from(&reply), Said::No(Refusal::RecordConflict));
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
        for (name, command) in commands_with_record(1, record(2)) {
            let reply = shell.ask(command);
            assert_eq!(
                Said::from(&reply),
                Said::No(Refusal::RecordAltered),
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
    let delivered = refused_by_provider(9, 1);
    let commands = commands_with_record(9, record(9));
    for (name, command) in commands.into_iter().chain([("delivered", delivered)]) {
        let reply = shell.ask(command);
        let unknown = Said::No(Refusal::UnknownChallenge);
        assert_eq!(Said::from(&reply), unknown, "{name}");
        assert!(shown(reply).is_none(), "{name}");
    }
}

#[test]
fn an_attestation_is_spent_once() {
    let mut shell = Shell::verified();
    assert!(!shell.view(1).redeemed);
    shell.must(redeem(1, None), &Said::Redeemed);
    assert!(shell.view(1).redeemed);
    shell.refuses(redeem(1, None), Refusal::NotRedeemable);
    shell.refuses(redeem(1, Some("a")), Refusal::NotRedeemable);
}

#[test]
fn the_same_idempotency_key_gets_the_same_answer_again() {
    let mut shell = Shell::verified();
    shell.must(redeem(1, Some("a")), &Said::Redeemed);
    for seconds in [0, 1, 10 * MINUTE, 12 * 60 * MINUTE] {
        shell.wait(seconds);
        shell.must(redeem(1, Some("a")), &Said::Redeemed);
        shell.refuses(redeem(1, Some("b")), Refusal::NotRedeemable);
        shell.refuses(redeem(1, None), Refusal::NotRedeemable);
    }
}

#[test]
fn an_attestation_dies_after_five_minutes_to_the_millisecond() {
    let check = |millis, expected| {
        let mut shell = Shell::verified();
        shell.wait_millis(millis);
        shell.must(redeem(1, Some("a")), &expected);
        assert_eq!(shell.view(1).redeemed, expected == Said::Redeemed);
    };
    check(299_999, Said::Redeemed);
    check(300_000, Said::No(Refusal::NotRedeemable));
    check(300_001, Said::No(Refusal::NotRedeemable));
}

#[test]
fn only_a_verified_challenge_is_redeemable() {
    let mut shell = Shell::presented();
    shell.refuses(redeem(1, None), Refusal::NotRedeemable);
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let expected = match status {
            Status::Verified => Said::Redeemed,
            _ => Said::No(Refusal::NotRedeemable),
        };
        shell.must(redeem(1, None), &expected);
    }
}

#[test]
fn an_ended_challenge_is_readable_for_a_day_and_then_gone() {
    for (status, end) in ENDINGS {
        let mut shell = Shell::presented();
        end(&mut shell);
        let ended = shell.now;
        shell.wait_until(ended, DAY * 1000 - 1);
        assert_eq!(shell.view(1).status, status);
        shell.wait_until(ended, DAY * 1000);
        shell.refuses(read(1), Refusal::UnknownChallenge);
    }
}
