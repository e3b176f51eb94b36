//! Events, which merchant and issuer are told. An event is stored in the same save as what
//! happened, until the Worker has taken it over.
//!
//! Whoever asked for what happened is handed the event with the reply, and tells it at once. The
//! alarm hands out what was not taken over then, and what happened although nobody asked.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{Cardholder, Challenge, ChallengeAudit, Ended, Status, View, sessions::Session};
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
    /// A directory server's challenge has a result, which the directory server is told.
    #[n(11)]
    ThreeDsResult,
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
            Self::FraudReported | Self::ThreeDsResult => true,
            #[cfg(feature = "next-version")]
            Self::Waited => false,
        }
    }

    /// Whether it is what a directory server is told.
    fn is_result(self) -> bool {
        self == Self::ThreeDsResult
    }

    /// Whether it is handed out with a reply. A Worker of the release before could not tell a kind that
    /// it does not know; in the queue that kind waits for a version that does.
    fn comes_with_replies(self) -> bool {
        match self {
            Self::Ended(_)
            | Self::DeliveryFailed(_)
            | Self::Locked
            | Self::FraudReported
            | Self::ThreeDsResult => true,
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
    /// Whether it is of a test challenge. Noted when it is handed out.
    #[cbor(n(4), with = "sparse", has_nil)]
    pub test: bool,
}

/// An event that is handed out with a reply, and what is told of its challenge, so that the object
/// need not be asked for that.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DueEvent {
    /// What happened.
    #[n(0)]
    pub event: Event,
    /// How its challenge stands.
    #[n(1)]
    pub facts: EventFacts,
}

/// What is told of the challenge of an event. No `Debug`: a view can hold the personal message.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum EventFacts {
    /// Of one that may go on: how it stands. After a lock, until when the cardholder is locked.
    #[n(0)]
    Seen(#[n(0)] View),
    /// Of one that ended.
    #[n(1)]
    Audited(#[n(0)] ChallengeAudit),
}

impl EventFacts {
    /// How the challenge stands.
    #[must_use]
    pub fn view(&self) -> &View {
        match self {
            Self::Seen(view) => view,
            Self::Audited(audit) => &audit.view,
        }
    }
}

/// Who is handed the events that a command finds due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Teller {
    /// Nobody before the alarm. It is set for at once.
    #[default]
    #[n(0)]
    Alarm,
    /// The caller of the command, with the reply.
    #[n(1)]
    Caller,
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

/// How long after a challenge was opened its object is woken to see whether what happened in it was
/// told. Most challenges have ended by then, so that this alarm is the only one of a purchase, and
/// the next one is the one that forgets.
const LOOKED_AFTER: Duration = Duration::from_secs(180);

/// How late an event may be handed out again, so that no alarm has to be set for it where one goes
/// off by then.
const LATE: Duration = Duration::from_secs(120);

/// How long an event or a notification that was handed out waits first, and how often that doubles.
pub(super) struct Backoff {
    first: Duration,
    doubled: u32,
}

/// From a minute to about an hour.
pub(super) const REPEATED: Backoff = Backoff { first: Duration::from_secs(60), doubled: 6 };

/// The result of a directory server's challenge: from 10 seconds (EMV 3-D Secure 2.2.0, Req 240) to
/// about an hour.
const RESULT_REPEATED: Backoff = Backoff { first: Duration::from_secs(10), doubled: 8 };

/// Sets when an event or a notification that is handed out now for the time after `times` is handed out
/// again, if the Worker has not taken it over.
pub(super) fn hand_out_again(
    due: &mut Timestamp,
    times: &mut u32,
    Backoff { first, doubled }: Backoff,
    now: Timestamp,
) {
    *due = now.plus(first * (1 << (*times).min(doubled)));
    *times = times.saturating_add(1);
}

impl PendingEvents {
    /// How many events are handed out at a time.
    const AT_ONCE: usize = 20;

    /// How many are handed out with one reply. Each is posted to three receivers at most, and what
    /// runs after an answer may make only so many requests.
    const WITH_A_REPLY: usize = 5;

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
        let event = Event { number: self.newest, kind, challenge, at, test: false };
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

    /// The challenges whose results these events are.
    pub(super) fn results<'a>(
        &'a self,
        numbers: &'a [u32],
    ) -> impl Iterator<Item = ChallengeId> + 'a {
        let all = self.waiting.iter().chain(&self.newer).map(|waiting| &waiting.event);
        all.filter(|event| event.kind.is_result() && numbers.contains(&event.number))
            .map(|event| event.challenge.clone())
    }

    /// Forgets the events that the Worker has taken over.
    pub(super) fn settle(&mut self, numbers: &[u32]) {
        self.retain(|event| !numbers.contains(&event.number));
    }

    /// Forgets the events that are a challenge's life and the retention old, and all events where the
    /// deployment has no queue for them.
    pub(super) fn forget_before(&mut self, now: Timestamp, rules: &Rules) {
        let is_kept = |event: &Event| {
            // A merchant's challenge was opened before its event, so it has run out one challenge's life
            // after the event at the latest. A directory server's can be open for 90 minutes: where that
            // is longer, its events are forgotten before its record.
            now < rules.forgotten_at(event.at.plus(rules.challenge_life))
        };
        self.retain(|event| rules.events && is_kept(event));
    }

    fn retain(&mut self, keeps: impl Fn(&Event) -> bool) {
        self.waiting.retain(|waiting| keeps(&waiting.event));
        self.newer.retain(|waiting| keeps(&waiting.event));
    }

    /// When the object must be woken for an event: at the first of these times, or by the second one
    /// where an alarm is set already.
    fn due(&self) -> Option<(Timestamp, Timestamp)> {
        let all = || self.waiting.iter().chain(&self.newer);
        let latest = all().map(|waiting| match (waiting.times, waiting.event.kind) {
            (0, _) | (_, EventKind::ThreeDsResult) => waiting.due,
            _ => waiting.due.plus(LATE),
        });
        all().map(|waiting| waiting.due).min().zip(latest.min())
    }

    /// Hands out so many of the events that are due and meant. They stay until they are settled.
    fn hand_out(
        &mut self,
        most: usize,
        is_meant: impl Fn(&Event) -> bool,
        now: Timestamp,
    ) -> Vec<Event> {
        let by = now.plus(EARLY);
        let all = self.waiting.iter_mut().chain(&mut self.newer);
        let is_due = |waiting: &&mut Waiting| waiting.due <= by && is_meant(&waiting.event);
        let mut due: Vec<_> = all.filter(is_due).collect();
        // Somebody waits for a result.
        due.sort_by_key(|waiting| (!waiting.event.kind.is_result(), waiting.event.number));
        due.into_iter()
            .take(most)
            .map(|waiting| {
                let backoff = match waiting.event.kind.is_result() {
                    true => RESULT_REPEATED,
                    false => REPEATED,
                };
                hand_out_again(&mut waiting.due, &mut waiting.times, backoff, now);
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
        self.conclude(rules);
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

    /// Forgets the events of these numbers, which were taken over.
    pub(crate) fn take_over(&mut self, numbers: &[u32]) {
        self.note_told(numbers);
        self.events.settle(numbers);
    }

    /// The events to hand out now.
    pub(super) fn wake(&mut self, now: Timestamp) -> Vec<Event> {
        let events = self.events.hand_out(PendingEvents::AT_ONCE, |_| true, now);
        events.into_iter().map(|event| Event { test: self.test.is_some(), ..event }).collect()
    }

    /// The events that the caller of a command is handed after its decision, with what is told of
    /// them. One whose challenge is kept no more waits for the alarm, and so does a new kind.
    #[must_use]
    pub fn hand_out_with_reply(&mut self, rules: &Rules, now: Timestamp) -> Vec<DueEvent> {
        match self.test {
            Some(test) => self.act(test, rules, |state, rules| state.handed_out(rules, now)),
            None => self.handed_out(rules, now),
        }
    }

    fn handed_out(&mut self, rules: &Rules, now: Timestamp) -> Vec<DueEvent> {
        let challenges = &self.challenges;
        let is_meant = |event: &Event| {
            event.kind.comes_with_replies()
                && challenges.iter().any(|kept| kept.id == event.challenge)
        };
        let events = self.events.hand_out(PendingEvents::WITH_A_REPLY, is_meant, now);
        let with_facts = |event: Event| {
            let facts = self.facts(&event, rules, now)?;
            Some(DueEvent { event: Event { test: self.test.is_some(), ..event }, facts })
        };
        events.into_iter().filter_map(with_facts).collect()
    }

    fn facts(&self, event: &Event, rules: &Rules, now: Timestamp) -> Option<EventFacts> {
        let id = &event.challenge;
        // The personal message is shown in the form alone.
        let seen = || Some(View { personal_message: None, ..self.view(id, rules, now)? });
        Some(match event.kind {
            EventKind::Ended(_) => EventFacts::Audited(self.audit(id, rules, now)?),
            EventKind::DeliveryFailed(_) | EventKind::FraudReported | EventKind::ThreeDsResult => {
                EventFacts::Seen(seen()?)
            }
            #[cfg(feature = "next-version")]
            EventKind::Waited => EventFacts::Seen(seen()?),
            // A lock is the cardholder's, and the challenge in which it began has often ended.
            EventKind::Locked => {
                let locked_until = self.describe(rules).and_then(|known| known.locked_until);
                EventFacts::Seen(View { locked_until, ..seen()? })
            }
        })
    }

    /// When the object must wake without a request: for the end of an open challenge's time, where
    /// events or notifications tell of it; for an event or a notification that is due; and, in every
    /// deployment, to forget what is over.
    #[must_use]
    pub fn next_wake(&self, rules: &Rules) -> Option<Timestamp> {
        let event = self.events.due().filter(|_| rules.events).map(|(at, _)| at);
        self.wakes_but_for_events(rules).into_iter().chain([event]).flatten().min()
    }

    fn wakes_but_for_events(&self, rules: &Rules) -> [Option<Timestamp>; 3] {
        let ends = self.pending().map(|challenge| challenge.expires_at).min();
        let notification = self.notifications.due().filter(|_| rules.notifications);
        let is_told = rules.events || rules.notifications;
        [ends.filter(|_| is_told), notification, self.forgets_at(rules)]
    }

    /// The same, as the object plans its alarm: it is also woken to look after what was lately opened,
    /// and an event that was handed out may come again a little late.
    pub(crate) fn due(&self, rules: &Rules, now: Timestamp) -> Due {
        let looks = self.pending().map(|challenge| challenge.opened_at.plus(LOOKED_AFTER));
        let looks = looks.filter(|at| rules.events && now.plus(EARLY) < *at).min();
        let [ends, notification, forgets] = self.wakes_but_for_events(rules);
        let first = |event| [looks, ends, notification, forgets, event].into_iter().flatten().min();
        let (at, latest) = self.events.due().filter(|_| rules.events).unzip();
        match first(at).zip(first(latest)) {
            Some((at, latest)) if at < latest => Due::Within(at, latest),
            Some((at, _)) => Due::At(at),
            None => Due::Never,
        }
    }

    /// Whether the event of this number tells of a challenge whose attestation was not redeemed yet and
    /// can be. Not an event that was handed out twice: nobody came to redeem.
    pub(crate) fn is_about_to_be_redeemed(
        &self,
        number: u32,
        rules: &Rules,
        now: Timestamp,
    ) -> bool {
        let mut waiting = self.events.waiting.iter();
        let challenge = waiting
            .find(|waiting| waiting.event.number == number && waiting.times == 1)
            .and_then(|waiting| self.kept(&waiting.event.challenge));
        challenge.is_some_and(|challenge| {
            challenge.redemption.is_none() && challenge.redeemable(rules, now)
        })
    }

    fn pending(&self) -> impl Iterator<Item = &Challenge> {
        self.challenges.iter().filter(|challenge| challenge.status() == Status::Pending)
    }

    /// When the next alarm that forgets is due, for a challenge, an enrollment session, a lock, wrong
    /// codes, a notification, an expected purchase or a known network that are over by then.
    pub(super) fn forgets_at(&self, rules: &Rules) -> Option<Timestamp> {
        let challenges = self.challenges.iter().map(|challenge| challenge.forgotten_at(rules));
        let sessions = self.sessions.iter().map(Session::forgotten_at);
        let wrong = self.wrong_codes.forgotten_at(rules);
        let notifications = self.notifications.forgotten_at(rules);
        let expected = self.expected.map(|expected| expected.until);
        let networks = self.known_networks.forgotten_at();
        let over = challenges.chain(sessions).chain(self.locked_until).chain(wrong);
        let first = over.chain(notifications).chain(expected).chain(networks).min();
        first.map(|at| at.plus(Self::FORGETS_WITHIN))
    }
}
