//! Letting challenges in: what wrong codes refuse, where, how long, and to whom not.

use super::{
    ChallengeCommand, Command, DAY, Duration, MINUTE, Refusal, ReplyKind, Shell, Timestamp,
    TriesLeft, at_merchant, cancel, present, release, showing,
};
use crate::cardholder::{Places, Reply, Status};

pub(super) const RIGHT: ReplyKind = ReplyKind::Verified;
pub(super) const SENT: ReplyKind = ReplyKind::Sent(1);

pub(super) fn seconds_from(at: Timestamp, seconds: u64) -> Timestamp {
    at.plus(Duration::from_secs(seconds))
}

impl Shell {
    /// Opens a challenge of a merchant and shows its form in an unknown browser.
    pub(super) fn shown_at(&mut self, merchant: &str, number: u32) -> ReplyKind {
        self.shown_in(merchant, number, false)
    }

    pub(super) fn shown_in(&mut self, merchant: &str, number: u32, known: bool) -> ReplyKind {
        let opened = at_merchant(merchant, number, ChallengeCommand::Open(None));
        self.must(opened, &ReplyKind::Opened);
        self.reply_kind(at_merchant(merchant, number, showing(known)))
    }

    /// Submits wrong codes until the challenge has no try left; how many they were.
    pub(super) fn spent(&mut self, number: u32) -> u32 {
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
    pub(super) fn guessed(&mut self, first: u32, merchants: u32) -> u32 {
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
