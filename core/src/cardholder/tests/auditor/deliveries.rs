//! The books of deliveries: where each went, what was heard of it, and what its destination takes.
//! Destinations are asked as the Worker asks them.

use std::collections::BTreeMap;

use super::{
    super::{Act, Carried, Carrier, Duration, EventKind, act, id, limited, receipt},
    Auditor, Channel, Command, Refusal, Reply, Sent, Status, Timestamp, read, shown,
};
use crate::{
    cardholder::{Delivery, SendOrder},
    destination::{Places, Ticket, Wanted},
    rules::Quota,
};

/// What every destination decided, and what was sent to it.
#[derive(Default)]
pub(super) struct Destinations {
    places: BTreeMap<String, Places>,
    sent: Vec<(Ticket, String, Timestamp)>,
}

impl Auditor {
    /// Presents or resends; the number of the send, if there was one.
    pub(in super::super) fn send(&mut self, number: u32, command: Command) -> Option<u32> {
        let locked = self.locked();
        let diverted = self.next_is_diverted(number);
        let Reply::Send(view, order) = self.ask(command) else {
            return None;
        };
        assert!(!locked, "sent while locked");
        assert_eq!(view.status, Status::Pending);
        let enrolled = self.enrolled();
        let channel = if diverted { Some(Channel::Email) } else { enrolled };
        let to = channel.and_then(|channel| self.registered.destination(channel));
        assert!(to.as_ref() == Some(&order.to), "sent elsewhere");
        assert_eq!(order.number, self.ordered(number) + 1, "a delivery was used up by none");
        let Some(until) = self.take_place(number, &order) else {
            return Some(self.book(number, &order, diverted));
        };
        let reply = self.ask(limited(number, order.number, until));
        let told = matches!(reply, Reply::Refused(Refusal::DestinationLimited(_), Some(_)));
        assert!(told, "not limited");
        self.account(number).by_app = false;
        None
    }

    /// Books what was ordered and may be sent.
    fn book(&mut self, number: u32, order: &SendOrder, diverted: bool) -> u32 {
        let sent = Sent {
            number: order.number,
            at: self.shell.now,
            by: order.to.channel(),
            dead: false,
            delivery: Delivery::Sending,
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

    /// Asks for a place; until when there is none.
    fn take_place(&mut self, number: u32, order: &SendOrder) -> Option<Timestamp> {
        let (to, now, rules) = (order.to.reveal(), self.shell.now, &self.shell.rules);
        let ticket = Ticket::of(&id(number), order.number);
        let places = self.destinations.places.remove(to).unwrap_or_default();
        let (places, until) = places.decide(Wanted::Place(ticket), rules, now);
        self.destinations.places.insert(to.to_owned(), places);
        if until.is_none() {
            self.destinations.sent.push((ticket, to.to_owned(), now));
        }
        for quota in [rules.destination_burst, rules.destination_day] {
            self.within(quota, to);
        }
        until
    }

    /// Gives the place of a delivery back, as often as it is said.
    fn give_back(&mut self, number: u32, delivery: u32) {
        let ticket = Ticket::of(&id(number), delivery);
        let (now, rules) = (self.shell.now, &self.shell.rules);
        for places in self.destinations.places.values_mut() {
            let given = std::mem::take(places).decide(Wanted::Return(ticket), rules, now);
            *places = given.0;
        }
        self.destinations.sent.retain(|(other, ..)| *other != ticket);
    }

    /// The window that ends now holds no more sends than the quota.
    fn within(&self, quota: Quota, to: &str) {
        let now = self.shell.now;
        let sent = self.destinations.sent.iter().filter(|(_, other, _)| other == to);
        let recent = sent.filter(|(.., at)| at.plus(quota.window) > now).count();
        assert!(recent <= quota.count, "{recent} sends in {quota:?}");
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

    /// Reports that a provider took a delivery.
    pub(in super::super) fn accepted(&mut self, number: u32, ago: u32) {
        let delivery = self.delivery_number(number, ago);
        if shown(self.ask(act(number, Act::Carried(delivery, Carried::Accepted(Carrier(1))))))
            .is_some()
        {
            self.raise(number, delivery, Delivery::Sent);
        }
    }

    /// A provider tells of a delivery.
    pub(in super::super) fn receipt(&mut self, number: u32, ago: u32, says: Delivery) {
        let delivery = self.delivery_number(number, ago);
        let now = self.shell.now;
        let known = shown(self.ask(receipt(number, delivery, says))).is_some();
        if known && self.raise(number, delivery, says) && says.is_lost() {
            self.told.expect(EventKind::DeliveryFailed(delivery), number, now);
        }
    }

    /// Notes what is heard of a delivery; whether it is news.
    fn raise(&mut self, number: u32, delivery: u32, says: Delivery) -> bool {
        let rank = |delivery| match delivery {
            Delivery::Sending => 0,
            Delivery::Sent => 1,
            Delivery::Delivered => 2,
            Delivery::Bounced | Delivery::Failed => 3,
        };
        let sends = &mut self.account(number).sends;
        let sent = sends.iter_mut().find(|sent| sent.number == delivery);
        match sent.filter(|sent| rank(sent.delivery) < rank(says)) {
            Some(sent) => {
                sent.delivery = says;
                true
            }
            None => false,
        }
    }

    /// Reports that no provider took the delivery `ago` before the newest one.
    pub(in super::super) fn not_delivered(&mut self, number: u32, ago: u32) {
        let Some(before) = shown(self.ask(read(number))) else {
            return;
        };
        let (now, locked) = (self.shell.now, self.locked());
        let delivery = self.delivery_number(number, ago);
        let sends = &self.account(number).sends;
        let quiet =
            sends.iter().any(|sent| sent.number == delivery && sent.delivery == Delivery::Sending);
        let by = sends.last().filter(|sent| sent.number == delivery).map(|sent| sent.by);
        let reply = self.ask(act(number, Act::Carried(delivery, Carried::NotTaken)));
        if !quiet {
            // Nothing is known of it, or something better.
            let after = shown(reply).unwrap();
            assert!(after == before, "a report that said nothing new changed something");
            return;
        }
        self.give_back(number, delivery);
        let newest = by.filter(|_| before.status == Status::Pending);
        if newest.is_none() {
            self.raise(number, delivery, Delivery::Failed);
        } else {
            self.account(number).sends.pop();
            self.account(number).untaken = true;
        }
        if let Reply::Send(_, order) = reply {
            assert!(newest == Some(Channel::Sms) && self.diverts() && !locked, "diverted");
            assert_eq!(Some(&order.to).map(|to| to.reveal()), self.email().as_deref());
            let is_free = self.take_place(number, &order).is_none();
            let send = self.book(number, &order, true);
            assert_eq!(send, before.send, "diverted as another send");
            if !is_free {
                // Then nobody carries it.
                self.not_delivered(number, 0);
                assert!(self.account(number).untaken);
            }
            return;
        }
        let left = self.shell.rules.attempts() - self.ordered(number);
        let possible = newest == Some(Channel::Sms) && self.diverts() && !locked && left > 0;
        assert!(!possible || !self.may_send(number), "not diverted");
        self.told.expect(EventKind::DeliveryFailed(delivery), number, now);
    }

    fn email(&self) -> Option<String> {
        self.registered.destination(Channel::Email).map(|to| to.reveal().to_owned())
    }

    /// Whether the waits allow a send now.
    fn may_send(&self, number: u32) -> bool {
        let account = &self.accounts[&number];
        let Some(sent) = account.sends.last() else { return true };
        let waits = &self.shell.rules.resend_waits;
        let wait = waits.get(account.sends.len() - 1);
        let over = |wait: &Duration| sent.at.plus(*wait) <= self.shell.now;
        wait.is_some_and(|wait| sent.delivery.is_lost() || over(wait))
    }

    /// By which channel the newest delivery went that is known to be lost.
    fn last_lost(&self, number: u32) -> Option<Channel> {
        let account = self.accounts.get(&number).filter(|account| !account.untaken)?;
        account.sends.last().filter(|sent| sent.delivery.is_lost()).map(|sent| sent.by)
    }

    /// How the newest delivery of a challenge is shown, and whether as one that went by the other
    /// way.
    pub(super) fn delivery_of(&self, number: u32) -> (Option<Delivery>, bool) {
        let Some(account) = self.accounts.get(&number) else { return (None, false) };
        let newest = account.sends.last();
        let ended = account.outcome.is_some();
        let by_app = match ended {
            true => account.by_app,
            false => self.enrolled() == Some(Channel::App) && !self.has_living_code(number),
        };
        let reported = |sent: &Sent| match sent.delivery {
            Delivery::Sending if self.shell.now.since(sent.at).as_secs() >= 30 => Delivery::Sent,
            known => known,
        };
        let delivery = match account.untaken {
            true => Some(Delivery::Failed),
            false => newest.map(reported),
        };
        (delivery.filter(|_| !by_app), newest.is_some_and(|sent| sent.diverted))
    }
}
