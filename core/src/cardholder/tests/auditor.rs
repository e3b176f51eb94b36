//! Keeps books of its own from commands and replies alone, and knows nothing of how the rules keep
//! theirs.

mod codes;
mod enrollment;

use std::collections::BTreeMap;

use super::{
    Channel, Command, EmailAddress, PhoneNumber, Refusal, Registration, Reply, Rules, Shell,
    Timestamp, open, present, read, record, refused_by_provider, shown, taro, with_record,
};
use crate::{
    cardholder::{Outcome, Status},
    rules::Quota,
    wire,
};
use enrollment::Enrollments;

/// A merchant's idempotency key, if it sent one.
pub(super) type Key = Option<&'static str>;

/// When and where a send that counts went.
struct Sent {
    /// Number of its delivery.
    number: u32,
    at: Timestamp,
    by: Channel,
    to: String,
    /// The destination was replaced since.
    dead: bool,
    /// No provider took it, which came out after its challenge ended: it stays in the history of
    /// the challenge and leaves that of the destination.
    taken_back: bool,
}

/// What is known of one challenge.
#[derive(Default)]
struct Account {
    comparisons: u32,
    verified: u32,
    sends: Vec<Sent>,
    /// Deliveries ordered, also those that were taken back.
    ordered: u32,
    /// Its form was shown.
    shown: bool,
    /// A code of an app was compared since the newest of the others was sent or compared.
    by_app: bool,
    outcome: Option<Outcome>,
    redemption: Option<Key>,
}

pub(super) struct Auditor {
    pub(super) shell: Shell,
    newest: u32,
    accounts: BTreeMap<u32, Account>,
    /// Wrong codes since the last right one, lock or unlock.
    wrong_in_a_row: u32,
    registered: Registration,
    enrollments: Enrollments,
}

impl Auditor {
    pub(super) fn new(rules: Rules) -> Self {
        let shell = Shell { rules, ..Shell::new() };
        Self {
            shell,
            newest: 0,
            accounts: BTreeMap::new(),
            wrong_in_a_row: 0,
            registered: taro(),
            enrollments: Enrollments::new(Channel::Email),
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
        let carried = wire::write_command(&command, self.shell.now).unwrap();

        let reply = self.shell.ask(command);
        let (now, carried) = wire::read_command(&carried).unwrap();
        let again = restarted.ask(carried);

        assert_eq!(now, self.shell.now);
        let written = wire::write_reply(&reply).unwrap();
        assert_eq!(written, wire::write_reply(&again).unwrap());
        assert!(self.shell.state == restarted.state);
        reply
    }

    pub(super) fn open_another(&mut self) {
        let refused = self.locked() || self.enrolled().is_none();
        let mut still_open = self.pending();
        let reply = self.ask(open(self.newest + 1));
        let opened = matches!(reply, Reply::Opened { status: Status::Pending, .. });
        assert_eq!(opened, !refused);
        if opened {
            while still_open.len() >= self.shell.rules.open_challenges {
                let unseen = still_open.iter().position(|number| !self.seen(*number));
                still_open.remove(unseen.unwrap_or(0));
            }
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
            Reply::Refused(Refusal::NotEnrolled, _) => {
                assert!(self.enrolled().is_none());
            }
            _ => panic!("not an answer to opening again"),
        }
        let reply = self.ask(with_record(open(number), record(0)));
        assert!(matches!(reply, Reply::Refused(Refusal::RecordConflict, None)));
        assert!(shown(self.ask(read(number))) == before, "opening again changed it");
    }

    /// Whether somebody was shown the form, or was sent a code.
    fn seen(&self, number: u32) -> bool {
        self.accounts.get(&number).is_some_and(|account| account.shown || account.ordered > 0)
    }

    /// Shows the form; the number of the send, if there was one.
    pub(super) fn present(&mut self, number: u32) -> Option<u32> {
        if number <= self.newest {
            self.account(number).shown = true;
        }
        self.send(number, present(number))
    }

    /// Presents or resends; the number of the send, if there was one.
    pub(super) fn send(&mut self, number: u32, command: Command) -> Option<u32> {
        let locked = self.locked();
        let Reply::Send(view, order) = self.ask(command) else {
            return None;
        };
        assert!(!locked, "sent while locked");
        assert_eq!(view.status, Status::Pending);
        let registered = self.enrolled().and_then(|channel| self.registered.destination(channel));
        assert!(registered.as_ref() == Some(&order.to), "sent elsewhere");
        let sent = Sent {
            number: order.number,
            at: self.shell.now,
            by: order.to.channel(),
            to: order.to.reveal().to_owned(),
            dead: false,
            taken_back: false,
        };
        let most = 2 * u32::try_from(self.shell.rules.sends()).unwrap();
        let account = self.account(number);
        account.sends.push(sent);
        account.by_app = false;
        account.ordered += 1;
        assert_eq!(order.number, account.ordered, "a number was used again");
        assert!(account.ordered <= most, "a delivery too many");
        assert_eq!(order.send, self.sends(number));
        assert!(order.send as usize <= self.shell.rules.sends(), "a send too many");
        for quota in [self.shell.rules.destination_burst, self.shell.rules.destination_day] {
            self.within(quota, order.to.reveal());
        }
        Some(order.send)
    }

    /// The window that ends now holds no more sends than the quota.
    fn within(&self, quota: Quota, to: &str) {
        let now = self.shell.now;
        let sends = self.accounts.values().flat_map(|account| &account.sends);
        let sends = sends.filter(|sent| sent.to == to && !sent.taken_back);
        let recent = sends.filter(|sent| sent.at.plus(quota.window) > now).count();
        assert!(recent <= quota.count, "{recent} sends in {quota:?}");
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

    /// Reports that no provider took a delivery, `ago` before the newest one; only the newest send
    /// is taken back.
    pub(super) fn not_delivered(&mut self, number: u32, ago: u32) {
        let Some(before) = shown(self.ask(read(number))) else {
            return;
        };
        let delivery = self.ordered(number).saturating_sub(ago);
        let is_newest = delivery > 0 && delivery == self.newest_delivery(number);
        let after = shown(self.ask(refused_by_provider(number, delivery))).unwrap();
        if after.send < before.send {
            assert_eq!((is_newest, after.send + 1), (true, before.send));
            self.account(number).sends.pop();
        } else {
            assert!(after == before, "a report that took nothing back");
            let newest = self.account(number).sends.last_mut();
            if let Some(sent) = newest.filter(|_| is_newest) {
                assert_ne!(before.status, Status::Pending, "a refused send was kept");
                sent.taken_back = true;
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
            let refused = matches!(reply, Reply::Refused(said, None) if said == refusal);
            assert!(refused, "{name} was answered");
        }
        assert!(shown(self.ask(read(number))) == before, "a stranger changed it");
    }

    pub(super) fn unlock(&mut self) {
        self.ask(Command::Unlock);
        self.wrong_in_a_row = 0;
        assert!(!self.locked());
    }

    /// The issuer names a channel.
    pub(super) fn choose(&mut self, channel: Channel) {
        self.registered.channel = Some(channel);
        self.registration();
    }

    /// The issuer registers other destinations, or the same again; `None` takes one away.
    pub(super) fn register(
        &mut self,
        email: Option<&str>,
        phone: Option<&str>,
        channel: Option<Channel>,
    ) {
        let before = self.registered.clone();
        self.registered.email = email.map(|address| EmailAddress::parse(address).unwrap());
        self.registered.phone = phone.map(|number| PhoneNumber::parse(number).unwrap());
        self.registered.channel = channel;
        let mut expected = Vec::new();
        for channel in [Channel::Email, Channel::Sms] {
            let old = before.destination(channel);
            if old != self.registered.destination(channel) {
                let sends = self.accounts.values_mut().flat_map(|account| &mut account.sends);
                sends.filter(|sent| sent.by == channel).for_each(|sent| sent.dead = true);
                expected.extend(old);
            }
        }
        assert!(self.registration() == expected, "other destinations were replaced");
    }

    pub(super) fn wait(&mut self, millis: u64) {
        let locked = self.locked();
        self.shell.wait_millis(millis);
        if locked && !self.locked() {
            self.wrong_in_a_row = 0;
        }
    }

    /// What must hold after every step.
    pub(super) fn audit(&mut self) {
        let mut pending = 0;
        let app = self.enrolled() == Some(Channel::App);
        let most = 2 * u32::try_from(self.shell.rules.sends()).unwrap();
        for number in 1..=self.newest {
            let Some(view) = shown(self.shell.ask(read(number))) else {
                continue;
            };
            pending += usize::from(view.status == Status::Pending);
            assert_eq!(view.send, self.sends(number), "sends of {number}");
            let account = self.account(number);
            let deliveries_left = if app { 0 } else { most - account.ordered };
            assert!(view.resends_left <= deliveries_left, "resends of {number}");
            assert_eq!(view.tries, account.comparisons, "tries of {number}");
            assert_eq!(view.redeemed, account.redemption.is_some());
            assert_eq!(view.status == Status::Verified, account.verified == 1);
            assert_eq!(view.personal_message.is_some(), view.status == Status::Pending);
            if account.sends.last().is_none_or(|sent| sent.dead) {
                assert_eq!(view.code_seconds, 0, "a dead code of {number}");
            }
            if account.outcome.is_some() {
                assert_eq!(view.outcome, account.outcome, "end of {number}");
            }
            account.outcome = view.outcome;
            let via = view.via.as_ref().map(|via| via.channel());
            assert_eq!(via, self.asked_by(number, view.status), "channel of {number}");
        }
        assert!(pending <= self.shell.rules.open_challenges, "{pending} open challenges");
        self.audit_enrollments();
    }

    fn locked(&mut self) -> bool {
        self.shell.describe().locked_until.is_some()
    }

    fn account(&mut self, number: u32) -> &mut Account {
        self.accounts.entry(number).or_default()
    }
}
