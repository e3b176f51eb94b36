//! Letting challenges in: what wrong codes refuse, where, how long, and to whom not.

use super::{
    ChallengeCommand, Command, DAY, Duration, EventKind, MINUTE, Refusal, ReplyKind, Seconds,
    Shell, Timestamp, TriesLeft, at_merchant, cancel, open, present, release, resend, showing,
};
use crate::cardholder::{Ended, Places, Reply, Status};

const RIGHT: ReplyKind = ReplyKind::Verified;
const SENT: ReplyKind = ReplyKind::Sent(1);

fn seconds_from(at: Timestamp, seconds: u64) -> Timestamp {
    at.plus(Duration::from_secs(seconds))
}

impl Shell {
    /// Opens a challenge of a merchant and shows its form in an unknown browser.
    fn shown_at(&mut self, merchant: &str, number: u32) -> ReplyKind {
        self.shown_in(merchant, number, false)
    }

    fn shown_in(&mut self, merchant: &str, number: u32, known: bool) -> ReplyKind {
        let opened = at_merchant(merchant, number, ChallengeCommand::Open(None));
        self.must(opened, &ReplyKind::Opened);
        self.reply_kind(at_merchant(merchant, number, showing(known)))
    }

    /// Submits wrong codes until the challenge has no try left; how many they were.
    fn spent(&mut self, number: u32) -> u32 {
        let before = self.view(number).tries;
        while self.view(number).status == Status::Pending {
            let wrong = self.wrong(number);
            let ReplyKind::No(Refusal::WrongCode(_)) = self.reply_kind(wrong) else {
                panic!("challenge {number} was not compared");
            };
        }
        self.view(number).tries - before
    }

    /// Guesses at as many merchants as let one in, one challenge each, numbered from `first`; how
    /// many guesses were compared.
    fn guessed(&mut self, first: u32, merchants: u32) -> u32 {
        (0..merchants)
            .map(|index| {
                let number = first + index;
                match self.shown_at(&format!("guess-{number}"), number) {
                    ReplyKind::Sent(1) => self.spent(number),
                    _ => 0,
                }
            })
            .sum()
    }
}

#[test]
fn five_wrong_codes_at_a_merchant_make_the_next_there_wait_a_quarter_of_an_hour() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("a", 1), SENT);
    assert_eq!(shell.spent(1), 5);
    let newest = shell.now;
    let until = seconds_from(newest, 15 * MINUTE);
    assert_eq!(shell.shown_at("a", 2), ReplyKind::No(Refusal::Locked(until)));
    assert_eq!(shell.view(2).locked_until, Some(until));
    // Elsewhere nothing changed, and the cardholder is not locked.
    assert_eq!(shell.describe().locked_until, None);
    assert_eq!(shell.shown_at("b", 3), SENT);
    assert_eq!(shell.view(3).tries_left, 5);
    shell.must(cancel(3), &ReplyKind::Canceled);
    shell.wait_until(newest, 15 * MINUTE * 1000 - 1);
    shell.refuses(present(2), Refusal::Locked(until));
    shell.wait_millis(1);
    assert_eq!(shell.view(2).locked_until, None);
    shell.must(present(2), &SENT);
}

#[test]
fn four_wrong_codes_make_nobody_wait() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("a", 1), SENT);
    for left in [4, 3, 2, 1] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.shown_at("a", 2), SENT);
    assert_eq!(shell.view(2).tries_left, 5);
}

#[test]
fn ten_wrong_codes_at_a_merchant_close_it_until_fewer_are_of_the_newest_day() {
    let mut shell = Shell::new();
    let first = shell.now;
    assert_eq!(shell.shown_at("a", 1), SENT);
    assert_eq!(shell.spent(1), 5);
    shell.wait(15 * MINUTE);
    assert_eq!(shell.shown_at("a", 2), SENT);
    assert_eq!(shell.spent(2), 5);
    let until = seconds_from(first, DAY);
    assert_eq!(shell.shown_at("a", 3), ReplyKind::No(Refusal::Locked(until)));
    assert_eq!(shell.shown_at("b", 4), SENT);
    shell.wait_until(first, DAY * 1000);
    assert_eq!(shell.shown_at("a", 5), SENT);
}

#[test]
fn a_success_at_a_merchant_forgets_what_was_wrong_there_and_the_day_does_not() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("a", 1), SENT);
    assert_eq!(shell.shown_at("a", 2), SENT);
    for left in [4, 3, 2, 1] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.must(shell.right(2, 1), &RIGHT);
    assert_eq!(shell.shown_at("a", 3), SENT);
    assert_eq!(shell.spent(3), 5);
    // 9 in all, of which 5 count at this merchant.
    let until = seconds_from(shell.now, 15 * MINUTE);
    assert_eq!(shell.shown_at("a", 4), ReplyKind::No(Refusal::Locked(until)));
    // 10 make the others wary: 9 and the tries of one that is open.
    assert_eq!(shell.shown_at("b", 5), SENT);
    assert_eq!(shell.view(5).tries_left, 5);
    assert_eq!(shell.shown_at("c", 6), SENT);
    assert_eq!(shell.view(6).tries_left, 2);
}

#[test]
fn from_ten_on_each_merchant_has_two_tries_in_all() {
    let mut shell = Shell::new();
    for number in [1, 2] {
        assert_eq!(shell.shown_at(&format!("first-{number}"), number), SENT);
        assert_eq!(shell.spent(number), 5);
    }
    assert_eq!(shell.shown_at("a", 3), SENT);
    assert_eq!(shell.view(3).tries_left, 2);
    shell.refuses(shell.wrong(3), Refusal::WrongCode(TriesLeft(1)));
    shell.must(cancel(3), &ReplyKind::Canceled);
    assert_eq!(shell.shown_at("a", 4), SENT);
    assert_eq!(shell.view(4).tries_left, 1);
    shell.refuses(shell.wrong(4), Refusal::WrongCode(TriesLeft(0)));
    assert_eq!(shell.view(4).status, Status::Failed);
    assert!(matches!(shell.shown_at("a", 5), ReplyKind::No(Refusal::Locked(_))));
    assert_eq!(shell.shown_at("b", 6), SENT);
}

#[test]
fn a_day_has_44_guesses_whatever_number_of_merchants_there_is() {
    let mut shell = Shell::new();
    let first = shell.now;
    assert_eq!(shell.guessed(1, 60), 44);
    // Until the oldest ceases to count.
    assert_eq!(shell.describe().locked_until, Some(seconds_from(first, DAY)));
    shell.wait_until(first, DAY * 1000 - 1);
    assert!(matches!(shell.shown_at("new", 100), ReplyKind::No(Refusal::Locked(_))));
    shell.wait_millis(1);
    assert_eq!(shell.describe().locked_until, None);
    shell.must(present(100), &SENT);
}

#[test]
fn what_open_challenges_may_still_spend_counts_among_it() {
    let mut shell = Shell::new();
    let mut promised = 0;
    for number in 1..=30 {
        if shell.shown_at(&format!("shop-{number}"), number) == SENT {
            promised += shell.view(number).tries_left;
        }
    }
    assert_eq!(promised, 44);
    // When the codes are dead, nothing is promised any more.
    shell.wait(10 * MINUTE);
    assert_eq!(shell.shown_at("late", 31), SENT);
    assert_eq!(shell.view(31).tries_left, 5);
}

#[test]
fn a_challenge_that_was_let_in_keeps_its_tries_whatever_happens_elsewhere() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("mine", 1), SENT);
    assert_eq!(shell.guessed(2, 60), 39);
    assert_eq!(shell.view(1).tries_left, 5);
    assert_eq!(shell.spent(1), 5);
}

#[test]
fn open_challenges_of_one_merchant_share_their_tries() {
    let mut shell = Shell::new();
    for number in [1, 2] {
        assert_eq!(shell.shown_at("a", number), SENT);
        assert_eq!(shell.view(number).tries_left, 5);
    }
    for left in [4, 3, 2] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(left)));
        assert_eq!(shell.view(2).tries_left, left);
    }
    assert_eq!(shell.spent(2), 2);
    assert_eq!(shell.view(1).status, Status::Pending);
    let until = seconds_from(shell.now, 15 * MINUTE);
    shell.refuses(shell.right(1, 1), Refusal::Locked(until));
    assert_eq!((shell.view(1).tries, shell.view(1).locked_until), (3, Some(until)));
}

#[test]
fn an_app_s_wrong_code_weighs_three() {
    let mut shell = Shell::with_app();
    let mut compared = 0;
    for number in 1..=30 {
        let merchant = format!("shop-{number}");
        if shell.shown_at(&merchant, number) != ReplyKind::Seen {
            continue;
        }
        while shell.view(number).status == Status::Pending {
            let wrong = shell.wrong_by_app(number, 1);
            assert!(matches!(shell.reply_kind(wrong), ReplyKind::No(Refusal::WrongCode(_))));
            compared += 1;
        }
    }
    assert_eq!(compared, 14);
}

#[test]
fn a_change_to_an_app_makes_no_room_for_more_guesses() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_at("mine", 1), SENT);
    assert_eq!(shell.guessed(2, 60), 39);
    shell.enroll_app(1, 1);
    // 39 and 5 fit 44. Of an app's, which weigh 3, one fits.
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(4)));
    assert!(matches!(
        shell.reply_kind(shell.wrong_by_app(1, 1)),
        ReplyKind::No(Refusal::Locked(_))
    ));
    assert_eq!(shell.view(1).tries, 1);
}

#[test]
fn a_known_browser_is_let_in_where_others_are_not_six_times_a_day() {
    let mut shell = Shell::new();
    let first = shell.now;
    assert_eq!(shell.guessed(1, 60), 44);
    assert_eq!(shell.shown_in("mine", 100, true), SENT);
    assert_eq!(shell.view(100).tries_left, 5);
    assert_eq!(shell.spent(100), 5);
    assert_eq!(shell.shown_in("mine", 101, true), SENT);
    assert_eq!(shell.view(101).tries_left, 1);
    assert_eq!(shell.spent(101), 1);
    assert!(matches!(shell.shown_in("mine", 102, true), ReplyKind::No(Refusal::Locked(_))));
    // One that was shown in an unknown browser before is let in when a known one shows it.
    shell.wait_until(first, DAY * 1000 + 1);
    shell.must(Command::Unlock, &ReplyKind::Described);
    assert_eq!(shell.guessed(200, 60), 44);
    assert!(matches!(shell.shown_at("mine", 300), ReplyKind::No(Refusal::Locked(_))));
    shell.must(at_merchant("mine", 300, showing(true)), &SENT);
}

#[test]
fn a_known_browser_is_treated_as_everybody_while_everybody_is_let_in() {
    let mut shell = Shell::new();
    assert_eq!(shell.shown_in("a", 1, true), SENT);
    assert_eq!(shell.spent(1), 5);
    // The five count for everybody; the six of known browsers are whole.
    assert!(matches!(shell.shown_at("a", 2), ReplyKind::No(Refusal::Locked(_))));
    assert_eq!(shell.shown_in("a", 3, true), SENT);
    assert_eq!(shell.view(3).tries_left, 5);
}

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

#[test]
fn messages_take_common_places_first_and_kept_ones_for_known_browsers_and_owners() {
    let places = |shell: &mut Shell, merchant: &str, number, known| {
        let opened = at_merchant(merchant, number, ChallengeCommand::Open(None));
        shell.must(opened, &ReplyKind::Opened);
        match shell.ask(at_merchant(merchant, number, showing(known))) {
            Reply::Send(_, order) => Some(order.places),
            _ => None,
        }
    };
    let mut shell = Shell::new();
    assert_eq!(places(&mut shell, "a", 1, false), Some(Places::Common));
    assert_eq!(places(&mut shell, "b", 2, true), Some(Places::All));
    assert_eq!(shell.guessed(10, 60), 34);
    assert_eq!(places(&mut shell, "c", 3, false), None);
    assert_eq!(places(&mut shell, "c", 4, true), Some(Places::Kept));
    shell.must(release(3), &ReplyKind::Seen);
    let Reply::Send(_, order) = shell.ask(present(3)) else { panic!("not let in") };
    assert_eq!(order.places, Places::Kept);
}

#[test]
fn a_destination_that_changed_lately_gets_no_code_where_a_deployment_says_so() {
    let other = || {
        let email = crate::contact::EmailAddress::parse("taro@other.jp").ok();
        Command::Register(super::Registration { email, ..super::taro() })
    };
    let mut shell = Shell::new();
    shell.rules.destination_min_age = Duration::from_secs(DAY);
    // A cardholder's first destinations are as old as the cardholder.
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &SENT);
    shell.ask(other());
    shell.must(open(2), &ReplyKind::Opened);
    shell.refuses(present(2), Refusal::DestinationTooNew(Seconds(DAY)));
    // The same again is no change.
    shell.wait(DAY - 1);
    shell.ask(other());
    shell.must(open(3), &ReplyKind::Opened);
    shell.refuses(present(3), Refusal::DestinationTooNew(Seconds(1)));
    shell.wait(1);
    shell.must(present(3), &SENT);
    shell.must(shell.right(3, 1), &RIGHT);
    assert_eq!(
        shell.view(3).destination_since,
        Some(seconds_from(shell.now, 0))
            .map(|now| { Timestamp::from_millis(now.millis() - DAY * 1000) })
    );
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
