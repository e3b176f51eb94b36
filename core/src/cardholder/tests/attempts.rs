//! An attempt that has a name can be sent again, because its answer may have been lost.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{
    ChallengeCommand, Command, MINUTE, Refusal, Reply, ReplyKind, Shell, TriesLeft, cancel, open,
    present, resend, submit,
};
use crate::{
    attempt::AttemptId,
    cardholder::{Ended, Status},
    wire,
};

/// The same code, submitted under a name.
fn named(name: u8, command: Command) -> Command {
    let Command::Challenge { id, record, command, merchant } = command else {
        panic!("no challenge is asked");
    };
    let ChallengeCommand::Verify { key, app, code, network, .. } = command else {
        panic!("no code is submitted");
    };
    let attempt = Some(AttemptId::random([name; 16]).digest(id.as_str(), &code));
    let command = ChallengeCommand::Verify { key, app, code, attempt, network };
    Command::Challenge { id, record, command, merchant }
}

/// The bytes of an answer.
fn answer(shell: &mut Shell, command: Command) -> String {
    wire::write_reply(&shell.ask(command)).unwrap()
}

/// Sends the attempt that was just sent once more: the same answer, and nothing happens.
#[track_caller]
fn again(shell: &mut Shell, first: &str, command: Command) {
    let before = shell.state.clone();
    assert_eq!(answer(shell, command), first);
    assert!(shell.state == before, "it was counted again");
}

#[test]
fn a_right_code_verifies_again_and_at_the_same_second() {
    let mut shell = Shell::presented();
    let code = shell.code(1, 1);
    let right = || named(1, submit(1, &code));
    let first = answer(&mut shell, right());
    let issued_at = shell.issued_at(1);
    again(&mut shell, &first, right());
    shell.wait(MINUTE);
    let Reply::Verified(view, _) = shell.ask(right()) else { panic!("not verified") };
    assert_eq!((view.tries, view.outcome.unwrap().at.unix_seconds()), (1, issued_at));
    // The answer is repeated only as long as there is an attestation to hand out.
    let mut late = shell.clone();
    late.wait(5 * MINUTE);
    late.refuses(right(), Refusal::Ended(Ended::Verified));
    // The answer is repeated only to the attempt that verified the challenge.
    shell.refuses(named(2, shell.right(1, 1)), Refusal::Ended(Ended::Verified));
    shell.refuses(named(1, shell.wrong(1)), Refusal::Ended(Ended::Verified));
    shell.refuses(shell.right(1, 1), Refusal::Ended(Ended::Verified));
}

#[test]
fn a_wrong_code_is_answered_again_and_spends_one_try() {
    let mut shell = Shell::presented();
    for (name, tries_left) in (1..=5).zip((0..5).rev()) {
        shell.refuses(named(name, shell.wrong(1)), Refusal::WrongCode(TriesLeft(tries_left)));
        shell.refuses(named(name, shell.wrong(1)), Refusal::WrongCode(TriesLeft(tries_left)));
        assert_eq!(shell.view(1).tries_left, tries_left);
    }
    assert_eq!(shell.view(1).status, Status::Failed);
}

#[test]
fn another_code_or_another_name_is_another_try() {
    let mut shell = Shell::presented();
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(4)));
    shell.refuses(named(2, shell.wrong(1)), Refusal::WrongCode(TriesLeft(3)));
    // Only the newest attempt is stored.
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(2)));
    shell.must(named(1, shell.right(1, 1)), &ReplyKind::Verified);
}

#[test]
fn attempts_without_a_name_are_tries_each() {
    let mut shell = Shell::presented();
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(4)));
    shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(3)));
    shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(2)));
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(1)));
}

#[test]
fn what_was_not_compared_is_asked_anew() {
    let mut shell = Shell::opened();
    let code = shell.code(1, 1);
    shell.refuses(named(1, submit(1, &code)), Refusal::CodeNotSent);
    assert!(matches!(shell.ask(present(1)), Reply::Send(..)));
    shell.wait(10 * MINUTE);
    shell.refuses(named(1, submit(1, &code)), Refusal::CodeExpired(TriesLeft(5)));
    assert!(matches!(shell.ask(resend(1)), Reply::Send(..)));
    let code = shell.code(1, 2);
    shell.must(named(1, submit(1, &code)), &ReplyKind::Verified);
}

#[test]
fn an_end_that_came_since_is_told() {
    let mut shell = Shell::presented();
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(4)));
    let mut canceled = shell.clone();
    canceled.must(cancel(1), &ReplyKind::Canceled);
    canceled.refuses(named(1, canceled.wrong(1)), Refusal::Ended(Ended::Canceled));
    shell.wait(60 * MINUTE);
    shell.refuses(named(1, shell.wrong(1)), Refusal::Ended(Ended::Expired));
}

#[test]
fn the_attempt_that_locked_is_answered_again_as_what_it_was() {
    let mut shell = Shell::opened();
    shell.locks_after(1);
    shell.must(present(1), &ReplyKind::Sent(1));
    let wrong = || named(1, Shell::presented().wrong(1));
    let first = answer(&mut shell, wrong());
    again(&mut shell, &first, wrong());
    shell.refuses(named(1, shell.wrong(1)), Refusal::WrongCode(TriesLeft(0)));
    assert_eq!(shell.view(1).tries, 1);
    assert!(shell.describe().locked_until.is_some());
}

#[test]
fn an_app_s_code_is_compared_once_and_its_secret_is_not_asked_for_again() {
    let mut shell = Shell::asked_for_app();
    let code = super::authenticator::app_code(1, shell.now);
    // The Worker asks first without the app's secret, and nothing is counted.
    assert!(matches!(shell.ask(named(1, submit(1, &code))), Reply::Unseal(_)));
    let right = named(1, shell.right_by_app(1, 1));
    let first = answer(&mut shell, right);
    again(&mut shell, &first, named(1, submit(1, &code)));
    // The step counts once over all challenges, so in another one the code is used; and is so again.
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Seen);
    shell.used(named(2, shell.right_by_app(2, 1)), 4);
    shell.used(named(2, submit(2, &code)), 4);
    assert_eq!(shell.view(2).tries, 1);
}

#[test]
fn neither_name_nor_code_is_stored() {
    let mut shell = Shell::presented();
    let typed = "739164";
    assert_ne!(shell.code(1, 1), typed);
    shell.refuses(named(7, submit(1, typed)), Refusal::WrongCode(TriesLeft(4)));
    let stored = wire::write_state(&shell.state).unwrap();
    let stored = Base64UrlUnpadded::decode_vec(&stored).unwrap();
    let has = |part: &[u8]| stored.windows(part.len()).any(|window| window == part);
    assert!(has(b"taro@mail.jp"), "the search finds what is stored");
    assert!(!has(AttemptId::random([7; 16]).reveal().as_bytes()));
    assert!(!has(&[7; 16]));
    assert!(!has(typed.as_bytes()));
}
