//! How many challenges of one cardholder are kept, and what makes room for a new one.

use super::{
    ChallengeCommand, DAY, Duration, MINUTE, Refusal, Reply, ReplyKind, Seconds, Shell,
    at_merchant, cancel, open, present, read, showing,
};
use crate::cardholder::{Ended, EventKind, Idempotency, Status};

const MOST: u32 = 200;
/// How many more are kept that ended to make room.
const ENDING: u32 = 20;

fn open_at(merchant: &str, number: u32) -> super::Command {
    at_merchant(merchant, number, ChallengeCommand::Open(None))
}

/// Opens challenges of a merchant from `first`.
fn opened(shell: &mut Shell, merchant: &str, first: u32, count: u32) {
    for number in (first..).take(count as usize) {
        shell.must(open_at(merchant, number), &ReplyKind::Opened);
    }
}

/// Which of the challenges up to `last` are not kept any more.
fn gone(shell: &Shell, last: u32) -> Vec<u32> {
    (1..=last).filter(|number| shell.peek(*number).is_none()).collect()
}

#[test]
fn however_many_are_created_the_form_in_somebody_s_hands_goes_on() {
    let mut shell = Shell::presented();
    opened(&mut shell, "maru-shop", 2, 1000);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    assert_eq!(shell.state.challenges.len(), (MOST + ENDING) as usize);
}

#[test]
fn a_merchant_that_creates_without_end_takes_the_room_of_its_own_alone() {
    let mut shell = Shell::new();
    opened(&mut shell, "quiet", 1, 3);
    opened(&mut shell, "busy", 4, 500);
    assert_eq!(gone(&shell, 3), [0_u32; 0]);
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!(shell.state.challenges.len(), (MOST + ENDING) as usize);
}

/// Strangers at many merchants leave forms that are kept out; the owner has just ordered at another.
#[test]
fn forms_that_many_merchants_left_make_room_before_an_order_that_was_just_made() {
    let mut shell = Shell::new();
    for number in 1..=MOST {
        let merchant = format!("shop-{}", number % 40);
        opened(&mut shell, &merchant, number, 1);
        shell.ask(at_merchant(&merchant, number, showing(false)));
    }
    opened(&mut shell, "mine", 1001, 1);
    for number in 2001..2100 {
        opened(&mut shell, &format!("shop-{}", number % 40), number, 1);
    }
    shell.must(at_merchant("mine", 1001, showing(true)), &ReplyKind::Sent(1));
}

#[test]
fn a_success_makes_room_last_and_only_when_it_cannot_be_redeemed_any_more() {
    let mut shell = Shell::verified();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(cancel(2), &ReplyKind::Canceled);
    for number in 3..=MOST + ENDING {
        let merchant = format!("shop-{number}");
        opened(&mut shell, &merchant, number, 1);
        shell.ask(at_merchant(&merchant, number, showing(true)));
    }
    opened(&mut shell, "mine", 301, 1);
    assert_eq!(gone(&shell, MOST), [2]);
    shell.ask(at_merchant("mine", 301, showing(true)));
    assert!(matches!(shell.reply_kind(open(302)), ReplyKind::No(Refusal::TooManyChallenges(_))));
    shell.wait(5 * MINUTE);
    shell.must(open(302), &ReplyKind::Opened);
    assert_eq!(gone(&shell, MOST), [1, 2]);
}

#[test]
fn one_that_makes_room_while_it_is_open_is_told_as_canceled() {
    let mut shell = Shell::new();
    shell.rules.events = true;
    opened(&mut shell, "maru-shop", 1, MOST + 1);
    assert_eq!(shell.view(1).status, Status::Canceled);
    let canceled = vec![EventKind::Ended(Ended::Canceled)];
    shell.must(super::Command::Wake, &ReplyKind::Woken(canceled));
    // It is forgotten when twenty more have come.
    opened(&mut shell, "maru-shop", 1001, ENDING - 1);
    assert_eq!(gone(&shell, MOST), [0_u32; 0]);
    opened(&mut shell, "maru-shop", 2001, 1);
    assert_eq!(gone(&shell, MOST), [1]);
    shell.must(read(1), &ReplyKind::No(Refusal::UnknownChallenge));
}

#[test]
fn where_nothing_makes_room_a_new_one_is_refused_until_the_first_runs_out() {
    let mut shell = Shell::new();
    for number in 1..=MOST + ENDING {
        let merchant = format!("shop-{number}");
        shell.must(open_at(&merchant, number), &ReplyKind::Opened);
        shell.ask(at_merchant(&merchant, number, showing(true)));
    }
    let before = shell.state.clone();
    shell.wait(MINUTE);
    shell.refuses(open(500), Refusal::TooManyChallenges(Seconds(29 * MINUTE)));
    assert!(shell.state == before, "a refused opening changed something");
    shell.wait(29 * MINUTE);
    shell.must(open(500), &ReplyKind::Opened);
}

#[test]
fn forms_of_an_app_end_no_other_form() {
    let mut shell = Shell::with_app();
    for number in 1..=50 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(present(number), &ReplyKind::Seen);
    }
    assert!((1..=50).all(|number| shell.view(number).status == Status::Pending));
}

#[test]
fn a_form_whose_code_was_sent_is_ended_by_no_other() {
    let mut shell = Shell::new();
    shell.rules.wrong_codes.wary_from = u32::MAX;
    shell.rules.wrong_codes.day = u32::MAX;
    for number in 1..=30 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(present(number), &ReplyKind::Sent(1));
    }
    assert!((1..=30).all(|number| shell.view(number).status == Status::Pending));
}

/// A create with a key: what its first attempt would ask the object.
fn create(number: u32, key: &str, request: &str) -> super::Command {
    let digest = |text: &str| crate::digest::Hasher::new(text).finish();
    let idempotency = Idempotency { key: digest(key), request: digest(request) };
    at_merchant("maru-shop", number, ChallengeCommand::Open(Some(idempotency)))
}

#[test]
fn a_create_that_is_sent_again_finds_the_challenge_of_the_first_attempt() {
    let mut shell = Shell::new();
    let opened = shell.now;
    shell.must(create(1, "order-1", "coffee"), &ReplyKind::Opened);
    shell.wait(60);
    // Another attempt comes with an id of its own.
    let Reply::Opened { id, opened_at, expires_at, status, .. } =
        shell.ask(create(2, "order-1", "coffee"))
    else {
        panic!("not opened again");
    };
    assert_eq!((id, opened_at), (Some(super::id(1)), Some(opened)));
    assert_eq!(expires_at, opened.plus(Duration::from_secs(30 * MINUTE)));
    assert_eq!(status, Status::Pending);
    assert_eq!(shell.state.challenges.len(), 1);
    shell.refuses(create(3, "order-1", "tea"), Refusal::RecordConflict);
    shell.must(create(4, "order-2", "coffee"), &ReplyKind::Opened);
    assert_eq!(shell.state.challenges.len(), 2);
}

#[test]
fn a_key_that_is_used_again_after_retention_opens_another_challenge() {
    let mut shell = Shell::new();
    shell.must(create(1, "order-1", "coffee"), &ReplyKind::Opened);
    shell.wait(30 * MINUTE + DAY);
    let Reply::Opened { id, opened_at, .. } = shell.ask(create(2, "order-1", "tea")) else {
        panic!("not opened");
    };
    assert_eq!((id, opened_at), (Some(super::id(2)), Some(shell.now)));
}

/// A stranger's creates of hours ago have ended. They must count against nobody's open form.
#[test]
fn what_has_ended_ends_no_open_form() {
    let mut shell = Shell::with_app();
    opened(&mut shell, "evil", 1, 300);
    shell.wait(60 * MINUTE);
    opened(&mut shell, "mine", 1001, 2);
    shell.must(at_merchant("mine", 1001, showing(false)), &ReplyKind::Seen);
    opened(&mut shell, "evil", 2001, 100);
    for number in [1001, 1002] {
        assert_eq!(shell.view(number).status, Status::Pending, "{number}");
    }
    assert!(shell.state.challenges.len() <= (MOST + ENDING) as usize);
}

/// The owner's form is kept out and waits for a sign-in at the member site.
#[test]
fn forms_that_nobody_saw_make_room_before_one_that_is_shown() {
    let mut shell = Shell::new();
    shell.locks_after(0);
    opened(&mut shell, "maru-shop", 1, 1);
    shell.refuses(present(1), Refusal::SignInNeeded);
    opened(&mut shell, "maru-shop", 2, 1000);
    shell.must(super::release(1), &ReplyKind::Seen);
    shell.must(present(1), &ReplyKind::Sent(1));
}

/// A stranger shows the forms that it has created, and goes on.
#[test]
fn a_form_that_is_about_to_be_shown_makes_room_for_no_stranger_who_shows_each() {
    let mut shell = Shell::new();
    shell.locks_after(0);
    for number in 2..=300 {
        opened(&mut shell, "maru-shop", number, 1);
        shell.reply_kind(present(number));
    }
    opened(&mut shell, "maru-shop", 1, 1);
    for number in 301..=400 {
        opened(&mut shell, "maru-shop", number, 1);
        shell.reply_kind(present(number));
    }
    shell.must(super::release(1), &ReplyKind::Seen);
    shell.must(present(1), &ReplyKind::Sent(1));
}

/// A stranger who failed it creates without end, so that nothing is told of it.
#[test]
fn a_challenge_in_which_something_happened_is_forgotten_after_all_others() {
    let mut shell = Shell::presented();
    for _ in 0..5 {
        let wrong = shell.wrong(1);
        shell.ask(wrong);
    }
    shell.must(open_at("maru-shop", 2), &ReplyKind::Opened);
    shell.must(super::to_challenge(2, ChallengeCommand::ReportFraud), &ReplyKind::Seen);
    opened(&mut shell, "maru-shop", 3, 1000);
    assert_eq!(shell.view(1).status, Status::Failed);
    assert!(shell.view(2).fraud_reported_at.is_some());
}

#[test]
fn who_is_forgotten_is_named_to_the_caller() {
    let mut shell = Shell::new();
    opened(&mut shell, "maru-shop", 1, MOST + ENDING);
    let Reply::Opened { forgotten, .. } = shell.ask(open_at("maru-shop", 1001)) else {
        panic!("not opened");
    };
    assert_eq!(forgotten, Some(super::id(1)));
}

#[test]
fn while_nobody_takes_events_over_they_are_bounded() {
    let mut shell = Shell::new();
    shell.rules.events = true;
    let refused = (1..3000)
        .find(|number| shell.reply_kind(open_at("maru-shop", *number)) != ReplyKind::Opened);
    assert_eq!(refused, Some(1201));
    shell.refuses(open_at("maru-shop", 5000), Refusal::TooManyChallenges(Seconds(60)));
    shell.must(present(1200), &ReplyKind::Sent(1));
}
