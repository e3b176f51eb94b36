//! Challenges that directory servers ask for: how long they last, and as what they end.

use super::{
    ChallengeCommand, Command, DeliveryState, Digest, Hasher, MINUTE, Refusal, ReplyKind, Shell,
    accepted, at_merchant, cancel, limited, open, present, read, receipt, refused_by_provider,
    report_fraud, resend, to_challenge, with_record,
};
use crate::{
    cardholder::{Conclusion, Status, Telling},
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
    to_three_ds(number, asking())
}

/// A directory server asks, and says nothing of buyer and purchase.
pub(super) fn asking() -> ChallengeCommand {
    ChallengeCommand::OpenThreeDs { card: card(1), networks: Vec::new(), amount: None }
}

pub(super) fn requested(number: u32, session_data: Option<&str>) -> Command {
    let session_data = session_data.map(str::to_owned);
    to_three_ds(number, ChallengeCommand::Requested { session_data })
}

pub(super) fn invalid(number: u32) -> Command {
    to_three_ds(number, ChallengeCommand::RequestInvalid)
}

impl Shell {
    /// Taro with a card and somebody to tell.
    pub(super) fn with_card() -> Self {
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
    pub(super) fn shown_to_requestor() -> Self {
        let mut shell = Self::asked_by_directory_server();
        shell.must(requested(1, Some("data")), &ReplyKind::Seen);
        shell.must(present(1), &ReplyKind::Sent(1));
        shell
    }

    pub(super) fn conclusion(&mut self) -> Option<Conclusion> {
        self.view(1).three_ds.and_then(|it| it.conclusion)
    }

    /// How long until the challenge ends by itself.
    pub(super) fn left(&mut self) -> u64 {
        let now = self.now;
        self.view(1).expires_at.seconds_from(now)
    }
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
    assert_eq!(shell.left(), 30);
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
            shell.must(cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::Canceled, Status::Canceled, |shell| {
            let wrong = shell.wrong(1);
            shell.ask(wrong);
            shell.must(cancel(1), &ReplyKind::Canceled);
        }),
        (Conclusion::Undeliverable, Status::Canceled, |shell| {
            shell.ask(refused_by_provider(1, 1));
            shell.must(cancel(1), &ReplyKind::Canceled);
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
            shell.must(cancel(1), &ReplyKind::Canceled);
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
        for command in [invalid(1), requested(1, None), cancel(1), present(1), resend(1)] {
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
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(shell.conclusion(), Some(Conclusion::Canceled));
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

/// What gives a page no time: whoever only looks, the couriers, and who has another record.
#[test]
fn what_shows_no_page_gives_no_time() {
    let mut shell = Shell::shown_to_requestor();
    shell.wait(100);
    let commands = [
        read(1),
        accepted(1, 1, &[]),
        receipt(1, 1, DeliveryState::Bounced),
        super::release(1),
        super::audit(1),
        to_three_ds(1, ChallengeCommand::PinValue(None)),
        with_record(present(1), card(9)),
        with_record(requested(1, None), card(9)),
    ];
    for command in commands {
        shell.ask(command);
        assert_eq!(shell.left(), 500);
    }
    // A merchant's challenge has the time that it was opened with.
    shell.must(open(2), &ReplyKind::Opened);
    let expires_at = shell.view(2).expires_at;
    shell.wait(100);
    shell.ask(present(2));
    assert_eq!(shell.view(2).expires_at, expires_at);
}

#[test]
fn a_code_lives_no_longer_than_the_challenge() {
    let mut shell = Shell::asked_by_directory_server();
    shell.must(requested(1, None), &ReplyKind::Seen);
    for _ in 0..8 {
        shell.wait(590);
        shell.must(requested(1, None), &ReplyKind::Seen);
    }
    shell.wait(580);
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!((shell.left(), shell.view(1).code_expires_in), (100, 100));
    shell.wait(100);
    let right = shell.right(1, 1);
    let refused = shell.reply_kind(right);
    assert!(matches!(refused, ReplyKind::No(Refusal::Ended(_))), "{refused:?}");
}

/// As what a cardholder's giving up counts: who could not get a code is not who would not.
#[test]
fn who_gives_up_without_a_code_was_out_of_reach() {
    let cases: [(Conclusion, Course); 6] = [
        (Conclusion::Undeliverable, |shell| {
            shell.ask(accepted(1, 1, &[]));
            shell.ask(receipt(1, 1, DeliveryState::Bounced));
        }),
        // No provider was asked.
        (Conclusion::Undeliverable, |shell| {
            shell.ask(limited(1, 1, shell.now));
        }),
        // The first code was sent and can be used, although nobody took the second.
        (Conclusion::Canceled, |shell| {
            shell.ask(accepted(1, 1, &[]));
            shell.wait(60);
            shell.must(resend(1), &ReplyKind::Sent(2));
            shell.ask(refused_by_provider(1, 2));
        }),
        // It can be used no more.
        (Conclusion::Undeliverable, |shell| {
            shell.ask(accepted(1, 1, &[]));
            shell.wait(550);
            shell.must(resend(1), &ReplyKind::Sent(2));
            shell.ask(refused_by_provider(1, 2));
            shell.wait(50);
        }),
        // Nobody knows.
        (Conclusion::Canceled, |shell| shell.wait(60)),
        (Conclusion::Canceled, |shell| {
            let wrong = shell.wrong(1);
            shell.ask(wrong);
            shell.ask(accepted(1, 1, &[]));
            shell.ask(receipt(1, 1, DeliveryState::Bounced));
        }),
    ];
    for (index, (conclusion, course)) in cases.into_iter().enumerate() {
        let mut shell = Shell::shown_to_requestor();
        course(&mut shell);
        shell.must(cancel(1), &ReplyKind::Canceled);
        assert_eq!(shell.conclusion(), Some(conclusion), "case {index}");
    }
}

#[test]
fn who_says_that_the_purchase_is_not_theirs_has_canceled_whatever_else_kept_them() {
    let courses: [Course; 3] = [
        |_| {},
        |shell| drop(shell.ask(refused_by_provider(1, 1))),
        |shell| {
            shell.locks_after(1);
            let wrong = shell.wrong(1);
            shell.ask(wrong);
        },
    ];
    for course in courses {
        let mut shell = Shell::shown_to_requestor();
        course(&mut shell);
        shell.must(report_fraud(1), &ReplyKind::Seen);
        assert_eq!(shell.conclusion(), Some(Conclusion::Canceled));
    }
}

/// Wrong codes in another form at its merchant keep it out for a quarter of an hour.
#[test]
fn an_end_by_time_is_concluded_as_it_was_then_however_late_it_is_noticed() {
    for late in [0, 10 * MINUTE, 60 * MINUTE] {
        let mut shell = Shell::with_card();
        shell.must(open_three_ds(1), &ReplyKind::Opened);
        shell.must(open_three_ds(2), &ReplyKind::Opened);
        for number in [1, 2] {
            shell.must(requested(number, None), &ReplyKind::Seen);
        }
        shell.must(present(2), &ReplyKind::Sent(1));
        for _ in 0..5 {
            let wrong = shell.wrong(2);
            shell.ask(wrong);
        }
        shell.wait(60);
        assert!(matches!(shell.reply_kind(present(1)), ReplyKind::No(Refusal::Locked(_))));
        shell.wait(600 + late);
        assert_eq!(shell.conclusion(), Some(Conclusion::Locked), "{late} seconds late");
    }
}

/// Its code dies with it, and who asked now would be kept out by what was wrong elsewhere.
#[test]
fn a_form_that_could_be_used_to_its_end_was_not_locked() {
    let mut shell = Shell::shown_to_requestor();
    for number in 2..=5 {
        let elsewhere = |command| at_merchant(&format!("shop-{number}"), number, command);
        shell.must(elsewhere(ChallengeCommand::Open(None)), &ReplyKind::Opened);
        shell.must(elsewhere(super::showing(false)), &ReplyKind::Sent(1));
        shell.fail(number);
    }
    let mut spent = 0;
    while shell.view(1).tries_left > 3 {
        let wrong = shell.wrong(1);
        shell.ask(wrong);
        spent += 1;
    }
    assert_eq!(spent, 2);
    shell.wait(600);
    assert_eq!(shell.conclusion(), Some(Conclusion::PageExpired));
}

#[test]
fn a_merchant_s_challenge_takes_no_command_of_a_directory_server_s() {
    let mut shell = Shell::presented();
    for ends in [false, true] {
        if ends {
            shell.must(cancel(1), &ReplyKind::Canceled);
        }
        let commands =
            [ChallengeCommand::RequestInvalid, ChallengeCommand::PinValue(None)].into_iter();
        for command in commands.map(|command| to_challenge(1, command)) {
            shell.refuses(command, Refusal::UnknownChallenge);
        }
        shell.refuses(requested(1, None), Refusal::UnknownChallenge);
    }
    assert!(shell.view(1).three_ds.is_none());
}

#[test]
fn nothing_of_it_can_be_redeemed() {
    let mut shell = concluded();
    assert!(!shell.view(1).redeemable);
    shell.must(shell.redeem(1, None), &ReplyKind::NotRedeemable);
    assert!(!shell.view(1).redeemed);
}

/// Whoever ends it needs not ask again.
#[test]
fn the_answer_that_ends_it_says_as_what() {
    let shell = Shell::shown_to_requestor();
    let mut last_try = shell.clone();
    for _ in 0..4 {
        let wrong = last_try.wrong(1);
        last_try.ask(wrong);
    }
    let (right, wrong) = (shell.right(1, 1), shell.wrong(1));
    let cases = [
        (Conclusion::Verified, shell.clone(), right),
        (Conclusion::TriesUsedUp, last_try, wrong),
        (Conclusion::Canceled, shell.clone(), cancel(1)),
        (Conclusion::Canceled, shell.clone(), report_fraud(1)),
        (Conclusion::RequestInvalid, shell, invalid(1)),
    ];
    for (conclusion, mut shell, command) in cases {
        let view = super::shown(shell.ask(command)).unwrap();
        let three_ds = view.three_ds.unwrap();
        assert_eq!((three_ds.conclusion, three_ds.telling), (Some(conclusion), Telling::Due));
    }
}

/// An answer that was lost is given again.
#[test]
fn a_right_code_sent_again_under_its_name_is_right_again() {
    let mut shell = Shell::shown_to_requestor();
    let named = |mut command| {
        if let Command::Challenge { command: ChallengeCommand::Verify { attempt, .. }, .. } =
            &mut command
        {
            *attempt = Some(card(9));
        }
        command
    };
    let right = shell.right(1, 1);
    shell.must(named(right), &ReplyKind::Verified);
    shell.wait(1200);
    let again = shell.right(1, 1);
    shell.must(named(again), &ReplyKind::Verified);
    let unnamed = shell.right(1, 1);
    assert!(matches!(shell.reply_kind(unnamed), ReplyKind::No(Refusal::Ended(_))));
}
