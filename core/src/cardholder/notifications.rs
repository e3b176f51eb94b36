//! Notifications: what the cardholder is told of their own authentication (NIST SP 800-63B-4 §4.6,
//! OWASP ASVS 5.0 §6.3.5 and §6.3.7). A notification is stored in the same save as what caused it,
//! until the Worker has told it. It has no code, and names no destination.
//!
//! Those of one kind to one destination are gathered while they wait. How often a destination takes
//! one is counted by its object, in [`crate::destination`].

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{
    Cardholder, Command, Ended, Refusal, Reply, SessionCommand,
    events::{EARLY, REPEATED, hand_out_again},
    registration::Method,
};
use crate::{
    contact::{Destination, SendChannel},
    ids::ChallengeId,
    locale::Locale,
    optional,
    rules::Rules,
    sparse,
    time::Timestamp,
    totp::SealedSecret,
};

/// What the cardholder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum NotificationKind {
    /// Wrong codes were entered in a challenge, and it ended without success: failed, canceled or
    /// expired. The name is from when only a failed one was told of.
    #[n(0)]
    ChallengeFailed,
    /// Wrong codes keep new challenges out at every merchant: a long wait, or a lock until a sign-in.
    #[n(1)]
    Locked,
    /// Codes come by another channel from now on, or by another app.
    #[n(2)]
    MethodChanged,
    /// An address or number was replaced, removed or added.
    #[n(3)]
    DestinationChanged,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::ChallengeFailed, Self::Locked, Self::MethodChanged, Self::DestinationChanged];

    /// The kind's name in the log, and in the name of its places at a destination.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChallengeFailed => "challenge_failed",
            Self::Locked => "locked",
            Self::MethodChanged => "method_changed",
            Self::DestinationChanged => "destination_changed",
        }
    }
}

/// A notification as the Worker tells it, to one destination. No `Debug`: it holds the destination.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Notification {
    /// The notification's number, never used again for this cardholder.
    #[n(0)]
    pub number: u32,
    /// What happened.
    #[n(1)]
    pub kind: NotificationKind,
    /// Where it is told.
    #[n(2)]
    pub to: Destination,
    /// Whether codes no longer go to this destination.
    #[n(3)]
    pub is_former: bool,
    /// How often it happened since the last one was told; at least 1.
    #[n(4)]
    pub count: u32,
    /// When it happened first of these times.
    #[n(5)]
    pub since: Timestamp,
    /// In which challenge it happened last, if in one.
    #[cbor(n(6), with = "optional", has_nil)]
    pub challenge: Option<ChallengeId>,
    /// The language that the cardholder reads, where that is known here. A challenge's is in its
    /// record.
    #[cbor(n(7), with = "optional", has_nil)]
    pub locale: Option<Locale>,
    /// Whether, when it is told, no time ends the lock, but a sign-in at the member site or the
    /// issuer does.
    #[cbor(n(8), with = "sparse", has_nil)]
    pub sign_in_needed: bool,
}

/// How a notification went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum NotificationReport {
    /// It was sent, or may have been, and said so many times.
    #[n(0)]
    Told(#[n(0)] u32),
    /// The destination takes none before this time. What happens until then is told with it.
    #[n(1)]
    Later(#[n(0)] Timestamp),
    /// Nobody took it. It is handed out again.
    #[n(2)]
    NotTaken,
    /// The destination takes no messages at all. It is not told there.
    #[n(3)]
    Unreachable,
}

/// The notifications that wait to be told.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Notifications {
    #[n(0)]
    waiting: Vec<Waiting>,
    #[n(1)]
    newest: u32,
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Waiting {
    #[n(0)]
    number: u32,
    #[n(1)]
    kind: NotificationKind,
    #[n(2)]
    to: Destination,
    #[n(3)]
    count: u32,
    #[n(4)]
    since: Timestamp,
    /// When it happened last.
    #[n(5)]
    last: Timestamp,
    #[cbor(n(6), with = "optional", has_nil)]
    challenge: Option<ChallengeId>,
    #[cbor(n(7), with = "optional", has_nil)]
    locale: Option<Locale>,
    /// When it is handed out next.
    #[n(8)]
    due: Timestamp,
    /// How often it was handed out since it was last put off.
    #[n(9)]
    times: u32,
}

impl Waiting {
    /// When it is forgotten if nobody takes it: at once where the deployment tells none.
    fn forgotten_at(&self, rules: &Rules) -> Timestamp {
        if rules.notifications { self.last.plus(Notifications::KEPT) } else { self.last }
    }
}

/// What happened, and to whom it is told.
struct Happened {
    kind: NotificationKind,
    challenge: Option<ChallengeId>,
    locale: Option<Locale>,
    at: Timestamp,
}

impl Notifications {
    /// How long after it happened last a notification is kept that nobody takes: longer than a
    /// destination's day of notifications, for which one may have to wait.
    const KEPT: Duration = Duration::from_secs(2 * 86_400);

    /// How many wait at most. A destination that is replaced again and again leaves one each time.
    const MOST: usize = 20;

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn note(&mut self, happened: &Happened, to: Destination) {
        let same = |waiting: &&mut Waiting| waiting.kind == happened.kind && waiting.to == to;
        if let Some(waiting) = self.waiting.iter_mut().find(same) {
            waiting.count = waiting.count.saturating_add(1);
            waiting.last = happened.at;
            waiting.challenge.clone_from(&happened.challenge);
            waiting.locale = happened.locale;
            return;
        }
        if self.waiting.len() >= Self::MOST {
            return;
        }
        self.newest = self.newest.wrapping_add(1);
        self.waiting.push(Waiting {
            number: self.newest,
            kind: happened.kind,
            to,
            count: 1,
            since: happened.at,
            last: happened.at,
            challenge: happened.challenge.clone(),
            locale: happened.locale,
            due: happened.at,
            times: 0,
        });
    }

    /// Forgets those that nobody took in time, and all where the deployment tells none.
    pub(super) fn forget_before(&mut self, now: Timestamp, rules: &Rules) {
        self.waiting.retain(|waiting| now < waiting.forgotten_at(rules));
    }

    /// When the first one is forgotten that nobody takes.
    pub(super) fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.waiting.iter().map(|waiting| waiting.forgotten_at(rules)).min()
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// Hands out the numbers of those that are due. They stay until they are told.
    pub(super) fn hand_out(&mut self, now: Timestamp) -> Vec<u32> {
        let by = now.plus(EARLY);
        let due = self.waiting.iter_mut().filter(|waiting| waiting.due <= by);
        due.map(|waiting| {
            hand_out_again(&mut waiting.due, &mut waiting.times, REPEATED, now);
            waiting.number
        })
        .collect()
    }

    fn report(&mut self, number: u32, report: NotificationReport) {
        let found = self.waiting.iter().position(|waiting| waiting.number == number);
        let Some(index) = found else { return };
        let Some(waiting) = self.waiting.get_mut(index) else { return };
        match report {
            NotificationReport::Told(count) if count < waiting.count => {
                // What happened while it was being told is told with the next.
                waiting.count -= count;
                waiting.since = waiting.last;
            }
            NotificationReport::Told(_) | NotificationReport::Unreachable => {
                self.waiting.remove(index);
            }
            NotificationReport::Later(until) => (waiting.due, waiting.times) = (until, 0),
            NotificationReport::NotTaken => {}
        }
    }
}

/// What a decision can change that the cardholder is told of: looked at before and after it.
pub(super) enum Noticeable {
    /// Nothing, or nobody is told.
    Nothing,
    /// What keeps every new challenge out, if something does.
    Lock(Option<Refusal>),
    /// Where codes go and how, once the cardholder is registered.
    Enrollment(Option<(Vec<Destination>, Option<ChosenMethod>)>),
}

#[derive(PartialEq, Eq)]
pub(super) enum ChosenMethod {
    Sends(SendChannel),
    App(SealedSecret),
}

impl Cardholder {
    pub(super) fn noticeable(&self, about: &About, rules: &Rules) -> Noticeable {
        match about {
            _ if !rules.notifications => Noticeable::Nothing,
            About::Nothing => Noticeable::Nothing,
            About::Challenge(_) => Noticeable::Lock(self.locked(rules)),
            About::Enrollment(_) => Noticeable::Enrollment(self.known.as_ref().map(|known| {
                let method = known.method.as_ref().map(|method| match method {
                    Method::Email => ChosenMethod::Sends(SendChannel::Email),
                    Method::Sms => ChosenMethod::Sends(SendChannel::Sms),
                    Method::App(app) => ChosenMethod::App(app.sealed.clone()),
                });
                (self.destinations(|_| true), method)
            })),
        }
    }

    /// Notes what a decision changed: a lock that a wrong code began, and a change of destinations or
    /// method. A first registration is no change, and neither is an erasure.
    pub(super) fn notify_of_changes(
        &mut self,
        before: &Noticeable,
        about: &About,
        rules: &Rules,
        now: Timestamp,
    ) {
        let happened = |kind, locale| Happened { kind, challenge: None, locale, at: now };
        match (before, self.noticeable(about, rules), about) {
            (Noticeable::Lock(before), Noticeable::Lock(after), About::Challenge(id)) => {
                // A lock that time ends can become one that only a sign-in ends.
                let begins = after.is_some() && before.is_none();
                let needs_sign_in = |lock| lock == Some(Refusal::SignInNeeded);
                if begins || needs_sign_in(after) && !needs_sign_in(*before) {
                    let locked = happened(NotificationKind::Locked, None);
                    let locked = Happened { challenge: Some(id.clone()), ..locked };
                    self.notify(&locked, Vec::new(), rules);
                }
            }
            (
                Noticeable::Enrollment(Some((destinations, method))),
                Noticeable::Enrollment(Some((destinations_after, method_after))),
                About::Enrollment(locale),
            ) => {
                if *destinations != destinations_after {
                    let mut former = destinations.clone();
                    former.retain(|to| rules.notifies_former && !destinations_after.contains(to));
                    let changed = happened(NotificationKind::DestinationChanged, *locale);
                    self.notify(&changed, former, rules);
                }
                if *method != method_after {
                    let changed = happened(NotificationKind::MethodChanged, *locale);
                    self.notify(&changed, Vec::new(), rules);
                }
            }
            _ => {}
        }
    }

    /// Whether a challenge that ended so, after so many tries, is told of. A single wrong code is
    /// not: the cardholder mistypes, too. Whoever guesses once in each of many challenges is, by the
    /// row.
    pub(super) fn is_told_of(&self, ended: Ended, tries: u32) -> bool {
        match ended {
            Ended::Verified => false,
            Ended::Failed => true,
            Ended::Canceled | Ended::Expired => 0 < tries && 2 <= tries.max(self.failures),
        }
    }

    /// Notes that wrong codes were entered in a challenge that ended.
    pub(super) fn notify_of_failure(&mut self, id: ChallengeId, rules: &Rules, at: Timestamp) {
        let kind = NotificationKind::ChallengeFailed;
        let happened = Happened { kind, challenge: Some(id), locale: None, at };
        self.notify(&happened, Vec::new(), rules);
    }

    /// Notes what happened for `former` destinations, and for every registered one that this
    /// deployment can send to.
    fn notify(&mut self, happened: &Happened, former: Vec<Destination>, rules: &Rules) {
        if !rules.notifications {
            return;
        }
        let reached =
            |to: &Destination| rules.available.has(to.channel().into()) && rules.may_send_to(to);
        // A former destination first: it is the one that a thief does not read.
        for to in former.into_iter().chain(self.destinations(|_| true)).filter(reached) {
            self.notifications.note(happened, to);
        }
    }

    fn needs_sign_in(&self, rules: &Rules) -> bool {
        self.locked(rules) == Some(Refusal::SignInNeeded)
    }

    /// The notification of this number, to be told now; [`Reply::Settled`] when it waits no more.
    pub(super) fn notification(&self, number: u32, rules: &Rules) -> Reply {
        let waiting = self.notifications.waiting.iter().find(|waiting| waiting.number == number);
        let Some(waiting) = waiting else { return Reply::Settled };
        Reply::Notification(Notification {
            number,
            kind: waiting.kind,
            to: waiting.to.clone(),
            is_former: !self.destinations(|_| true).contains(&waiting.to),
            count: waiting.count,
            since: waiting.since,
            challenge: waiting.challenge.clone(),
            locale: waiting.locale,
            sign_in_needed: waiting.kind == NotificationKind::Locked && self.needs_sign_in(rules),
        })
    }

    pub(super) fn notified(&mut self, number: u32, report: NotificationReport) -> Reply {
        self.notifications.report(number, report);
        Reply::Settled
    }

    /// What a command can change that is told of.
    pub(super) fn about(&self, command: &Command) -> About {
        match command {
            Command::Challenge { id, .. } => About::Challenge(id.clone()),
            Command::Register(_) => About::Enrollment(None),
            Command::Enrollment { session, command: SessionCommand::Change { .. } } => {
                About::Enrollment(self.session_locale(session))
            }
            Command::Enrollment { .. }
            | Command::Describe
            | Command::Unlock
            | Command::Challenges
            | Command::Forget
            | Command::Wake
            | Command::Settled(_)
            | Command::AddCard(_)
            | Command::RemoveCard(_)
            | Command::ExpectPurchase(_)
            | Command::ExpectNothing
            | Command::Audit { .. }
            | Command::Notify(_)
            | Command::Notified(..) => About::Nothing,
        }
    }
}

/// What a command can change that the cardholder is told of.
pub(super) enum About {
    Nothing,
    /// A wrong code of this challenge can begin a lock. A right one of an app can seal the app's secret
    /// anew, which is no change of the enrollment.
    Challenge(ChallengeId),
    /// Destinations and method, by a page in this language if by one.
    Enrollment(Option<Locale>),
}
