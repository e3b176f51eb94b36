//! The stored form of a cardholder and the protocol with its object, byte by byte.
//! `core/fixtures/frozen.txt` says what a change costs.

use std::collections::BTreeMap;

use super::{
    BoundBy, Cardholder, ChallengeCommand, Channel, Command, DeliveryState, Description, EventKind,
    ProviderId, Refusal, Refused, Registration, Reply, SendChannel, SessionEnd, SessionState,
    Shell, View,
    authenticator::{app_proof, sealed, session, terms},
    authenticators::{signed_in, start_signed_in},
    contract::{every_command, every_refusal, lived, notified},
    identity, read_command, submit_with, taro, test_courses, three_ds,
    three_ds_marks::{self, amount},
    to_challenge,
};
use crate::{
    cardholder::{
        AuditedSend, ChallengeAudit, Changes, Choice, DeliveryOrder, Ended, Event,
        ExpectedPurchase, Idempotency, Notification, NotificationKind, Outcome, Places,
        RefusedByRule, SessionCommand, SessionView, Status, Teller,
    },
    contact::{Destination, EmailAddress, Via},
    destination::DestinationQuota,
    enrollment::Acceptance,
    locale::Locale,
    test_cardholder::TestCardholder,
    text::PersonalMessage,
    time::Timestamp,
    wire::{self, CardholderCall, frozen},
};

/// A view with everything that one can have.
pub(super) fn full_view() -> View {
    let now = Shell::empty().now;
    View {
        status: Status::Verified,
        opened_at: now,
        expires_at: now,
        outcome: Some(Outcome { status: Ended::Verified, at: now }),
        redeemable: true,
        redeemed: true,
        hostname: Some("shop.example".to_owned()),
        via: Some(to().via()),
        delivery: Some(DeliveryState::Delivered),
        diverted: true,
        diverts: true,
        send_age: 1,
        personal_message: PersonalMessage::parse("ひまわり").ok(),
        send: 2,
        tries: 3,
        tries_left: 4,
        resends_left: 5,
        code_expires_in: 6,
        resend_in: 7,
        locked_until: Some(now),
        fraud_reported_at: None,
        sign_in_needed: true,
        destination_since: Some(now),
        shown: true,
        three_ds: None,
    }
}

fn full_audit() -> ChallengeAudit {
    let now = Shell::empty().now;
    ChallengeAudit {
        view: View { personal_message: None, ..full_view() },
        shown_at: Some(now),
        sends: vec![AuditedSend {
            delivery: 2,
            at: now,
            via: to().via(),
            state: DeliveryState::Bounced,
            diverted: true,
        }],
        deliveries_ordered: 3,
        tried_at: vec![now, now],
        superseded: true,
        refused: Some(RefusedByRule { rule: "wrong_code".to_owned(), at: now }),
    }
}

fn to() -> Destination {
    Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap())
}

fn description() -> Description {
    let now = Shell::empty().now;
    Description {
        email: Some(to().masked()),
        phone: Some(to().masked()),
        channel: Some(Channel::App),
        terms: Some(Acceptance { version: terms(), at: now }),
        locked_until: Some(now),
        sign_in_needed: true,
        authenticators: Vec::new(),
        cards: Vec::new(),
        expected: None,
    }
}

/// A notification with everything that one can have.
fn notification() -> Notification {
    Notification {
        number: 7,
        kind: NotificationKind::DestinationChanged,
        to: to(),
        is_former: true,
        count: 3,
        since: Shell::empty().now,
        challenge: Some(identity(1).0),
        locale: Some(Locale::En),
        sign_in_needed: false,
    }
}

fn registered(changes: Option<Changes>) -> Reply {
    let replaced = vec![to(), to()];
    Reply::Registered { new: true, description: description(), replaced, changes }
}

fn session_view() -> SessionView {
    SessionView {
        state: SessionState::Open,
        expires_at: Shell::empty().now,
        locale: Locale::En,
        return_url: Some("https://member.example/back".to_owned()),
        current: Some(Via::App),
        email: Some(to().masked()),
        phone: Some(to().masked()),
        app: Some(sealed(1)),
        tries_left: 5,
    }
}

/// One reply of every kind, with everything that it can have. The match makes a new kind break the
/// build here.
pub(super) fn every_reply() -> Vec<(&'static str, Reply)> {
    fn next(reply: &Reply) -> Option<Reply> {
        let now: Timestamp = Shell::empty().now;
        let event =
            |number, kind| Event { number, kind, challenge: identity(1).0, at: now, test: false };
        Some(match reply {
            Reply::Registered { .. } => Reply::Described(description(), vec![to()]),
            Reply::Described(..) => Reply::Forgotten,
            Reply::Forgotten => {
                let kinds =
                    std::iter::successors(Some(EventKind::Ended(Ended::Verified)), next_kind);
                let events = (1..).zip(kinds).map(|(number, kind)| event(number, kind));
                Reply::Woken(events.collect(), Vec::new())
            }
            Reply::Woken(..) => Reply::Settled,
            Reply::Settled => Reply::Opened {
                via: to().via(),
                expires_at: now,
                status: Status::Pending,
                id: Some(identity(1).0),
                opened_at: Some(now),
                forgotten: Some(identity(2).0),
                to: None,
            },
            Reply::Opened { .. } => Reply::Seen(full_view()),
            Reply::Seen(_) => Reply::Challenges(vec![(identity(1).0, full_view())]),
            Reply::Challenges(_) => {
                let order = DeliveryOrder {
                    opened_at: now,
                    number: 3,
                    send: 2,
                    to: to(),
                    places: Places::Kept,
                };
                Reply::Send(full_view(), order)
            }
            Reply::Send(..) => Reply::Unseal(sealed(1)),
            Reply::Unseal(_) => Reply::Verified(full_view(), vec![to()]),
            Reply::Verified(..) => Reply::Canceled(full_view()),
            Reply::Canceled(_) => Reply::Redeemed(full_view()),
            Reply::Redeemed(_) => Reply::Session(session_view()),
            Reply::Session(_) => Reply::Refused(Refused::NotRedeemable, Some(full_view())),
            Reply::Refused(..) => {
                let over = Refusal::SessionOver(SessionEnd::Changed);
                Reply::NotEnrolling(over, Some(session_view()))
            }
            Reply::NotEnrolling(..) => Reply::Notification(notification()),
            Reply::Notification(_) => Reply::Audited(full_audit()),
            Reply::Audited(_) => return None,
        })
    }
    let first = registered(None);
    let named = |reply: Reply| (reply_name(&reply), reply);
    std::iter::successors(Some(first), next).map(named).collect()
}

/// The kind of event after this one. The match makes a new kind break the build here.
fn next_kind(kind: &EventKind) -> Option<EventKind> {
    match kind {
        EventKind::Ended(_) => Some(EventKind::DeliveryFailed(2)),
        EventKind::DeliveryFailed(_) => Some(EventKind::Locked),
        // The others wait in a list of their own, and have lines of their own: `state.notified` and
        // `state.three_ds`.
        EventKind::Locked | EventKind::FraudReported | EventKind::ThreeDsResult => None,
    }
}

fn reply_name(reply: &Reply) -> &'static str {
    match reply {
        Reply::Registered { .. } => "registered",
        Reply::Described(..) => "described",
        Reply::Forgotten => "forgotten",
        Reply::Woken(..) => "woken",
        Reply::Settled => "settled",
        Reply::Opened { .. } => "opened",
        Reply::Seen(_) => "seen",
        Reply::Challenges(_) => "challenges",
        Reply::Send(..) => "send",
        Reply::Unseal(_) => "unseal",
        Reply::Verified(..) => "verified",
        Reply::Canceled(_) => "canceled",
        Reply::Redeemed(_) => "redeemed",
        Reply::Session(_) => "session",
        Reply::Refused(..) => "refused",
        Reply::NotEnrolling(..) => "not_enrolling",
        Reply::Notification(_) => "notification",
        Reply::Audited(_) => "audited",
    }
}

fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Register(_) => "register",
        Command::Describe => "describe",
        Command::Unlock => "unlock",
        Command::Challenges => "challenges",
        Command::Forget => "forget",
        Command::Wake => "wake",
        Command::Settled(_) => "settled",
        Command::Notify(_) => "notify",
        Command::Notified(..) => "notified",
        Command::Enrollment { command, .. } => match command {
            SessionCommand::Start { .. } => "enrollment.start",
            SessionCommand::Show => "enrollment.show",
            SessionCommand::OfferApp(_) => "enrollment.offer_app",
            SessionCommand::Change { to: Choice::Email, .. } => "enrollment.change.email",
            SessionCommand::Change { to: Choice::Sms, .. } => "enrollment.change.sms",
            SessionCommand::Change { to: Choice::App { .. }, .. } => "enrollment.change.app",
            SessionCommand::Cancel => "enrollment.cancel",
        },
        Command::Challenge { command, .. } => match command {
            ChallengeCommand::Open(_) => "challenge.open",
            ChallengeCommand::Read => "challenge.read",
            ChallengeCommand::Present { .. } => "challenge.present",
            ChallengeCommand::Resend => "challenge.resend",
            ChallengeCommand::Report(..) => "challenge.carried",
            ChallengeCommand::Receipt(..) => "challenge.receipt",
            ChallengeCommand::Verify { .. } => "challenge.verify",
            ChallengeCommand::Cancel => "challenge.cancel",
            ChallengeCommand::Redeem { .. } => "challenge.redeem",
            ChallengeCommand::ReportFraud => "challenge.report_fraud",
            ChallengeCommand::Release => "challenge.release",
            ChallengeCommand::OpenTest(_) => "challenge.open_test",
            ChallengeCommand::VerifyTest { .. } => "challenge.verify_test",
            ChallengeCommand::OpenThreeDs { .. } => "challenge.open_three_ds",
            ChallengeCommand::Requested { .. } => "challenge.requested",
            ChallengeCommand::RequestInvalid => "challenge.request_invalid",
            ChallengeCommand::PinValue(_) => "challenge.pin_value",
        },
        Command::Audit { .. } => "audit",
        Command::AddCard(_) => "add_card",
        Command::RemoveCard(_) => "remove_card",
        Command::ExpectPurchase(_) => "expect_purchase",
        Command::ExpectNothing => "expect_nothing",
    }
}

/// Commands of every kind by name, those of one kind counted; one has everything that it can have.
pub(super) fn named_commands() -> Vec<(String, Command)> {
    let idempotency = Idempotency { key: super::record(1), request: super::record(2) };
    let full = [
        to_challenge(1, ChallengeCommand::Open(Some(idempotency))),
        Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }),
        Command::Register(Registration { by: BoundBy::Import, ..taro() }),
        start_signed_in(1, Some(signed_in("phr", Shell::empty().now))),
        submit_with(1, Some(app_proof(&sealed(1), true)), "012345"),
        to_challenge(1, ChallengeCommand::Receipt(1, ProviderId(2), DeliveryState::Bounced)),
        Command::Enrollment {
            session: session(1),
            command: SessionCommand::Change {
                to: Choice::App {
                    proof: app_proof(&sealed(1), true),
                    code: crate::code::SubmittedCode::parse("012345").unwrap(),
                },
                terms: terms(),
            },
        },
        three_ds_marks::open_from(1, &[1, 2], Some(3150)),
        three_ds_marks::from_network(Shell::presented().right(1, 1), 1),
    ];
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let mut named = Vec::new();
    for command in every_command().into_iter().chain(full) {
        let kind = command_name(&command);
        let time = times.entry(kind).or_default();
        *time += 1;
        named.push((format!("command.{kind}.{time}"), command));
    }
    named
}

#[test]
fn stored_form_is_frozen() {
    let written = |cardholder: &Cardholder| wire::write_state(cardholder).unwrap();
    let (empty, lived, notified) = (Cardholder::default(), lived().state, notified().state);
    // As a release without the record of authenticators stored it.
    let unrecorded = Cardholder { authenticators: Default::default(), ..lived.clone() };
    // What a version wrote that noted nothing for audit records.
    let mut before_audits = unrecorded.clone();
    before_audits.forget_trails();
    assert!(wire::read_state(frozen::text("state.lived")) == Ok(before_audits));
    let woken = Cardholder { alarm: Some(Shell::empty().now), ..Shell::opened().state };
    let states = [
        ("state.woken", woken),
        ("state.empty", empty),
        ("state.audited", unrecorded),
        ("state.lived.recorded", lived),
        ("state.notified", notified),
        ("state.three_ds", three_ds::concluded().state),
        ("state.three_ds.marked", three_ds_marks::marked().state),
        ("state.three_ds.guessed", three_ds_marks::guessed().state),
        ("state.test", test_courses::opened(TestCardholder::Locked).state),
    ];
    let lines: Vec<_> = states.iter().map(|(name, state)| (name, written(state))).collect();
    frozen::hold(&lines);
    for (name, state) in states {
        assert!(wire::read_state(frozen::text(name)) == Ok(state), "{name}");
    }
}

#[test]
fn commands_are_frozen() {
    let now = Shell::empty().now;
    let written = |command: &Command| wire::write_command(command, now).unwrap();
    let commands: Vec<_> = named_commands();
    let lines: Vec<_> = commands.iter().map(|(name, value)| (name, written(value))).collect();
    frozen::hold(&lines);
    assert_eq!(frozen::names("command.").len(), lines.len(), "a frozen command is not held");
    for (name, command) in &commands {
        let (then, read) = read_command(frozen::text(name)).unwrap();
        assert_eq!(then, now);
        // Commands have no equality: they hold secrets. What is written covers every field.
        assert_eq!(written(&read), written(command), "{name}");
    }
}

#[test]
fn replies_are_frozen() {
    let written = |reply: &Reply| wire::write_reply(reply).unwrap();
    let mut replies: Vec<_> =
        every_reply().into_iter().map(|(name, reply)| (format!("reply.{name}"), reply)).collect();
    let reported = View { fraud_reported_at: Some(Shell::empty().now), ..full_view() };
    replies.push(("reply.seen.reported".to_owned(), Reply::Seen(reported)));
    let opened = Reply::Opened {
        via: to().via(),
        expires_at: Shell::empty().now,
        status: Status::Pending,
        id: None,
        opened_at: None,
        forgotten: None,
        to: Some(to()),
    };
    replies.push(("reply.opened.to".to_owned(), opened));
    let changes = Changes { email: true, phone: false, channel: true };
    replies.push(("reply.registered.changed".to_owned(), registered(Some(changes))));
    let authenticators = lived().describe().authenticators;
    let recorded = Description { authenticators, ..description() };
    let locked = Notification {
        kind: NotificationKind::Locked,
        is_former: false,
        sign_in_needed: true,
        ..notification()
    };
    replies.push(("reply.notification.sign_in_needed".to_owned(), Reply::Notification(locked)));
    replies.push(("reply.described.recorded".to_owned(), Reply::Described(recorded, vec![to()])));
    let carded = Description { cards: vec![three_ds::card(1), three_ds::card(2)], ..description() };
    replies.push(("reply.described.cards".to_owned(), Reply::Described(carded, vec![to()])));
    let expected = ExpectedPurchase { amount: amount(3150), until: Shell::empty().now };
    let expecting = Description { expected: Some(expected), ..description() };
    replies.push(("reply.described.expecting".to_owned(), Reply::Described(expecting, vec![to()])));
    replies.extend(
        every_refusal().map(|(name, refused)| {
            (format!("reply.refused.{name}"), Reply::Refused(refused, None))
        }),
    );
    let lines: Vec<_> = replies.iter().map(|(name, value)| (name, written(value))).collect();
    frozen::hold(&lines);
    assert_eq!(frozen::names("reply.").len(), lines.len(), "a frozen reply is not held");
    for (name, reply) in &replies {
        let read = wire::read_reply(frozen::text(name)).unwrap();
        assert_eq!(written(&read), written(reply), "{name}");
    }
}

/// A command whose caller tells events, and a reply that hands some out.
#[test]
fn what_is_handed_out_with_a_reply_is_frozen() {
    let mut shell = Shell::presented();
    shell.rules.events = true;
    shell.ask(super::refused_by_provider(1, 1));
    let (command, now) = (super::cancel(1), shell.now);
    let written = wire::write_call(&command, now, Teller::Caller).unwrap();
    let reply = shell.ask(command);
    let due = shell.state.hand_out_with_reply(&shell.rules, now);
    assert_eq!(due.len(), 2);
    let lines = [
        ("handing.command", written),
        ("handing.reply", wire::write_reply_with(&reply, &due).unwrap()),
    ];
    frozen::hold(&lines);
    let call = wire::read_cardholder_call(frozen::text("handing.command")).unwrap();
    assert!(matches!(call, CardholderCall::Decide(_, _, Teller::Caller)));
    let (read, handed) = wire::read_reply_with(frozen::text("handing.reply")).unwrap();
    assert!(matches!(read, Reply::Canceled(_)) && handed == due);
    // A Worker of the release before reads the reply alone.
    assert!(matches!(wire::read_reply(frozen::text("handing.reply")), Ok(Reply::Canceled(_))));
}

/// What objects have stored, and what Workers and objects of the version before say to each other.
#[test]
fn what_the_version_before_wrote_is_read() {
    let mut read = 0;
    for name in frozen::names("former.") {
        let (text, kind) = (frozen::text(name), name.split('.').nth(1).unwrap());
        let is_read = match kind {
            "command" => read_command(text).is_ok(),
            "reply" => wire::read_reply(text).is_ok(),
            "state" => wire::read_state::<Cardholder>(text).is_ok(),
            "places" => wire::read_state::<DestinationQuota>(text).is_ok(),
            other => panic!("{other} has no reader"),
        };
        assert!(is_read, "{name}");
        read += 1;
    }
    assert_eq!(read, 33);
}
