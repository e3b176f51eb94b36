//! Sends: ordered, taken by a provider or by none, and what is heard of them later.

use std::time::Duration;

use super::{
    Cardholder, Carried, Carrier, Delivery, Refusal, Reply, Seconds, SendOrder, Status,
    challenge::{Challenge, ProviderReport, Send},
    decide::Ruled,
    events::EventKind,
    registration::Enrolled,
};
use crate::{
    contact::{Channel, Destination},
    ids::ChallengeId,
    rules::Rules,
    time::Timestamp,
};

impl Cardholder {
    /// Counts a send and orders its delivery, or says why not.
    pub(super) fn send(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        self.refuse_locked(now)?;
        let known = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let to = match known.enrolled(rules).ok_or(Refusal::NotEnrolled)? {
            Enrolled::Sent(to) => to,
            Enrolled::App => return Err(Refusal::AppCodeExpected),
        };
        // After a text message that was lost, the other way is the one that may work.
        let lost = self.opened(id)?.last_lost() == Some(Channel::Sms);
        let instead = lost.then(|| self.instead_of(to.channel(), rules)).flatten();
        let diverted = instead.is_some();
        self.order(id, instead.unwrap_or(to), diverted, rules, now)
    }

    /// Where a send by `channel` goes in its place, if the issuer lets text messages fall back to
    /// e-mail.
    fn instead_of(&self, channel: Channel, rules: &Rules) -> Option<Destination> {
        let wanted = rules.sms_to_email && rules.reached.email && channel == Channel::Sms;
        self.known.as_ref().filter(|_| wanted)?.destination(Channel::Email)
    }

    /// Whether codes are sent to the cardholder, as they are enrolled now.
    fn is_sent_to(&self, rules: &Rules) -> bool {
        let enrolled = self.known.as_ref().and_then(|known| known.enrolled(rules));
        matches!(enrolled, Some(Enrolled::Sent(_)))
    }

    fn order(
        &mut self,
        id: &ChallengeId,
        to: Destination,
        diverted: bool,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let next = challenge.next_send_at(rules, now).ok_or(Refusal::NoResendsLeft)?;
        if challenge.attempts >= rules.attempts() {
            return Err(Refusal::NoResendsLeft);
        }
        if now < next {
            return Err(Refusal::ResendTooSoon(Seconds(next.seconds_from(now))));
        }
        challenge.attempts += 1;
        challenge.by_app = false;
        let number = challenge.attempts;
        challenge.sends.push(Send {
            number,
            at: now,
            via: to.via(),
            revoked: false,
            providers: Vec::new(),
            asked: false,
            diverted,
        });
        let order =
            SendOrder { opened_at: challenge.opened_at, number, send: challenge.send_number(), to };
        self.seen(id, rules, now, |view| Reply::Send(view, order))
    }

    /// How a delivery was taken. One that every provider refused makes nobody wait and counts as no
    /// send; but it stays one of the deliveries that a challenge may order.
    pub(super) fn carried(
        &mut self,
        id: &ChallengeId,
        number: u32,
        carried: Carried,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        match carried {
            Carried::Accepted { by, may_have_sent } => self
                .learn(id, number, rules, now, |send| send.was_asked_of(&may_have_sent, Some(by))),
            Carried::Unknown { first, mut others } => {
                others.insert(0, first);
                self.learn(id, number, rules, now, |send| send.was_asked_of(&others, None))
            }
            Carried::NotTaken | Carried::BadDestination => self.not_taken(id, number, rules, now),
            Carried::Limited(until) => {
                let challenge = self.opened(id)?;
                // Nobody was offered it, so its number is free again.
                if challenge.take_back(number).is_some() && challenge.attempts == number {
                    challenge.attempts -= 1;
                }
                Err(Refusal::DestinationLimited(Seconds(until.seconds_from(now))))
            }
        }
    }

    /// Takes a delivery back that every provider refused. Where the issuer allows it, the same send
    /// then goes by e-mail, with a code of its own.
    fn not_taken(
        &mut self,
        id: &ChallengeId,
        number: u32,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let locked = self.locked(now).is_some();
        let challenge = self.opened(id)?;
        let pending = challenge.status() == Status::Pending;
        if let Some(send) = pending.then(|| challenge.take_back(number)).flatten() {
            challenge.untaken = challenge.attempts;
            let instead = self.instead_of(send.via.channel(), rules);
            // To who chose an app meanwhile nothing is sent any more.
            let instead = instead.filter(|_| !locked && self.is_sent_to(rules));
            if let Some(to) = instead {
                // Barred too, it has failed as it would without the other way.
                if let Ok(ordered) = self.order(id, to, true, rules, now) {
                    return Ok(ordered);
                }
            }
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
            return self.seen(id, rules, now, Reply::Seen);
        }
        // Of an ended challenge, or not the newest: it stays in the history. A report that was made
        // before, or that a provider's receipt contradicts, changes nothing.
        self.learn(id, number, rules, now, |send| {
            if send.delivery() == Delivery::Sending {
                send.was_asked_of(&[], None);
            }
        })
    }

    /// What a provider tells of a delivery later.
    pub(super) fn receipt(
        &mut self,
        id: &ChallengeId,
        number: u32,
        by: Carrier,
        delivery: Delivery,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        self.learn(id, number, rules, now, |send| send.heard(by, delivery))
    }

    /// Changes what is known of a delivery. Tells others if by that it is known not to arrive.
    fn learn(
        &mut self,
        id: &ChallengeId,
        number: u32,
        rules: &Rules,
        now: Timestamp,
        change: impl FnOnce(&mut Send),
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let send = challenge.sends.iter_mut().find(|send| send.number == number);
        let is_lost_since = send.is_some_and(|send| {
            let was_lost = send.delivery().is_lost();
            change(send);
            !was_lost && send.delivery().is_lost()
        });
        if is_lost_since {
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }
}

impl Send {
    /// How it stands: the best that any provider says. One message that arrives is enough, and it is
    /// lost only when every provider that may have sent it says so.
    pub(super) fn delivery(&self) -> Delivery {
        let known = self.providers.iter().map(|report| report.delivery);
        let best = known.max_by_key(|delivery| delivery.likelihood());
        best.unwrap_or(if self.asked { Delivery::Failed } else { Delivery::Sending })
    }

    /// How it stands at a time. A report takes no longer than the providers. One that is later was
    /// lost, or the order was before any provider saw it: nobody knows whether a message went out.
    pub(super) fn delivery_by(&self, now: Timestamp) -> Delivery {
        const REPORTED: Duration = Duration::from_secs(30);
        match self.delivery() {
            Delivery::Sending if self.at.plus(REPORTED) <= now => Delivery::Unconfirmed,
            known => known,
        }
    }

    /// Notes which providers may have sent it, and which one accepted it. From then on no others are
    /// believed: they refused it. Said again, it changes nothing.
    fn was_asked_of(&mut self, may_have_sent: &[Carrier], accepted_by: Option<Carrier>) {
        if self.asked {
            return;
        }
        self.asked = true;
        let receipts = std::mem::take(&mut self.providers);
        let unconfirmed = may_have_sent.iter().map(|by| (*by, Delivery::Unconfirmed));
        let accepted = accepted_by.map(|by| (by, Delivery::Sent));
        for (by, delivery) in unconfirmed.chain(accepted) {
            self.providers.push(ProviderReport { by, delivery });
        }
        for ProviderReport { by, delivery } in receipts {
            self.heard(by, delivery);
        }
    }

    /// Notes what a provider says of its message, if it may have sent one and said no more before.
    fn heard(&mut self, by: Carrier, delivery: Delivery) {
        let known = self.providers.iter_mut().find(|report| report.by == by);
        match known {
            Some(known) if known.delivery.rank() < delivery.rank() => known.delivery = delivery,
            Some(_) => {}
            // Receipts can be faster than the report of who was asked.
            None if !self.asked && delivery.rank() >= Delivery::Sent.rank() => {
                self.providers.push(ProviderReport { by, delivery });
            }
            None => {}
        }
    }
}

impl Challenge {
    /// Removes the newest send, if it has this number and nothing was heard of it.
    fn take_back(&mut self, number: u32) -> Option<Send> {
        let quiet = |send: &mut Send| send.number == number && send.delivery() == Delivery::Sending;
        self.sends.pop_if(quiet)
    }

    /// Whether every provider refused the delivery ordered last.
    fn is_untaken(&self) -> bool {
        self.untaken > 0 && self.untaken == self.attempts
    }

    /// By which channel the newest delivery went, if it is known not to have arrived. One that
    /// every provider refused went by none.
    pub(super) fn last_lost(&self) -> Option<Channel> {
        let newest = self.sends.last().filter(|send| send.delivery().is_lost());
        newest.filter(|_| !self.is_untaken()).map(|send| send.via.channel())
    }

    /// How the newest delivery stands; `None` before the first.
    pub(super) fn delivery(&self, now: Timestamp) -> Option<Delivery> {
        if self.is_untaken() {
            return Some(Delivery::Failed);
        }
        self.sends.last().map(|send| send.delivery_by(now))
    }
}
