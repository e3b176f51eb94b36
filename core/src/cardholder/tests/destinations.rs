//! Codes follow what the issuer registers, with nothing done by the cardholder.

use super::{
    Cardholder, Channel, Command, DAY, Duration, Refusal, Registration, Reply, ReplyKind, Seconds,
    SendChannel, Shell, Timestamp, TriesLeft,
    admission::{RIGHT, SENT},
    authenticator::{OPEN, STEP_MILLIS, offer, show, start, stores},
    open, present, resend, taro,
};
use crate::{
    cardholder::Status,
    contact::{Destination, EmailAddress, PhoneNumber, Via},
    wire,
};

const MAIL: &str = "taro@mail.jp";
const OTHER_MAIL: &str = "taro@other.jp";
const PHONE: &str = "+819012341234";
const OTHER_PHONE: &str = "+819087654321";

/// Taro with these destinations, and no word about the channel.
fn with(email: Option<&str>, phone: Option<&str>) -> Registration {
    Registration {
        email: email.map(|address| EmailAddress::parse(address).unwrap()),
        phone: phone.map(|number| PhoneNumber::parse(number).unwrap()),
        channel: None,
        ..taro()
    }
}

fn by(channel: SendChannel, registration: Registration) -> Registration {
    Registration { channel: Some(channel), ..registration }
}

/// Registers; the destinations that were replaced.
#[track_caller]
fn register(shell: &mut Shell, registration: Registration) -> Vec<String> {
    match shell.ask(Command::Register(registration)) {
        Reply::Registered { replaced, .. } => {
            replaced.iter().map(Destination::reveal).map(str::to_owned).collect()
        }
        other => panic!("{:?}", ReplyKind::from(&other)),
    }
}

#[test]
fn a_registration_says_which_destinations_it_replaced() {
    let (mail, phone) = (Some(MAIL), Some(PHONE));
    let cases: [(_, _, &[&str]); 8] = [
        ((mail, phone), (mail, phone), &[]),
        ((mail, phone), (Some(OTHER_MAIL), phone), &[MAIL]),
        ((mail, phone), (mail, Some(OTHER_PHONE)), &[PHONE]),
        ((mail, phone), (Some(OTHER_MAIL), Some(OTHER_PHONE)), &[MAIL, PHONE]),
        ((mail, phone), (None, phone), &[MAIL]),
        ((mail, phone), (None, None), &[MAIL, PHONE]),
        ((mail, None), (mail, phone), &[]),
        ((None, None), (mail, phone), &[]),
    ];
    for ((email, phone), after, expected) in cases {
        for channel in [None, Some(SendChannel::Email), Some(SendChannel::Sms)] {
            let mut shell = Shell::empty();
            let first = Registration { channel, ..with(email, phone) };
            assert!(register(&mut shell, first).is_empty(), "the first replaces nothing");
            assert_eq!(register(&mut shell, with(after.0, after.1)), expected);
            // What was replaced once is not there to be replaced again.
            assert!(register(&mut shell, with(after.0, after.1)).is_empty());
        }
    }
}

/// What whoever keeps the audit trail reads: what a thief adds or chooses replaces nothing.
#[test]
fn a_registration_says_what_it_added_replaced_removed_and_chose() {
    let changed = |shell: &mut Shell, registration| match shell.ask(Command::Register(registration))
    {
        Reply::Registered { changes: Some(changes), .. } => {
            (changes.email, changes.phone, changes.channel)
        }
        other => panic!("{:?}", ReplyKind::from(&other)),
    };
    let (mail, phone) = (Some(MAIL), Some(PHONE));
    let (email, sms) = (SendChannel::Email, SendChannel::Sms);
    let mut shell = Shell::empty();
    for (registration, expected) in [
        (by(sms, with(None, phone)), (false, true, true)),
        (with(None, phone), (false, false, false)),
        (Registration { personal_message: None, ..with(None, phone) }, (false, false, false)),
        (by(email, with(mail, phone)), (true, false, true)),
        (by(email, with(mail, phone)), (false, false, false)),
        (with(Some(OTHER_MAIL), phone), (true, false, false)),
        (by(sms, with(Some(OTHER_MAIL), phone)), (false, false, true)),
        (with(Some(OTHER_MAIL), None), (false, true, true)),
        (with(None, None), (true, false, true)),
        (with(None, None), (false, false, false)),
    ] {
        assert_eq!(changed(&mut shell, registration), expected);
    }
    let mut shell = Shell::new();
    shell.choose(1, Channel::App);
    let unnamed = Registration { channel: None, ..taro() };
    assert_eq!(changed(&mut shell, unnamed), (false, false, false));
    assert_eq!(changed(&mut shell, by(sms, taro())), (false, false, true));
}

#[test]
fn a_choice_of_channel_replaces_no_destination() {
    let mut shell = Shell::new();
    for channel in [SendChannel::Sms, SendChannel::Email] {
        assert!(register(&mut shell, by(channel, taro())).is_empty());
    }
    shell.choose(1, Channel::App);
    assert!(register(&mut shell, by(SendChannel::Sms, taro())).is_empty());
}

#[test]
fn the_next_send_of_an_open_challenge_goes_to_the_new_destination() {
    let cases = [
        (SendChannel::Email, (Some(OTHER_MAIL), Some(PHONE)), OTHER_MAIL, "***@other.jp"),
        (SendChannel::Sms, (Some(MAIL), Some(OTHER_PHONE)), OTHER_PHONE, "***-****-4321"),
        // The other channel takes the place of a chosen one whose destination is gone.
        (SendChannel::Email, (None, Some(PHONE)), PHONE, "***-****-1234"),
        (SendChannel::Sms, (Some(MAIL), None), MAIL, "***@mail.jp"),
        (SendChannel::Sms, (Some(OTHER_MAIL), None), OTHER_MAIL, "***@other.jp"),
    ];
    for (channel, (email, phone), goes_to, shown) in cases {
        for sends_before in [0, 1] {
            let mut shell = Shell::empty();
            register(&mut shell, by(channel, taro()));
            shell.must(open(1), &ReplyKind::Opened);
            if sends_before == 1 {
                shell.must(present(1), &ReplyKind::Sent(1));
                shell.wait(30);
            }
            register(&mut shell, with(email, phone));
            let before = shell.view(1).via.unwrap();
            let next = if sends_before == 1 { resend(1) } else { present(1) };
            let Reply::Send(view, order) = shell.ask(next) else {
                panic!("nothing was sent to {goes_to}");
            };
            assert_eq!((order.to.reveal(), order.send), (goes_to, sends_before + 1));
            let via = view.via.unwrap();
            assert_eq!(via.destination(), Some(shown));
            if sends_before == 0 {
                assert!(before == via, "shown before the first send");
            } else {
                assert_eq!(before.sent_by(), Some(channel), "how the newest code came");
            }
            shell.must(shell.right(1, order.number), &ReplyKind::Verified);
        }
    }
}

#[test]
fn without_any_destination_nobody_is_enrolled_until_a_channel_is_chosen_again() {
    for channel in [SendChannel::Email, SendChannel::Sms] {
        let mut shell = Shell::empty();
        register(&mut shell, by(channel, taro()));
        register(&mut shell, with(None, None));
        assert_eq!(shell.describe().channel, None);
        shell.refuses(open(1), Refusal::NotEnrolled);
        register(&mut shell, with(Some(MAIL), Some(PHONE)));
        assert_eq!(shell.describe().channel, None);
        shell.refuses(open(1), Refusal::NotEnrolled);
        shell.choose(1, Channel::Sms);
        shell.must(open(1), &ReplyKind::Opened);
    }
}

#[test]
fn a_channel_that_was_named_without_a_destination_is_chosen_by_no_later_word() {
    for (channel, email, phone) in
        [(SendChannel::Email, None, Some(PHONE)), (SendChannel::Sms, Some(MAIL), None)]
    {
        let mut shell = Shell::new();
        register(&mut shell, by(channel, with(email, phone)));
        assert_eq!(shell.describe().channel, None);
        register(&mut shell, with(Some(MAIL), Some(PHONE)));
        assert_eq!(shell.describe().channel, None);
    }
}

#[test]
fn a_channel_that_came_in_place_of_the_chosen_one_stays_when_that_is_back() {
    let mut shell = Shell::new();
    register(&mut shell, with(None, Some(PHONE)));
    register(&mut shell, with(Some(MAIL), Some(PHONE)));
    assert_eq!(shell.describe().channel, Some(Channel::Sms));
}

#[test]
fn an_app_stays_whatever_becomes_of_the_contacts() {
    for (email, phone) in [
        (Some(MAIL), Some(PHONE)),
        (None, Some(OTHER_PHONE)),
        (Some(OTHER_MAIL), None),
        (None, None),
    ] {
        let mut shell = Shell::asked_for_app();
        register(&mut shell, with(email, phone));
        assert_eq!(shell.describe().channel, Some(Channel::App));
        assert_eq!(shell.view(1).via, Some(Via::App));
        shell.must(open(2), &ReplyKind::Opened);
        shell.must(present(2), &ReplyKind::Seen);
        shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
        // The newest step of the app that counted is still stored.
        shell.used(shell.right_by_app(2, 1), 4);
    }
}

#[test]
fn the_issuer_moves_a_cardholder_off_an_app_and_its_secret_is_forgotten() {
    let cases = [
        (by(SendChannel::Email, taro()), Some(Channel::Email)),
        (by(SendChannel::Sms, taro()), Some(Channel::Sms)),
        // A channel that is named without its destination enrolls with no other one.
        (by(SendChannel::Sms, with(Some(MAIL), None)), None),
        (by(SendChannel::Email, with(None, None)), None),
    ];
    for (registration, channel) in cases {
        let mut shell = Shell::asked_for_app();
        shell.must(open(2), &ReplyKind::Opened);
        shell.must(shell.right_by_app(2, 1), &ReplyKind::Verified);
        assert!(stores(&shell, 1));
        register(&mut shell, registration);
        assert!(!stores(&shell, 1), "moved to {channel:?}");
        assert_eq!(shell.describe().channel, channel);
        // The code of an app that is not enrolled any more is not compared.
        shell.wait_millis(STEP_MILLIS);
        shell.refuses(shell.right_by_app(1, 1), Refusal::CodeNotSent);
        assert_eq!(shell.view(1).tries, 0);
        match channel {
            Some(_) => shell.must(present(1), &ReplyKind::Sent(1)),
            None => shell.refuses(present(1), Refusal::NotEnrolled),
        }
        assert_eq!(shell.view(2).via, Some(Via::App));
    }
}

#[test]
fn an_app_enrolled_again_after_the_issuer_moved_off_it_is_a_new_one() {
    let mut shell = Shell::with_app();
    register(&mut shell, by(SendChannel::Email, taro()));
    shell.enroll_app(2, 2);
    shell.must(open(1), &ReplyKind::Opened);
    shell.wait_millis(STEP_MILLIS);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Unseal);
    shell.must(shell.right_by_app(1, 2), &ReplyKind::Verified);
}

#[test]
fn forgetting_leaves_nothing_of_sessions_apps_and_terms() {
    let mut shell = Shell::asked_for_app();
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::WrongCode(TriesLeft(4)));
    shell.must(start(2), &OPEN);
    shell.must(offer(2, 2), &OPEN);
    assert!(shell.describe().terms.is_some());
    assert!(stores(&shell, 1) && stores(&shell, 2));
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    assert!(shell.state == Cardholder::default());
    assert_eq!(wire::write_state(&shell.state), wire::write_state(&Cardholder::default()));
    // Registered again, Taro is new: without a method, terms, or an open page.
    register(&mut shell, with(Some(MAIL), None));
    let known = shell.describe();
    assert_eq!((known.channel, known.terms), (None, None));
    shell.refuses(show(2), Refusal::UnknownSession);
    shell.refuses(present(1), Refusal::UnknownChallenge);
    register(&mut shell, by(SendChannel::Email, taro()));
    shell.must(open(1), &ReplyKind::Opened);
    assert_eq!(shell.view(1).status, Status::Pending);
}

#[test]
fn a_destination_that_changed_lately_gets_no_code_where_a_deployment_says_so() {
    let other = || {
        let email = EmailAddress::parse("taro@other.jp").ok();
        Command::Register(Registration { email, ..taro() })
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
    let changed_at = Timestamp::from_millis(shell.now.millis() - DAY * 1000);
    assert_eq!(shell.view(3).destination_since, Some(changed_at));
}
