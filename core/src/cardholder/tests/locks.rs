//! Rows of wrong codes and locks: whom they refuse, and who ends them.

use super::{
    Command, DAY, EventKind, MINUTE, Refusal, ReplyKind, Shell, TriesLeft,
    admission::{RIGHT, SENT, seconds_from},
    cancel, open, present, release, resend,
};
use crate::cardholder::{Ended, Places, Reply};

/// `count` wrong codes in a row, by many merchants over days.
fn row(shell: &mut Shell, count: u32) {
    let mut number = 1000;
    while shell.state.failures < count {
        let before = shell.state.failures;
        while shell.state.failures < count {
            number += 1;
            if shell.shown_at(&format!("row-{number}"), number) != SENT {
                break;
            }
            for _ in 0..shell.view(number).tries_left.min(count - shell.state.failures) {
                let wrong = shell.wrong(number);
                shell.ask(wrong);
            }
            shell.ask(cancel(number));
        }
        shell.wait(DAY);
        assert!(before < shell.state.failures, "the row ends at {before}");
    }
}

#[test]
fn ninety_in_a_row_refuse_unknown_browsers_until_somebody_signs_in_and_a_hundred_all() {
    let mut shell = Shell::new();
    row(&mut shell, 90);
    assert_eq!(shell.shown_at("a", 1), ReplyKind::No(Refusal::SignInNeeded));
    let view = shell.view(1);
    assert_eq!((view.locked_until, view.sign_in_needed), (None, true));
    let description = shell.describe();
    assert_eq!((description.locked_until, description.sign_in_needed), (None, true));
    shell.wait(30 * DAY);
    assert_eq!(shell.shown_at("a", 2), ReplyKind::No(Refusal::SignInNeeded));
    for (number, tries) in [(3, 5), (4, 1)] {
        assert_eq!(shell.shown_in("a", number, true), SENT);
        assert_eq!(shell.spent(number), tries);
    }
    shell.wait(DAY);
    assert_eq!(shell.shown_in("a", 5, true), SENT);
    assert_eq!(shell.spent(5), 4);
    assert_eq!(shell.state.failures, 100);
    assert_eq!(shell.shown_in("a", 6, true), ReplyKind::No(Refusal::SignInNeeded));
}

#[test]
fn a_success_a_release_and_the_issuer_end_a_row() {
    let ends: [fn(&mut Shell); 3] = [
        |shell| {
            assert_eq!(shell.shown_in("a", 1, true), SENT);
            shell.must(shell.right(1, 1), &RIGHT);
        },
        |shell| {
            assert_eq!(shell.shown_at("a", 1), ReplyKind::No(Refusal::SignInNeeded));
            shell.must(release(1), &ReplyKind::Seen);
        },
        |shell| shell.must(Command::Unlock, &ReplyKind::Described),
    ];
    for end in ends {
        let mut shell = Shell::new();
        row(&mut shell, 90);
        end(&mut shell);
        assert!(!shell.describe().sign_in_needed);
        assert_eq!(shell.shown_at("b", 2), SENT);
    }
}

#[test]
fn the_owner_lets_a_challenge_in_with_its_tries_and_they_count_against_nobody() {
    let mut shell = Shell::new();
    assert_eq!(shell.guessed(1, 60), 44);
    assert!(matches!(shell.shown_at("mine", 100), ReplyKind::No(Refusal::Locked(_))));
    shell.must(release(100), &ReplyKind::Seen);
    shell.must(release(100), &ReplyKind::Seen);
    assert_eq!(shell.view(100).locked_until, None);
    shell.must(present(100), &SENT);
    assert_eq!(shell.view(100).tries_left, 5);
    let failures = shell.state.failures;
    assert_eq!(shell.spent(100), 5);
    assert_eq!(shell.state.failures, failures + 5);
    // The day is as full as before, and lets nobody else in.
    assert!(matches!(shell.shown_at("mine", 101), ReplyKind::No(Refusal::Locked(_))));
    shell.wait(DAY);
    assert_eq!(shell.guessed(200, 60), 44);
}

#[test]
fn nothing_that_has_ended_is_let_in() {
    let mut shell = Shell::opened();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.refuses(release(1), Refusal::Ended(Ended::Canceled));
    shell.refuses(release(2), Refusal::UnknownChallenge);
}

#[test]
fn unlocking_clears_all_that_blocks_and_names_the_destinations() {
    let mut shell = Shell::new();
    assert_eq!(shell.guessed(1, 60), 44);
    let Reply::Described(description, destinations) = shell.ask(Command::Unlock) else {
        panic!("not unlocked");
    };
    assert_eq!((description.locked_until, description.sign_in_needed), (None, false));
    let to: Vec<_> = destinations.iter().map(|to| to.reveal()).collect();
    assert_eq!(to, ["taro@mail.jp", "+819012341234"]);
    assert_eq!(shell.shown_at("guess-1", 100), SENT);
    assert_eq!(shell.view(100).tries_left, 5);
    let Reply::Described(_, none) = shell.ask(Command::Describe) else { panic!("not described") };
    assert!(none.is_empty());
}

#[test]
fn a_verified_challenge_names_the_destinations_that_its_codes_went_to() {
    let mut shell = Shell::presented();
    let right = shell.right(1, 1);
    let Reply::Verified(_, sent_to) = shell.ask(right) else { panic!("not verified") };
    assert_eq!(sent_to.iter().map(|to| to.reveal()).collect::<Vec<_>>(), ["taro@mail.jp"]);
    let mut shell = Shell::asked_for_app();
    let right = shell.right_by_app(1, 1);
    let Reply::Verified(_, sent_to) = shell.ask(right) else { panic!("not verified") };
    assert!(sent_to.is_empty());
}

#[test]
fn a_lock_refuses_every_way_to_a_code_and_a_resend_in_a_living_challenge_is_none() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("mine", 100), SENT);
    shell.wait(60);
    assert_eq!(shell.guessed(1, 60), 39);
    shell.must(resend(100), &ReplyKind::Sent(2));
    shell.wait(10 * MINUTE);
    // Its code is dead, so it asks to be let in again. 39 leave room for 2 more at a merchant.
    shell.must(resend(100), &ReplyKind::Sent(3));
    assert_eq!(shell.view(100).tries_left, 2);
    assert_eq!(shell.guessed(200, 60), 3);
    assert_eq!(shell.spent(100), 2);
    shell.must(open(101), &ReplyKind::Opened);
    for command in [present(101), resend(101), shell.right(101, 1)] {
        assert!(matches!(shell.reply_kind(command), ReplyKind::No(Refusal::Locked(_))));
    }
}

#[test]
fn a_lock_is_told_by_the_code_that_fills_the_day() {
    let mut shell = Shell::new();
    shell.rules.events = true;
    shell.guessed(1, 60);
    let mut locked = 0;
    loop {
        let Reply::Woken(events, _) = shell.ask(Command::Wake) else { panic!("not woken") };
        if events.is_empty() {
            break;
        }
        locked += events.iter().filter(|event| event.kind == EventKind::Locked).count();
        let numbers = events.iter().map(|event| event.number).collect();
        shell.must(Command::Settled(numbers), &ReplyKind::Settled);
    }
    assert_eq!(locked, 1);
}

#[test]
fn the_lock_of_an_older_version_holds_until_its_end_for_who_is_not_let_in_otherwise() {
    let mut shell = Shell::new();
    let until = seconds_from(shell.now, DAY);
    shell.state.locked_until = Some(until);
    assert_eq!(shell.describe().locked_until, Some(until));
    assert_eq!(shell.shown_at("a", 1), ReplyKind::No(Refusal::Locked(until)));
    assert_eq!(shell.shown_in("a", 2, true), SENT);
    shell.must(release(1), &ReplyKind::Seen);
    shell.must(present(1), &SENT);
    shell.wait(DAY);
    assert_eq!(shell.shown_at("a", 3), SENT);
}

#[test]
fn a_challenge_that_an_older_version_opened_and_showed_goes_on() {
    let mut shell = Shell::presented();
    for challenge in &mut shell.state.challenges {
        (challenge.merchant, challenge.admission) = (None, None);
    }
    assert_eq!(shell.view(1).tries_left, 5);
    shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(4)));
    assert_eq!(shell.state.challenges[0].merchant.as_ref().unwrap().as_str(), "maru-shop");
    shell.must(shell.right(1, 1), &RIGHT);
}

/// A stranger's forms elsewhere leave two tries. Released, it has its own.
#[test]
fn a_challenge_that_is_in_with_few_tries_has_its_own_when_it_is_released() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("a", 1), SENT);
    assert_eq!(shell.shown_at("b", 2), SENT);
    assert_eq!(shell.shown_at("mine", 3), SENT);
    assert_eq!(shell.view(3).tries_left, 2);
    shell.must(release(3), &ReplyKind::Seen);
    shell.wait(30);
    let Reply::Send(view, order) = shell.ask(resend(3)) else { panic!("nothing was sent") };
    assert_eq!((view.tries_left, order.places), (5, Places::Kept));
    assert_eq!(shell.spent(3), 5);
}

/// Six forms of an app that are only shown promise all of a day's guesses.
#[test]
fn unlocking_ends_what_open_forms_may_still_spend() {
    let mut shell = Shell::with_app();
    for number in 1..=6 {
        shell.shown_at(&format!("shop-{number}"), number);
    }
    assert!(matches!(shell.shown_at("mine", 7), ReplyKind::No(Refusal::Locked(_))));
    shell.must(Command::Unlock, &ReplyKind::Described);
    shell.must(present(7), &ReplyKind::Seen);
    assert_eq!(shell.view(7).tries_left, 5);
}
