//! Sends: ordered, taken by a provider or by none, and what is heard of them later.

use std::time::Duration;

use super::{
    Cardholder, Carried, Carrier, Delivery, Refusal, Reply, Seconds, SendOrder, Status,
    challenge::{Challenge, Send},
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
        let next = challenge.next_send_at(rules).ok_or(Refusal::NoResendsLeft)?;
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
            by: None,
            delivery: Delivery::Sending,
            diverted,
        });
        let order =
            SendOrder { opened_at: challenge.opened_at, number, send: challenge.send_number(), to };
        self.seen(id, rules, now, |view| Reply::Send(view, order))
    }

    /// How a delivery was taken. One that none took makes nobody wait and counts as no send; but it
    /// stays one of the deliveries that a challenge may order.
    pub(super) fn carried(
        &mut self,
        id: &ChallengeId,
        number: u32,
        carried: Carried,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        match carried {
            Carried::Accepted(by) => {
                challenge.accepted(number, by);
                self.seen(id, rules, now, Reply::Seen)
            }
            Carried::NotTaken | Carried::BadDestination => self.not_taken(id, number, rules, now),
            Carried::Limited(until) => {
                // Nobody was offered it, so its number is free again.
                if challenge.take_back(number).is_some() && challenge.attempts == number {
                    challenge.attempts -= 1;
                }
                Err(Refusal::DestinationLimited(Seconds(until.seconds_from(now))))
            }
        }
    }

    /// Takes a delivery back that no provider took. Where the issuer allows it, the same send then
    /// goes by e-mail, with a code of its own.
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
        } else if challenge.delivery_of(number) == Some(Delivery::Sending) {
            // Of an ended challenge, or not the newest: it stays in the history.
            challenge.heard(number, Delivery::Failed);
        } else {
            // Said before, or a provider told of it meanwhile and knows better.
            return self.seen(id, rules, now, Reply::Seen);
        }
        self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
        self.seen(id, rules, now, Reply::Seen)
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
        let challenge = self.opened(id)?;
        let news = challenge.is_carried_by(number, by) && challenge.heard(number, delivery);
        if news && matches!(delivery, Delivery::Bounced | Delivery::Failed) {
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }
}

impl Challenge {
    /// Notes who took a delivery. What another told of it before speaks of a message that it did
    /// not take in time.
    fn accepted(&mut self, number: u32, by: Carrier) {
        let send = self.sends.iter_mut().find(|send| send.number == number);
        if let Some(send) = send.filter(|send| send.by.is_some_and(|other| other != by)) {
            (send.by, send.delivery) = (Some(by), Delivery::Sent);
        } else if self.is_carried_by(number, by) {
            self.heard(number, Delivery::Sent);
        }
    }

    /// Whether a delivery is this provider's, as far as is known; from then on it is.
    fn is_carried_by(&mut self, number: u32, by: Carrier) -> bool {
        let send = self.sends.iter_mut().find(|send| send.number == number);
        send.is_some_and(|send| *send.by.get_or_insert(by) == by)
    }

    /// Notes how a delivery stands, unless more is known of it; whether that is news.
    fn heard(&mut self, number: u32, delivery: Delivery) -> bool {
        let send = self.sends.iter_mut().find(|send| send.number == number);
        let Some(send) = send.filter(|send| send.delivery.rank() < delivery.rank()) else {
            return false;
        };
        send.delivery = delivery;
        true
    }

    fn delivery_of(&self, number: u32) -> Option<Delivery> {
        self.sends.iter().find(|send| send.number == number).map(|send| send.delivery)
    }

    /// Removes the newest send, if it has this number and nothing was heard of it.
    fn take_back(&mut self, number: u32) -> Option<Send> {
        let quiet = |send: &mut Send| send.number == number && send.delivery == Delivery::Sending;
        self.sends.pop_if(quiet)
    }

    /// Whether the delivery ordered last was taken by nobody.
    fn is_untaken(&self) -> bool {
        self.untaken > 0 && self.untaken == self.attempts
    }

    /// By which channel the newest delivery went, if it is known not to have arrived. One that
    /// nobody took went by none.
    pub(super) fn last_lost(&self) -> Option<Channel> {
        let newest = self.sends.last().filter(|send| send.delivery.is_lost());
        newest.filter(|_| !self.is_untaken()).map(|send| send.via.channel())
    }

    /// How the newest delivery stands; `None` before the first.
    pub(super) fn delivery(&self, now: Timestamp) -> Option<Delivery> {
        /// A report takes no longer than the providers; one that is later was lost.
        const REPORTED: Duration = Duration::from_secs(30);
        if self.is_untaken() {
            return Some(Delivery::Failed);
        }
        let newest = self.sends.last()?;
        Some(match newest.delivery {
            Delivery::Sending if newest.at.plus(REPORTED) <= now => Delivery::Sent,
            known => known,
        })
    }
}
