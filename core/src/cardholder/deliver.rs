//! Sends: ordered, reported by the couriers, taken back when every provider refused, and changed by
//! receipts.

use std::time::Duration;

use super::{
    Cardholder, DeliveryOrder, DeliveryReport, DeliveryState, Places, ProviderId, Refusal, Reply,
    Seconds, Status,
    challenge::{Challenge, Lane, ProviderReport, SentCode},
    decide::Ruled,
    events::EventKind,
    registration::CodeSource,
    three_ds::KnownBy,
};
use crate::{
    contact::{Destination, SendChannel},
    ids::ChallengeId,
    rules::Rules,
    time::Timestamp,
};

impl Cardholder {
    /// Counts a send and orders its delivery.
    pub(super) fn send(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        let known = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let to = match known.enrolled(rules).ok_or(Refusal::NotEnrolled)? {
            CodeSource::Sent(to) => to,
            CodeSource::App => return Err(Refusal::AppCodeExpected),
        };
        let instead = known.instead_of(to.channel(), rules);
        // After a text message that was lost, e-mail may work where text messages do not.
        let lost = self.opened(id)?.last_lost(now) == Some(SendChannel::Sms);
        let instead = instead.filter(|_| lost);
        let diverted = instead.is_some();
        self.let_in(id, rules, now)?;
        self.order(id, instead.unwrap_or(to), diverted, rules, now)
    }

    /// Which of a destination's places the messages of a challenge may take. A known network has a few of
    /// those that are kept, so that whoever shares it leaves the others to known browsers and owners.
    fn places(&self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Places {
        let Some(challenge) = self.kept(id) else { return Places::Common };
        let lane = challenge.admission.map(|admission| admission.lane);
        match (lane, challenge.known_by()) {
            (Some(Lane::Released), _) => Places::Kept,
            (_, Some(KnownBy::Network)) if !self.has_places_for_networks(rules, now) => {
                Places::Common
            }
            (Some(Lane::KnownBrowser), _) => Places::Kept,
            (Some(Lane::Common) | None, Some(_)) => Places::All,
            (Some(Lane::Common) | None, None) => Places::Common,
        }
    }

    /// Whether known networks got no more messages within the newest window than are kept for them, the
    /// one that is ordered among them, and but for those that were verified.
    fn has_places_for_networks(&self, rules: &Rules, now: Timestamp) -> bool {
        let by_network = |challenge: &&Challenge| {
            challenge.known_by() == Some(KnownBy::Network) && challenge.status() != Status::Verified
        };
        let sends = self.challenges.iter().filter(by_network).flat_map(|it| &it.sends);
        let counted = sends.filter(|send| now < send.at.plus(rules.window)).count();
        counted <= rules.unverified_sends.kept_network
    }

    /// Whether codes are sent to the cardholder, as they are enrolled now.
    fn is_sent_to(&self, rules: &Rules) -> bool {
        self.known.as_ref().and_then(|known| known.sent_to(rules)).is_some()
    }

    fn order(
        &mut self,
        id: &ChallengeId,
        to: Destination,
        diverted: bool,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let known = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        if let Some(until) = known.too_new_until(to.channel(), rules, now) {
            let rest = until.rest_from(now, rules.destination_min_age);
            return Err(Refusal::DestinationTooNew(Seconds(rest)));
        }
        let challenge = self.opened(id)?;
        let next = challenge.next_send(rules, now).ok_or(Refusal::NoResendsLeft)?;
        if challenge.deliveries_ordered >= rules.deliveries() {
            return Err(Refusal::NoResendsLeft);
        }
        let rest = next.at.rest_from(now, next.wait);
        if rest > 0 {
            return Err(Refusal::ResendTooSoon(Seconds(rest)));
        }
        challenge.deliveries_ordered += 1;
        challenge.by_app = false;
        let number = challenge.deliveries_ordered;
        challenge.sends.push(SentCode {
            number,
            at: now,
            via: to.via(),
            revoked: false,
            providers: Vec::new(),
            asked: false,
            diverted,
        });
        let (opened_at, send) = (challenge.opened_at, challenge.send_number());
        let places = self.places(id, rules, now);
        let order = DeliveryOrder { opened_at, number, send, to, places };
        self.seen(id, rules, now, |view| Reply::Send(view, order))
    }

    /// Notes how the providers took a delivery. A delivery that every provider refused is no send,
    /// and nobody waits for the next one; it still counts against the deliveries that a challenge
    /// may order.
    pub(super) fn report(
        &mut self,
        id: &ChallengeId,
        number: u32,
        report: DeliveryReport,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        match report {
            DeliveryReport::Accepted { by, may_have_sent } => {
                self.learn(id, number, rules, now, |send| {
                    send.was_asked_of(&may_have_sent, Some(by))
                })
            }
            DeliveryReport::Unknown { first, mut others } => {
                others.insert(0, first);
                self.learn(id, number, rules, now, |send| send.was_asked_of(&others, None))
            }
            DeliveryReport::NotTaken | DeliveryReport::BadDestination => {
                self.not_taken(id, number, rules, now)
            }
            DeliveryReport::Limited(until) => {
                let challenge = self.opened(id)?;
                // No provider was asked, so no message with this number exists and the number is
                // used again.
                if challenge.take_back(number).is_some() && challenge.deliveries_ordered == number {
                    challenge.deliveries_ordered -= 1;
                }
                challenge.leave_without_code(rules, now);
                Err(Refusal::DestinationLimited(Seconds(until.rest_from(now, rules.window))))
            }
        }
    }

    /// Takes back the delivery that every provider refused. Where the issuer allows it, the same
    /// send then goes by e-mail, with another code.
    fn not_taken(
        &mut self,
        id: &ChallengeId,
        number: u32,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let pending = challenge.status() == Status::Pending;
        if let Some(send) = pending.then(|| challenge.take_back(number)).flatten() {
            challenge.newest_refused = challenge.deliveries_ordered;
            challenge.leave_without_code(rules, now);
            let known = self.known.as_ref().zip(send.via.sent_by());
            let instead = known.and_then(|(known, channel)| known.instead_of(channel, rules));
            // A cardholder who chose an app meanwhile is sent nothing.
            let instead = instead.filter(|_| self.is_sent_to(rules));
            let instead = instead.filter(|_| self.let_in(id, rules, now).is_ok());
            if let Some(to) = instead {
                // If the e-mail may not be sent either, the send has failed.
                if let Ok(ordered) = self.order(id, to, true, rules, now) {
                    return Ok(ordered);
                }
            }
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
            return self.seen(id, rules, now, Reply::Seen);
        }
        // The send of an ended challenge, or one that is not the newest, stays in the history and
        // is marked failed. A send that has a report already is left as it is, and what receipts
        // said of it before this report is believed.
        self.learn(id, number, rules, now, |send| send.asked = true)
    }

    /// Notes what a provider's receipt says of a delivery.
    pub(super) fn receipt(
        &mut self,
        id: &ChallengeId,
        number: u32,
        by: ProviderId,
        delivery: DeliveryState,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        self.learn(id, number, rules, now, |send| send.note_state(by, delivery))
    }

    /// Changes what is known of a delivery. When that makes the delivery lost, an event is queued.
    fn learn(
        &mut self,
        id: &ChallengeId,
        number: u32,
        rules: &Rules,
        now: Timestamp,
        change: impl FnOnce(&mut SentCode),
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let send = challenge.sends.iter_mut().find(|send| send.number == number);
        let is_lost_since = send.is_some_and(|send| {
            let was_lost = send.delivery(now).is_lost();
            change(send);
            !was_lost && send.delivery(now).is_lost()
        });
        if is_lost_since {
            self.events.push(EventKind::DeliveryFailed(number), id.clone(), rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }
}

impl SentCode {
    /// How the send stands: the best state that any provider reported. One message that arrives is
    /// enough, and the send is lost only when every provider that may have sent it says so. Which
    /// ones may have is known when the couriers have reported it.
    ///
    /// The couriers report at the latest when the time limit of all providers is over. Without a
    /// report by then, the report was lost, or the order was lost before a provider was asked. The
    /// receipts are then all that is known. Without one nobody knows whether a message went out, so
    /// the send is unconfirmed.
    pub(super) fn delivery(&self, now: Timestamp) -> DeliveryState {
        const REPORTED: Duration = Duration::from_secs(30);
        let known = self.providers.iter().map(|report| report.delivery);
        let is_over = self.at.plus(REPORTED) <= now;
        match known.max_by_key(|delivery| delivery.likelihood()) {
            Some(best) if self.asked || is_over || !best.is_lost() => best,
            None if self.asked => DeliveryState::Failed,
            None if is_over => DeliveryState::Unconfirmed,
            Some(_) | None => DeliveryState::Sending,
        }
    }

    /// Notes which providers may have sent the message, and which one accepted it. From then on
    /// receipts of other providers are ignored, because those refused the message. A second report
    /// changes nothing.
    fn was_asked_of(&mut self, may_have_sent: &[ProviderId], accepted_by: Option<ProviderId>) {
        if self.asked {
            return;
        }
        self.asked = true;
        let receipts = std::mem::take(&mut self.providers);
        let unconfirmed = may_have_sent.iter().map(|by| (*by, DeliveryState::Unconfirmed));
        let accepted = accepted_by.map(|by| (by, DeliveryState::Sent));
        for (by, delivery) in unconfirmed.chain(accepted) {
            self.providers.push(ProviderReport { by, delivery });
        }
        for ProviderReport { by, delivery } in receipts {
            self.note_state(by, delivery);
        }
    }

    /// Notes the state that a provider reports of its message. Ignored when the provider did not
    /// send one, or reported a state of a higher rank before.
    fn note_state(&mut self, by: ProviderId, delivery: DeliveryState) {
        let known = self.providers.iter_mut().find(|report| report.by == by);
        match known {
            Some(known) if known.delivery.rank() < delivery.rank() => known.delivery = delivery,
            Some(_) => {}
            // A receipt can arrive before the couriers' report of who was asked.
            None if !self.asked && delivery.rank() >= DeliveryState::Sent.rank() => {
                self.providers.push(ProviderReport { by, delivery });
            }
            None => {}
        }
    }
}

impl Challenge {
    /// Removes the newest send, if it has this number and there is neither a report nor a receipt
    /// of it.
    fn take_back(&mut self, number: u32) -> Option<SentCode> {
        let unreported =
            |send: &mut SentCode| send.number == number && !send.asked && send.providers.is_empty();
        self.sends.pop_if(unreported)
    }

    /// After a send was taken back: what was let in for it asks again with the next one.
    fn leave_without_code(&mut self, rules: &Rules, now: Timestamp) {
        if !self.has_living_code(rules, now) {
            self.admission = None;
        }
    }

    /// Whether every provider refused the delivery ordered last.
    fn newest_was_refused(&self) -> bool {
        self.newest_refused > 0 && self.newest_refused == self.deliveries_ordered
    }

    /// The channel of the newest delivery, if that is known to be lost. A delivery that every
    /// provider refused went by no channel.
    pub(super) fn last_lost(&self, now: Timestamp) -> Option<SendChannel> {
        let newest = self.sends.last().filter(|send| send.delivery(now).is_lost());
        newest.filter(|_| !self.newest_was_refused()).and_then(|send| send.via.sent_by())
    }

    /// How the newest delivery stands; `None` before the first one.
    pub(super) fn delivery(&self, now: Timestamp) -> Option<DeliveryState> {
        if self.newest_was_refused() {
            return Some(DeliveryState::Failed);
        }
        self.sends.last().map(|send| send.delivery(now))
    }
}
