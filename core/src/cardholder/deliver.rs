//! Sends: ordered, taken by a provider or by none, and what is heard of them later.

use std::time::Duration;

use super::{
    Cardholder, Carried, Delivery, Refusal, Reply, Seconds, SendOrder, Status,
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
        // After a text message that failed, the other way is the one that may work.
        let instead = self.opened(id)?.last_failed().then(|| self.instead_of(&to, rules)).flatten();
        let diverted = instead.is_some();
        self.order(id, instead.unwrap_or(to), diverted, rules, now)
    }

    /// Where a send goes in place of `to`, if the issuer lets text messages fall back to e-mail.
    fn instead_of(&self, to: &Destination, rules: &Rules) -> Option<Destination> {
        let known = self.known.as_ref().filter(|_| rules.sms_to_email)?;
        (to.channel() == Channel::Sms).then(|| known.destination(Channel::Email)).flatten()
    }

    fn order(
        &mut self,
        id: &ChallengeId,
        to: Destination,
        diverted: bool,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let blocked = self.sends.blocked_until(&to, rules, now);
        let challenge = self.opened(id)?;
        let next = challenge.next_send_at(rules).ok_or(Refusal::NoResendsLeft)?;
        if challenge.attempts >= rules.attempts() {
            return Err(Refusal::NoResendsLeft);
        }
        if now < next {
            return Err(Refusal::ResendTooSoon(Seconds(next.seconds_from(now))));
        }
        if let Some(until) = blocked {
            return Err(Refusal::DestinationLimited(Seconds(until.seconds_from(now))));
        }
        challenge.attempts += 1;
        challenge.by_app = false;
        challenge.untaken = false;
        let number = challenge.attempts;
        challenge.sends.push(Send {
            number,
            at: now,
            via: to.via(),
            revoked: false,
            delivery: Delivery::Sending,
            diverted,
        });
        let order = SendOrder {
            opened_at: challenge.opened_at,
            number,
            send: challenge.send_number(),
            to: to.clone(),
        };
        self.sends.add(id.clone(), to, now);
        self.seen(id, rules, now, |view| Reply::Send(view, order))
    }

    /// How the providers took a delivery.
    ///
    /// One that none took is taken back: nobody waits for it and no quota counts it. It stays one
    /// of the deliveries that a challenge may order. Where the issuer allows it, the same send then
    /// goes by e-mail, with a code of its own.
    pub(super) fn carried(
        &mut self,
        id: &ChallengeId,
        number: u32,
        carried: Carried,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let status = challenge.status();
        let newest = challenge.sends.last().is_some_and(|send| send.number == number);
        match carried {
            Carried::Accepted => {
                challenge.heard(number, Delivery::Sent);
            }
            Carried::NotTaken | Carried::BadDestination if newest => {
                let to = self.take_back(id, number)?;
                let instead = to.and_then(|to| self.instead_of(&to, rules));
                if let Some(to) = instead.filter(|_| status == Status::Pending) {
                    // Barred too, it has failed as it would without the other way.
                    if let Ok(ordered) = self.order(id, to, true, rules, now) {
                        return Ok(ordered);
                    }
                }
                self.opened(id)?.untaken = true;
                self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
            }
            Carried::NotTaken | Carried::BadDestination => (),
        }
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Takes a delivery back that no provider took; where it was to go.
    fn take_back(&mut self, id: &ChallengeId, number: u32) -> Ruled<Option<Destination>> {
        let challenge = self.opened(id)?;
        // An ended challenge keeps its history; the destination's quota is given back all the same.
        let taken_back = match challenge.status() {
            Status::Pending => challenge.sends.pop(),
            _ => challenge.sends.iter().find(|send| send.number == number).cloned(),
        };
        Ok(taken_back.and_then(|send| self.sends.take_back(id, send.at)))
    }

    /// What a provider tells of a delivery later.
    pub(super) fn receipt(
        &mut self,
        id: &ChallengeId,
        number: u32,
        delivery: Delivery,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let news = self.opened(id)?.heard(number, delivery);
        if news && matches!(delivery, Delivery::Bounced | Delivery::Failed) {
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }
}

impl Challenge {
    /// Notes how a delivery stands, unless more is known of it; whether that is news.
    fn heard(&mut self, number: u32, delivery: Delivery) -> bool {
        let send = self.sends.iter_mut().find(|send| send.number == number);
        let Some(send) = send.filter(|send| send.delivery.rank() < delivery.rank()) else {
            return false;
        };
        send.delivery = delivery;
        true
    }

    /// Whether the newest delivery is known not to have arrived.
    pub(super) fn last_failed(&self) -> bool {
        self.untaken || self.sends.last().is_some_and(|send| send.delivery.is_lost())
    }

    /// How the newest delivery stands; `None` before the first.
    pub(super) fn delivery(&self, now: Timestamp) -> Option<Delivery> {
        /// A report takes no longer than the providers; one that is later was lost.
        const REPORTED: Duration = Duration::from_secs(30);
        if self.untaken {
            return Some(Delivery::Failed);
        }
        let newest = self.sends.last()?;
        Some(match newest.delivery {
            Delivery::Sending if newest.at.plus(REPORTED) <= now => Delivery::Sent,
            known => known,
        })
    }
}
