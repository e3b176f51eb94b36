//! The protocol with the object that holds a cardholder: nothing is lost on the way.

use super::{
    ChallengeCommand, Channel, Command, DeliveryReport, DeliveryState, PhoneNumber, Refusal,
    Refused, Registration, Reply, Seconds, SendChannel, SessionEnd, SessionState, Shell, TriesLeft,
    accepted, audit,
    authenticator::{
        STEP_MILLIS, app_code, change, change_to_app, enrolling, give_up, offer, show, start,
    },
    authenticators::{signed_in, start_signed_in},
    cancel, limited, open, present, read, read_command, receipt, refused_by_provider, release,
    report_fraud, resend, submit, taro,
    test_courses::{open_test, submit_test},
    three_ds::{card, open_three_ds, requested, to_three_ds},
    three_ds_marks::amount,
    to_challenge, unknown,
};
use crate::{
    cardholder::{Choice, Ended, NotificationReport, SessionCommand, Status},
    locale::Locale,
    test_cardholder::TestCardholder,
    wire,
};

/// A cardholder with everything a stored one can have.
pub(super) fn lived() -> Shell {
    let mut shell = Shell::opened();
    shell.locks_after(2);
    shell.rules.events = true;
    shell.rules.sms_to_email = true;
    let hostname = Some("shop.example".to_owned());
    shell.ask(to_challenge(1, ChallengeCommand::Present { hostname, known_browser: true }));
    shell.ask(shell.right(1, 1));
    shell.ask(shell.redeem(1, Some("a")));
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    shell.ask(open(2));
    shell.ask(present(2));
    shell.ask(refused_by_provider(2, 1));
    shell.ask(refused_by_provider(2, 2));
    shell.ask(present(2));
    shell.ask(refused_by_provider(2, 3));
    shell.ask(cancel(2));
    shell.ask(Command::Settled(vec![1]));
    shell.ask(Command::Wake);
    shell.enroll_app(1, 1);
    shell.wait_millis(STEP_MILLIS);
    shell.ask(open(4));
    shell.ask(present(4));
    shell.ask(shell.right_by_app(4, 1));
    shell.choose(2, Channel::Sms);
    shell.ask(open(3));
    shell.ask(present(3));
    shell.wait(30);
    shell.ask(receipt(3, 1, DeliveryState::Bounced));
    shell.ask(resend(3));
    shell.ask(unknown(3, 2, 2, &[1]));
    shell.ask(receipt(3, 2, DeliveryState::Delivered));
    shell.ask(shell.wrong(3));
    shell.ask(shell.wrong(3));
    // An earlier version took this number; a parse refuses it today, a read does not.
    let stored = minicbor::to_vec("+819000000000").unwrap();
    shell.ask(Command::Register(Registration {
        phone: Some(minicbor::decode::<PhoneNumber>(&stored).unwrap()),
        channel: None,
        ..taro()
    }));
    shell.enroll_app(3, 3);
    shell.ask(start(4));
    shell.ask(give_up(4));
    shell.ask(start(5));
    shell.ask(offer(5, 5));
    shell.ask(change_to_app(5, 5, &shell.no_code_of(5)));
    shell
}

/// A cardholder with every notification that one can have waiting.
pub(super) fn notified() -> Shell {
    let mut shell = Shell::presented();
    (shell.rules.notifications, shell.rules.notifies_former) = (true, true);
    shell.locks_after(5);
    shell.fail(1);
    shell.choose(1, Channel::Sms);
    shell.ask(Command::Wake);
    shell.ask(Command::Register(Registration { email: None, channel: None, ..taro() }));
    shell.rules.events = true;
    shell.ask(report_fraud(1));
    let sign_in = signed_in("phr", shell.now);
    shell.ask(start_signed_in(2, Some(sign_in)));
    shell.ask(change(2, Choice::Sms));
    shell
}

/// Taro, with challenge 1 open: the next delivery is the second, and the first send.
fn taken_back() -> Shell {
    let mut shell = Shell::presented();
    shell.ask(refused_by_provider(1, 1));
    shell
}

/// Takes a command to the object; what is lost on the way shows.
#[track_caller]
fn after_transport(command: &Command) -> Command {
    let now = Shell::empty().now;
    let text = wire::write_command(command, now).unwrap();
    let (then, read) = read_command(&text).unwrap();
    assert_eq!(then, now);
    assert_eq!(wire::write_command(&read, now).unwrap(), text);
    read
}

/// Takes a reply back from the object.
#[track_caller]
fn answered(reply: &Reply) -> Reply {
    let text = wire::write_reply(reply).unwrap();
    let read = wire::read_reply(&text).unwrap();
    assert_eq!(wire::write_reply(&read).unwrap(), text);
    read
}

/// A command of every kind, and some in other forms. The match makes a new kind break the build here.
pub(super) fn every_command() -> Vec<Command> {
    fn next(command: &Command) -> Option<Command> {
        match command {
            Command::Register(_) => Some(Command::Describe),
            Command::Describe => Some(Command::Unlock),
            Command::Unlock => Some(Command::Challenges),
            Command::Challenges => Some(Command::Forget),
            Command::Forget => Some(Command::Wake),
            Command::Wake => Some(Command::Settled(vec![1, 2])),
            Command::Settled(_) => Some(Command::Notify(7)),
            Command::Notify(_) => Some(Command::Notified(7, NotificationReport::Told(3))),
            Command::Notified(..) => Some(start(1)),
            Command::Enrollment { command, .. } => Some(match command {
                SessionCommand::Start { .. } => show(1),
                SessionCommand::Show => offer(1, 1),
                SessionCommand::OfferApp(_) => change(1, Choice::Email),
                SessionCommand::Change { to: Choice::Email, .. } => change(1, Choice::Sms),
                SessionCommand::Change { to: Choice::Sms, .. } => {
                    change_to_app(1, 1, &app_code(1, Shell::new().now))
                }
                SessionCommand::Change { to: Choice::App { .. }, .. } => give_up(1),
                SessionCommand::Cancel => open(1),
            }),
            Command::Challenge { command: done, .. } => match done {
                ChallengeCommand::Open(_) => Some(read(1)),
                ChallengeCommand::Read => Some(to_challenge(
                    1,
                    ChallengeCommand::Present {
                        hostname: Some("shop.example".to_owned()),
                        known_browser: true,
                    },
                )),
                ChallengeCommand::Present { .. } => Some(resend(1)),
                ChallengeCommand::Resend => Some(refused_by_provider(1, 1)),
                ChallengeCommand::Report(..) => Some(receipt(1, 1, DeliveryState::Delivered)),
                ChallengeCommand::Receipt(..) => Some(submit(1, "012345")),
                ChallengeCommand::Verify { .. } => Some(cancel(1)),
                ChallengeCommand::Cancel => Some(Shell::verified().redeem(1, Some("a"))),
                ChallengeCommand::Redeem { .. } => Some(release(1)),
                ChallengeCommand::Release => Some(report_fraud(1)),
                ChallengeCommand::ReportFraud => Some(open_test(1, TestCardholder::Bounced)),
                ChallengeCommand::OpenTest(_) => Some(submit_test(1, "123456")),
                ChallengeCommand::VerifyTest { .. } => Some(open_three_ds(1)),
                ChallengeCommand::OpenThreeDs { .. } => Some(requested(1, Some("data"))),
                ChallengeCommand::Requested { .. } => {
                    Some(to_three_ds(1, ChallengeCommand::RequestInvalid))
                }
                ChallengeCommand::RequestInvalid => {
                    Some(to_three_ds(1, ChallengeCommand::PinValue(Some("value".to_owned()))))
                }
                ChallengeCommand::PinValue(_) => Some(audit(1)),
            },
            Command::Audit { .. } => Some(Command::AddCard(card(1))),
            Command::AddCard(_) => Some(Command::RemoveCard(card(1))),
            Command::RemoveCard(_) => Some(Command::ExpectPurchase(amount(3150))),
            Command::ExpectPurchase(_) => Some(Command::ExpectNothing),
            Command::ExpectNothing => None,
        }
    }
    let other_forms = [
        present(1),
        Shell::asked_for_app().right_by_app(1, 1),
        Shell::verified().redeem(1, None),
        accepted(1, 4, &[]),
        accepted(1, 1, &[2, 0]),
        unknown(1, 1, 1, &[]),
        unknown(1, 1, 2, &[0, 1]),
        to_challenge(1, ChallengeCommand::Report(1, DeliveryReport::BadDestination)),
        limited(1, 1, Shell::empty().now),
        Command::Notified(7, NotificationReport::Later(Shell::empty().now)),
        Command::Notified(7, NotificationReport::NotTaken),
        Command::Notified(7, NotificationReport::Unreachable),
    ];
    let languages = Locale::ALL.map(|locale| {
        enrolling(1, SessionCommand::Start { locale, return_url: None, sign_in: None })
    });
    std::iter::successors(Some(Command::Register(taro())), next)
        .chain(other_forms)
        .chain(languages)
        .collect()
}

/// A command that was read decides as the one that was written.
#[test]
fn commands_survive_the_way_to_the_object() {
    for start in [lived, notified, Shell::asked_for_app, Shell::offered] {
        for written in every_command() {
            let (mut here, mut there) = (start(), start());
            let read = after_transport(&written);
            let replies = [here.ask(written), there.ask(read)];
            let [one, other] = replies.map(|reply| wire::write_reply(&reply).unwrap());
            assert_eq!(one, other);
            assert!(here.state == there.state);
        }
    }
}

#[test]
fn a_code_and_its_key_survive_the_way_to_the_object() {
    let mut shell = Shell::presented();
    let sent = after_transport(&shell.right(1, 1));
    assert!(matches!(shell.ask(sent), Reply::Verified(..)));
}

#[test]
fn an_app_and_its_code_survive_the_way_to_the_object() {
    let mut shell = Shell::asked_for_app();
    let by_app = after_transport(&shell.right_by_app(1, 1));
    assert!(matches!(shell.ask(by_app), Reply::Verified(..)));
    let mut shell = Shell::offered();
    let change = after_transport(&change_to_app(1, 1, &app_code(1, shell.now)));
    assert!(matches!(shell.ask(change), Reply::Session(_)));
    assert_eq!(shell.describe().channel, Some(Channel::App));
}

/// From nobody registered to everything done.
const STARTS: [fn() -> Shell; 9] = [
    Shell::empty,
    Shell::opened,
    Shell::presented,
    taken_back,
    Shell::verified,
    Shell::asked_for_app,
    Shell::offered,
    lived,
    notified,
];

#[test]
fn replies_survive_the_way_from_the_object() {
    for start in STARTS {
        for command in every_command() {
            let reply = start().ask(command);
            let read = answered(&reply);
            assert!(super::ReplyKind::from(&read) == super::ReplyKind::from(&reply));
        }
    }
}

/// The match makes a new refusal break the build here.
/// Every refusal by its name.
pub(super) fn every_refusal() -> impl Iterator<Item = (String, Refused)> {
    fn next(refusal: &Refusal) -> Option<Refusal> {
        Some(match refusal {
            Refusal::UnknownCardholder => Refusal::NotEnrolled,
            Refusal::NotEnrolled => Refusal::Locked(Shell::empty().now),
            Refusal::Locked(_) => Refusal::RecordConflict,
            Refusal::RecordConflict => Refusal::UnknownChallenge,
            Refusal::UnknownChallenge => Refusal::RecordAltered,
            Refusal::RecordAltered => Refusal::Ended(Ended::Expired),
            Refusal::Ended(_) => Refusal::WrongCode(TriesLeft(0)),
            Refusal::WrongCode(_) => Refusal::CodeExpired(TriesLeft(5)),
            Refusal::CodeExpired(_) => Refusal::CodeNotSent,
            Refusal::CodeNotSent => Refusal::CodeUsed(TriesLeft(1)),
            Refusal::CodeUsed(_) => Refusal::AppCodeExpected,
            Refusal::AppCodeExpected => Refusal::ResendTooSoon(Seconds(30)),
            Refusal::ResendTooSoon(_) => Refusal::NoResendsLeft,
            Refusal::NoResendsLeft => Refusal::DestinationLimited(Seconds(600)),
            Refusal::DestinationLimited(_) => Refusal::TooManyChallenges(Seconds(87_000)),
            Refusal::TooManyChallenges(_) => Refusal::UnknownSession,
            Refusal::UnknownSession => Refusal::SessionOver(SessionEnd::Expired),
            Refusal::SessionOver(_) => Refusal::ChannelNotOffered,
            Refusal::ChannelNotOffered => Refusal::SignInNeeded,
            Refusal::SignInNeeded => Refusal::DestinationTooNew(Seconds(3600)),
            Refusal::DestinationTooNew(_) => Refusal::SignInNotEnough,
            Refusal::SignInNotEnough => Refusal::UnknownCard,
            Refusal::UnknownCard => Refusal::TooManyCards,
            Refusal::TooManyCards => return None,
        })
    }
    let rules = std::iter::successors(Some(Refusal::UnknownCardholder), next);
    let rules = rules.map(|refusal| (format!("{refusal:?}"), Refused::Rule(refusal)));
    rules.chain([("NotRedeemable".to_owned(), Refused::NotRedeemable)])
}

#[test]
fn every_refusal_survives_the_way_from_the_object() {
    for (name, refused) in every_refusal() {
        let Reply::Refused(read, None) = answered(&Reply::Refused(refused, None)) else {
            panic!("{name} became another reply");
        };
        assert_eq!(read, refused);
    }
}

#[test]
fn a_status_is_written_as_it_is_called() {
    for status in
        [Status::Pending, Status::Verified, Status::Failed, Status::Expired, Status::Canceled]
    {
        let written = serde_json::to_string(&status).unwrap();
        assert_eq!(written, format!("\"{}\"", status.as_str()));
    }
}

#[test]
fn an_end_is_stored_as_the_status_or_state_that_it_leaves() {
    fn bytes<T: minicbor::Encode<()>>(value: T) -> Vec<u8> {
        let mut bytes = Vec::new();
        minicbor::encode(value, &mut bytes).unwrap();
        bytes
    }
    assert_eq!(Status::Pending.ended(), None);
    for status in [Status::Verified, Status::Failed, Status::Expired, Status::Canceled] {
        let ended = status.ended().unwrap();
        assert_eq!(Status::from(ended), status);
        assert_eq!(bytes(ended), bytes(status), "{status:?}");
    }
    for state in
        [SessionState::Changed, SessionState::Canceled, SessionState::Failed, SessionState::Expired]
    {
        assert_eq!(bytes(state.ended().unwrap()), bytes(state), "{state:?}");
    }
    // What says that a challenge has ended and is open is not read.
    assert!(minicbor::decode::<Ended>(&bytes(Status::Pending)).is_err());
}
