//! The books of deliveries: where each went, what reports and receipts said of it, and what its
//! destination still takes. Destinations are asked as the Worker asks them.

use std::collections::BTreeMap;

use super::{
    super::{
        ChallengeCommand, DeliveryReport, Duration, EventKind, accepted_by, id, limited,
        receipt_of, to_challenge, unknown,
    },
    Answer, Auditor, Channel, Command, Refusal, Refused, Reply, Sent, Status, Timestamp, read,
    shown,
};
use crate::{
    cardholder::{DeliveryOrder, DeliveryState, Places},
    destination::{ChallengeRef, DeliveryRef, DestinationQuota, QuotaCommand, Sender},
};

/// What every destination decided, and what was sent to it.
#[derive(Default)]
pub(super) struct Destinations {
    slots: BTreeMap<String, DestinationQuota>,
    sent: Vec<(DeliveryRef, String, Timestamp)>,
}

impl Auditor {
    /// Presents or resends; the number of the send, if there was one.
    pub(in super::super) fn send(&mut self, number: u32, command: Command) -> Option<u32> {
        let locked = self.kept_out(number) && !self.account(number).known_browser;
        let diverted = self.next_is_diverted(number);
        let Reply::Send(view, order) = self.ask(command) else {
            return None;
        };
        assert!(!locked, "sent while locked");
        assert_eq!(view.status, Status::Pending);
        let enrolled = self.enrolled();
        let channel = if diverted { Some(Channel::Email) } else { enrolled };
        let to = channel.and_then(|channel| self.destination(channel));
        assert!(to.as_ref() == Some(&order.to), "sent elsewhere");
        assert_eq!(order.number, self.ordered(number) + 1, "a delivery was used up by none");
        let Some(until) = self.take_slot(number, order.number, 0, order.to.reveal()) else {
            return Some(self.book(number, &order, diverted));
        };
        let reply = self.ask(limited(number, order.number, until));
        let is_limited =
            matches!(reply, Reply::Refused(Refused::Rule(Refusal::DestinationLimited(_)), Some(_)));
        assert!(is_limited, "not limited");
        self.account(number).by_app = false;
        None
    }

    /// Books what was ordered and may be sent.
    fn book(&mut self, number: u32, order: &DeliveryOrder, diverted: bool) -> u32 {
        let sent = Sent {
            number: order.number,
            at: self.shell.now,
            by: order.to.channel().into(),
            dead: false,
            to: order.to.reveal().to_owned(),
            asked: None,
            receipts: Vec::new(),
            diverted,
        };
        let rules = self.shell.rules.clone();
        let most = 2 * u32::try_from(rules.sends()).unwrap();
        let account = self.account(number);
        account.sends.push(sent);
        account.by_app = false;
        account.untaken = false;
        account.ordered += 1;
        assert_eq!(order.number, account.ordered, "a number was used again");
        assert!(account.ordered <= most, "a delivery too many");
        assert_eq!(order.send, self.sends(number));
        assert!(order.send as usize <= rules.sends(), "a send too many");
        order.send
    }

    /// Asks for a slot for one provider's message, that `others` may have sent before it; until
    /// when there is none.
    fn take_slot(
        &mut self,
        number: u32,
        delivery: u32,
        others: u32,
        to: &str,
    ) -> Option<Timestamp> {
        let (now, rules) = (self.shell.now, &self.shell.rules);
        let delivery_ref = DeliveryRef::of(&id(number), delivery, others);
        let slots = self.destinations.slots.remove(to).unwrap_or_default();
        let sender = Sender {
            challenge: ChallengeRef::of(&id(number)),
            merchant: u64::from(number % 3),
            places: Places::All,
        };
        let reserve = QuotaCommand::Reserve(delivery_ref, Some(sender));
        let (slots, until) = slots.decide(reserve, rules, now);
        self.destinations.slots.insert(to.to_owned(), slots);
        if until.is_none() {
            self.destinations.sent.push((delivery_ref, to.to_owned(), now));
        }
        self.within(to);
        until
    }

    /// Gives the slot of a provider's message back, as often as it is said.
    fn give_back(&mut self, number: u32, delivery: u32, others: u32) {
        let delivery_ref = DeliveryRef::of(&id(number), delivery, others);
        let (now, rules) = (self.shell.now, &self.shell.rules);
        for slots in self.destinations.slots.values_mut() {
            let given =
                std::mem::take(slots).decide(QuotaCommand::Release(delivery_ref), rules, now);
            *slots = given.0;
        }
        self.destinations.sent.retain(|(other, ..)| *other != delivery_ref);
    }

    /// The window that ends now holds no more sends than the limits.
    fn within(&self, to: &str) {
        let (now, rules) = (self.shell.now, &self.shell.rules);
        let sent = self.destinations.sent.iter().filter(|(_, other, _)| other == to);
        let recent = sent.filter(|(.., at)| at.plus(rules.window) > now).count();
        let limits = rules.unverified_sends;
        assert!(recent <= limits.most + limits.kept, "{recent} sends in a day");
    }

    /// Whether the next send goes by the other way, because the newest one was lost.
    pub(super) fn next_is_diverted(&self, number: u32) -> bool {
        let texted = self.enrolled() == Some(Channel::Sms) && self.diverts();
        texted && self.last_lost(number) == Some(Channel::Sms)
    }

    fn diverts(&self) -> bool {
        self.shell.rules.sms_to_email && self.registered.email.is_some()
    }

    /// The number of the delivery ordered `ago` before the newest.
    fn delivery_number(&self, number: u32, ago: u32) -> u32 {
        self.ordered(number).saturating_sub(ago)
    }

    /// Reports who was asked to carry a delivery and did not refuse: those of `silent` may have sent
    /// it; of the others nobody, or `accepted_by`. Whoever is asked after one that may have sent it
    /// needs a slot of its own: without one nobody is asked any more.
    pub(in super::super) fn asked(
        &mut self,
        number: u32,
        ago: u32,
        silent: &[u8],
        accepted_by: Option<u8>,
    ) {
        let delivery = self.delivery_number(number, ago);
        let mut asked: Vec<_> = silent.iter().map(|by| (*by, Answer::Nothing)).collect();
        asked.extend(accepted_by.map(|by| (by, Answer::Accepted)));
        let is_first = self.sent(number, delivery).is_some_and(|sent| sent.asked.is_none());
        if is_first {
            let to = self.sent(number, delivery).unwrap().to.clone();
            let mut others = 1;
            while (others as usize) < asked.len() {
                if self.take_slot(number, delivery, others, &to).is_some() {
                    asked.truncate(others as usize);
                }
                others += 1;
            }
        }
        let by = |answer| {
            let those = asked.iter().filter(move |(_, given)| *given == answer);
            those.map(|(by, _)| *by).collect::<Vec<_>>()
        };
        let (silent, accepted) = (by(Answer::Nothing), by(Answer::Accepted));
        let command = match (&accepted[..], &silent[..]) {
            ([by, ..], _) => self::accepted_by(*by, number, delivery, &silent),
            ([], [first, others @ ..]) => unknown(number, delivery, *first, others),
            ([], []) => return self.not_delivered(number, ago),
        };
        self.learn(number, delivery, command, |sent| {
            sent.asked.get_or_insert(asked);
        });
    }

    /// A provider posts a receipt of a delivery.
    pub(in super::super) fn receipt(
        &mut self,
        number: u32,
        ago: u32,
        by: u8,
        state: DeliveryState,
    ) {
        let delivery = self.delivery_number(number, ago);
        let command = receipt_of(by, number, delivery, state);
        self.learn(number, delivery, command, |sent| sent.receipts.push((by, state)));
    }

    /// Sends a command that changes what is known of a delivery, and books it.
    fn learn(
        &mut self,
        number: u32,
        delivery: u32,
        command: Command,
        book: impl FnOnce(&mut Sent),
    ) {
        let now = self.shell.now;
        if shown(self.ask(command)).is_none() {
            return;
        }
        self.told(number, delivery, now, book);
    }

    /// Books what is known of a delivery since now. A delivery that is lost by it is an event.
    fn told(&mut self, number: u32, delivery: u32, now: Timestamp, book: impl FnOnce(&mut Sent)) {
        let Some(sent) = self.sent(number, delivery) else { return };
        let was_lost = sent.delivery(now).is_lost();
        book(sent);
        if !was_lost && sent.delivery(now).is_lost() {
            self.event_books.expect(EventKind::DeliveryFailed(delivery), number, now);
        }
    }

    fn sent(&mut self, number: u32, delivery: u32) -> Option<&mut Sent> {
        let sends = &mut self.account(number).sends;
        sends.iter_mut().find(|sent| sent.number == delivery)
    }

    /// Reports that no provider took the delivery `ago` before the newest one.
    pub(in super::super) fn not_delivered(&mut self, number: u32, ago: u32) {
        let Some(before) = shown(self.ask(read(number))) else {
            return;
        };
        let now = self.shell.now;
        let delivery = self.delivery_number(number, ago);
        let sends = &self.account(number).sends;
        let unreported = sends.iter().any(|sent| {
            sent.number == delivery && sent.asked.is_none() && sent.receipts.is_empty()
        });
        let by = sends.last().filter(|sent| sent.number == delivery).map(|sent| sent.by);
        let reply = self.ask(to_challenge(
            number,
            ChallengeCommand::Report(delivery, DeliveryReport::NotTaken),
        ));
        if !unreported {
            // The delivery is not there, or has a report or receipts already. Of receipts the report
            // says that there will be none of other providers.
            self.told(number, delivery, now, |sent| {
                let told: Vec<_> =
                    sent.receipts.iter().map(|(by, _)| (*by, Answer::Nothing)).collect();
                sent.asked.get_or_insert(told);
            });
            return;
        }
        self.give_back(number, delivery, 0);
        let newest = by.filter(|_| before.status == Status::Pending);
        if newest.is_none() {
            self.sent(number, delivery).unwrap().asked = Some(Vec::new());
        } else {
            self.account(number).sends.pop();
            self.account(number).untaken = true;
        }
        if let Reply::Send(_, order) = reply {
            assert!(newest == Some(Channel::Sms) && self.diverts(), "diverted");
            assert_eq!(Some(&order.to).map(|to| to.reveal()), self.email().as_deref());
            let to = order.to.reveal();
            let is_free = self.take_slot(number, order.number, 0, to).is_none();
            let send = self.book(number, &order, true);
            assert_eq!(send, before.send, "diverted as another send");
            if !is_free {
                // The destination has no slot for the e-mail, so it is not sent either.
                self.not_delivered(number, 0);
                assert!(self.account(number).untaken);
            }
            return;
        }
        let left = self.shell.rules.deliveries() - self.ordered(number);
        let sent_to = matches!(self.enrolled(), Some(Channel::Email | Channel::Sms));
        let diverts = newest == Some(Channel::Sms) && self.diverts() && sent_to;
        let possible = diverts && !self.kept_out(number) && left > 0;
        assert!(!possible || !self.may_send(number), "not diverted");
        self.event_books.expect(EventKind::DeliveryFailed(delivery), number, now);
    }

    fn email(&self) -> Option<String> {
        self.destination(Channel::Email).map(|to| to.reveal().to_owned())
    }

    /// Whether the waits allow a send now.
    fn may_send(&self, number: u32) -> bool {
        let account = &self.accounts[&number];
        let Some(sent) = account.sends.last() else { return true };
        let waits = &self.shell.rules.resend_waits;
        let wait = waits.get(account.sends.len() - 1);
        let over = |wait: &Duration| sent.at.plus(*wait) <= self.shell.now;
        let known = sent.delivery(self.shell.now);
        let is_free = known.is_lost() || known == DeliveryState::Unconfirmed;
        wait.is_some_and(|wait| is_free || over(wait))
    }

    /// By which channel the newest delivery went that is known to be lost.
    fn last_lost(&self, number: u32) -> Option<Channel> {
        let account = self.accounts.get(&number).filter(|account| !account.untaken)?;
        account
            .sends
            .last()
            .filter(|sent| sent.delivery(self.shell.now).is_lost())
            .map(|sent| sent.by)
    }

    /// How the newest delivery of a challenge is shown, and whether as one that went by the other
    /// way.
    pub(super) fn delivery_of(&self, number: u32) -> (Option<DeliveryState>, bool) {
        let Some(account) = self.accounts.get(&number) else { return (None, false) };
        let newest = account.sends.last();
        let ended = account.outcome.is_some();
        let by_app = match ended {
            true => account.by_app,
            false => self.enrolled() == Some(Channel::App) && !self.has_living_code(number),
        };
        let delivery = match account.untaken {
            true => Some(DeliveryState::Failed),
            false => newest.map(|sent| sent.delivery(self.shell.now)),
        };
        (delivery.filter(|_| !by_app), newest.is_some_and(|sent| sent.diverted))
    }
}

impl Sent {
    /// How the send stands by all reports and receipts, in whatever order they came. For half a
    /// minute without a report a loss does not count: another provider may be asked.
    pub(super) fn delivery(&self, now: Timestamp) -> DeliveryState {
        let Some(asked) = &self.asked else {
            let is_over = now.since(self.at).as_secs() >= 30;
            let last = self.receipts.iter().filter_map(|(by, _)| self.last_word(*by));
            return match Self::best(last) {
                Some(word) if is_over || !word.is_lost() => word,
                None if is_over => DeliveryState::Unconfirmed,
                Some(_) | None => DeliveryState::Sending,
            };
        };
        let each = asked.iter().map(|(by, answer)| match (self.last_word(*by), answer) {
            (Some(word), _) => word,
            (None, Answer::Accepted) => DeliveryState::Sent,
            (None, Answer::Nothing) => DeliveryState::Unconfirmed,
        });
        Self::best(each).unwrap_or(DeliveryState::Failed)
    }

    /// What a provider's receipts come to: that the message came back counts most, and that it was
    /// sent least.
    fn last_word(&self, by: u8) -> Option<DeliveryState> {
        use DeliveryState::{Bounced, Delivered, Failed, Sent};
        let words = self.receipts.iter().filter(|(other, _)| *other == by);
        let words: Vec<_> = words.map(|(_, word)| *word).collect();
        [Bounced, Failed, Delivered, Sent].into_iter().find(|word| words.contains(word))
    }

    /// One message that arrives is enough.
    fn best(each: impl Iterator<Item = DeliveryState>) -> Option<DeliveryState> {
        let each: Vec<_> = each.collect();
        let best = [
            DeliveryState::Delivered,
            DeliveryState::Sent,
            DeliveryState::Unconfirmed,
            DeliveryState::Bounced,
            DeliveryState::Failed,
        ];
        best.into_iter().find(|delivery| each.contains(delivery))
    }
}
