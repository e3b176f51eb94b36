//! Keeps books of its own from commands and replies alone, and knows nothing of how the rules keep
//! theirs.

use std::collections::BTreeMap;

use super::{
    Channel, Command, Refusal, Registration, Reply, Rules, Shell, Timestamp, TriesLeft, open, read,
    record, refused_by_provider, shown, taro, with_record,
};
use crate::{
    cardholder::{Outcome, Status},
    rules::Quota,
    wire,
};

/// A merchant's idempotency key, if it sent one.
pub(super) type Key = Option<&'static str>;

/// When and where a send that counts went.
struct Sent {
    at: Timestamp,
    to: Channel,
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
    outcome: Option<Outcome>,
    redemption: Option<Key>,
}

pub(super) struct Auditor {
    pub(super) shell: Shell,
    newest: u32,
    accounts: BTreeMap<u32, Account>,
    /// Wrong codes since the last right one, lock or unlock.
    wrong_in_a_row: u32,
}

impl Auditor {
    pub(super) fn new(rules: Rules) -> Self {
        let shell = Shell { rules, ..Shell::new() };
        Self { shell, newest: 0, accounts: BTreeMap::new(), wrong_in_a_row: 0 }
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
        let locked = self.locked();
        let reply = self.ask(open(self.newest + 1));
        assert_eq!(matches!(reply, Reply::Opened { .. }), !locked);
        self.newest += u32::from(!locked);
    }

    /// Opens a challenge that is known, with its own record and with another. One that was
    /// forgotten would be opened as a new one.
    pub(super) fn open_again(&mut self, number: u32) {
        let before = shown(self.ask(read(number)));
        if before.is_none() {
            return;
        }
        let reply = self.ask(open(number));
        assert!(matches!(reply, Reply::Opened { .. }));
        let reply = self.ask(with_record(open(number), record(0)));
        assert!(matches!(reply, Reply::Refused(Refusal::RecordConflict, None)));
        assert!(shown(self.ask(read(number))) == before, "opening again changed it");
    }

    /// Presents or resends; the number of the send, if there was one.
    pub(super) fn send(&mut self, number: u32, command: Command) -> Option<u32> {
        let locked = self.locked();
        let Reply::Send(view, order) = self.ask(command) else {
            return None;
        };
        assert!(!locked, "sent while locked");
        assert_eq!(view.status, Status::Pending);
        let sent = Sent { at: self.shell.now, to: order.to.channel(), taken_back: false };
        self.account(number).sends.push(sent);
        assert_eq!(order.send, self.sends(number));
        assert!(order.send as usize <= self.shell.rules.sends(), "a send too many");
        for quota in [self.shell.rules.destination_burst, self.shell.rules.destination_day] {
            self.within(quota, order.to.channel());
        }
        Some(order.send)
    }

    /// The window that ends now holds no more sends than the quota.
    fn within(&self, quota: Quota, channel: Channel) {
        let now = self.shell.now;
        let sends = self.accounts.values().flat_map(|account| &account.sends);
        let sends = sends.filter(|sent| sent.to == channel && !sent.taken_back);
        let recent = sends.filter(|sent| sent.at.plus(quota.window) > now).count();
        assert!(recent <= quota.count, "{recent} sends in {quota:?}");
    }

    /// Submits a code: that of the challenge's send `send`, or of none of its sends.
    pub(super) fn verify(&mut self, number: u32, send: Option<u32>, command: Command) {
        let locked = self.locked();
        let reply = self.ask(command);
        let (now, rules) = (self.shell.now, self.shell.rules.clone());
        let newest = self.sends(number);
        let account = self.account(number);
        match reply {
            Reply::Verified(_) => {
                account.comparisons += 1;
                account.verified += 1;
                assert!(!locked, "verified while locked");
                assert_eq!(send, Some(newest), "verified by an old code");
                let sent_at = account.sends.last().unwrap().at;
                assert!(now.since(sent_at) < rules.code_life, "verified by a dead code");
                self.wrong_in_a_row = 0;
            }
            Reply::Refused(Refusal::WrongCode(TriesLeft(tries_left)), _) => {
                account.comparisons += 1;
                assert_eq!(account.comparisons + tries_left, rules.tries);
                assert!(!locked, "compared while locked");
                assert_ne!(send, Some(newest), "a right code was called wrong");
                self.wrong_in_a_row += 1;
                assert_eq!(self.locked(), self.wrong_in_a_row == rules.lock_after);
            }
            Reply::Refused(..) => {}
            _ => panic!("not an answer to a code"),
        }
        let account = self.account(number);
        assert!(account.comparisons <= rules.tries, "a comparison too many");
        assert!(account.verified <= 1, "verified twice");
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

    /// Reports that no provider took a send; only the newest is taken back.
    pub(super) fn not_delivered(&mut self, number: u32, sends_ago: u32) {
        let Some(before) = shown(self.ask(read(number))) else {
            return;
        };
        let report = refused_by_provider(number, before.send.saturating_sub(sends_ago));
        let after = shown(self.ask(report)).unwrap();
        if after.send < before.send {
            assert_eq!((sends_ago, after.send + 1), (0, before.send));
            self.account(number).sends.pop();
        } else {
            assert!(after == before, "a report that took nothing back");
            let newest = self.account(number).sends.last_mut();
            if let Some(sent) = newest.filter(|_| sends_ago == 0) {
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

    pub(super) fn choose(&mut self, channel: Channel) {
        self.ask(Command::Register(Registration { channel: Some(channel), ..taro() }));
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
        for number in 1..=self.newest {
            let Some(view) = shown(self.shell.ask(read(number))) else {
                continue;
            };
            pending += usize::from(view.status == Status::Pending);
            assert_eq!(view.send, self.sends(number), "sends of {number}");
            let account = self.account(number);
            assert_eq!(view.tries, account.comparisons, "tries of {number}");
            assert_eq!(view.redeemed, account.redemption.is_some());
            assert_eq!(view.status == Status::Verified, account.verified == 1);
            if account.outcome.is_some() {
                assert_eq!(view.outcome, account.outcome, "end of {number}");
            }
            account.outcome = view.outcome;
        }
        assert!(pending <= self.shell.rules.open_challenges, "{pending} open challenges");
    }

    fn locked(&mut self) -> bool {
        self.shell.describe().locked_until.is_some()
    }

    fn account(&mut self, number: u32) -> &mut Account {
        self.accounts.entry(number).or_default()
    }
}
