//! Notifications: what the cardholder is told, where, and how those of one kind are gathered.

use super::{
    Channel, Command, DAY, EmailAddress, MINUTE, NotificationKind, PhoneNumber, Registration,
    Reply, ReplyKind, SendChannel, Shell, cancel, id, open, present, taro,
};
use crate::{
    cardholder::{Notification, NotificationReport},
    contact::Destination,
    locale::Locale,
};
use NotificationKind::{ChallengeFailed, DestinationChanged, Locked, MethodChanged};

const HOUR: u64 = 60 * MINUTE;

fn email(text: &str) -> Destination {
    Destination::Email(EmailAddress::parse(text).unwrap())
}

fn mail() -> Destination {
    email("taro@mail.jp")
}

fn phone() -> Destination {
    Destination::Sms(PhoneNumber::parse("+819012341234").unwrap())
}

/// Taro, where notifications are told, also to former destinations.
fn notified() -> Shell {
    let mut shell = Shell::empty();
    shell.rules.notifications = true;
    shell.rules.notifies_former = true;
    // Failures at one merchant keep nobody out.
    shell.locks_after(1000);
    shell.ask(Command::Register(taro()));
    shell
}

impl Shell {
    fn due(&mut self) -> Vec<u32> {
        match self.ask(Command::Wake) {
            Reply::Woken(_, numbers) => numbers,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    #[track_caller]
    fn notification(&mut self, number: u32) -> Notification {
        match self.ask(Command::Notify(number)) {
            Reply::Notification(notification) => notification,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    fn report(&mut self, number: u32, report: NotificationReport) {
        self.must(Command::Notified(number, report), &ReplyKind::Settled);
    }

    /// What is due now, as it would be told.
    fn told(&mut self) -> Vec<Notification> {
        self.due().into_iter().map(|number| self.notification(number)).collect()
    }

    #[track_caller]
    fn tells_of(&mut self, expected: &[(NotificationKind, Destination)]) {
        let told = self.told();
        let told: Vec<_> = told.into_iter().map(|told| (told.kind, told.to)).collect();
        assert!(told == expected, "{:?}", told.iter().map(|(kind, _)| kind).collect::<Vec<_>>());
    }

    /// Opens a challenge and types so many wrong codes.
    #[track_caller]
    fn types_wrong(&mut self, number: u32, times: u32) {
        self.must(open(number), &ReplyKind::Opened);
        self.must(present(number), &ReplyKind::Sent(1));
        for time in 1..=times {
            let left = super::TriesLeft(5 - time);
            self.must(self.wrong(number), &ReplyKind::No(super::Refusal::WrongCode(left)));
        }
    }

    /// Opens a challenge and fails it.
    fn fail_another(&mut self, number: u32) {
        self.must(open(number), &ReplyKind::Opened);
        self.must(present(number), &ReplyKind::Sent(1));
        self.fail(number);
    }
}

#[test]
fn a_failed_challenge_is_told_to_every_registered_destination() {
    let mut shell = notified();
    shell.fail_another(1);
    let at = shell.now;
    let told = shell.told();
    assert_eq!(told.len(), 2);
    assert!(told[0].to == mail() && told[1].to == phone());
    for told in told {
        assert_eq!((told.kind, told.count, told.since), (ChallengeFailed, 1, at));
        assert_eq!(told.challenge, Some(id(1)));
        assert!(!told.is_former);
    }
}

/// Whoever stops before the last try, so that the challenge does not fail, is told of all the same.
#[test]
fn a_challenge_that_ended_otherwise_after_two_wrong_codes_is_told_like_a_failed_one() {
    let told = [(ChallengeFailed, mail()), (ChallengeFailed, phone())];
    let mut shell = notified();
    shell.types_wrong(1, 2);
    shell.tells_of(&[]);
    shell.ask(cancel(1));
    shell.tells_of(&told);
    let mut shell = notified();
    shell.types_wrong(1, 4);
    let expires_at = shell.view(1).expires_at;
    // Nobody comes any more: the object wakes for it by itself.
    assert_eq!(shell.state.next_wake(&shell.rules), Some(expires_at));
    shell.now = expires_at;
    shell.tells_of(&told);
    let mut shell = notified();
    shell.types_wrong(1, 2);
    shell.ask(super::report_fraud(1));
    shell.tells_of(&told);
}

/// One guess in each of many challenges is told of as well.
#[test]
fn single_wrong_codes_are_told_of_from_the_second_in_a_row_on() {
    let mut shell = notified();
    shell.types_wrong(1, 1);
    shell.ask(cancel(1));
    shell.tells_of(&[]);
    shell.types_wrong(2, 1);
    shell.ask(cancel(2));
    shell.tells_of(&[(ChallengeFailed, mail()), (ChallengeFailed, phone())]);
}

#[test]
fn no_wrong_code_a_single_typo_and_a_purchase_that_was_verified_are_not_told_of() {
    let mut shell = notified();
    shell.ask(open(1));
    shell.ask(cancel(1));
    shell.types_wrong(2, 4);
    shell.must(shell.right(2, 1), &ReplyKind::Verified);
    shell.types_wrong(3, 1);
    shell.ask(cancel(3));
    shell.must(open(4), &ReplyKind::Opened);
    shell.must(present(4), &ReplyKind::Sent(1));
    shell.must(shell.right(4, 1), &ReplyKind::Verified);
    shell.types_wrong(5, 1);
    shell.ask(open(6));
    shell.wait(30 * MINUTE);
    shell.tells_of(&[]);
}

#[test]
fn a_lock_is_told_beside_the_failure_that_began_it() {
    let mut shell = notified();
    shell.locks_after(5);
    shell.fail_another(1);
    let told = shell.told();
    let kinds: Vec<_> = told.iter().map(|told| told.kind).collect();
    assert_eq!(kinds, [ChallengeFailed, ChallengeFailed, Locked, Locked]);
    assert!(told.iter().all(|told| told.challenge == Some(id(1))));
}

#[test]
fn a_lock_is_told_again_when_another_one_begins_and_not_while_it_lasts() {
    let mut shell = notified();
    shell.locks_after(5);
    shell.fail_another(1);
    let due = shell.due();
    due.into_iter().for_each(|number| shell.report(number, NotificationReport::Told(1)));
    shell.ask(super::read(1));
    shell.ask(present(1));
    shell.tells_of(&[]);
    shell.must(Command::Unlock, &ReplyKind::Described);
    shell.fail_another(2);
    let kinds: Vec<_> = shell.told().iter().map(|told| told.kind).collect();
    assert_eq!(kinds, [ChallengeFailed, ChallengeFailed, Locked, Locked]);
}

/// No time ends a lock by a long row, so its notification says that a sign-in does.
#[test]
fn a_lock_that_only_a_sign_in_ends_is_told_as_such() {
    let locked = |shell: &mut Shell| -> Vec<_> {
        let told = shell.told();
        let locks = told.iter().filter(|told| told.kind == Locked);
        let says = locks.map(|told| (told.sign_in_needed, told.to.channel())).collect();
        told.iter().for_each(|told| shell.report(told.number, NotificationReport::Told(1)));
        says
    };
    let [mail, sms] = [SendChannel::Email, SendChannel::Sms];
    let mut shell = notified();
    shell.rules.wrong_codes.row = shell.rules.wrong_codes.row_kept + 5;
    shell.fail_another(1);
    assert_eq!(locked(&mut shell), [(true, mail), (true, sms)]);
    // A lock that time ends, and then the row that no time ends: each is told.
    let mut shell = notified();
    shell.locks_after(5);
    shell.rules.wrong_codes.row = shell.rules.wrong_codes.row_kept + 7;
    shell.fail_another(1);
    assert_eq!(locked(&mut shell), [(false, mail), (false, sms)]);
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(super::to_challenge(2, super::showing(true)), &ReplyKind::Sent(1));
    shell.ask(shell.wrong(2));
    assert_eq!(locked(&mut shell), []);
    shell.ask(shell.wrong(2));
    assert_eq!(locked(&mut shell), [(true, mail), (true, sms)]);
}

#[test]
fn another_channel_and_another_app_are_told_in_the_language_of_the_session() {
    let mut shell = notified();
    shell.choose(1, Channel::Sms);
    let told = shell.told();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|told| (told.kind, told.locale) == (MethodChanged, Some(Locale::En))));
    assert!(told.iter().all(|told| told.challenge.is_none() && !told.is_former));
    told.iter().for_each(|told| shell.report(told.number, NotificationReport::Told(1)));
    // The same channel again is no change.
    shell.choose(2, Channel::Sms);
    shell.tells_of(&[]);
    shell.enroll_app(3, 3);
    shell.tells_of(&[(MethodChanged, mail()), (MethodChanged, phone())]);
    // A code of the app that seals its secret anew changes nothing.
    let mut shell = notified();
    shell.enroll_app(1, 1);
    let due = shell.due();
    due.into_iter().for_each(|number| shell.report(number, NotificationReport::Told(1)));
    shell.wait_millis(super::authenticator::STEP_MILLIS);
    shell.ask(open(1));
    shell.ask(present(1));
    let sealed = super::authenticator::sealed(1);
    let app = super::authenticator::app_proof(&sealed, true);
    let code = super::authenticator::app_code(1, shell.now);
    shell.must(super::submit_with(1, Some(app), &code), &ReplyKind::Verified);
    shell.tells_of(&[]);
    // So does the issuer's choice.
    shell.must(
        Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }),
        &ReplyKind::Registered { new: false },
    );
    shell.tells_of(&[(MethodChanged, mail()), (MethodChanged, phone())]);
}

#[test]
fn a_replaced_destination_is_told_at_the_former_one_as_well() {
    let mut shell = notified();
    let other = EmailAddress::parse("taro@other.jp").unwrap();
    let replaced = Registration { email: Some(other), ..taro() };
    shell.ask(Command::Register(replaced.clone()));
    let told = shell.told();
    let found: Vec<_> = told.iter().map(|told| (told.to.clone(), told.is_former)).collect();
    assert!(found == [(mail(), true), (email("taro@other.jp"), false), (phone(), false)]);
    assert!(told.iter().all(|told| told.kind == DestinationChanged));
    told.iter().for_each(|told| shell.report(told.number, NotificationReport::Told(1)));
    // The same registration again changes nothing.
    shell.ask(Command::Register(replaced));
    shell.tells_of(&[]);
    // One that is removed, where the other stays.
    shell.ask(Command::Register(Registration { email: None, channel: None, ..taro() }));
    shell.tells_of(&[
        (DestinationChanged, email("taro@other.jp")),
        (DestinationChanged, phone()),
        (MethodChanged, phone()),
    ]);
}

#[test]
fn a_former_destination_is_not_told_where_the_issuer_does_not_want_it() {
    let mut shell = notified();
    shell.rules.notifies_former = false;
    let other = EmailAddress::parse("taro@other.jp").unwrap();
    shell.ask(Command::Register(Registration { email: Some(other), ..taro() }));
    shell.tells_of(&[(DestinationChanged, email("taro@other.jp")), (DestinationChanged, phone())]);
}

#[test]
fn a_first_registration_and_an_erasure_tell_nobody() {
    let mut shell = notified();
    shell.tells_of(&[]);
    shell.fail_another(1);
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.tells_of(&[]);
    assert!(shell.state == super::Cardholder::default());
}

#[test]
fn a_destination_that_nothing_can_be_sent_to_is_not_told() {
    let mut shell = notified();
    shell.rules.available.sms = false;
    shell.fail_another(1);
    shell.tells_of(&[(ChallengeFailed, mail())]);
    let mut shell = notified();
    shell.rules.sms_countries = Vec::new();
    shell.fail_another(1);
    shell.tells_of(&[(ChallengeFailed, mail())]);
}

#[test]
fn those_of_one_kind_are_gathered_until_they_may_be_told() {
    let mut shell = notified();
    let start = shell.now;
    shell.fail_another(1);
    let first = shell.told();
    for told in &first {
        shell.report(told.number, NotificationReport::Told(told.count));
    }
    // The destination took one just now, and takes the next in an hour.
    shell.wait(MINUTE);
    shell.fail_another(2);
    let second = shell.now;
    for number in shell.due() {
        shell.report(
            number,
            NotificationReport::Later(start.plus(super::Duration::from_secs(HOUR))),
        );
    }
    for number in 3..=5 {
        shell.wait(MINUTE);
        shell.fail_another(number);
        assert_eq!(shell.due(), Vec::<u32>::new());
    }
    shell.wait_until(start, HOUR * 1000);
    let told = shell.told();
    assert_eq!(told.len(), 2);
    for told in told {
        assert_eq!((told.count, told.since), (4, second));
        assert_eq!(told.challenge, Some(id(5)));
    }
}

#[test]
fn what_happens_while_one_is_being_told_is_told_with_the_next() {
    let mut shell = notified();
    shell.fail_another(1);
    let told = shell.told();
    shell.wait(2);
    shell.fail_another(2);
    let second = shell.now;
    let number = told[0].number;
    shell.report(number, NotificationReport::Told(1));
    let rest = shell.notification(number);
    assert_eq!((rest.count, rest.since, rest.challenge), (1, second, Some(id(2))));
    shell.report(number, NotificationReport::Told(1));
    shell.must(Command::Notify(number), &ReplyKind::Settled);
}

#[test]
fn one_that_nobody_took_is_handed_out_again_until_it_is_two_days_old() {
    let mut shell = notified();
    shell.fail_another(1);
    let (start, first) = (shell.now, shell.due());
    assert_eq!(first.len(), 2);
    let mut times = 0;
    while !shell.state.notifications.is_empty() {
        shell.now = shell.state.next_wake(&shell.rules).unwrap();
        let due = shell.due();
        assert!(due.is_empty() || due == first);
        due.iter().for_each(|number| shell.report(*number, NotificationReport::NotTaken));
        times += 1;
        assert!(times < 60, "again and again");
    }
    assert!(times > 40, "{times}");
    shell.wait_until(start, 2 * DAY * 1000);
    shell.must(Command::Notify(first[0]), &ReplyKind::Settled);
}

#[test]
fn one_that_cannot_be_reached_is_told_no_more() {
    let mut shell = notified();
    shell.fail_another(1);
    let due = shell.due();
    shell.report(due[0], NotificationReport::Unreachable);
    shell.must(Command::Notify(due[0]), &ReplyKind::Settled);
    shell.must(Command::Notify(due[1]), &ReplyKind::Notification(ChallengeFailed, 1));
    // A report of one that does not wait changes nothing.
    for report in [NotificationReport::Told(1), NotificationReport::Later(shell.now)] {
        shell.report(due[0], report);
    }
    shell.must(Command::Notify(due[1]), &ReplyKind::Notification(ChallengeFailed, 1));
}

#[test]
fn it_wakes_for_a_notification_that_is_due() {
    let mut shell = notified();
    shell.fail_another(1);
    assert_eq!(shell.state.next_wake(&shell.rules), Some(shell.now));
    shell.due();
    let minute = shell.now.plus(super::Duration::from_secs(MINUTE));
    assert_eq!(shell.state.next_wake(&shell.rules), Some(minute));
}

/// A deployment that is switched off has nobody who comes back to forget what waits.
#[test]
fn where_notifications_are_switched_off_an_alarm_forgets_a_former_address() {
    let mut shell = notified();
    let other = EmailAddress::parse("taro@other.jp").unwrap();
    shell.ask(Command::Register(Registration { email: Some(other), ..taro() }));
    assert!(!shell.state.notifications.is_empty());
    let replaced = shell.now;
    shell.rules.notifications = false;
    let (alarms, at) = shell.left_alone();
    assert!(shell.keeps_only_what_is_registered());
    assert_eq!((alarms, at), (1, replaced.plus(super::Duration::from_secs(10 * MINUTE))));
}

/// The last handing out may be an hour before the two days are over.
#[test]
fn one_that_nobody_takes_is_forgotten_within_ten_minutes_after_two_days() {
    let mut shell = notified();
    let other = EmailAddress::parse("taro@other.jp").unwrap();
    shell.ask(Command::Register(Registration { email: Some(other), ..taro() }));
    let replaced = shell.now;
    while !shell.state.notifications.is_empty() {
        shell.now = shell.state.next_wake(&shell.rules).unwrap();
        for number in shell.due() {
            shell.report(number, NotificationReport::NotTaken);
        }
    }
    let late = shell.now.seconds_from(replaced) - 2 * DAY;
    assert!(late <= 10 * MINUTE, "{late}");
}

#[test]
fn where_the_deployment_tells_none_nothing_is_kept() {
    let mut shell = notified();
    shell.rules.notifications = false;
    shell.fail_another(1);
    shell.choose(1, Channel::Sms);
    shell.ask(Command::Register(Registration { email: None, channel: None, ..taro() }));
    assert!(shell.state.notifications.is_empty());
    // One that waits is forgotten when the deployment tells none any more.
    let mut shell = notified();
    shell.fail_another(1);
    shell.rules.notifications = false;
    shell.tells_of(&[]);
    assert!(shell.state.notifications.is_empty());
}

#[test]
fn at_most_twenty_wait() {
    let mut shell = notified();
    for number in 0..40 {
        let other = EmailAddress::parse(&format!("taro{number}@other.jp")).unwrap();
        shell.ask(Command::Register(Registration { email: Some(other), ..taro() }));
    }
    assert_eq!(shell.due().len(), 20);
}
