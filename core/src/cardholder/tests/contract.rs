//! The stored form of a cardholder, and the protocol with the object that holds it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Act, Cardholder, Channel, Command, Delivery, Hasher, PhoneNumber, Refusal, Registration, Reply,
    Seconds, Shell, TriesLeft, act, cancel, open, present, read, refused_by_provider, resend,
    submit, taro,
};
use crate::{cardholder::Status, wire};

/// A cardholder with everything a stored one can have.
fn lived() -> Shell {
    let mut shell = Shell::opened();
    shell.rules.lock_after = 2;
    shell.ask(act(1, Act::Present(Some("shop.example".to_owned()))));
    shell.ask(shell.right(1, 1));
    shell.ask(shell.redeem(1, Some("a")));
    shell.ask(Command::Register(Registration { channel: Some(Channel::Sms), ..taro() }));
    shell.ask(open(2));
    shell.ask(present(2));
    shell.ask(refused_by_provider(2, 1));
    shell.ask(present(2));
    shell.ask(cancel(2));
    shell.ask(open(3));
    shell.ask(present(3));
    shell.wait(30);
    shell.ask(resend(3));
    shell.ask(shell.wrong(3));
    shell.ask(shell.wrong(3));
    shell.ask(Command::Register(Registration {
        phone: PhoneNumber::parse("+819000000000").ok(),
        channel: None,
        ..taro()
    }));
    shell
}

/// Taro, with challenge 1 open: the next delivery is the second, and the first send.
fn taken_back() -> Shell {
    let mut shell = Shell::presented();
    shell.ask(refused_by_provider(1, 1));
    shell
}

/// Every cardholder is stored in this form: a change of it loses their registrations, locks and
/// open challenges, unless its version is raised and the reader of this one stays.
#[test]
fn stored_form_is_pinned() {
    let pinned = concat!(
        "AQEBDHRhcm9AbWFpbC5qcAENKzgxOTAwMDAwMDAwMAEM44Gy44G-44KP44KKAQEDGWNoX0FBQUFBUUFBQUFBQUF",
        "BQUFBQUFBQUEralRQc3ljQmVXQUx1VFFOYjdTV0ZNSGFHeFFjOEpnVU5qcy1BWnFkYk9JY4Cg8cKxNMCO38OxNA",
        "EBgKDxwrE0AAsqKipAbWFpbC5qcAABAQEBgKDxwrE0AYCg8cKxNAErT3hsdjFKQjc3ZlVjTUpEcGcxOHZmTFllZ",
        "nVHeUtaNmp1UDdadEJnNmdpbwEMc2hvcC5leGFtcGxlGWNoX0FBQUFBZ0FBQUFBQUFBQUFBQUFBQUErT2FPV1hS",
        "TXNjeG5mNExDeGhaRnRlZVVQUlhiS3d2NnZCQkZXbnV6Q1Jzc4Cg8cKxNMCO38OxNAECgKDxwrE0AQ0qKiotKio",
        "qKi0xMjM0AQIAAQSAoPHCsTQAABljaF9BQUFBQXdBQUFBQUFBQUFBQUFBQUFBK2dnaWxGalI2d1pZT2VrdzFUcn",
        "JKMWJYd2k5OE1wUUMweHVXcFpKVndRd1GAoPHCsTTAjt_DsTQCAYCg8cKxNAENKioqLSoqKiotMTIzNAECsIrzw",
        "rE0AQ0qKiotKioqKi0xMjM0AQICAAAABBljaF9BQUFBQVFBQUFBQUFBQUFBQUFBQUFBAAx0YXJvQG1haWwuanCA",
        "oPHCsTQZY2hfQUFBQUFnQUFBQUFBQUFBQUFBQUFBQQENKzgxOTAxMjM0MTIzNICg8cKxNBljaF9BQUFBQXdBQUF",
        "BQUFBQUFBQUFBQUFBAQ0rODE5MDEyMzQxMjM0gKDxwrE0GWNoX0FBQUFBd0FBQUFBQUFBQUFBQUFBQUEBDSs4MT",
        "kwMTIzNDEyMzSwivPCsTQCAbDCjOyxNA",
    );
    assert_eq!(wire::write_state(&lived().state).unwrap(), pinned);
    assert!(wire::read_state(pinned).unwrap() == lived().state);
}

#[test]
fn an_empty_cardholder_is_stored_as_nothing_but_its_version() {
    let empty = Cardholder::default();
    assert_eq!(wire::write_state(&empty).unwrap(), "AQAAAAAA");
    assert!(wire::read_state("AQAAAAAA").unwrap() == empty);
}

#[test]
fn bytes_of_another_version_or_another_length_are_unreadable() {
    let written = wire::write_state(&lived().state).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&written).unwrap();
    let newer = [&[bytes[0] + 1], &bytes[1..]].concat();
    let longer = [&bytes[..], &[0]].concat();
    let shorter = bytes[..bytes.len() - 1].to_vec();
    for bad in [newer, longer, shorter, vec![bytes[0]], vec![]] {
        let text = URL_SAFE_NO_PAD.encode(bad);
        assert!(wire::read_state(&text).is_err(), "{text}");
        assert!(wire::read_command(&text).is_err(), "{text}");
        assert!(wire::read_reply(&text).is_err(), "{text}");
    }
    for bad in ["{}", &format!("{written}=")] {
        assert!(wire::read_state(bad).is_err(), "{bad}");
    }
}

/// Takes a command to the object; what is lost on the way shows.
#[track_caller]
fn carried(command: &Command) -> Command {
    let now = Shell::empty().now;
    let text = wire::write_command(command, now).unwrap();
    let (then, read) = wire::read_command(&text).unwrap();
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

/// One command of every kind. The match makes a new kind break the build here.
fn every_command() -> Vec<Command> {
    fn next(command: &Command) -> Option<Command> {
        match command {
            Command::Register(_) => Some(Command::Describe),
            Command::Describe => Some(Command::Unlock),
            Command::Unlock => Some(Command::Forget),
            Command::Forget => Some(open(1)),
            Command::Challenge { act: done, .. } => match done {
                Act::Open => Some(read(1)),
                Act::Read => Some(act(1, Act::Present(Some("shop.example".to_owned())))),
                Act::Present(_) => Some(resend(1)),
                Act::Resend => Some(refused_by_provider(1, 1)),
                Act::Delivered(..) => Some(submit(1, "012345")),
                Act::Verify { .. } => Some(cancel(1)),
                Act::Cancel => Some(Shell::verified().redeem(1, Some("a"))),
                Act::Redeem { .. } => None,
            },
        }
    }
    std::iter::successors(Some(Command::Register(taro())), next).collect()
}

#[test]
fn commands_survive_the_way_to_the_object() {
    let others = [
        present(1),
        Shell::verified().redeem(1, None),
        act(1, Act::Delivered(4, Delivery::Accepted)),
    ];
    let commands: Vec<Command> = every_command().into_iter().chain(others).collect();
    for command in &commands {
        carried(command);
    }
    // A command that was read decides as the one that was written.
    for command in commands {
        let (mut here, mut there) = (lived(), lived());
        let carried = carried(&command);
        let replies = [here.ask(command), there.ask(carried)];
        let [one, other] = replies.map(|reply| wire::write_reply(&reply).unwrap());
        assert_eq!(one, other);
        assert!(here.state == there.state);
    }
}

#[test]
fn a_code_and_its_key_survive_the_way_to_the_object() {
    let mut shell = Shell::presented();
    let carried = carried(&shell.right(1, 1));
    assert!(matches!(shell.ask(carried), Reply::Verified(_)));
}

/// Replies to every command, from nobody registered to everything done.
#[test]
fn replies_survive_the_way_from_the_object() {
    for start in [Shell::empty, Shell::presented, taken_back, Shell::verified, lived] {
        for command in every_command() {
            let reply = start().ask(command);
            let carried = answered(&reply);
            assert!(super::Said::from(&carried) == super::Said::from(&reply));
        }
    }
}

/// Whoever changes the protocol raises its version, and then this.
#[test]
fn protocol_is_pinned() {
    let now = Shell::empty().now;
    let mut digest = Hasher::new("protocol");
    let starts =
        [Shell::empty, Shell::opened, Shell::presented, taken_back, Shell::verified, lived];
    for start in starts {
        for command in every_command() {
            digest = digest.field(wire::write_command(&command, now).unwrap().as_bytes());
            digest = digest.field(wire::write_reply(&start().ask(command)).unwrap().as_bytes());
        }
    }
    assert_eq!(String::from(digest.finish()), "HccZsouCwh5YX1qsZqjd1mRSOsVyp1fiNOAH1iTcdoA");
}

#[test]
fn every_refusal_survives_the_way_from_the_object() {
    fn next(refusal: &Refusal) -> Option<Refusal> {
        Some(match refusal {
            Refusal::UnknownCardholder => Refusal::NotEnrolled,
            Refusal::NotEnrolled => Refusal::Locked(Shell::empty().now),
            Refusal::Locked(_) => Refusal::RecordConflict,
            Refusal::RecordConflict => Refusal::UnknownChallenge,
            Refusal::UnknownChallenge => Refusal::RecordAltered,
            Refusal::RecordAltered => Refusal::Ended(Status::Expired),
            Refusal::Ended(_) => Refusal::WrongCode(TriesLeft(0)),
            Refusal::WrongCode(_) => Refusal::CodeExpired(TriesLeft(5)),
            Refusal::CodeExpired(_) => Refusal::CodeNotSent,
            Refusal::CodeNotSent => Refusal::ResendTooSoon(Seconds(30)),
            Refusal::ResendTooSoon(_) => Refusal::NoResendsLeft,
            Refusal::NoResendsLeft => Refusal::DestinationLimited(Seconds(600)),
            Refusal::DestinationLimited(_) => Refusal::TooManyChallenges(Seconds(87_000)),
            Refusal::TooManyChallenges(_) => Refusal::NotRedeemable,
            Refusal::NotRedeemable => return None,
        })
    }
    for refusal in std::iter::successors(Some(Refusal::UnknownCardholder), next) {
        let Reply::Refused(carried, None) = answered(&Reply::Refused(refusal, None)) else {
            panic!("{refusal:?} became another reply");
        };
        assert_eq!(carried, refusal);
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
