//! The auditor keeps books of its own, from commands and replies alone. It does not look into the
//! state that the rules keep, so that the two can disagree.

mod codes;
mod deliveries;
mod enrollment;
mod events;
mod known_ends;
mod marks;
mod three_ds;

use std::collections::BTreeMap;

use super::{
    ChallengeCommand, Channel, Command, EmailAddress, EventKind, PhoneNumber, Refusal, Refused,
    Registration, Reply, Rules, SendChannel, Shell, Timestamp, at_merchant, open, read, record,
    release, report_fraud, shown, taro, to_challenge, with_record,
};
use crate::{
    cardholder::{Cardholder, DeliveryState, Ended, Outcome, Status},
    contact::Destination,
    wire::{self, CardholderCall},
};
use deliveries::Destinations;
use enrollment::Enrollments;
use events::EventBooks;
use known_ends::RememberedEnds;
use marks::MarkBooks;
use three_ds::ThreeDsBooks;

/// A merchant's idempotency key, if it sent one.
pub(super) type Key = Option<&'static str>;

/// When and where a send that counts went.
struct Sent {
    /// Number of its delivery.
    number: u32,
    at: Timestamp,
    by: Channel,
    /// Whether the destination was replaced since.
    dead: bool,
    /// Where.
    to: String,
    /// Who may have sent it, and whether they accepted it; `None` until that is reported.
    asked: Option<Vec<(u8, Answer)>>,
    /// Everything that providers said of it later, true or not.
    receipts: Vec<(u8, DeliveryState)>,
    diverted: bool,
}

/// The answer of a provider that did not refuse a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    Nothing,
}

/// What is known of one challenge.
#[derive(Default)]
struct Account {
    comparisons: u32,
    /// How many tries were spent when `attempt` was noted.
    noted: u32,
    verified: u32,
    sends: Vec<Sent>,
    /// Deliveries ordered, also those that were taken back.
    ordered: u32,
    /// No provider took the newest delivery.
    untaken: bool,
    /// Its form was shown in a known browser.
    known_browser: bool,
    /// Its owner let it in.
    released: bool,
    /// A code of an app was compared since the newest of the others was sent or compared.
    by_app: bool,
    expires_at: Option<Timestamp>,
    outcome: Option<Outcome>,
    redemption: Option<Key>,
    /// The named attempt that spent the newest try, as it was sent, and the refusal it got.
    attempt: Option<(String, Option<Refusal>)>,
    /// Of one that a directory server asked for.
    three_ds: Option<ThreeDsBooks>,
}

pub(super) struct Auditor {
    pub(super) shell: Shell,
    newest: u32,
    accounts: BTreeMap<u32, Account>,
    /// Wrong codes since the last right one, release or unlock.
    wrong_in_a_row: u32,
    /// When codes were wrong of challenges that nobody let in, and what each weighed; since the last
    /// unlock.
    wrong: Vec<(Timestamp, u32)>,
    registered: Registration,
    enrollments: Enrollments,
    destinations: Destinations,
    event_books: EventBooks,
    /// How many codes were submitted.
    submitted: u32,
    /// Whether the cardholder's card is registered.
    knows_card: bool,
    mark_books: MarkBooks,
    known_ends: RememberedEnds,
}

impl Auditor {
    pub(super) fn new(rules: Rules) -> Self {
        let shell = Shell { rules, ..Shell::new() };
        Self {
            shell,
            newest: 0,
            accounts: BTreeMap::new(),
            wrong_in_a_row: 0,
            wrong: Vec::new(),
            registered: taro(),
            enrollments: Enrollments::new(Channel::Email),
            destinations: Destinations::default(),
            event_books: EventBooks::default(),
            submitted: 0,
            knows_card: false,
            mark_books: MarkBooks::default(),
            known_ends: RememberedEnds::default(),
        }
    }

    /// The number of the challenge opened `back` before the newest.
    pub(super) fn number(&self, back: u32) -> u32 {
        self.newest.saturating_sub(back).max(1)
    }

    /// How many sends of a challenge count.
    pub(super) fn sends(&self, number: u32) -> u32 {
        let sends = self.accounts.get(&number).map_or(0, |account| account.sends.len());
        u32::try_from(sends).unwrap()
    }

    /// The number of the delivery of the newest send that counts; 0 for none.
    pub(super) fn newest_delivery(&self, number: u32) -> u32 {
        let newest = self.accounts.get(&number).and_then(|account| account.sends.last());
        newest.map_or(0, |sent| sent.number)
    }

    /// How many deliveries of a challenge were ordered.
    fn ordered(&self, number: u32) -> u32 {
        self.accounts.get(&number).map_or(0, |account| account.ordered)
    }

    /// Asks, and asks a copy that was stored and read again before: a crash between two steps
    /// must change nothing.
    pub(super) fn ask(&mut self, command: Command) -> Reply {
        let stored = wire::write_state(&self.shell.state).unwrap();
        let mut restarted = self.shell.clone();
        restarted.state = wire::read_state(&stored).unwrap();
        let written = wire::write_command(&command, self.shell.now).unwrap();

        let before = self.sends_by();
        let page = self.shows_page(&command);
        let refusable = self.known_ends.before(&self.shell, &command);
        let reply = self.shell.ask(command);
        self.known_ends.after(refusable, &reply, &self.shell);
        self.page_shown(page);
        let after = self.sends_by();
        if before != after {
            // Codes that went out by another channel are dead.
            let sends = self.accounts.values_mut().flat_map(|account| &mut account.sends);
            sends.filter(|sent| Some(sent.by) != after).for_each(|sent| sent.dead = true);
        }
        let Ok(CardholderCall::Decide(now, read, _)) = wire::read_cardholder_call(&written) else {
            panic!("no command");
        };
        let again = restarted.ask(read);

        assert_eq!(now, self.shell.now);
        let written = wire::write_reply(&reply).unwrap();
        assert_eq!(written, wire::write_reply(&again).unwrap());
        assert_eq!(written, wire::write_reply(&wire::read_reply(&written).unwrap()).unwrap());
        assert!(self.shell.state == restarted.state);
        reply
    }

    pub(super) fn open_another(&mut self) {
        let refused = self.enrolled().is_none();
        let mut still_open = self.pending();
        let number = self.newest + 1;
        let merchant = format!("shop-{}", number % 3);
        let reply = self.ask(at_merchant(&merchant, number, ChallengeCommand::Open(None)));
        let opened = matches!(reply, Reply::Opened { status: Status::Pending, .. });
        assert_eq!(opened, !refused);
        if opened {
            self.newest += 1;
            still_open.push(self.newest);
        }
        assert_eq!(self.pending(), still_open, "another one was canceled");
    }

    /// The open challenges, the oldest first.
    fn pending(&mut self) -> Vec<u32> {
        let open = |number: &u32| {
            let view = shown(self.shell.ask(read(*number)));
            view.is_some_and(|view| view.status == Status::Pending)
        };
        (1..=self.newest).filter(open).collect()
    }

    /// Opens a challenge that is known, with its own record and with another. One that was
    /// forgotten would be opened as a new one.
    pub(super) fn open_again(&mut self, number: u32) {
        let before = shown(self.ask(read(number)));
        let Some(stands) = before.as_ref().map(|view| view.status) else {
            return;
        };
        match self.ask(open(number)) {
            Reply::Opened { status, .. } => assert_eq!(status, stands),
            Reply::Refused(Refused::Rule(Refusal::NotEnrolled), _) => {
                assert!(self.enrolled().is_none());
            }
            _ => panic!("not an answer to opening again"),
        }
        let reply = self.ask(with_record(open(number), record(0)));
        assert!(matches!(reply, Reply::Refused(Refused::Rule(Refusal::RecordConflict), None)));
        assert!(shown(self.ask(read(number))) == before, "opening again changed it");
    }

    /// Shows the form; the number of the send, if there was one.
    pub(super) fn present(&mut self, number: u32, known_browser: bool) -> Option<u32> {
        if number <= self.newest {
            let known = known_browser || self.is_from_known_network(number);
            self.account(number).known_browser = known;
        }
        let showing = ChallengeCommand::Present { hostname: None, known_browser };
        self.send(number, to_challenge(number, showing))
    }

    /// The owner lets a challenge in.
    pub(super) fn release(&mut self, number: u32) {
        if let Reply::Seen(view) = self.ask(release(number)) {
            assert_eq!(view.status, Status::Pending);
            self.account(number).released = true;
            self.wrong_in_a_row = 0;
        }
    }

    /// The cardholder says that a purchase is not theirs, which is told once and ends an open
    /// challenge.
    pub(super) fn report_fraud(&mut self, number: u32) {
        let described = self.shell.describe();
        let before = shown(self.ask(read(number)));
        let after = shown(self.ask(report_fraud(number)));
        let (Some(before), Some(after)) = (before, after) else { return };
        let at = self.shell.now;
        let first = before.fraud_reported_at.is_none();
        assert_eq!(after.fraud_reported_at, before.fraud_reported_at.or(Some(at)));
        if first {
            self.event_books.expect(EventKind::FraudReported, number, at);
        }
        if before.outcome.is_none() {
            self.note_report(number);
        }
        let ended = Outcome { status: Ended::Canceled, at };
        assert_eq!(after.outcome, before.outcome.or(Some(ended)));
        assert!(!after.redeemable, "a purchase that is not theirs can be redeemed");
        assert_eq!(self.shell.describe(), described, "it locks nothing");
    }

    pub(super) fn redeem(&mut self, number: u32, key: Key, command: Command) {
        if let Reply::Redeemed(view) = self.ask(command) {
            assert_eq!(view.status, Status::Verified);
            let account = self.account(number);
            match account.redemption {
                None => account.redemption = Some(key),
                Some(first) => assert!(first.is_some() && first == key, "redeemed twice"),
            }
        }
    }

    /// Asks with a record that is not the pinned one.
    pub(super) fn stranger(&mut self, number: u32) {
        let before = shown(self.ask(read(number)));
        let refusal = match before {
            Some(_) => Refusal::RecordAltered,
            None => Refusal::UnknownChallenge,
        };
        for (name, command) in self.shell.commands_with_record(number, record(0)) {
            let reply = self.ask(command);
            let refused =
                matches!(reply, Reply::Refused(Refused::Rule(found), None) if found == refusal);
            assert!(refused, "{name} was answered");
        }
        assert!(shown(self.ask(read(number))) == before, "a stranger changed it");
    }

    pub(super) fn unlock(&mut self) {
        self.ask(Command::Unlock);
        self.wrong_in_a_row = 0;
        self.wrong.clear();
        assert!(!self.locked());
    }

    /// The issuer names a channel.
    pub(super) fn choose(&mut self, channel: SendChannel) {
        self.registered.channel = Some(channel);
        self.registration();
    }

    /// The issuer registers other destinations, or the same again; `None` takes one away.
    pub(super) fn register(
        &mut self,
        email: Option<&str>,
        phone: Option<&str>,
        channel: Option<SendChannel>,
    ) {
        let before = self.registered.clone();
        self.registered.email = email.map(|address| EmailAddress::parse(address).unwrap());
        self.registered.phone = phone.map(|number| PhoneNumber::parse(number).unwrap());
        self.registered.channel = channel;
        let mut expected = Vec::new();
        for channel in [SendChannel::Email, SendChannel::Sms] {
            let old = before.destination(channel);
            if old != self.registered.destination(channel) {
                let sends = self.accounts.values_mut().flat_map(|account| &mut account.sends);
                sends.filter(|sent| sent.by == channel.into()).for_each(|sent| sent.dead = true);
                expected.extend(old);
            }
        }
        assert!(self.registration() == expected, "other destinations were replaced");
    }

    pub(super) fn wait(&mut self, millis: u64) {
        self.shell.wait_millis(millis);
    }

    /// Nobody asks any more: after the last alarm nothing is kept but what is registered.
    pub(super) fn leave_alone(&mut self) {
        let began = self.shell.now;
        let (_, at) = self.shell.left_alone();
        let rules = &self.shell.rules;
        let longest = [rules.challenge_life + rules.retention, rules.window];
        let longest = longest.into_iter().max().unwrap_or_default() + Cardholder::FORGETS_WITHIN;
        let marks = self.marks_end().map(|end| end.plus(Cardholder::FORGETS_WITHIN));
        assert!(at <= began.plus(longest).max(marks.unwrap_or(began)), "kept for too long");
        assert!(self.shell.keeps_only_what_is_registered());
    }

    /// What must hold after every step.
    pub(super) fn audit(&mut self) {
        let app = self.enrolled() == Some(Channel::App);
        let most = 2 * u32::try_from(self.shell.rules.sends()).unwrap();
        for number in 1..=self.newest {
            let Some(view) = shown(self.shell.ask(read(number))) else {
                // The challenge's time ran out, and it was forgotten by the same command.
                let at = self.shell.now;
                let account = self.account(number);
                if account.outcome.is_none() {
                    let at = account.expires_at.unwrap_or(at);
                    account.outcome = Some(Outcome { status: Ended::Expired, at });
                    self.event_books.expect(EventKind::Ended(Ended::Expired), number, at);
                    self.expect_result(number, at);
                }
                continue;
            };
            self.account(number).expires_at = Some(view.expires_at);
            assert_eq!(view.send, self.sends(number), "sends of {number}");
            let account = self.account(number);
            let deliveries_left = if app { 0 } else { most - account.ordered };
            assert!(view.resends_left <= deliveries_left, "resends of {number}");
            assert_eq!(view.tries, account.comparisons, "tries of {number}");
            assert_eq!(view.redeemed, account.redemption.is_some());
            assert_eq!(view.status == Status::Verified, account.verified == 1);
            assert_eq!(view.personal_message.is_some(), view.status == Status::Pending);
            if account.sends.last().is_none_or(|sent| sent.dead) {
                assert_eq!(view.code_expires_in, 0, "a dead code of {number}");
            }
            if account.outcome.is_some() {
                assert_eq!(view.outcome, account.outcome, "end of {number}");
            }
            let ended = view.outcome.filter(|_| account.outcome.is_none());
            account.outcome = view.outcome;
            if let Some(outcome) = ended {
                self.event_books.expect(EventKind::Ended(outcome.status), number, outcome.at);
                self.expect_result(number, outcome.at);
            }
            self.audit_three_ds(number, &view);
            let (delivery, diverted) = self.delivery_of(number);
            assert_eq!(view.delivery, delivery, "delivery of {number}");
            assert_eq!(view.diverted, diverted, "way of {number}");
            assert_eq!(view.diverts, self.next_is_diverted(number), "next way of {number}");
            let via = view.via.as_ref().map(|via| via.channel());
            assert_eq!(via, self.asked_by(number, view.status), "channel of {number}");
        }
        self.audit_enrollments();
    }

    /// The channel by which codes are sent to the cardholder, as the issuer reads it.
    fn sends_by(&self) -> Option<Channel> {
        self.shell.clone().describe().channel.filter(|channel| *channel != Channel::App)
    }

    /// Whether the cardholder is locked at every merchant.
    fn locked(&mut self) -> bool {
        let description = self.shell.describe();
        description.locked_until.is_some() || description.sign_in_needed
    }

    /// Whether wrong codes keep a challenge from sending and comparing codes.
    fn kept_out(&mut self, number: u32) -> bool {
        let view = shown(self.shell.ask(read(number)));
        view.is_some_and(|view| view.locked_until.is_some() || view.sign_in_needed)
    }

    /// Books a wrong code, and checks the bounds on guessing.
    fn book_wrong(&mut self, number: u32, weight: u32) {
        let (now, rules) = (self.shell.now, self.shell.rules.clone());
        self.wrong_in_a_row += 1;
        assert!(self.wrong_in_a_row <= rules.wrong_codes.row, "a row too long");
        if !self.account(number).released {
            self.wrong.push((now, weight));
        }
        let counted = self.wrong.iter().filter(|(at, _)| now < at.plus(rules.window));
        let weight: u32 = counted.map(|(_, weight)| weight).sum();
        let most = rules.wrong_codes.day + rules.wrong_codes.day_known;
        assert!(weight <= most, "wrong codes of weight {weight} in a day");
    }

    /// Where the cardholder is registered for a channel; nowhere for the app.
    fn destination(&self, channel: Channel) -> Option<Destination> {
        let channel = match channel {
            Channel::Email => SendChannel::Email,
            Channel::Sms => SendChannel::Sms,
            Channel::App => return None,
        };
        self.registered.destination(channel)
    }

    fn account(&mut self, number: u32) -> &mut Account {
        self.accounts.entry(number).or_default()
    }
}
