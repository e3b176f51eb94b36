//! Opening a directory server's challenge: for which cards, at which merchants, and where there is no
//! room for one.

use super::{
    ChallengeCommand, Command, Refusal, Reply, ReplyKind, Seconds, Shell, at_merchant, id, taro,
    three_ds::{asking, card, open_three_ds, requested, to_three_ds},
    with_record,
};
use crate::cardholder::{Conclusion, EventKind, Status};

#[test]
fn it_is_opened_for_a_card_of_the_cardholder_alone() {
    let mut shell = Shell::empty();
    shell.refuses(open_three_ds(1), Refusal::UnknownCardholder);
    shell.refuses(Command::AddCard(card(1)), Refusal::UnknownCardholder);
    shell.ask(Command::Register(taro()));
    shell.refuses(open_three_ds(1), Refusal::UnknownCard);
    shell.must(Command::AddCard(card(1)), &ReplyKind::Described);
    shell.must(Command::AddCard(card(1)), &ReplyKind::Described);
    assert_eq!(shell.describe().cards, [card(1)]);
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    shell.must(Command::RemoveCard(card(1)), &ReplyKind::Described);
    shell.refuses(open_three_ds(2), Refusal::UnknownCard);
    // The one that is open goes on.
    shell.must(requested(1, None), &ReplyKind::Seen);
}

#[test]
fn a_cardholder_has_fifty_cards_at_most_and_an_erasure_forgets_them() {
    let mut shell = Shell::new();
    for number in 0..50 {
        shell.must(Command::AddCard(card(number)), &ReplyKind::Described);
    }
    shell.refuses(Command::AddCard(card(50)), Refusal::TooManyCards);
    shell.must(Command::AddCard(card(49)), &ReplyKind::Described);
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.ask(Command::Register(taro()));
    assert_eq!(shell.describe().cards, []);
}

#[test]
fn a_repeat_is_opened_once_and_another_record_conflicts() {
    let mut shell = Shell::asked_by_directory_server();
    shell.wait(10);
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    assert_eq!(shell.left(), 20);
    let other = with_record(open_three_ds(1), card(9));
    shell.refuses(other, Refusal::RecordConflict);
}

#[test]
fn who_is_locked_gets_none_and_who_waits_at_the_merchant_gets_one_too_many() {
    let mut shell = Shell::shown_to_requestor();
    shell.locks_after(1);
    let wrong = shell.wrong(1);
    shell.ask(wrong);
    assert!(matches!(shell.reply_kind(open_three_ds(2)), ReplyKind::No(Refusal::Locked(_))));

    let mut shell = Shell::shown_to_requestor();
    for _ in 0..5 {
        let wrong = shell.wrong(1);
        let Command::Challenge { command, .. } = wrong else { panic!("no command") };
        shell.ask(to_three_ds(1, command));
    }
    let refused = shell.reply_kind(open_three_ds(2));
    assert_eq!(refused, ReplyKind::No(Refusal::TooManyChallenges(Seconds(900))));
    // Another merchant is another.
    let elsewhere = at_merchant("3ds_other", 3, asking());
    shell.must(elsewhere, &ReplyKind::Opened);
}

#[test]
fn nobody_ends_a_form_that_a_requestor_has_opened() {
    let mut shell = Shell::with_card();
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    shell.must(requested(1, None), &ReplyKind::Seen);
    // Its merchant has most forms, and it is the oldest of these: any other would make room.
    let merchant_s = |number| to_three_ds(number, ChallengeCommand::Open(None));
    for number in 2..=210 {
        shell.must(merchant_s(number), &ReplyKind::Opened);
    }
    assert_eq!(shell.view(2).status, Status::Canceled);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.must(open_three_ds(211), &ReplyKind::Opened);
    assert_eq!(shell.view(1).status, Status::Pending);
}

/// A form that sends no code: the cardholder's destination takes none.
fn shown_without_a_code(shell: &mut Shell, merchant: &str, number: u32) {
    let opened = at_merchant(merchant, number, ChallengeCommand::Open(None));
    shell.must(opened, &ReplyKind::Opened);
    let Reply::Send(_, order) = shell.ask(at_merchant(merchant, number, showing())) else {
        panic!("no send")
    };
    let limited = crate::cardholder::DeliveryReport::Limited(shell.now);
    let report = ChallengeCommand::Report(order.number, limited);
    shell.ask(at_merchant(merchant, number, report));
}

fn showing() -> ChallengeCommand {
    ChallengeCommand::Present { hostname: None, known_browser: false }
}

fn at_shop(shop: u32, number: u32) -> Command {
    at_merchant(&format!("3ds_shop_{shop}"), number, asking())
}

#[test]
fn it_ends_no_form_that_was_shown() {
    let mut shell = Shell::with_card();
    for number in 1..=200 {
        shown_without_a_code(&mut shell, &format!("shop-{number}"), number);
    }
    let refused = shell.reply_kind(open_three_ds(201));
    assert!(matches!(refused, ReplyKind::No(Refusal::TooManyChallenges(_))), "{refused:?}");
    let canceled = at_merchant("shop-1", 1, ChallengeCommand::Cancel);
    shell.must(canceled, &ReplyKind::Canceled);
    shell.must(open_three_ds(201), &ReplyKind::Opened);
    assert!(shell.peek(201).is_some_and(|view| view.three_ds.is_some()));
    assert!(shell.state.kept(&id(2)).is_some());
}

/// A stranger leaves a merchant's forms without end. The owner has one.
#[test]
fn of_several_forms_of_one_merchant_the_oldest_makes_room() {
    let mut shell = Shell::with_card();
    shown_without_a_code(&mut shell, "mine", 1);
    for number in 2..=200 {
        shown_without_a_code(&mut shell, "maru-shop", number);
    }
    shell.must(open_three_ds(201), &ReplyKind::Opened);
    assert_eq!(shell.view(2).status, Status::Canceled);
    let mine = shell.peek(1).map(|view| view.status);
    assert_eq!(mine, Some(Status::Pending));
}

/// A stranger has one shop's directory server ask without end, and leaves the forms.
#[test]
fn one_merchant_s_forms_leave_room_for_others() {
    let mut shell = Shell::with_card();
    for number in 1..=5 {
        shell.must(at_shop(1, number), &ReplyKind::Opened);
        shell.must(requested_at(1, number), &ReplyKind::Seen);
    }
    let sixth = shell.reply_kind(at_shop(1, 6));
    assert_eq!(sixth, ReplyKind::No(Refusal::TooManyChallenges(Seconds(600))));
    // The same one again, and one elsewhere.
    shell.must(at_shop(1, 5), &ReplyKind::Opened);
    shell.must(at_shop(2, 6), &ReplyKind::Opened);
    // One that ended makes room at once, whether its directory server has the result or not.
    let canceled = at_merchant("3ds_shop_1", 1, ChallengeCommand::Cancel);
    shell.must(canceled, &ReplyKind::Canceled);
    shell.must(at_shop(1, 7), &ReplyKind::Opened);
}

/// Test runs of a scheme ask for one card at one merchant, again and again; and a directory server that
/// takes no results must not close its shops.
#[test]
fn what_no_browser_came_for_and_what_is_not_told_closes_no_merchant() {
    let mut shell = Shell::with_card();
    for number in 1..=50 {
        shell.must(at_shop(1, number), &ReplyKind::Opened);
    }
    shell.wait(31);
    for number in 51..=99 {
        shell.must(at_shop(1, number), &ReplyKind::Opened);
    }
}

fn requested_at(shop: u32, number: u32) -> Command {
    let came = ChallengeCommand::Requested { session_data: None };
    at_merchant(&format!("3ds_shop_{shop}"), number, came)
}

#[test]
fn from_a_hundred_on_each_merchant_has_one() {
    let mut shell = Shell::with_card();
    for number in 0..100 {
        shell.must(at_shop(number / 5, number), &ReplyKind::Opened);
    }
    for number in 100..140 {
        shell.must(at_shop(number, number), &ReplyKind::Opened);
        let second = shell.reply_kind(at_shop(number, number + 100));
        assert!(matches!(second, ReplyKind::No(Refusal::TooManyChallenges(_))), "{second:?}");
    }
}

#[test]
fn one_that_makes_room_before_a_creq_was_never_requested() {
    let mut shell = Shell::with_card();
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    for number in 2..=201 {
        shell.must(
            at_merchant("3ds_shop", number, ChallengeCommand::Open(None)),
            &ReplyKind::Opened,
        );
    }
    assert_eq!(shell.view(1).status, Status::Canceled);
    assert_eq!(shell.conclusion(), Some(Conclusion::NeverRequested));
}

/// However many end, each directory server hears of its own: what was not told makes no room.
#[test]
fn none_is_forgotten_before_its_directory_server_was_told() {
    let mut shell = Shell::with_card();
    for number in 1..=220 {
        // At twenty merchants five each, and one each at others.
        let shop = if number <= 100 { number / 5 } else { number };
        shell.must(at_shop(shop, number), &ReplyKind::Opened);
        let invalid =
            at_merchant(&format!("3ds_shop_{shop}"), number, ChallengeCommand::RequestInvalid);
        shell.must(invalid, &ReplyKind::Seen);
    }
    let refused = shell.reply_kind(open_three_ds(221));
    assert!(matches!(refused, ReplyKind::No(Refusal::TooManyChallenges(_))), "{refused:?}");
    let mut told = shell.woken();
    told.retain(|event| event.kind == EventKind::ThreeDsResult);
    let newest = told.last().unwrap();
    shell.must(Command::Settled(vec![newest.number]), &ReplyKind::Settled);
    let Reply::Opened { forgotten, .. } = shell.ask(open_three_ds(221)) else {
        panic!("not opened")
    };
    assert_eq!(forgotten.as_ref(), Some(&newest.challenge));
}
