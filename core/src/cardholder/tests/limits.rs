//! What one cardholder is allowed over all challenges: wrong codes in a row, open challenges,
//! ended ones that are remembered.

use super::{
    Command, DAY, Duration, MINUTE, Refusal, Reply, ReplyKind, Seconds, Shell, Timestamp,
    TriesLeft, cancel, limited, open, present, read, refused_by_provider, resend, shown,
};
use crate::cardholder::{Ended, Outcome, Status};

/// Submits `count` wrong codes in a row, over challenges numbered from `first`; each is opened
/// when the one before it failed, ten minutes later.
fn wrong_codes(shell: &mut Shell, first: u32, count: u32) {
    for done in 0..count {
        let number = first + done / 5;
        if done % 5 == 0 {
            shell.wait(10 * MINUTE);
            assert_eq!(shell.reply_kind(open(number)), ReplyKind::Opened);
            assert_eq!(shell.reply_kind(present(number)), ReplyKind::Sent(1));
        }
        let tries_left = 4 - done % 5;
        shell.refuses(shell.wrong(number), Refusal::WrongCode(TriesLeft(tries_left)));
    }
}

/// Submits the wrong code that locks; until when.
#[track_caller]
fn locking_code(shell: &mut Shell, number: u32) -> Timestamp {
    let until = shell.now.plus(Duration::from_secs(DAY));
    shell.refuses(shell.wrong(number), Refusal::Locked(until));
    until
}

fn locked_until(shell: &mut Shell) -> Option<Timestamp> {
    shell.describe().locked_until
}

#[test]
fn ten_wrong_codes_in_a_row_lock_for_a_day() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    assert_eq!(locked_until(&mut shell), None);
    let until = locking_code(&mut shell, 2);
    assert_eq!(locked_until(&mut shell), Some(until));
    assert_eq!(shell.view(2).locked_until, Some(until));

    let start = shell.now;
    shell.wait_until(start, DAY * 1000 - 1);
    shell.refuses(open(3), Refusal::Locked(until));
    assert_eq!(locked_until(&mut shell), Some(until));
    shell.wait_until(start, DAY * 1000);
    assert_eq!(locked_until(&mut shell), None);
    shell.must(open(3), &ReplyKind::Opened);
}

#[test]
fn the_code_that_locks_is_a_try_like_any_other() {
    let mut shell = Shell::presented();
    shell.rules.lock_after = 3;
    for tries_left in [4, 3] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    let until = locking_code(&mut shell, 1);
    let view = shell.view(1);
    assert_eq!((view.status, view.tries, view.tries_left), (Status::Pending, 3, 2));
    assert_eq!(view.locked_until, Some(until));
    shell.must(Command::Unlock, &ReplyKind::Described);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    assert_eq!(shell.view(1).tries, 4);
}

#[test]
fn the_code_that_locks_ends_its_challenge_when_it_was_the_last_try() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    assert_eq!(shell.view(2).status, Status::Pending);
    let (wrong, at) = (shell.wrong(2), shell.now);
    let reply = shell.ask(wrong);
    let until = at.plus(Duration::from_secs(DAY));
    assert_eq!(ReplyKind::from(&reply), ReplyKind::No(Refusal::Locked(until)));
    let view = shown(reply).unwrap();
    assert_eq!(view.outcome, Some(Outcome { status: Ended::Failed, at }));
    assert_eq!((view.tries, view.tries_left), (5, 0));
    shell.must(Command::Unlock, &ReplyKind::Described);
    shell.refuses(shell.right(2, 1), Refusal::Ended(Ended::Failed));
}

#[test]
fn a_lock_refuses_everything_that_leads_to_a_code() {
    let mut shell = Shell::verified();
    wrong_codes(&mut shell, 2, 9);
    shell.must(open(4), &ReplyKind::Opened);
    shell.must(present(4), &ReplyKind::Sent(1));
    shell.must(open(5), &ReplyKind::Opened);
    shell.wait(30);
    let locked = Refusal::Locked(locking_code(&mut shell, 4));
    shell.refuses(shell.right(4, 1), locked);
    shell.refuses(resend(4), locked);
    shell.refuses(present(5), locked);
    shell.refuses(open(6), locked);
    assert_eq!(shell.view(4).tries, 1);

    shell.must(present(4), &ReplyKind::Seen);
    shell.must(open(4), &ReplyKind::Opened);
    shell.must(cancel(4), &ReplyKind::Canceled);
}

#[test]
fn a_lock_does_not_take_back_what_was_verified_before() {
    let mut shell = Shell::verified();
    shell.rules.lock_after = 3;
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    for tries_left in [4, 3] {
        shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    locking_code(&mut shell, 2);
    shell.must(shell.redeem(1, None), &ReplyKind::Redeemed);
}

#[test]
fn after_a_lock_counting_starts_anew() {
    let lifted_by: [fn(&mut Shell); 2] =
        [|shell| shell.must(Command::Unlock, &ReplyKind::Described), |shell| shell.wait(DAY)];
    for lift in lifted_by {
        let mut shell = Shell::new();
        wrong_codes(&mut shell, 1, 9);
        locking_code(&mut shell, 2);
        lift(&mut shell);
        assert_eq!(locked_until(&mut shell), None);
        wrong_codes(&mut shell, 3, 9);
        assert_eq!(locked_until(&mut shell), None);
        locking_code(&mut shell, 4);
    }
}

#[test]
fn unlocking_forgives_what_was_wrong_before_a_lock_too() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    shell.must(Command::Unlock, &ReplyKind::Described);
    wrong_codes(&mut shell, 3, 9);
    assert_eq!(locked_until(&mut shell), None);
}

#[test]
fn a_verified_challenge_starts_the_count_anew() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    shell.must(shell.right(2, 1), &ReplyKind::Verified);
    wrong_codes(&mut shell, 3, 9);
    assert_eq!(locked_until(&mut shell), None);
    locking_code(&mut shell, 4);
}

#[test]
fn a_canceled_challenge_does_not_start_the_count_anew() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 4);
    shell.must(cancel(1), &ReplyKind::Canceled);
    wrong_codes(&mut shell, 2, 4);
    shell.wait(30 * MINUTE);
    wrong_codes(&mut shell, 3, 1);
    locking_code(&mut shell, 3);
}

#[test]
fn a_fourth_open_challenge_cancels_the_oldest_of_those_without_a_send() {
    let mut shell = Shell::opened();
    for number in [2, 3] {
        shell.wait(1);
        shell.must(open(number), &ReplyKind::Opened);
    }
    shell.must(open(1), &ReplyKind::Opened);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.wait(1);
    let ended_at = shell.now;
    shell.must(open(4), &ReplyKind::Opened);
    let statuses = [1, 2, 3, 4].map(|number| shell.view(number).status);
    let still = Status::Pending;
    assert_eq!(statuses, [Status::Canceled, still, still, still]);
    assert_eq!(shell.view(1).outcome.unwrap().at, ended_at);
}

#[test]
fn a_fourth_open_challenge_cancels_one_that_had_a_send_only_when_all_had() {
    let mut shell = Shell::presented();
    let canceled_by = |shell: &mut Shell, new: u32| -> Vec<u32> {
        let pending = |shell: &mut Shell, number: u32| shell.view(number).status == Status::Pending;
        let open_before: Vec<u32> = (1..new).filter(|number| pending(shell, *number)).collect();
        shell.wait(1);
        shell.must(open(new), &ReplyKind::Opened);
        open_before.into_iter().filter(|number| !pending(shell, *number)).collect()
    };
    assert!(canceled_by(&mut shell, 2).is_empty());
    assert!(canceled_by(&mut shell, 3).is_empty());
    // 1 is older than both but its form was shown.
    assert_eq!(canceled_by(&mut shell, 4), [2]);
    shell.must(present(3), &ReplyKind::Sent(1));
    assert_eq!(canceled_by(&mut shell, 5), [4]);
    shell.must(present(5), &ReplyKind::Sent(1));
    assert_eq!(canceled_by(&mut shell, 6), [1]);
    assert_eq!(canceled_by(&mut shell, 7), [6]);
    let canceled = Outcome { status: Ended::Canceled, at: shell.now };
    assert_eq!(shell.view(6).outcome, Some(canceled));
}

#[test]
fn a_form_counts_as_seen_when_it_was_shown_or_a_code_was_sent() {
    let seen_by: [fn(&mut Shell); 3] = [
        |shell| {
            shell.must(present(1), &ReplyKind::Sent(1));
            shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
        },
        |shell| shell.must(resend(1), &ReplyKind::Sent(1)),
        |shell| {
            shell.must(present(1), &ReplyKind::Sent(1));
            shell.refuses(limited(1, 1, shell.now), Refusal::DestinationLimited(Seconds(0)));
        },
    ];
    for see in seen_by {
        let mut shell = Shell::opened();
        see(&mut shell);
        for number in [2, 3, 4] {
            shell.must(open(number), &ReplyKind::Opened);
        }
        let statuses = [1, 2, 3, 4].map(|number| shell.view(number).status);
        let still = Status::Pending;
        assert_eq!(statuses, [still, Status::Canceled, still, still]);
    }
}

#[test]
fn ended_challenges_make_room_for_open_ones() {
    let mut shell = Shell::verified();
    for number in [2, 3, 4] {
        shell.must(open(number), &ReplyKind::Opened);
    }
    assert_eq!(shell.view(2).status, Status::Pending);
    shell.must(cancel(3), &ReplyKind::Canceled);
    shell.must(open(5), &ReplyKind::Opened);
    assert_eq!(shell.view(2).status, Status::Pending);
}

/// Opens challenges from `first` and cancels each.
fn end(shell: &mut Shell, first: u32, count: usize) {
    for number in (first..).take(count) {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(cancel(number), &ReplyKind::Canceled);
    }
}

fn too_many(seconds: u64) -> Refusal {
    Refusal::TooManyChallenges(Seconds(seconds))
}

#[test]
fn with_200_ended_challenges_a_new_one_waits_until_the_first_is_forgotten() {
    let mut shell = Shell::verified();
    let forgotten_at = shell.view(1).expires_at.plus(Duration::from_secs(DAY));
    shell.wait(MINUTE);
    end(&mut shell, 2, 199);
    shell.refuses(open(500), too_many(DAY + 29 * MINUTE));
    shell.refuses(read(500), Refusal::UnknownChallenge);
    shell.wait_until(forgotten_at, 0);
    let mut early = Shell { now: Timestamp::from_millis(shell.now.millis() - 1), ..shell.clone() };
    early.refuses(open(500), too_many(1));
    shell.must(open(500), &ReplyKind::Opened);
    shell.must(cancel(500), &ReplyKind::Canceled);
    shell.refuses(open(501), too_many(MINUTE));
    shell.wait(MINUTE);
    shell.must(open(501), &ReplyKind::Opened);
}

#[test]
fn with_203_ended_challenges_a_new_one_waits_until_the_fourth_is_forgotten() {
    // Challenges that are forgotten in the order in which they were opened, and in the reverse
    // order.
    for shrink in [0, 2] {
        let mut shell = Shell::new();
        let life = shell.rules.challenge_life;
        for number in 1..=203 {
            shell.rules.challenge_life = life - Duration::from_secs(shrink * u64::from(number));
            shell.must(open(number), &ReplyKind::Opened);
            if number < 200 {
                shell.must(cancel(number), &ReplyKind::Canceled);
            }
            shell.wait(1);
        }
        // Opening the last of four challenges canceled the first of them.
        for number in [201, 202, 203] {
            shell.must(cancel(number), &ReplyKind::Canceled);
        }
        shell.rules.challenge_life = life;
        let mut ends: Vec<_> = (1..=203).map(|number| shell.view(number).expires_at).collect();
        ends.sort_unstable();
        let seconds = ends[3].plus(Duration::from_secs(DAY)).seconds_from(shell.now);

        let start = shell.now;
        shell.refuses(open(500), too_many(seconds));
        shell.wait_until(start, seconds * 1000 - 1);
        shell.refuses(open(500), too_many(1));
        shell.wait_until(start, seconds * 1000);
        shell.must(open(500), &ReplyKind::Opened);
        shell.must(cancel(500), &ReplyKind::Canceled);
        shell.refuses(open(501), too_many(1));
    }
}

#[test]
fn the_200th_ended_challenge_is_opened_and_ends_like_any_other() {
    for last in [ReplyKind::Verified, ReplyKind::Canceled] {
        let mut shell = Shell::new();
        end(&mut shell, 1, 199);
        shell.must(open(200), &ReplyKind::Opened);
        shell.must(open(201), &ReplyKind::Opened);
        shell.must(present(200), &ReplyKind::Sent(1));
        let ending = if last == ReplyKind::Verified { shell.right(200, 1) } else { cancel(200) };
        shell.must(ending, &last);
        shell.refuses(open(202), too_many(DAY + 30 * MINUTE));
        // Open challenges go on: the bound ends none of them.
        shell.must(present(201), &ReplyKind::Sent(1));
        shell.must(shell.right(201, 1), &ReplyKind::Verified);
    }
}

#[test]
fn at_the_bound_nothing_is_evicted_or_canceled_and_known_ids_still_answer() {
    let mut shell = Shell::verified();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(open(3), &ReplyKind::Opened);
    shell.must(present(3), &ReplyKind::Sent(1));
    end(&mut shell, 4, 199);
    shell.rules.open_challenges = 2;
    let before = shell.state.clone();
    shell.refuses(open(500), too_many(DAY + 30 * MINUTE));
    assert!(shell.state == before, "a refused opening changed something");
    for number in 1..=202 {
        let expected = match number {
            1 => Status::Verified,
            2 | 3 => Status::Pending,
            _ => Status::Canceled,
        };
        let Reply::Opened { status, .. } = shell.ask(open(number)) else {
            panic!("{number} was not opened again");
        };
        assert_eq!(status, expected, "{number}");
    }
    assert!(shell.state == before, "opening again changed something");
    shell.must(shell.redeem(1, None), &ReplyKind::Redeemed);
    shell.must(shell.right(3, 1), &ReplyKind::Verified);
}

#[test]
fn verified_challenges_are_not_evicted_either() {
    let mut shell = Shell::new();
    for number in 1..=200 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(present(number), &ReplyKind::Sent(1));
        shell.must(shell.right(number, 1), &ReplyKind::Verified);
    }
    shell.refuses(open(201), too_many(DAY + 30 * MINUTE));
    assert!((1..=200).all(|number| shell.view(number).status == Status::Verified));
}
