//! Where a deployment cannot send, nobody is enrolled.

use super::{
    Channel, Command, Refusal, Refused, Registration, Reply, ReplyKind, SendChannel, Shell, open,
    present, taro,
};
use crate::{cardholder::Status, rules::AvailableChannels};

/// A deployment without a courier for text messages.
fn without_sms(mut shell: Shell) -> Shell {
    shell.rules.available = AvailableChannels { sms: false, ..shell.rules.available };
    shell
}

fn only_phone() -> Command {
    Command::Register(Registration { email: None, channel: None, ..taro() })
}

#[test]
fn a_channel_that_reaches_nobody_is_no_enrollment() {
    let mut shell = without_sms(Shell::empty());
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    assert_eq!(shell.describe().channel, None);
    assert!(matches!(
        shell.ask(open(1)),
        Reply::Refused(Refused::Rule(Refusal::NotEnrolled), None)
    ));
}

#[test]
fn a_removed_destination_is_not_followed_by_one_that_reaches_nobody() {
    let mut shell = without_sms(Shell::presented());
    shell.ask(only_phone());
    assert_eq!(shell.describe().channel, None);
    // When there is a courier again, nobody has been enrolled by that.
    shell.rules.available.sms = true;
    assert_eq!(shell.describe().channel, None);
}

#[test]
fn a_choice_outlives_a_courier_that_is_away() {
    let mut shell = Shell::empty();
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    shell.rules.available.sms = false;
    assert_eq!(shell.describe().channel, None);
    shell.rules.available.sms = true;
    assert_eq!(shell.describe().channel, Some(Channel::Sms));
}

#[test]
fn a_create_that_is_refused_ends_nobodys_form() {
    let mut shell = without_sms(Shell::presented());
    for number in 2..=3 {
        shell.ask(open(number));
        shell.ask(present(number));
    }
    shell.ask(only_phone());
    assert!(matches!(
        shell.ask(open(4)),
        Reply::Refused(Refused::Rule(Refusal::NotEnrolled), None)
    ));
    for number in 1..=3 {
        assert_eq!(shell.view(number).status, Status::Pending, "{number}");
    }
    assert_eq!(ReplyKind::from(&shell.ask(Command::Challenges)), ReplyKind::Challenges(3));
}

#[test]
fn an_app_without_a_key_is_no_enrollment() {
    let mut shell = Shell::asked_for_app();
    shell.rules.available.app = false;
    assert_eq!(shell.describe().channel, None);
    assert!(matches!(
        shell.ask(open(2)),
        Reply::Refused(Refused::Rule(Refusal::NotEnrolled), None)
    ));
}
