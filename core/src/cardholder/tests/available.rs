//! Where a deployment cannot send, nobody is enrolled.

use super::{
    Channel, Command, Refusal, Refused, Registration, Reply, ReplyKind, SendChannel, Shell, open,
    present, resend, taro,
};
use crate::{
    cardholder::Status,
    contact::{Country, PhoneNumber},
    rules::{AvailableChannels, Rules},
};

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

/// A cardholder whose codes go to a number of Jamaica, and who has an address.
fn abroad(rules: impl FnOnce(&mut Rules)) -> Shell {
    let mut shell = Shell::empty();
    rules(&mut shell.rules);
    let phone = PhoneNumber::parse("+18765550123").ok();
    let channel = Some(SendChannel::Sms);
    shell.ask(Command::Register(Registration { phone, channel, ..taro() }));
    shell
}

#[test]
fn a_number_of_a_country_that_is_not_sent_to_is_no_enrollment() {
    let mut shell = abroad(|_| {});
    let described = shell.describe();
    // It stays registered, and counts as soon as the country is allowed.
    assert!(described.phone.is_some());
    assert_eq!(described.channel, None);
    assert!(matches!(
        shell.ask(open(1)),
        Reply::Refused(Refused::Rule(Refusal::NotEnrolled), None)
    ));
    shell.rules.sms_countries.extend(Country::parse("JM"));
    assert_eq!(shell.describe().channel, Some(Channel::Sms));
    assert!(matches!(shell.ask(open(1)), Reply::Opened { .. }));
    assert!(matches!(shell.ask(present(1)), Reply::Send(..)));
}

#[test]
fn where_text_messages_may_go_by_mail_so_do_those_to_a_country_that_is_not_sent_to() {
    let mut shell = abroad(|rules| rules.sms_to_email = true);
    assert_eq!(shell.describe().channel, Some(Channel::Email));
    assert!(matches!(shell.ask(open(1)), Reply::Opened { .. }));
    let Reply::Send(_, order) = shell.ask(present(1)) else { panic!("nothing was ordered") };
    assert_eq!(order.to.channel(), SendChannel::Email);
}

/// The setting can change between create and form, and between two sends.
#[test]
fn no_send_of_an_open_challenge_goes_to_a_country_that_is_not_sent_to_any_more() {
    let mut shell = abroad(|rules| rules.sms_countries.extend(Country::parse("JM")));
    for number in 1..=2 {
        shell.ask(open(number));
    }
    assert!(matches!(shell.ask(present(1)), Reply::Send(..)));
    shell.rules.sms_countries.truncate(1);
    shell.wait(30);
    for command in [present(2), resend(1)] {
        let refused = shell.ask(command);
        assert!(matches!(refused, Reply::Refused(Refused::Rule(Refusal::NotEnrolled), Some(_))));
    }
    // The first code was sent when it was allowed, and counts.
    assert!(shell.view(1).code_expires_in > 0);
    shell.rules.sms_to_email = true;
    let Reply::Send(_, order) = shell.ask(resend(1)) else { panic!("nothing was ordered") };
    assert_eq!(order.to.channel(), SendChannel::Email);
}
