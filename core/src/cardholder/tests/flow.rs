//! Codes and tries of one challenge.

use super::{
    ChallengeCommand, MINUTE, Refusal, Reply, ReplyKind, Shell, TriesLeft, key, open, present,
    refused_by_provider, resend, submit, to_challenge,
};
use crate::cardholder::{Ended, Status};

#[test]
fn opening_sends_nothing_and_the_first_presentation_sends_once() {
    let mut shell = Shell::opened();
    let view = shell.view(1);
    assert_eq!((view.send, view.resends_left, view.resend_in), (0, 3, 0));
    let Reply::Send(view, order) = shell.ask(present(1)) else {
        panic!("nothing was sent");
    };
    assert_eq!((order.send, order.to.reveal()), (1, "taro@mail.jp"));
    assert_eq!((view.send, view.resends_left), (1, 3));
    assert_eq!((view.code_expires_in, view.resend_in), (600, 30));
}

#[test]
fn the_code_that_is_ordered_is_the_right_one() {
    let mut shell = Shell::opened();
    // Those that a provider refuses are ordered again: as the same send, with another code.
    for (wait, refused) in [(7, true), (0, false), (30, true), (0, true), (0, false)] {
        shell.wait(wait);
        let Reply::Send(_, order) = shell.ask(resend(1)) else {
            panic!("nothing was sent");
        };
        let code = key(1).code(order.opened_at, order.number);
        let mut submitted = shell.clone();
        submitted.must(submit(1, code.reveal()), &ReplyKind::Verified);
        if refused {
            shell.must(refused_by_provider(1, order.number), &ReplyKind::Seen);
        }
    }
}

#[test]
fn a_refresh_sends_nothing() {
    let mut shell = Shell::presented();
    for seconds in [0, 1, 30, 600, 1000] {
        shell.wait(seconds);
        shell.must(present(1), &ReplyKind::Seen);
        assert_eq!(shell.view(1).send, 1);
    }
}

#[test]
fn the_first_page_that_shows_the_form_is_remembered() {
    let mut shell = Shell::opened();
    for (host, known) in [
        (None, None),
        (Some("shop.example"), Some("shop.example")),
        (Some("other.example"), Some("shop.example")),
        (None, Some("shop.example")),
    ] {
        let hostname = host.map(str::to_owned);
        shell.ask(to_challenge(1, ChallengeCommand::Present { hostname, known_browser: false }));
        assert_eq!(shell.view(1).hostname.as_deref(), known);
    }
}

#[test]
fn only_the_newest_code_is_accepted() {
    let mut shell = Shell::presented();
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.refuses(shell.right(1, 1), Refusal::WrongCode(TriesLeft(4)));
    shell.refuses(shell.right(1, 3), Refusal::WrongCode(TriesLeft(3)));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
}

#[test]
fn a_code_of_another_challenge_is_wrong() {
    let mut shell = Shell::presented();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    let other = submit(1, &shell.code(2, 1));
    shell.refuses(other, Refusal::WrongCode(TriesLeft(4)));
    shell.must(shell.right(2, 1), &ReplyKind::Verified);
    assert_eq!(shell.view(1).status, Status::Pending);
}

#[test]
fn a_code_dies_after_ten_minutes_to_the_millisecond() {
    let check = |millis, expected| {
        let mut shell = Shell::presented();
        shell.wait_millis(millis);
        shell.must(shell.right(1, 1), &expected);
    };
    let expired = || ReplyKind::No(Refusal::CodeExpired(TriesLeft(5)));
    check(599_999, ReplyKind::Verified);
    check(600_000, expired());
    check(600_001, expired());
}

#[test]
fn a_code_dies_with_its_challenge() {
    let check = |millis, expected| {
        let mut shell = Shell::opened();
        shell.wait(25 * MINUTE);
        shell.must(present(1), &ReplyKind::Sent(1));
        assert_eq!(shell.view(1).code_expires_in, 300);
        shell.wait_millis(millis);
        shell.must(shell.right(1, 1), &expected);
    };
    check(299_999, ReplyKind::Verified);
    check(300_000, ReplyKind::No(Refusal::Ended(Ended::Expired)));
}

#[test]
fn the_fifth_wrong_code_ends_the_challenge() {
    let mut shell = Shell::presented();
    for tries_left in (0..5).rev() {
        assert_eq!(shell.view(1).status, Status::Pending);
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
        assert_eq!(shell.view(1).tries_left, tries_left);
    }
    shell.refuses(shell.right(1, 1), Refusal::Ended(Ended::Failed));
    shell.refuses(shell.wrong(1), Refusal::Ended(Ended::Failed));
}

#[test]
fn a_try_is_spent_before_the_comparison() {
    let mut shell = Shell::presented();
    for tries_left in (1..5).rev() {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    let view = shell.view(1);
    assert_eq!((view.tries, view.tries_left), (5, 0));
}

#[test]
fn a_resend_refills_no_tries() {
    let mut shell = Shell::presented();
    for tries_left in [4, 3, 2] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    assert_eq!(shell.view(1).tries_left, 2);
    for tries_left in [1, 0] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    shell.refuses(shell.right(1, 2), Refusal::Ended(Ended::Failed));
}

#[test]
fn what_cannot_be_right_is_no_try() {
    let mut shell = Shell::opened();
    shell.refuses(shell.right(1, 1), Refusal::CodeNotSent);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.wait(10 * MINUTE);
    shell.refuses(shell.right(1, 1), Refusal::CodeExpired(TriesLeft(5)));
    shell.refuses(shell.wrong(1), Refusal::CodeExpired(TriesLeft(5)));
    shell.wait(20 * MINUTE);
    shell.refuses(shell.wrong(1), Refusal::Ended(Ended::Expired));
    assert_eq!(shell.view(1).tries, 0);
}
