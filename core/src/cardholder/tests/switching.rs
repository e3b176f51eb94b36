//! Challenges during which the cardholder goes from sent codes to an app, or back.

use super::{
    Channel, Command, DAY, MINUTE, Refusal, Registration, Reply, ReplyKind, SendChannel, Shell,
    TriesLeft,
    authenticator::{STEP_MILLIS, app_code, proof},
    cancel, open, present, refused_by_provider, resend, submit_with, taro,
};
use crate::{
    cardholder::{Ended, Status},
    contact::{PhoneNumber, Via},
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
fn a_code_that_was_sent_is_dead_after_a_switch_to_an_app() {
    let mut shell = switched();
    asks_for(&mut shell, Channel::App);
    let view = shell.view(1);
    assert_eq!((view.send, view.code_expires_in), (1, 0));
    // No further code is sent to a cardholder who chose an app.
    assert_eq!((view.resends_left, view.resend_in), (0, 0));
    shell.wait(30);
    shell.refuses(resend(1), Refusal::AppCodeExpected);
    shell.must(present(1), &ReplyKind::Seen);
    shell.refuses(typed(&shell.code(1, 1)), Refusal::WrongCode(TriesLeft(4)));
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    asks_for(&mut shell, Channel::App);
}

/// Whoever still reads messages at the former channel must not confirm.
#[test]
fn a_change_of_channel_revokes_the_living_codes_of_the_former_one() {
    let changes: [fn(&mut Shell); 2] = [
        |shell| shell.choose(1, Channel::Sms),
        |shell| {
            let channel = Some(SendChannel::Sms);
            shell.ask(Command::Register(Registration { channel, ..taro() }));
        },
    ];
    for change in changes {
        let mut shell = Shell::presented();
        change(&mut shell);
        let view = shell.view(1);
        assert_eq!(view.code_expires_in, 0);
        shell.refuses(shell.right(1, 1), Refusal::CodeExpired(TriesLeft(5)));
        shell.wait(30);
        let Reply::Send(_, order) = shell.ask(resend(1)) else { panic!("nothing was sent") };
        assert_eq!(order.to.reveal(), "+819012341234");
        shell.must(shell.right(1, 2), &ReplyKind::Verified);
    }
}

#[test]
fn a_change_that_changes_no_channel_revokes_nothing() {
    let changes: [fn(&mut Shell); 2] = [
        |shell| shell.choose(1, Channel::Email),
        |shell| {
            let phone = PhoneNumber::parse("+819087654321").ok();
            shell.ask(Command::Register(Registration { phone, channel: None, ..taro() }));
        },
    ];
    for change in changes {
        let mut shell = Shell::presented();
        change(&mut shell);
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }
}

/// The e-mail went out because text messages failed, to the address that is chosen now.
#[test]
fn a_code_that_went_by_mail_instead_lives_on_when_mail_is_chosen() {
    let mut shell = Shell::empty();
    shell.rules.sms_to_email = true;
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(refused_by_provider(1, 1), &ReplyKind::Sent(1));
    shell.choose(1, Channel::Email);
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
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
        shell.locks_after(100);
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
    let starts: [(Start, End, Channel); 3] = [
        (Shell::asked_for_app, by_app, Channel::App),
        (Shell::asked_for_app, by_wrong_app, Channel::App),
        (Shell::presented, sent, Channel::Email),
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
    let mut shell = Shell::presented();
    for left in [4, 3] {
        shell.refuses(shell.wrong(1), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.enroll_app(1, 1);
    for left in [2, 1, 0] {
        shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.refuses(shell.right_by_app(1, 1), Refusal::Ended(Ended::Failed));
    // 2 of weight 1, and 3 of weight 3: at this merchant a new one waits until less than 10 count.
    shell.must(open(2), &ReplyKind::Opened);
    let until = shell.now.plus(super::Duration::from_secs(DAY));
    shell.refuses(present(2), Refusal::Locked(until));
}
