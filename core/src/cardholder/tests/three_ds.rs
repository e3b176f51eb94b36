//! Challenges that directory servers ask for: their time, their ends, and who is told of these.

use super::{
    ChallengeCommand, Command, Digest, EventKind, Hasher, Refusal, Reply, ReplyKind, Seconds,
    Shell, accepted, at_merchant, id, open, present, read, refused_by_provider, resend, taro,
    to_challenge,
};
use crate::{
    cardholder::{Conclusion, DueEvent, Pinned, Status, Telling, View},
    storage::Due,
    wire::{self, frozen},
};

pub(super) fn card(number: u32) -> Digest {
    Hasher::new("card").field(&number.to_be_bytes()).finish()
}

/// A command to a challenge at a merchant as directory servers name it.
pub(super) fn to_three_ds(number: u32, command: ChallengeCommand) -> Command {
    at_merchant("3ds_shop", number, command)
}

pub(super) fn open_three_ds(number: u32) -> Command {
    to_three_ds(number, ChallengeCommand::OpenThreeDs { card: card(1) })
}

pub(super) fn requested(number: u32, session_data: Option<&str>) -> Command {
    let session_data = session_data.map(str::to_owned);
    to_three_ds(number, ChallengeCommand::Requested { session_data })
}

fn invalid(number: u32) -> Command {
    to_three_ds(number, ChallengeCommand::RequestInvalid)
}

impl Shell {
    /// Taro with a card and somebody to tell.
    fn with_card() -> Self {
        let mut shell = Self::new();
        shell.rules.events = true;
        shell.must(Command::AddCard(card(1)), &ReplyKind::Described);
        shell
    }

    /// The same, with challenge 1 open.
    pub(super) fn asked_by_directory_server() -> Self {
        let mut shell = Self::with_card();
        shell.must(open_three_ds(1), &ReplyKind::Opened);
        shell
    }

    /// The same, with its form shown.
    fn shown_to_requestor() -> Self {
        let mut shell = Self::asked_by_directory_server();
        shell.must(requested(1, Some("data")), &ReplyKind::Seen);
        shell.must(present(1), &ReplyKind::Sent(1));
        shell
    }

    fn conclusion(&mut self) -> Option<Conclusion> {
        self.view(1).three_ds.and_then(|it| it.conclusion)
    }

    fn telling(&mut self) -> Option<Telling> {
        self.view(1).three_ds.map(|it| it.telling)
    }

    /// How long until the challenge ends by itself.
    fn left(&mut self) -> u64 {
        let now = self.now;
        self.view(1).expires_at.seconds_from(now)
    }

    fn handed_out(&mut self) -> Vec<DueEvent> {
        self.state.hand_out_with_reply(&self.rules, self.now)
    }

    /// When the alarm is needed, at the latest, in seconds from now.
    fn alarm_in(&self) -> Option<u64> {
        match self.state.due(&self.rules, self.now) {
            Due::Never => None,
            Due::At(at) | Due::Within(_, at) | Due::Sweep(at) => Some(at.seconds_from(self.now)),
        }
    }
}

/// The kinds of the events that the alarm hands out.
fn woken(shell: &mut Shell) -> Vec<EventKind> {
    shell.woken().iter().map(|event| event.kind).collect()
}

/// Taro with a challenge that has ended, and whose value is made.
pub(super) fn concluded() -> Shell {
    let mut shell = Shell::shown_to_requestor();
    let right = shell.right(1, 1);
    shell.must(right, &ReplyKind::Verified);
    let value = Some("value".to_owned());
    shell.must(to_three_ds(1, ChallengeCommand::PinValue(value)), &ReplyKind::Seen);
    shell
}

#[test]
fn without_a_creq_it_ends_after_30_seconds() {
    let mut shell = Shell::asked_by_directory_server();
    assert_eq!((shell.left(), shell.alarm_in()), (30, Some(30)));
    shell.wait(29);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.wait(1);
    assert_eq!(shell.conclusion(), Some(Conclusion::NeverRequested));
    // A late CReq changes nothing.
    shell.must(requested(1, Some("late")), &ReplyKind::Seen);
    let view = shell.view(1).three_ds.unwrap();
    assert_eq!((view.requested, view.session_data), (false, None));
    assert_eq!(shell.conclusion(), Some(Conclusion::NeverRequested));
}

#[test]
fn each_page_that_is_shown_gives_ten_minutes_and_all_of_them_ninety() {
    let mut shell = Shell::asked_by_directory_server();
    shell.wait(29);
    shell.must(requested(1, None), &ReplyKind::Seen);
    assert_eq!(shell.left(), 600);
    shell.wait(100);
    shell.must(read(1), &ReplyKind::Seen);
    assert_eq!(shell.left(), 500);
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!(shell.left(), 600);
    shell.wait(100);
    let wrong = shell.wrong(1);
    assert!(matches!(shell.reply_kind(wrong), ReplyKind::No(Refusal::WrongCode(_))));
    assert_eq!(shell.left(), 600);
    shell.wait(300);
    shell.must(resend(1), &ReplyKind::Sent(2));
    assert_eq!(shell.left(), 600);
    // 529 seconds after the opening; the last page ends with the 90th minute.
    for _ in 0..8 {
        shell.wait(590);
        shell.ask(present(1));
    }
    assert_eq!(shell.left(), 5400 - 529 - 8 * 590);
    shell.wait(5400 - 529 - 8 * 590);
    assert_eq!(shell.conclusion(), Some(Conclusion::PageExpired));
}

#[test]
fn a_code_dies_after_its_own_life_however_long_the_page_is_shown() {
    let mut shell = Shell::shown_to_requestor();
    shell.wait(599);
    shell.must(present(1), &ReplyKind::Seen);
    shell.wait(1);
    let right = shell.right(1, 1);
    assert!(matches!(shell.reply_kind(right), ReplyKind::No(Refusal::CodeExpired(_))));
}

#[test]
fn the_first_creq_says_what_the_requestor_gets_back_and_the_same_again_goes_on() {
    let mut shell = Shell::shown_to_requestor();
    shell.wait(10);
    shell.must(requested(1, Some("other")), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.status, view.send), (Status::Pending, 1));
    let three_ds = view.three_ds.unwrap();
    assert!(three_ds.requested && three_ds.session_data.as_deref() == Some("data"));
}

type Course = fn(&mut Shell);

/// What ends a challenge, and as what.
#[test]
fn every_end_has_its_conclusion() {
    let all_wrong: Course = |shell| {
        for _ in 0..5 {
            let wrong = shell.wrong(1);
            shell.ask(wrong);
        }
    };
    let cases: [(Conclusion, Status, Course); 9] = [
        (Conclusion::Verified, Status::Verified, |shell| {
            let right = shell.right(1, 1);
            shell.must(right, &ReplyKind::Verified);
        }),
        (Conclusion::TriesUsedUp, Status::Failed, all_wrong),
        (Conclusion::Canceled, Status::Canceled, |shell| {
            shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
            shell.must(super::cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::Canceled, Status::Canceled, |shell| {
            let wrong = shell.wrong(1);
            shell.ask(wrong);
            shell.must(super::cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::Undeliverable, Status::Canceled, |shell| {
            shell.ask(refused_by_provider(1, 1));
            shell.must(super::cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::PageExpired, Status::Expired, |shell| shell.wait(600)),
        (Conclusion::Locked, Status::Expired, |shell| {
            shell.locks_after(1);
            let wrong = shell.wrong(1);
            shell.ask(wrong);
            shell.wait(600);
        }),
        (Conclusion::Locked, Status::Canceled, |shell| {
            shell.locks_after(1);
            let wrong = shell.wrong(1);
            shell.ask(wrong);
            shell.must(super::cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::RequestInvalid, Status::Canceled, |shell| {
            shell.must(invalid(1), &ReplyKind::Seen);
        }),
    ];
    for (conclusion, status, course) in cases {
        let mut shell = Shell::shown_to_requestor();
        course(&mut shell);
        let view = shell.view(1);
        let three_ds = view.three_ds.unwrap();
        let found = (three_ds.conclusion, view.status, three_ds.telling);
        assert_eq!(found, (Some(conclusion), status, Telling::Due));
        assert!(!view.redeemable);
        // Nothing changes it.
        for command in [invalid(1), requested(1, None), super::cancel(1), present(1), resend(1)] {
            shell.ask(command);
            assert_eq!(shell.conclusion(), Some(conclusion));
        }
    }
}

#[test]
fn a_cardholder_with_an_app_is_not_out_of_reach() {
    let mut shell = Shell::with_card();
    shell.enroll_app(1, 1);
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    shell.must(requested(1, None), &ReplyKind::Seen);
    shell.must(present(1), &ReplyKind::Seen);
    shell.must(super::cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.conclusion(), Some(Conclusion::Canceled));
}

/// The first attempt is the caller's; then the alarm's, after 10 seconds, 20, 40.
#[test]
fn a_result_is_handed_out_until_it_was_taken_over() {
    let mut shell = Shell::shown_to_requestor();
    let right = shell.right(1, 1);
    shell.must(right, &ReplyKind::Verified);
    let due = shell.handed_out();
    let kinds: Vec<_> = due.iter().map(|due| due.event.kind).collect();
    assert_eq!(kinds[0], EventKind::ThreeDsResult);
    assert_eq!(kinds.len(), 2);
    let concluded = |view: &View| view.three_ds.as_ref().unwrap().conclusion;
    assert_eq!(concluded(due[0].facts.view()), Some(Conclusion::Verified));
    let number = due[0].event.number;
    shell.ask(Command::Settled(vec![due[1].event.number]));
    for wait in [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 2560] {
        assert_eq!(shell.telling(), Some(Telling::Due));
        assert_eq!(shell.alarm_in(), Some(wait));
        shell.wait(wait - 2);
        assert_eq!(woken(&mut shell), []);
        shell.wait(2);
        assert_eq!(woken(&mut shell), [EventKind::ThreeDsResult]);
    }
    shell.must(Command::Settled(vec![number]), &ReplyKind::Settled);
    assert_eq!(shell.telling(), Some(Telling::Told));
    shell.wait(10_000);
    assert_eq!(woken(&mut shell), []);
}

#[test]
fn an_end_by_time_is_told_by_the_alarm_or_whoever_comes_first() {
    let mut shell = Shell::asked_by_directory_server();
    shell.wait(30);
    assert_eq!(
        woken(&mut shell),
        [EventKind::ThreeDsResult, EventKind::Ended(crate::cardholder::Ended::Expired)]
    );
    let mut shell = Shell::shown_to_requestor();
    shell.wait(600);
    shell.must(present(1), &ReplyKind::Seen);
    let due = shell.handed_out();
    assert!(due.iter().any(|due| due.event.kind == EventKind::ThreeDsResult));
}

#[test]
fn what_the_issuer_s_service_answered_first_is_kept() {
    let mut shell = Shell::shown_to_requestor();
    let right = shell.right(1, 1);
    shell.must(right, &ReplyKind::Verified);
    let pin =
        |value: Option<&str>| to_three_ds(1, ChallengeCommand::PinValue(value.map(str::to_owned)));
    shell.must(pin(None), &ReplyKind::Seen);
    shell.must(pin(Some("later")), &ReplyKind::Seen);
    assert_eq!(shell.view(1).three_ds.unwrap().value, Some(Pinned(None)));
}

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
    let other = super::with_record(open_three_ds(1), card(9));
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
    let card = card(1);
    let elsewhere = at_merchant("3ds_other", 3, ChallengeCommand::OpenThreeDs { card });
    shell.must(elsewhere, &ReplyKind::Opened);
}

#[test]
fn nobody_ends_a_form_that_a_requestor_has_opened() {
    let mut shell = Shell::with_card();
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    shell.must(requested(1, None), &ReplyKind::Seen);
    for number in 2..=200 {
        shell.must(open(number), &ReplyKind::Opened);
    }
    // Merchants' forms that were never shown make room for others.
    for number in 201..=210 {
        shell.must(open(number), &ReplyKind::Opened);
    }
    assert_eq!(shell.view(1).status, Status::Pending);
}

#[test]
fn it_ends_no_form_that_was_shown() {
    let mut shell = Shell::with_card();
    for number in 1..=200 {
        shell.must(open(number), &ReplyKind::Opened);
        // A form that sends no code: the cardholder's destination takes none.
        let Reply::Send(_, order) = shell.ask(present(number)) else { panic!("no send") };
        let limited = crate::cardholder::DeliveryReport::Limited(shell.now);
        shell.ask(to_challenge(number, ChallengeCommand::Report(order.number, limited)));
    }
    let refused = shell.reply_kind(open_three_ds(201));
    assert!(matches!(refused, ReplyKind::No(Refusal::TooManyChallenges(_))), "{refused:?}");
    shell.must(to_challenge(1, ChallengeCommand::Cancel), &ReplyKind::Canceled);
    shell.must(open_three_ds(201), &ReplyKind::Opened);
    assert!(shell.peek(201).is_some_and(|view| view.three_ds.is_some()));
    assert!(shell.state.kept(&id(2)).is_some());
}

#[test]
fn what_is_seen_of_it_is_frozen() {
    let mut shell = concluded();
    let reply = shell.ask(read(1));
    let text = wire::write_reply(&reply).unwrap();
    frozen::hold(&[("seen.three_ds", text.clone())]);
    let again = wire::read_reply(frozen::text("seen.three_ds")).unwrap();
    assert_eq!(wire::write_reply(&again).unwrap(), text);
}
