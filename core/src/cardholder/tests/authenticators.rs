//! The record of every authenticator that was ever bound.

use super::{
    BoundBy, Channel, Command, EmailAddress, Refusal, Registration, ReplyKind, SendChannel, Shell,
    authenticator::{CHANGED, OPEN, app_code, change, change_to_app, enrolling, offer, start},
    taro,
};
use crate::{
    cardholder::{AuthenticatorRecord, Choice, Chosen, SessionCommand},
    locale::Locale,
    sign_in::{Acr, SignIn, SignInDemand},
    time::Timestamp,
};

fn record(shell: &mut Shell) -> Vec<AuthenticatorRecord> {
    shell.describe().authenticators
}

/// Kind, destination, who bound it, whether it is bound, and who chose it.
type Line = (Channel, Option<String>, Option<BoundBy>, bool, Option<BoundBy>);

fn lines(shell: &mut Shell) -> Vec<Line> {
    let line = |one: AuthenticatorRecord| {
        let to = one.destination.map(|to| to.as_str().to_owned());
        let chosen = one.chosen.map(|chosen| chosen.by);
        (one.channel, to, one.bound_by, one.unbound_at.is_none(), chosen)
    };
    record(shell).into_iter().map(line).collect()
}

fn to(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn with_email(text: &str) -> Registration {
    Registration { email: EmailAddress::parse(text).ok(), channel: None, ..taro() }
}

const ISSUER: Option<BoundBy> = Some(BoundBy::Issuer);

#[test]
fn a_registration_binds_addresses_and_numbers_and_chooses_one() {
    let mut shell = Shell::new();
    let at = shell.now;
    assert_eq!(
        lines(&mut shell),
        [
            (Channel::Email, to("***@mail.jp"), ISSUER, true, ISSUER),
            (Channel::Sms, to("***-****-1234"), ISSUER, true, None),
        ]
    );
    assert!(record(&mut shell).iter().all(|one| one.bound_at == Some(at)));
    // The same again binds nothing.
    shell.wait(5);
    shell.ask(Command::Register(taro()));
    assert!(record(&mut shell).iter().all(|one| one.bound_at == Some(at)));
}

#[test]
fn an_import_that_replaces_an_address_unbinds_the_former_one() {
    let mut shell = Shell::new();
    shell.wait(5);
    let by = BoundBy::Import;
    shell.ask(Command::Register(Registration { by, ..with_email("taro@other.jp") }));
    assert_eq!(
        lines(&mut shell),
        [
            (Channel::Email, to("***@mail.jp"), ISSUER, false, ISSUER),
            (Channel::Sms, to("***-****-1234"), ISSUER, true, None),
            (Channel::Email, to("***@other.jp"), Some(by), true, Some(by)),
        ]
    );
    let former = &record(&mut shell)[0];
    assert_eq!((former.unbound_at, former.unbound_by), (Some(shell.now), Some(by)));
}

#[test]
fn the_member_site_binds_an_app_and_another_channel_unbinds_it() {
    let mut shell = Shell::new();
    shell.wait(5);
    shell.enroll_app(1, 1);
    let enrolled = shell.now;
    let member = Some(BoundBy::MemberSite);
    assert_eq!(lines(&mut shell)[2], (Channel::App, None, member, true, member));
    shell.wait(5);
    // Another app is another authenticator.
    shell.enroll_app(2, 2);
    let record = record(&mut shell);
    assert_eq!((record[2].bound_at, record[2].unbound_at), (Some(enrolled), Some(shell.now)));
    assert_eq!((record[3].channel, record[3].bound_at), (Channel::App, Some(shell.now)));
    shell.wait(5);
    shell.choose(3, Channel::Sms);
    let sms = (Channel::Sms, to("***-****-1234"), ISSUER, true, member);
    assert_eq!(lines(&mut shell)[1], sms);
    assert_eq!(lines(&mut shell)[3], (Channel::App, None, member, false, member));
    assert_eq!(lines(&mut shell).len(), 4);
}

#[test]
fn a_refused_change_leaves_no_trace_in_it() {
    let mut shell = Shell::offered();
    let before = record(&mut shell);
    let wrong = change_to_app(1, 1, &shell.no_code_of(1));
    assert!(matches!(shell.reply_kind(wrong), ReplyKind::No(_)));
    assert_eq!(record(&mut shell), before);
    shell.must(change_to_app(1, 1, &app_code(1, shell.now)), &CHANGED);
    assert_eq!(record(&mut shell).len(), 3);
}

#[test]
fn a_code_that_seals_the_secret_anew_binds_no_other_app() {
    let mut shell = Shell::asked_for_app();
    let before = record(&mut shell);
    let sealed = super::authenticator::sealed(1);
    let app = super::authenticator::app_proof(&sealed, true);
    let code = app_code(1, shell.now);
    shell.must(super::submit_with(1, Some(app), &code), &ReplyKind::Verified);
    assert_eq!(record(&mut shell), before);
    shell.ask(Command::Register(Registration { channel: None, ..taro() }));
    assert_eq!(record(&mut shell), before);
}

/// A release without the record wrote such states.
#[test]
fn what_was_bound_before_there_was_a_record_has_no_time() {
    let mut shell = Shell::new();
    shell.state.authenticators = Default::default();
    let untold = |channel, destination, chosen| (channel, destination, None, true, chosen);
    let before = [
        untold(Channel::Email, to("***@mail.jp"), None),
        untold(Channel::Sms, to("***-****-1234"), None),
    ];
    assert_eq!(lines(&mut shell), before);
    assert!(record(&mut shell).iter().all(|one| one.bound_at.is_none()));
    shell.wait(5);
    shell.ask(Command::Register(with_email("taro@other.jp")));
    let former = record(&mut shell).remove(0);
    assert_eq!((former.bound_at, former.unbound_at), (None, Some(shell.now)));
    assert_eq!(former.unbound_by, ISSUER);
    assert_eq!(lines(&mut shell)[2], (Channel::Email, to("***@other.jp"), ISSUER, true, ISSUER));
}

#[test]
fn fifty_are_kept_and_the_first_unbound_goes_first() {
    let mut shell = Shell::new();
    for number in 0..70 {
        shell.wait(5);
        shell.ask(Command::Register(with_email(&format!("taro@m{number}.jp"))));
    }
    let all = lines(&mut shell);
    assert_eq!(all.len(), 50);
    // The number was bound first and still is, so it stays.
    assert_eq!(all[0], (Channel::Sms, to("***-****-1234"), ISSUER, true, None));
    assert_eq!(all[1].1, to("***@m21.jp"));
    assert_eq!(all[49].1, to("***@m69.jp"));
    assert_eq!(all.iter().filter(|one| one.3).count(), 2);
}

#[test]
fn an_erasure_forgets_it() {
    let mut shell = Shell::new();
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.ask(Command::Register(taro()));
    assert_eq!(record(&mut shell).len(), 2);
}

pub(super) fn start_signed_in(number: u8, sign_in: Option<SignIn>) -> Command {
    let (locale, return_url) = (Locale::Ja, None);
    enrolling(number, SessionCommand::Start { locale, return_url, sign_in })
}

pub(super) fn signed_in(acr: &str, auth_time: Timestamp) -> SignIn {
    SignIn { acr: Acr::parse(acr), auth_time: Some(auth_time) }
}

#[test]
fn the_record_keeps_how_the_member_had_signed_in() {
    let mut shell = Shell::new();
    let sign_in = signed_in("phr", shell.now);
    shell.wait(5);
    shell.must(start_signed_in(1, Some(sign_in.clone())), &OPEN);
    shell.must(change(1, Choice::Sms), &CHANGED);
    let by = BoundBy::MemberSite;
    let chosen = Chosen { at: shell.now, by, sign_in: Some(sign_in) };
    assert_eq!(record(&mut shell)[1].chosen, Some(chosen));
    // Chosen again, it is the newest sign-in that counts.
    shell.wait(5);
    shell.must(start(2), &OPEN);
    shell.must(change(2, Choice::Sms), &CHANGED);
    let chosen = Chosen { at: shell.now, by, sign_in: None };
    assert_eq!(record(&mut shell)[1].chosen, Some(chosen));
    shell.must(offer(2, 1), &ReplyKind::No(Refusal::SessionOver(super::SessionEnd::Changed)));
}

#[test]
fn a_session_is_started_only_after_the_sign_in_that_is_demanded() {
    let mut shell = Shell::new();
    shell.rules.sign_in = SignInDemand {
        acr: Acr::parse("phr").into_iter().collect(),
        max_age: Some(std::time::Duration::from_secs(300)),
    };
    let now = shell.now;
    let old = Timestamp::from_millis(now.millis() - 361_000);
    for refused in [None, Some(signed_in("pwd", now)), Some(signed_in("phr", old))] {
        shell.refuses(start_signed_in(1, refused), Refusal::SignInNotEnough);
        shell.refuses(super::authenticator::show(1), Refusal::UnknownSession);
    }
    shell.must(start_signed_in(1, Some(signed_in("phr", now))), &OPEN);
    // A session that was started stays open when time goes by.
    shell.wait(600);
    shell.must(change(1, Choice::Sms), &CHANGED);
    assert_eq!(shell.describe().channel, Some(SendChannel::Sms.into()));
}
