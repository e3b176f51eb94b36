//! The stored form of a cardholder, and the protocol with the object that holds it.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Cardholder, Channel, Command, Delivery, Refusal, Registration, Reply, Shell, cancel, id, open,
    present, read, record, redeem, refused_by_provider, resend, right, submit, taro, wrong,
};
use crate::cardholder::Status;

/// A cardholder with everything a stored one can have.
fn lived() -> Shell {
    let mut shell = Shell::opened();
    shell.rules.lock_after = 2;
    shell.ask(Command::Present {
        challenge: id(1),
        record: record(1),
        hostname: Some("shop.example".to_owned()),
    });
    shell.ask(right(1, 1));
    shell.ask(redeem(1, Some("a")));
    shell.ask(Command::Register(Registration { channel: Some(Channel::Sms), ..taro() }));
    shell.ask(open(2));
    shell.ask(present(2));
    shell.ask(cancel(2));
    shell.ask(open(3));
    shell.ask(present(3));
    shell.wait(30);
    shell.ask(resend(3));
    shell.ask(wrong(3));
    shell.ask(wrong(3));
    shell
}

/// Every cardholder is stored in this form: a change of it loses their registrations, locks and
/// open challenges, unless the new form reads the old one too.
#[test]
fn stored_form_is_pinned() {
    let pinned = concat!(
        r#"{"registration":{"email":"taro@mail.jp","phone":"+819012341234","personal_message":"ひまわり","channel":"sms"},"#,
        r#""challenges":["#,
        r#"{"id":"ch_AAAAAQAAAAAAAAAAAAAAAA","record":"jTPsycBeWALuTQNb7SWFMHaGxQc8JgUNjs-AZqdbOIc","#,
        r#""opened_at":1800000000000,"expires_at":1800001800000,"#,
        r#""sends":[{"at":1800000000000,"channel":"email","to":"***@mail.jp"}],"tries":1,"#,
        r#""outcome":{"status":"verified","at":1800000000000},"#,
        r#""redemption":{"at":1800000000000,"idempotency":"Oxlv1JB77fUcMJDpg18vfLYefuGyKZ6juP7ZtBg6gio"},"#,
        r#""hostname":"shop.example"},"#,
        r#"{"id":"ch_AAAAAgAAAAAAAAAAAAAAAA","record":"OaOWXRMscxnf4LCxhZFteeUPRXbKwv6vBBFWnuzCRss","#,
        r#""opened_at":1800000000000,"expires_at":1800001800000,"#,
        r#""sends":[{"at":1800000000000,"channel":"sms","to":"***-****-1234"}],"tries":0,"#,
        r#""outcome":{"status":"canceled","at":1800000000000},"redemption":null,"hostname":null},"#,
        r#"{"id":"ch_AAAAAwAAAAAAAAAAAAAAAA","record":"ggilFjR6wZYOekw1TrrJ1bXwi98MpQC0xuWpZJVwQwQ","#,
        r#""opened_at":1800000000000,"expires_at":1800001800000,"#,
        r#""sends":[{"at":1800000000000,"channel":"sms","to":"***-****-1234"},"#,
        r#"{"at":1800000030000,"channel":"sms","to":"***-****-1234"}],"tries":2,"#,
        r#""outcome":null,"redemption":null,"hostname":null}],"#,
        r#""sends":[{"to":{"email":"taro@mail.jp"},"at":1800000000000},"#,
        r#"{"to":{"sms":"+819012341234"},"at":1800000000000},"#,
        r#"{"to":{"sms":"+819012341234"},"at":1800000000000},"#,
        r#"{"to":{"sms":"+819012341234"},"at":1800000030000}],"#,
        r#""failures":2,"locked_until":1800086430000}"#,
    );
    assert_eq!(serde_json::to_string(&lived().state).unwrap(), pinned);
    let read: Cardholder = serde_json::from_str(pinned).unwrap();
    assert!(read == lived().state);
}

#[test]
fn an_empty_cardholder_is_stored_as_nothing_but_its_fields() {
    let pinned =
        r#"{"registration":null,"challenges":[],"sends":[],"failures":0,"locked_until":null}"#;
    let empty = Cardholder::default();
    assert_eq!(serde_json::to_string(&empty).unwrap(), pinned);
    assert!(serde_json::from_str::<Cardholder>(pinned).unwrap() == empty);
}

/// Writes, reads and writes again; what is lost on the way shows.
#[track_caller]
fn survives<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
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
            Command::Open { .. } => Some(read(1)),
            Command::Read { .. } => Some(Command::Present {
                challenge: id(1),
                record: record(1),
                hostname: Some("shop.example".to_owned()),
            }),
            Command::Present { .. } => Some(resend(1)),
            Command::Resend { .. } => Some(refused_by_provider(1, 1)),
            Command::Delivered { .. } => Some(submit(1, "012345")),
            Command::Verify { .. } => Some(cancel(1)),
            Command::Cancel { .. } => Some(redeem(1, Some("a"))),
            Command::Redeem { .. } => None,
        }
    }
    std::iter::successors(Some(Command::Register(taro())), next).collect()
}

#[test]
fn commands_survive_the_way_to_the_object() {
    let others = [
        present(1),
        redeem(1, None),
        Command::Delivered { challenge: id(1), send: 4, delivery: Delivery::Accepted },
    ];
    let commands: Vec<Command> = every_command().into_iter().chain(others).collect();
    for command in &commands {
        survives(command);
    }
    // A command that was read decides as the one that was written.
    for command in commands {
        let (mut here, mut there) = (lived(), lived());
        let carried = survives(&command);
        let replies = [here.ask(command), there.ask(carried)];
        let [one, other] = replies.map(|reply| serde_json::to_string(&reply).unwrap());
        assert_eq!(one, other);
        assert!(here.state == there.state);
    }
}

#[test]
fn a_code_and_its_key_survive_the_way_to_the_object() {
    let mut shell = Shell::presented();
    let carried = survives(&right(1, 1));
    assert!(matches!(shell.ask(carried), Reply::Verified(_)));
}

/// Replies to every command in three lives: nobody registered, a challenge open, everything done.
#[test]
fn replies_survive_the_way_from_the_object() {
    for start in [Shell::empty, Shell::presented, Shell::verified, lived] {
        for command in every_command() {
            let reply = start().ask(command);
            let carried = survives(&reply);
            assert!(super::Said::from(&carried) == super::Said::from(&reply));
        }
    }
}

#[test]
fn every_refusal_survives_the_way_from_the_object() {
    fn next(refusal: &Refusal) -> Option<Refusal> {
        Some(match refusal {
            Refusal::UnknownCardholder => Refusal::NotEnrolled,
            Refusal::NotEnrolled => Refusal::Locked { until: Shell::empty().now },
            Refusal::Locked { .. } => Refusal::RecordConflict,
            Refusal::RecordConflict => Refusal::UnknownChallenge,
            Refusal::UnknownChallenge => Refusal::RecordAltered,
            Refusal::RecordAltered => Refusal::Ended(Status::Expired),
            Refusal::Ended(_) => Refusal::WrongCode { tries_left: 0 },
            Refusal::WrongCode { .. } => Refusal::CodeExpired { tries_left: 5 },
            Refusal::CodeExpired { .. } => Refusal::CodeNotSent,
            Refusal::CodeNotSent => Refusal::ResendTooSoon { seconds: 30 },
            Refusal::ResendTooSoon { .. } => Refusal::NoResendsLeft,
            Refusal::NoResendsLeft => Refusal::DestinationLimited { seconds: 600 },
            Refusal::DestinationLimited { .. } => Refusal::NotRedeemable,
            Refusal::NotRedeemable => return None,
        })
    }
    for refusal in std::iter::successors(Some(Refusal::UnknownCardholder), next) {
        let Reply::Refused(carried, None) = survives(&Reply::Refused(refusal, None)) else {
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
