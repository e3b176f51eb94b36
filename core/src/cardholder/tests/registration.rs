//! What the issuer registers, where codes go because of it, and forgetting it.

use super::{
    Cardholder, Channel, Command, Refusal, Registration, Reply, Said, Shell, TriesLeft, open,
    present, read, resend, taro,
};
use crate::{
    cardholder::Status,
    contact::{EmailAddress, PhoneNumber},
};

#[test]
fn nothing_is_asked_of_a_cardholder_nobody_registered() {
    for command in [Command::Describe, Command::Unlock, Command::Forget, open(1)] {
        Shell::empty().refuses(command, Refusal::UnknownCardholder);
    }
}

#[test]
fn nothing_is_opened_or_sent_when_no_channel_is_chosen() {
    let nobody =
        || Registration { email: None, phone: None, personal_message: None, channel: None };
    let mut shell = Shell::empty();
    shell.ask(Command::Register(Registration { channel: None, ..taro() }));
    shell.refuses(open(1), Refusal::NotEnrolled);

    let mut shell = Shell::opened();
    shell.ask(Command::Register(nobody()));
    shell.refuses(present(1), Refusal::NotEnrolled);
    shell.refuses(open(2), Refusal::NotEnrolled);
    assert!(shell.view(1).sent_to.is_none());
}

#[test]
fn forgetting_leaves_nothing() {
    let mut shell = Shell::verified();
    shell.refuses(shell.wrong(1), Refusal::Ended(Status::Verified));
    shell.must(open(2), &Said::Opened);
    shell.must(present(2), &Said::Sent(1));
    shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(4)));
    shell.must(Command::Forget, &Said::Forgotten);
    assert!(shell.state == Cardholder::default());
    shell.refuses(read(1), Refusal::UnknownChallenge);
    shell.refuses(Command::Describe, Refusal::UnknownCardholder);
}

#[test]
fn a_registration_takes_the_place_of_the_one_before() {
    let mut shell = Shell::empty();
    let register = || Command::Register(taro());
    shell.must(register(), &Said::Registered { new: true });
    shell.must(register(), &Said::Registered { new: false });
    assert_eq!(shell.describe().email.unwrap().as_str(), "***@mail.jp");

    shell.must(open(1), &Said::Opened);
    assert!(shell.view(1).personal_message == taro().personal_message);
    shell.ask(Command::Register(Registration {
        email: EmailAddress::parse("taro@other.jp").ok(),
        phone: None,
        personal_message: None,
        channel: None,
    }));
    let known = shell.describe();
    assert_eq!(known.email.unwrap().as_str(), "***@other.jp");
    assert_eq!(known.phone, None);
    let view = shell.view(1);
    assert!(view.personal_message.is_none());
    assert_eq!(view.sent_to.unwrap().1.as_str(), "***@other.jp");
}

#[test]
fn a_registration_without_a_channel_keeps_the_choice_while_it_can() {
    let email = || EmailAddress::parse("new@mail.jp").ok();
    let phone = || PhoneNumber::parse("+819000000000").ok();
    let check = |chosen, (email, phone, channel), expected| {
        let mut shell = Shell::empty();
        shell.ask(Command::Register(Registration { channel: chosen, ..taro() }));
        shell.ask(Command::Register(Registration {
            email,
            phone,
            personal_message: None,
            channel,
        }));
        assert_eq!(shell.describe().channel, expected);
    };
    let (mail, sms) = (Some(Channel::Email), Some(Channel::Sms));
    check(mail, (email(), phone(), None), mail);
    check(sms, (email(), phone(), None), sms);
    check(mail, (None, phone(), None), sms);
    check(sms, (email(), None, None), mail);
    check(sms, (None, None, None), None);
    check(None, (email(), phone(), None), None);
    check(mail, (email(), phone(), sms), sms);
    // What was named is not guessed at.
    check(mail, (email(), None, sms), None);
}

#[test]
fn the_next_code_goes_where_the_cardholder_is_registered_by_then() {
    let mut shell = Shell::presented();
    shell.ask(Command::Register(Registration { channel: Some(Channel::Sms), ..taro() }));
    let (channel, to) = shell.view(1).sent_to.unwrap();
    assert_eq!((channel, to.as_str()), (Channel::Email, "***@mail.jp"));
    shell.wait(30);
    let Reply::Send(view, order) = shell.ask(resend(1)) else {
        panic!("nothing was sent");
    };
    assert_eq!(order.to.reveal(), "+819012341234");
    let (channel, to) = view.sent_to.unwrap();
    assert_eq!((channel, to.as_str()), (Channel::Sms, "***-****-1234"));
}
