//! Events, which merchant and issuer are told. An event is stored in the same save as what
//! happened, until the Worker has taken it over.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{Cardholder, Ended, Status, sessions::Session};
use crate::{ids::ChallengeId, rules::Rules, sparse, storage::Due, time::Timestamp};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum EventKind {
    /// A challenge ended.
    #[n(0)]
    Ended(#[n(0)] Ended),
    /// The delivery of this number did not arrive.
    #[n(1)]
    DeliveryFailed(#[n(0)] u32),
    /// Its last wrong code locked the cardholder.
    #[n(2)]
    Locked,
    /// The cardholder says that they did not make the purchase.
    #[n(10)]
    FraudReported,
    /// Somebody was told to wait.
    #[cfg(feature = "next-version")]
    #[n(100)]
    Waited,
}

impl EventKind {
    /// Whether the release before does not know this kind.
    fn is_newer(self) -> bool {
        match self {
            Self::Ended(_) | Self::DeliveryFailed(_) | Self::Locked => false,
            Self::FraudReported => true,
            #[cfg(feature = "next-version")]
            Self::Waited => false,
        }
    }
}

/// One thing that happened, in one challenge.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Event {
    /// The event's number, never used again for this cardholder.
    #[n(0)]
    pub number: u32,
    /// What.
    #[n(1)]
    pub kind: EventKind,
    /// In which challenge.
    #[n(2)]
    pub challenge: ChallengeId,
    /// When.
    #[n(3)]
    pub at: Timestamp,
}

/// The events that the Worker has not taken over yet.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct PendingEvents {
    #[n(0)]
    waiting: Vec<Waiting>,
    #[n(1)]
    newest: u32,
    /// Events of kinds that the release before does not know. That release ignores this list, while
    /// an unknown kind in the other one would make the whole state unreadable to it.
    #[cbor(n(2), with = "sparse", has_nil)]
    newer: Vec<Waiting>,
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Waiting {
    #[n(0)]
    event: Event,
    /// When the event is handed out next.
    #[n(1)]
    due: Timestamp,
    /// How often the event was handed out.
    #[n(2)]
    times: u32,
}

/// How much early an alarm may go off: two clocks of the platform differ by less.
pub(super) const EARLY: Duration = Duration::from_secs(1);

/// Sets when an event or a notification that is handed out now for the time after `times` is handed out
/// again, if the Worker has not taken it over. The wait begins with a minute and doubles to about an
/// hour.
pub(super) fn hand_out_again(due: &mut Timestamp, times: &mut u32, now: Timestamp) {
    const FIRST: Duration = Duration::from_secs(60);
    const DOUBLED: u32 = 6;
    *due = now.plus(FIRST * (1 << (*times).min(DOUBLED)));
    *times = times.saturating_add(1);
}

impl PendingEvents {
    /// How many events are handed out at a time.
    const AT_ONCE: usize = 20;

    pub(super) fn push(
        &mut self,
        kind: EventKind,
        challenge: ChallengeId,
        rules: &Rules,
        at: Timestamp,
    ) {
        if !rules.events {
            return;
        }
        self.newest = self.newest.wrapping_add(1);
        let event = Event { number: self.newest, kind, challenge, at };
        let list = if kind.is_newer() { &mut self.newer } else { &mut self.waiting };
        list.push(Waiting { event, due: at, times: 0 });
    }

    /// Whether so many wait that no further challenge is opened before some were taken over. The
    /// state of a cardholder would else grow without end while the queue takes nothing.
    pub(super) fn is_full(&self) -> bool {
        const MOST: usize = 1_000;
        self.waiting.len() + self.newer.len() >= MOST
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.newer.is_empty()
    }

    /// Forgets the events that the Worker has taken over.
    pub(super) fn settle(&mut self, numbers: &[u32]) {
        self.retain(|event| !numbers.contains(&event.number));
    }

    /// Forgets the events whose challenge's record is gone by now, and all events where the
    /// deployment has no queue for them.
    pub(super) fn forget_before(&mut self, now: Timestamp, rules: &Rules) {
        let is_kept = |event: &Event| {
            // The challenge was opened before its event, so its time had run out at the latest one
            // challenge's life after the event.
            now < rules.forgotten_at(event.at.plus(rules.challenge_life))
        };
        self.retain(|event| rules.events && is_kept(event));
    }

    fn retain(&mut self, keeps: impl Fn(&Event) -> bool) {
        self.waiting.retain(|waiting| keeps(&waiting.event));
        self.newer.retain(|waiting| keeps(&waiting.event));
    }

    /// Hands out the events that are due. They stay until they are settled.
    fn hand_out(&mut self, now: Timestamp) -> Vec<Event> {
        let by = now.plus(EARLY);
        let all = self.waiting.iter_mut().chain(&mut self.newer);
        let mut due: Vec<_> = all.filter(|waiting| waiting.due <= by).collect();
        due.sort_by_key(|waiting| waiting.event.number);
        due.into_iter()
            .take(Self::AT_ONCE)
            .map(|waiting| {
                hand_out_again(&mut waiting.due, &mut waiting.times, now);
                waiting.event.clone()
            })
            .collect()
    }
}

impl Cardholder {
    /// Queues an event for every outcome that has none yet, and a notification for every
    /// challenge that is told of. It is part of the same decision as the outcome, so that neither is
    /// stored without the other.
    pub(super) fn note_ends(&mut self, rules: &Rules) {
        let mut told_of = Vec::new();
        for challenge in &mut self.challenges {
            if let Some(outcome) = challenge.outcome.filter(|_| !challenge.outcome_queued) {
                challenge.outcome_queued = true;
                let kind = EventKind::Ended(outcome.status);
                self.events.push(kind, challenge.id.clone(), rules, outcome.at);
                told_of.push((challenge.id.clone(), outcome, challenge.tries));
            }
        }
        for (id, outcome, tries) in told_of {
            if self.is_told_of(outcome.status, tries) {
                self.notify_of_failure(id, rules, outcome.at);
            }
        }
    }

    /// The events to hand out now.
    pub(super) fn wake(&mut self, now: Timestamp) -> Vec<Event> {
        self.events.hand_out(now)
    }

    /// When the object must wake without a request: for the end of an open challenge's time, where
    /// events or notifications tell of it; for an event or a notification that is due; and, in every
    /// deployment, to forget what is over.
    #[must_use]
    pub fn next_wake(&self, rules: &Rules) -> Option<Timestamp> {
        let pending = self.challenges.iter().filter(|c| c.status() == Status::Pending);
        let ends = pending.map(|challenge| challenge.expires_at);
        let due = self.events.waiting.iter().chain(&self.events.newer).map(|waiting| waiting.due);
        let ends = ends.min().filter(|_| rules.events || rules.notifications);
        let events = due.min().filter(|_| rules.events);
        let notifications = self.notifications.due().filter(|_| rules.notifications);
        [ends, events, notifications, self.forgets_at(rules)].into_iter().flatten().min()
    }

    /// The same, as the object plans its alarm.
    pub(crate) fn due(&self, rules: &Rules) -> Due {
        self.next_wake(rules).into()
    }

    /// When the next alarm that forgets is due, for a challenge, an enrollment session, a lock, wrong
    /// codes or a notification that are over by then.
    pub(super) fn forgets_at(&self, rules: &Rules) -> Option<Timestamp> {
        let challenges = self.challenges.iter().map(|challenge| challenge.forgotten_at(rules));
        let sessions = self.sessions.iter().map(Session::forgotten_at);
        let wrong = self.wrong_codes.forgotten_at(rules);
        let notifications = self.notifications.forgotten_at(rules);
        let over = challenges.chain(sessions).chain(self.locked_until).chain(wrong);
        let first = over.chain(notifications).min();
        first.map(|at| at.plus(Self::FORGETS_WITHIN))
    }
}
