//! What the issuer registers, where codes go because of it, and forgetting it.

use super::{
    Cardholder, Channel, Command, MINUTE, Refusal, Registration, Reply, ReplyKind, SendChannel,
    Shell, Timestamp, TriesLeft, cancel, open, present, read, refused_by_provider, resend, submit,
    taro,
};
use crate::{
    cardholder::{Ended, Status},
    contact::{EmailAddress, PhoneNumber},
    text::PersonalMessage,
};

#[test]
fn nothing_is_asked_of_a_cardholder_nobody_registered() {
    for command in [Command::Describe, Command::Unlock, Command::Forget, open(1)] {
        Shell::empty().refuses(command, Refusal::UnknownCardholder);
    }
}

#[test]
fn nothing_is_opened_or_sent_when_no_channel_is_chosen() {
    let nobody = || Registration {
        email: None,
        phone: None,
        personal_message: None,
        channel: None,
        by: super::BoundBy::Issuer,
    };
    let mut shell = Shell::empty();
    shell.ask(Command::Register(Registration { channel: None, ..taro() }));
    shell.refuses(open(1), Refusal::NotEnrolled);

    let mut shell = Shell::opened();
    shell.ask(Command::Register(nobody()));
    shell.refuses(present(1), Refusal::NotEnrolled);
    shell.refuses(open(2), Refusal::NotEnrolled);
    assert_eq!(shell.view(1).via, None);
}

#[test]
fn forgetting_leaves_nothing() {
    let mut shell = Shell::verified();
    shell.refuses(shell.wrong(1), Refusal::Ended(Ended::Verified));
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(4)));
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    assert!(shell.state == Cardholder::default());
    shell.refuses(read(1), Refusal::UnknownChallenge);
    shell.refuses(Command::Describe, Refusal::UnknownCardholder);
}

#[test]
fn a_registration_takes_the_place_of_the_one_before() {
    let mut shell = Shell::empty();
    let register = || Command::Register(taro());
    shell.must(register(), &ReplyKind::Registered { new: true });
    shell.must(register(), &ReplyKind::Registered { new: false });
    assert_eq!(shell.describe().email.unwrap().as_str(), "***@mail.jp");

    shell.must(open(1), &ReplyKind::Opened);
    assert!(shell.view(1).personal_message == taro().personal_message);
    shell.ask(Command::Register(Registration {
        email: EmailAddress::parse("taro@other.jp").ok(),
        phone: None,
        personal_message: None,
        channel: None,
        by: super::BoundBy::Issuer,
    }));
    let known = shell.describe();
    assert_eq!(known.email.unwrap().as_str(), "***@other.jp");
    assert_eq!(known.phone, None);
    let view = shell.view(1);
    assert!(view.personal_message.is_none());
    assert_eq!(view.via.unwrap().destination(), Some("***@other.jp"));
}

#[test]
fn a_registration_without_a_channel_keeps_the_choice_while_it_can() {
    let email = || EmailAddress::parse("new@mail.jp").ok();
    let phone = || PhoneNumber::parse("+819087654321").ok();
    let check = |chosen, (email, phone, channel), expected: Option<SendChannel>| {
        let mut shell = Shell::empty();
        shell.ask(Command::Register(Registration { channel: chosen, ..taro() }));
        shell.ask(Command::Register(Registration {
            email,
            phone,
            personal_message: None,
            channel,
            by: super::BoundBy::Issuer,
        }));
        assert_eq!(shell.describe().channel, expected.map(Channel::from));
    };
    let (mail, sms) = (Some(SendChannel::Email), Some(SendChannel::Sms));
    check(mail, (email(), phone(), None), mail);
    check(sms, (email(), phone(), None), sms);
    check(mail, (None, phone(), None), sms);
    check(sms, (email(), None, None), mail);
    check(sms, (None, None, None), None);
    check(None, (email(), phone(), None), None);
    check(mail, (email(), phone(), sms), sms);
    // A channel that is named without its destination enrolls with no other one.
    check(mail, (email(), None, sms), None);
}

#[test]
fn the_next_code_goes_where_the_cardholder_is_registered_by_then() {
    let mut shell = Shell::presented();
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    let via = shell.view(1).via.unwrap();
    assert_eq!((via.channel(), via.destination()), (Channel::Email, Some("***@mail.jp")));
    shell.wait(30);
    let Reply::Send(view, order) = shell.ask(resend(1)) else {
        panic!("nothing was sent");
    };
    assert_eq!(order.to.reveal(), "+819012341234");
    let via = view.via.unwrap();
    assert_eq!((via.channel(), via.destination()), (Channel::Sms, Some("***-****-1234")));
}

const DEAD: Refusal = Refusal::CodeExpired(TriesLeft(5));

fn with_email(address: &str) -> Registration {
    Registration { email: EmailAddress::parse(address).ok(), ..taro() }
}

fn with_phone(number: &str) -> Registration {
    Registration { phone: PhoneNumber::parse(number).ok(), ..taro() }
}

fn by_sms() -> Registration {
    Registration { channel: Some(SendChannel::Sms), ..taro() }
}

/// Taro, with challenge 1 open and its first code sent by text message.
fn texted() -> Shell {
    let mut shell = Shell::opened();
    shell.ask(Command::Register(by_sms()));
    shell.must(present(1), &ReplyKind::Sent(1));
    shell
}

#[test]
fn codes_that_went_to_a_destination_die_when_it_is_replaced() {
    type Start = fn() -> Shell;
    let cases: [(Start, Registration, &str); 4] = [
        (Shell::presented, with_email("taro@other.jp"), "taro@other.jp"),
        (Shell::presented, Registration { email: None, channel: None, ..taro() }, "+819012341234"),
        (
            texted,
            Registration { channel: Some(SendChannel::Sms), ..with_phone("+819087654321") },
            "+819087654321",
        ),
        (texted, Registration { phone: None, channel: None, ..taro() }, "taro@mail.jp"),
    ];
    for (start, registration, goes_to) in cases {
        let mut shell = start();
        assert_eq!(shell.view(1).code_expires_in, 600);
        shell.must(Command::Register(registration), &ReplyKind::Registered { new: false });
        let view = shell.view(1);
        assert_eq!((view.status, view.code_expires_in), (Status::Pending, 0), "{goes_to}");
        assert_eq!((view.send, view.resend_in, view.resends_left), (1, 30, 3));
        shell.refuses(shell.right(1, 1), DEAD);
        shell.refuses(shell.wrong(1), DEAD);
        assert_eq!(shell.view(1).tries, 0);

        shell.wait(30);
        let Reply::Send(view, order) = shell.ask(resend(1)) else {
            panic!("nothing was sent to {goes_to}");
        };
        assert_eq!((order.send, order.to.reveal(), view.code_expires_in), (2, goes_to, 600));
        shell.refuses(shell.right(1, 1), Refusal::WrongCode(TriesLeft(4)));
        shell.must(shell.right(1, 2), &ReplyKind::Verified);
    }
}

#[test]
fn a_code_dies_with_its_destination_in_the_millisecond_it_was_sent_and_later() {
    for millis in [0, 1, 599_999] {
        let mut shell = Shell::presented();
        shell.wait_millis(millis);
        shell.ask(Command::Register(with_email("taro@other.jp")));
        shell.refuses(shell.right(1, 1), DEAD);
        assert_eq!(shell.view(1).code_expires_in, 0, "after {millis} ms");
    }
}

#[test]
fn a_code_stays_dead_when_the_clock_goes_back() {
    let mut shell = Shell::presented();
    shell.ask(Command::Register(with_email("taro@other.jp")));
    shell.now = Timestamp::from_millis(shell.now.millis() - 1);
    shell.refuses(shell.right(1, 1), DEAD);
    shell.refuses(shell.wrong(1), DEAD);
    let view = shell.view(1);
    assert_eq!((view.code_expires_in, view.tries), (0, 0));
}

/// A provider can deliver what it reports as failed, and say so at any time.
#[test]
fn what_a_replaced_destination_received_is_the_code_of_no_later_send() {
    type Step = fn(&mut Shell, u32);
    let report: Step = |shell, last| shell.must(refused_by_provider(1, last), &ReplyKind::Seen);
    let replace: Step = |shell, _| {
        let registration = Command::Register(with_email("taro@other.jp"));
        shell.must(registration, &ReplyKind::Registered { new: false });
    };
    let send: Step = |shell, last| {
        shell.wait(60);
        let Reply::Send(_, order) = shell.ask(resend(1)) else {
            panic!("nothing was sent");
        };
        assert_eq!((order.to.reveal(), order.number), ("taro@other.jp", last + 1));
    };
    for order in [[report, replace, send], [replace, report, send], [replace, send, report]] {
        for last in [1, 2] {
            let mut shell = Shell::presented();
            if last == 2 {
                shell.wait(30);
                shell.must(resend(1), &ReplyKind::Sent(2));
            }
            let received: Vec<_> = (1..=last).map(|number| shell.code(1, number)).collect();
            let mut replaced = false;
            for step in order {
                step(&mut shell, last);
                replaced |= shell.describe().email.unwrap().as_str() == "***@other.jp";
                for code in received.iter().filter(|_| replaced) {
                    assert!(matches!(shell.clone().reply_kind(submit(1, code)), ReplyKind::No(_)));
                }
            }
            shell.must(shell.right(1, last + 1), &ReplyKind::Verified);
        }
    }
}

#[test]
fn a_replaced_destination_ends_the_codes_of_every_open_challenge() {
    let mut shell = Shell::new();
    for number in [1, 2, 3] {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(present(number), &ReplyKind::Sent(1));
        shell.wait(1);
    }
    shell.ask(Command::Register(with_email("taro@other.jp")));
    for number in [1, 2, 3] {
        assert_eq!(shell.view(number).code_expires_in, 0);
        shell.refuses(shell.right(number, 1), DEAD);
    }
}

#[test]
fn registering_the_same_destinations_again_ends_no_code() {
    let other_words = PersonalMessage::parse("たんぽぽ").ok();
    for same in [
        taro(),
        Registration { channel: None, ..taro() },
        Registration { personal_message: other_words, ..taro() },
    ] {
        let mut shell = Shell::presented();
        shell.must(Command::Register(same), &ReplyKind::Registered { new: false });
        assert_eq!(shell.view(1).code_expires_in, 600);
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }
}

#[test]
fn codes_live_on_when_the_other_channel_s_destination_changes() {
    let by_email = [with_phone("+819087654321"), Registration { phone: None, ..taro() }];
    let sms = |other| Registration { channel: Some(SendChannel::Sms), ..other };
    let by_sms = [sms(with_email("taro@other.jp")), sms(Registration { email: None, ..taro() })];
    let start: fn() -> Shell = Shell::presented;
    let by_email = by_email.map(|other| (start, other));
    let by_sms = by_sms.map(|other| (texted as fn() -> Shell, other));
    for (start, other) in by_email.into_iter().chain(by_sms) {
        let mut shell = start();
        shell.ask(Command::Register(other));
        assert_eq!(shell.view(1).code_expires_in, 600);
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }
}

#[test]
fn only_the_newest_send_says_by_which_channel_a_code_lives() {
    let mut shell = Shell::presented();
    shell.ask(Command::Register(by_sms()));
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.ask(Command::Register(Registration {
        channel: Some(SendChannel::Sms),
        ..with_email("t@o.jp")
    }));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
}

#[test]
fn a_dead_code_stays_dead() {
    let revived_by: [fn(&mut Shell); 2] = [
        // The destination comes back.
        |shell| shell.must(Command::Register(taro()), &ReplyKind::Registered { new: false }),
        // The code that replaced it was refused by every provider.
        |shell| {
            shell.wait(30);
            shell.must(resend(1), &ReplyKind::Sent(2));
            shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
        },
    ];
    for revive in revived_by {
        let mut shell = Shell::presented();
        shell.ask(Command::Register(with_email("taro@other.jp")));
        revive(&mut shell);
        assert_eq!(shell.view(1).code_expires_in, 0);
        shell.refuses(shell.right(1, 1), DEAD);
    }
}

#[test]
fn a_code_behind_a_newer_one_dies_with_its_destination_too() {
    let mut shell = Shell::presented();
    shell.ask(Command::Register(by_sms()));
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.ask(Command::Register(Registration { channel: None, ..with_email("taro@other.jp") }));
    shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
    assert_eq!(shell.view(1).code_expires_in, 0);
    shell.refuses(shell.right(1, 1), DEAD);
}

#[test]
fn a_replaced_destination_changes_nothing_of_what_ended() {
    let mut shell = Shell::verified();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    shell.must(cancel(2), &ReplyKind::Canceled);
    let before = [1, 2].map(|number| shell.view(number));
    shell.ask(Command::Register(with_email("taro@other.jp")));
    assert!([1, 2].map(|number| shell.view(number)) == before);
    shell.wait(MINUTE);
    shell.must(shell.redeem(1, None), &ReplyKind::Redeemed);
}
