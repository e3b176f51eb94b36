//! What one cardholder is allowed over all challenges: wrong codes in a row, open challenges,
//! ended ones that are kept.

use super::{
    Command, DAY, Duration, MINUTE, Refusal, Rules, Said, Shell, Timestamp, TriesLeft, cancel,
    open, present, read, resend,
};
use crate::{
    cardholder::{Cardholder, Status},
    rules::Quota,
};

/// Submits `count` wrong codes in a row, over challenges numbered from `first`; each is opened
/// when the one before it failed, ten minutes later so that no destination is limited.
fn wrong_codes(shell: &mut Shell, first: u32, count: u32) {
    for done in 0..count {
        let number = first + done / 5;
        if done % 5 == 0 {
            shell.wait(10 * MINUTE);
            assert_eq!(shell.say(open(number)), Said::Opened);
            assert_eq!(shell.say(present(number)), Said::Sent(1));
        }
        let tries_left = 4 - done % 5;
        shell.refuses(shell.wrong(number), Refusal::WrongCode(TriesLeft(tries_left)));
    }
}

fn locked_until(shell: &mut Shell) -> Option<Timestamp> {
    shell.describe().locked_until
}

#[test]
fn ten_wrong_codes_in_a_row_lock_for_a_day() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    assert_eq!(locked_until(&mut shell), None);
    shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(0)));
    let until = shell.now.plus(Duration::from_secs(DAY));
    assert_eq!(locked_until(&mut shell), Some(until));
    assert_eq!(shell.view(2).locked_until, Some(until));

    let start = shell.now;
    shell.wait_until(start, DAY * 1000 - 1);
    shell.refuses(open(3), Refusal::Locked(until));
    assert_eq!(locked_until(&mut shell), Some(until));
    shell.wait_until(start, DAY * 1000);
    assert_eq!(locked_until(&mut shell), None);
    shell.must(open(3), &Said::Opened);
}

#[test]
fn a_lock_refuses_everything_that_leads_to_a_code() {
    let mut shell = Shell::verified();
    wrong_codes(&mut shell, 2, 9);
    shell.must(open(4), &Said::Opened);
    shell.must(present(4), &Said::Sent(1));
    shell.must(open(5), &Said::Opened);
    shell.wait(30);
    shell.refuses(shell.wrong(4), Refusal::WrongCode(TriesLeft(4)));
    let until = locked_until(&mut shell).unwrap();

    let locked = Refusal::Locked(until);
    shell.refuses(shell.right(4, 1), locked);
    shell.refuses(resend(4), locked);
    shell.refuses(present(5), locked);
    shell.refuses(open(6), locked);
    assert_eq!(shell.view(4).tries, 1);

    shell.must(present(4), &Said::Seen);
    shell.must(open(4), &Said::Opened);
    shell.must(cancel(4), &Said::Canceled);
}

#[test]
fn a_lock_does_not_take_back_what_was_verified_before() {
    let mut shell = Shell::verified();
    shell.rules.lock_after = 3;
    shell.must(open(2), &Said::Opened);
    shell.must(present(2), &Said::Sent(1));
    for tries_left in [4, 3, 2] {
        shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    assert!(locked_until(&mut shell).is_some());
    shell.must(shell.redeem(1, None), &Said::Redeemed);
}

#[test]
fn after_a_lock_counting_starts_anew() {
    let lifted_by: [fn(&mut Shell); 2] =
        [|shell| shell.must(Command::Unlock, &Said::Described), |shell| shell.wait(DAY)];
    for lift in lifted_by {
        let mut shell = Shell::new();
        wrong_codes(&mut shell, 1, 10);
        assert!(locked_until(&mut shell).is_some());
        lift(&mut shell);
        assert_eq!(locked_until(&mut shell), None);
        wrong_codes(&mut shell, 3, 9);
        assert_eq!(locked_until(&mut shell), None);
        shell.refuses(shell.wrong(4), Refusal::WrongCode(TriesLeft(0)));
        assert!(locked_until(&mut shell).is_some());
    }
}

#[test]
fn unlocking_forgives_what_was_wrong_before_a_lock_too() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    shell.must(Command::Unlock, &Said::Described);
    wrong_codes(&mut shell, 3, 9);
    assert_eq!(locked_until(&mut shell), None);
}

#[test]
fn a_verified_challenge_starts_the_count_anew() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 9);
    shell.must(shell.right(2, 1), &Said::Verified);
    wrong_codes(&mut shell, 3, 9);
    assert_eq!(locked_until(&mut shell), None);
    shell.refuses(shell.wrong(4), Refusal::WrongCode(TriesLeft(0)));
    assert!(locked_until(&mut shell).is_some());
}

#[test]
fn a_canceled_challenge_does_not_start_the_count_anew() {
    let mut shell = Shell::new();
    wrong_codes(&mut shell, 1, 4);
    shell.must(cancel(1), &Said::Canceled);
    wrong_codes(&mut shell, 2, 4);
    shell.wait(30 * MINUTE);
    wrong_codes(&mut shell, 3, 2);
    assert!(locked_until(&mut shell).is_some());
}

#[test]
fn a_fourth_open_challenge_cancels_the_oldest() {
    let mut shell = Shell::opened();
    for number in [2, 3] {
        shell.wait(1);
        shell.must(open(number), &Said::Opened);
    }
    shell.must(open(1), &Said::Opened);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.wait(1);
    let ended_at = shell.now;
    shell.must(open(4), &Said::Opened);
    let statuses = [1, 2, 3, 4].map(|number| shell.view(number).status);
    let still = Status::Pending;
    assert_eq!(statuses, [Status::Canceled, still, still, still]);
    assert_eq!(shell.view(1).outcome.unwrap().at, ended_at);
}

#[test]
fn ended_challenges_make_room_for_open_ones() {
    let mut shell = Shell::verified();
    for number in [2, 3, 4] {
        shell.must(open(number), &Said::Opened);
    }
    assert_eq!(shell.view(2).status, Status::Pending);
    shell.must(cancel(3), &Said::Canceled);
    shell.must(open(5), &Said::Opened);
    assert_eq!(shell.view(2).status, Status::Pending);
}

#[test]
fn at_most_200_ended_challenges_are_kept_and_verified_ones_go_last() {
    let most = u32::try_from(Cardholder::MOST_ENDED).unwrap();
    let mut shell = Shell::verified();
    shell.must(open(2), &Said::Opened);
    // 1 is verified, 2 open; with 3 to 201 canceled, 200 have ended.
    for number in 3..most + 2 {
        shell.must(open(number), &Said::Opened);
        shell.must(cancel(number), &Said::Canceled);
    }
    assert_eq!(shell.view(3).status, Status::Canceled);
    shell.must(open(300), &Said::Opened);
    shell.must(cancel(300), &Said::Canceled);
    shell.refuses(read(3), Refusal::UnknownChallenge);
    assert_eq!(shell.view(4).status, Status::Canceled);
    assert_eq!(shell.view(1).status, Status::Verified);
    assert_eq!(shell.view(2).status, Status::Pending);
    shell.must(shell.redeem(1, None), &Said::Redeemed);
}

#[test]
fn of_verified_challenges_alone_the_oldest_goes_first() {
    let plenty = Quota { count: 1000, window: Duration::from_secs(MINUTE) };
    let mut shell = Shell::new();
    shell.rules = Rules { destination_burst: plenty, destination_day: plenty, ..Rules::default() };
    for number in 1..=201 {
        shell.must(open(number), &Said::Opened);
        shell.must(present(number), &Said::Sent(1));
        shell.must(shell.right(number, 1), &Said::Verified);
    }
    shell.refuses(read(1), Refusal::UnknownChallenge);
    assert_eq!(shell.view(2).status, Status::Verified);
    assert_eq!(shell.view(201).status, Status::Verified);
}
