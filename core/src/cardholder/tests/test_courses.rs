//! Test cardholders: each forces its course by the rules of everybody, and what is theirs stays apart
//! from every other cardholder.

use super::{
    Cardholder, ChallengeCommand, Command, DAY, DeliveryReport, DeliveryState, MINUTE, ProviderId,
    Refusal, Reply, ReplyKind, Seconds, Shell, TriesLeft, accepted, audit, cancel, open, present,
    read, read_command, redeem_issued_at, release, report_fraud, resend, submit, to_challenge,
};
use crate::{
    cardholder::{Ended, EventFacts, EventKind, Status, Teller},
    code::SubmittedCode,
    contact::{Channel, Via},
    destination::DestinationQuota,
    test_cardholder::TestCardholder,
    wire,
};

pub(super) fn open_test(number: u32, test: TestCardholder) -> Command {
    to_challenge(number, ChallengeCommand::OpenTest(test))
}

pub(super) fn submit_test(number: u32, typed: &str) -> Command {
    let code = SubmittedCode::parse(typed).unwrap();
    to_challenge(number, ChallengeCommand::VerifyTest { code, attempt: None })
}

/// The object of a test challenge, which was just created.
pub(super) fn opened(test: TestCardholder) -> Shell {
    let mut shell = Shell::empty();
    (shell.rules.events, shell.rules.notifications) = (true, true);
    shell.must(open_test(1, test), &ReplyKind::Opened);
    shell
}

/// The same, with its form shown.
fn shown(test: TestCardholder) -> Shell {
    let mut shell = opened(test);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell
}

/// The kinds of the events that are handed out now.
fn told(shell: &mut Shell) -> Vec<EventKind> {
    let due = shell.state.hand_out_with_reply(&shell.rules, shell.now);
    assert!(due.iter().all(|due| due.event.test));
    due.into_iter().map(|due| due.event.kind).collect()
}

fn channel(shell: &mut Shell) -> Option<Channel> {
    shell.view(1).via.map(|via| via.channel())
}

#[test]
fn the_code_verifies_by_each_channel() {
    for (test, expected) in
        [(TestCardholder::Verified, Channel::Email), (TestCardholder::Sms, Channel::Sms)]
    {
        let mut shell = shown(test);
        assert_eq!(channel(&mut shell), Some(expected));
        shell.refuses(submit_test(1, "123457"), Refusal::WrongCode(TriesLeft(4)));
        shell.must(submit_test(1, "123456"), &ReplyKind::Verified);
        let issued_at = shell.now.unix_seconds();
        shell.must(redeem_issued_at(1, issued_at, None), &ReplyKind::Redeemed);
        shell.must(redeem_issued_at(1, issued_at, None), &ReplyKind::NotRedeemable);
        assert_eq!(told(&mut shell), [EventKind::Ended(Ended::Verified)]);
    }
    let mut shell = opened(TestCardholder::App);
    shell.must(present(1), &ReplyKind::Seen);
    assert_eq!(shell.view(1).via, Some(Via::App));
    shell.refuses(submit_test(1, "000000"), Refusal::WrongCode(TriesLeft(4)));
    shell.must(submit_test(1, "123456"), &ReplyKind::Verified);
}

#[test]
fn before_the_form_is_shown_there_is_no_code_to_compare() {
    opened(TestCardholder::Verified).refuses(submit_test(1, "123456"), Refusal::CodeNotSent);
}

#[test]
fn an_attempt_that_is_sent_again_gets_its_answer_again() {
    let attempt = Some(super::record(9));
    let again = |typed: &str| {
        let code = SubmittedCode::parse(typed).unwrap();
        to_challenge(1, ChallengeCommand::VerifyTest { code, attempt })
    };
    let mut shell = shown(TestCardholder::Verified);
    for _ in 0..3 {
        shell.refuses(again("000000"), Refusal::WrongCode(TriesLeft(4)));
    }
    let mut shell = shown(TestCardholder::Verified);
    shell.must(again("123456"), &ReplyKind::Verified);
    shell.must(again("123456"), &ReplyKind::Verified);
}

#[test]
fn of_the_wrong_code_every_code_is_wrong_until_the_tries_are_spent() {
    let mut shell = shown(TestCardholder::WrongCode);
    for left in (0..5).rev() {
        shell.refuses(submit_test(1, "123456"), Refusal::WrongCode(TriesLeft(left)));
    }
    assert_eq!(shell.view(1).status, Status::Failed);
    assert_eq!(told(&mut shell), [EventKind::Ended(Ended::Failed)]);
}

#[test]
fn the_expired_one_ends_within_half_a_minute() {
    let mut shell = shown(TestCardholder::Expired);
    assert_eq!(shell.view(1).code_expires_in, 30);
    shell.wait(29);
    assert_eq!(shell.view(1).status, Status::Pending);
    shell.wait(1);
    shell.refuses(submit_test(1, "123456"), Refusal::Ended(Ended::Expired));
    assert_eq!(told(&mut shell), [EventKind::Ended(Ended::Expired)]);
}

/// Under whatever the deployment allows.
#[test]
fn the_locked_one_is_kept_out_by_the_rules() {
    for tries in [1, 3, 5, 10] {
        let mut shell = Shell::empty();
        (shell.rules.tries, shell.rules.events) = (tries, true);
        shell.must(open_test(1, TestCardholder::Locked), &ReplyKind::Opened);
        let until = shell.now.plus(shell.rules.wrong_codes.merchant_wait);
        shell.refuses(present(1), Refusal::Locked(until));
        assert_eq!(shell.view(1).locked_until, Some(until));
        // The codes that locked it are told of nowhere.
        assert_eq!(told(&mut shell), []);
        assert_eq!(shell.state.locked_at(&shell.rules, shell.now), None);
        assert_eq!(shell.state.merchant_waits_until(&super::id(1), &shell.rules, shell.now), None);
        shell.wait(15 * MINUTE);
        shell.must(present(1), &ReplyKind::Sent(1));
    }
}

#[test]
fn at_the_send_limit_the_destination_takes_nothing_for_a_day() {
    let mut shell = shown(TestCardholder::SendLimit);
    let until = DestinationQuota::full_until(&shell.rules, shell.now);
    assert_eq!(until, shell.now.plus(shell.rules.window));
    let report = ChallengeCommand::Report(1, DeliveryReport::Limited(until));
    shell.refuses(to_challenge(1, report), Refusal::DestinationLimited(Seconds(DAY)));
}

#[test]
fn what_a_provider_would_answer_is_seen_as_of_a_real_one() {
    let reported = |report| to_challenge(1, ChallengeCommand::Report(1, report));
    let mut shell = shown(TestCardholder::Undeliverable);
    shell.ask(reported(DeliveryReport::BadDestination));
    assert_eq!(shell.view(1).delivery, Some(DeliveryState::Failed));
    assert_eq!(told(&mut shell), [EventKind::DeliveryFailed(1)]);

    let mut shell = shown(TestCardholder::SlowProvider);
    let unknown = DeliveryReport::Unknown { first: ProviderId(255), others: Vec::new() };
    shell.ask(reported(unknown));
    assert_eq!(shell.view(1).delivery, Some(DeliveryState::Unconfirmed));
    shell.must(submit_test(1, "123456"), &ReplyKind::Verified);

    let mut shell = shown(TestCardholder::Bounced);
    shell.ask(accepted(1, 1, &[]));
    shell.ask(super::receipt(1, 1, DeliveryState::Bounced));
    assert_eq!(shell.view(1).delivery, Some(DeliveryState::Bounced));
    assert_eq!(told(&mut shell), [EventKind::DeliveryFailed(1)]);
    shell.must(resend(1), &ReplyKind::Sent(2));
}

#[test]
fn of_one_that_is_not_enrolled_nothing_is_opened_or_kept() {
    let mut shell = Shell::empty();
    shell.refuses(open_test(1, TestCardholder::NotEnrolled), Refusal::NotEnrolled);
    assert!(shell.state == Cardholder::default());
}

#[test]
fn what_a_deployment_lacks_and_forbids_keeps_no_course_away() {
    for test in TestCardholder::ALL {
        let mut shell = Shell::empty();
        shell.rules.available =
            crate::rules::AvailableChannels { email: false, sms: false, app: false };
        shell.rules.sms_countries = Vec::new();
        let expected = match test {
            TestCardholder::NotEnrolled => ReplyKind::No(Refusal::NotEnrolled),
            _ => ReplyKind::Opened,
        };
        shell.must(open_test(1, test), &expected);
    }
}

/// An event is told with how codes would come, although nobody is registered in what is stored.
#[test]
fn the_event_of_one_that_was_never_shown_says_the_channel() {
    let mut shell = opened(TestCardholder::Sms);
    shell.ask(report_fraud(1));
    let due = shell.state.hand_out_with_reply(&shell.rules, shell.now);
    let views = due.iter().filter_map(|due| match &due.facts {
        EventFacts::Seen(view) => Some(view.via.as_ref().map(Via::channel)),
        EventFacts::Audited(_) => None,
    });
    assert_eq!(views.collect::<Vec<_>>(), [Some(Channel::Sms)]);
    assert!(shell.state.known.is_none());
}

/// By an alarm of this release or of the one before, which knows nothing of tests.
#[test]
fn nobody_is_registered_in_what_is_stored_and_nobody_is_notified() {
    for test in TestCardholder::ALL {
        let mut shell = Shell::empty();
        (shell.rules.events, shell.rules.notifications) = (true, true);
        shell.ask(open_test(1, test));
        shell.ask(present(1));
        for _ in 0..3 {
            shell.ask(submit_test(1, "000000"));
        }
        assert!(shell.state.known.is_none(), "{test:?}");
        let mut before = shell.clone();
        before.state.test = None;
        for (shell, forgets) in [(&mut shell, true), (&mut before, false)] {
            shell.wait(30 * MINUTE);
            let Reply::Woken(events, notified) = shell.ask(Command::Wake) else { panic!() };
            let marked = events.iter().all(|event| event.test);
            assert_eq!(marked, events.is_empty() || shell.state.test.is_some(), "{test:?}");
            assert!(notified.is_empty(), "{test:?}");
            assert!(shell.state.known.is_none(), "{test:?}");
            shell.wait(3 * DAY);
            shell.ask(Command::Wake);
            assert!(shell.state.challenges.is_empty(), "{test:?}");
            assert!(!(forgets && shell.state.is_kept()), "{test:?}");
        }
    }
}

/// Every command by which kind of object takes it.
#[test]
fn no_command_of_one_mode_is_taken_by_an_object_of_the_other() {
    let live = [
        ("register", Command::Register(super::taro())),
        ("describe", Command::Describe),
        ("unlock", Command::Unlock),
        ("challenges", Command::Challenges),
        ("forget", Command::Forget),
        ("notify", Command::Notify(1)),
        ("open", open(1)),
        ("open another", open(2)),
        ("verify", submit(1, "123456")),
        ("release", release(1)),
    ];
    for (name, command) in live {
        let mut shell = shown(TestCardholder::Verified);
        let before = shell.state.clone();
        assert_eq!(shell.reply_kind(command), ReplyKind::No(Refusal::UnknownChallenge), "{name}");
        assert_eq!(shell.view(1).status, Status::Pending, "{name}");
        assert!(shell.state == before, "{name}");
    }
    let test = [
        ("open", open_test(1, TestCardholder::Verified)),
        ("open another", open_test(2, TestCardholder::Verified)),
        ("verify", submit_test(1, "123456")),
    ];
    for (name, command) in test {
        let mut shell = Shell::presented();
        assert_eq!(shell.reply_kind(command), ReplyKind::No(Refusal::UnknownChallenge), "{name}");
        assert_eq!(shell.view(1).tries, 0, "{name}");
    }
    // Nor does an object open a test for another cardholder than its own.
    let mut shell = opened(TestCardholder::Verified);
    shell.refuses(open_test(1, TestCardholder::App), Refusal::UnknownChallenge);
    // The same create again finds the challenge; another one under its key does not.
    shell.must(open_test(1, TestCardholder::Verified), &ReplyKind::Opened);
    let other = super::with_record(open_test(1, TestCardholder::Verified), super::record(7));
    shell.refuses(other, Refusal::RecordConflict);
}

#[test]
fn what_both_kinds_take_is_answered_alike() {
    for command in [read(1), audit(1), cancel(1), report_fraud(1), resend(1)] {
        let (mut live, mut test) = (Shell::presented(), shown(TestCardholder::Verified));
        assert_eq!(live.reply_kind(repeated(&command)), test.reply_kind(command));
    }
}

fn repeated(command: &Command) -> Command {
    let now = Shell::empty().now;
    let text = wire::write_call(command, now, Teller::Alarm).unwrap();
    read_command(&text).unwrap().1
}
