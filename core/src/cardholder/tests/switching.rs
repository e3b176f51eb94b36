//! Challenges during which the cardholder goes from sent codes to an app, or back.

use super::{
    Channel, Command, DAY, MINUTE, Refusal, Registration, Reply, ReplyKind, SendChannel, Shell,
    TriesLeft,
    authenticator::{STEP_MILLIS, app_code, proof},
    cancel, open, present, refused_by_provider, resend, submit_with, taro,
};
use crate::{
    cardholder::{Ended, Status},
    contact::{EmailAddress, PhoneNumber, Via},
};

/// Taro with challenge 1 open and its first code sent, and an app enrolled since.
fn switched() -> Shell {
    let mut shell = Shell::presented();
    shell.enroll_app(1, 1);
    shell
}

/// Submits one code as the code of the app and as what was sent, whichever is compared.
fn typed(typed: &str) -> Command {
    submit_with(1, Some(proof(1)), typed)
}

#[track_caller]
fn asks_for(shell: &mut Shell, channel: Channel) {
    assert_eq!(shell.view(1).via.map(|via| via.channel()), Some(channel));
}

#[test]
fn a_code_that_was_sent_verifies_after_the_switch_to_an_app() {
    let mut shell = switched();
    let view = shell.view(1);
    assert_eq!(view.via.unwrap().destination(), Some("***@mail.jp"));
    assert_eq!((view.send, view.code_expires_in), (1, 600));
    // No further code is sent to a cardholder who chose an app.
    assert_eq!((view.resends_left, view.resend_in), (0, 0));
    shell.wait(30);
    shell.refuses(resend(1), Refusal::AppCodeExpected);
    shell.must(present(1), &ReplyKind::Seen);
    shell.must(typed(&shell.code(1, 1)), &ReplyKind::Verified);
    asks_for(&mut shell, Channel::Email);
}

#[test]
fn a_text_message_that_failed_after_the_switch_to_an_app_is_not_sent_by_mail() {
    let mut shell = Shell::empty();
    shell.rules.sms_to_email = true;
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.enroll_app(1, 1);
    shell.wait_millis(STEP_MILLIS);
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    asks_for(&mut shell, Channel::App);
    shell.must(typed(&app_code(1, shell.now)), &ReplyKind::Verified);
}

#[test]
fn the_app_is_asked_once_the_code_that_was_sent_is_dead() {
    let dies_by: [fn(&mut Shell); 3] = [
        |shell| shell.wait(10 * MINUTE),
        |shell| {
            let email = EmailAddress::parse("taro@other.jp").ok();
            shell.ask(Command::Register(Registration { email, channel: None, ..taro() }));
        },
        |shell| shell.must(refused_by_provider(1, 1), &ReplyKind::Seen),
    ];
    for (index, die) in dies_by.into_iter().enumerate() {
        let mut shell = switched();
        shell.wait_millis(STEP_MILLIS);
        let sent = shell.code(1, 1);
        // While it lives the app's code is compared with it.
        let by_app = typed(&app_code(1, shell.now));
        shell.refuses(by_app, Refusal::WrongCode(TriesLeft(4)));
        asks_for(&mut shell, Channel::Email);
        die(&mut shell);
        asks_for(&mut shell, Channel::App);
        assert_eq!(shell.view(1).code_expires_in, 0);
        shell.must(present(1), &ReplyKind::Seen);
        shell.refuses(typed(&sent), Refusal::WrongCode(TriesLeft(3)));
        asks_for(&mut shell, Channel::App);
        shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
        asks_for(&mut shell, Channel::App);
        assert_eq!(shell.view(1).tries, 3, "death {index}");
    }
}

#[test]
fn a_code_that_was_sent_dies_to_the_millisecond_after_the_switch_as_before() {
    for (millis, living) in [(599_999, true), (600_000, false)] {
        let mut shell = switched();
        shell.wait_millis(millis);
        asks_for(&mut shell, if living { Channel::Email } else { Channel::App });
        let kind = shell.reply_kind(super::submit(1, &shell.code(1, 1)));
        assert_eq!(kind, if living { ReplyKind::Verified } else { ReplyKind::Unseal });
    }
}

#[test]
fn a_form_that_asked_for_the_app_sends_at_its_next_showing_after_the_switch_back() {
    let back: [fn(&mut Shell); 2] = [
        |shell| shell.choose(2, Channel::Sms),
        |shell| {
            let channel = Some(SendChannel::Sms);
            shell.ask(Command::Register(Registration { channel, ..taro() }));
        },
    ];
    for (wrong_before, switch) in [(0, back[0]), (2, back[0]), (0, back[1]), (2, back[1])] {
        let mut shell = Shell::asked_for_app();
        for _ in 0..wrong_before {
            let wrong = shell.wrong_by_app(1, 1);
            shell.ask(wrong);
        }
        switch(&mut shell);
        let view = shell.view(1);
        assert_eq!(view.via.unwrap().destination(), Some("***-****-1234"));
        assert_eq!((view.send, view.resends_left), (0, 3));
        // The app is not enrolled any more, and no code was sent yet.
        shell.refuses(shell.right_by_app(1, 1), Refusal::CodeNotSent);
        let Reply::Send(view, order) = shell.ask(present(1)) else {
            panic!("nothing was sent");
        };
        assert_eq!((order.send, order.to.reveal()), (1, "+819012341234"));
        assert_eq!((view.tries, view.tries_left), (wrong_before, 5 - wrong_before));
        shell.must(typed(&shell.code(1, 1)), &ReplyKind::Verified);
        asks_for(&mut shell, Channel::Sms);
    }
}

/// Otherwise the form would ask for the code of an app that is gone, and offer no send.
#[test]
fn a_form_asks_for_the_app_no_longer_than_it_is_enrolled() {
    let mut shell = switched();
    shell.wait(10 * MINUTE);
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(4)));
    asks_for(&mut shell, Channel::App);
    shell.choose(2, Channel::Email);
    shell.must(present(1), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!(view.via.as_ref().and_then(Via::destination), Some("***@mail.jp"));
    assert_eq!((view.code_expires_in, view.resends_left), (0, 3));
    shell.refuses(shell.right_by_app(1, 1), Refusal::CodeExpired(TriesLeft(4)));
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
    asks_for(&mut shell, Channel::Email);
}

#[test]
fn a_code_sent_after_the_app_was_asked_is_the_newest() {
    let mut shell = Shell::asked_for_app();
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(4)));
    shell.choose(2, Channel::Email);
    shell.must(present(1), &ReplyKind::Sent(1));
    // No code was submitted since: the challenge ended while it asked for a sent code.
    shell.wait(30 * MINUTE);
    assert_eq!(shell.view(1).status, Status::Expired);
    asks_for(&mut shell, Channel::Email);
}

/// The report that every provider refused the newer send came late, so the older code is the newest
/// again.
#[test]
fn a_sent_code_that_is_the_newest_again_is_the_one_that_verified() {
    let mut shell = Shell::presented();
    shell.choose(1, Channel::Sms);
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    let phone = PhoneNumber::parse("+819087654321").ok();
    shell.ask(Command::Register(Registration { phone, channel: None, ..taro() }));
    shell.enroll_app(2, 2);
    shell.refuses(shell.wrong_by_app(1, 2), Refusal::WrongCode(TriesLeft(4)));
    asks_for(&mut shell, Channel::App);
    shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
    asks_for(&mut shell, Channel::Email);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
    asks_for(&mut shell, Channel::Email);
}

#[test]
fn an_ended_challenge_keeps_the_channel_of_the_newest_code_through_every_change() {
    type Start = fn() -> Shell;
    type End = fn(&mut Shell);
    let by_app: End = |shell| shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    let by_wrong_app: End = |shell| {
        shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(4)));
        shell.must(cancel(1), &ReplyKind::Canceled);
    };
    let sent: End = |shell| shell.must(shell.right(1, 1), &ReplyKind::Verified);
    let starts: [(Start, End, Channel); 4] = [
        (Shell::asked_for_app, by_app, Channel::App),
        (Shell::asked_for_app, by_wrong_app, Channel::App),
        (Shell::presented, sent, Channel::Email),
        (switched, sent, Channel::Email),
    ];
    for (start, end, channel) in starts {
        let mut shell = start();
        end(&mut shell);
        let before = shell.view(1);
        assert_eq!(before.via.as_ref().map(Via::channel), Some(channel));
        for (number, next) in [(2, Channel::Sms), (3, Channel::App), (4, Channel::Email)] {
            shell.choose(number, next);
            assert!(shell.view(1) == before, "after {next:?}");
        }
        let nobody = Registration {
            email: None,
            phone: None,
            personal_message: None,
            channel: None,
            by: super::BoundBy::Issuer,
        };
        shell.ask(Command::Register(nobody));
        assert!(shell.view(1) == before, "after every destination was removed");
    }
}

#[test]
fn the_waits_and_limits_of_sends_are_the_same_after_a_turn_by_the_app() {
    let mut shell = switched();
    shell.choose(2, Channel::Email);
    assert_eq!((shell.view(1).resend_in, shell.view(1).resends_left), (30, 3));
    shell.refuses(resend(1), Refusal::ResendTooSoon(super::Seconds(30)));
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
}

#[test]
fn wrong_codes_of_both_kinds_are_counted_together() {
    let mut shell = switched();
    shell.rules.lock_after = 4;
    for left in [4, 3] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.wait(10 * MINUTE);
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(2)));
    let until = shell.now.plus(super::Duration::from_secs(DAY));
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::Locked(until));
    shell.must(Command::Unlock, &ReplyKind::Described);
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(0)));
    shell.refuses(shell.right_by_app(1, 1), Refusal::Ended(Ended::Failed));
    shell.must(open(2), &ReplyKind::Opened);
}
