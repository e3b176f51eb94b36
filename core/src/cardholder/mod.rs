//! One cardholder's state and the one function that changes it.
//!
//! [`Cardholder::decide`] is pure. Its caller, the Worker's cardholder object, loads the state,
//! calls it, saves the new state, and only then answers. [`Command`] and [`Reply`] are the whole
//! protocol with that object.

mod admission;
mod alarm;
mod audit;
mod authenticators;
mod challenge;
mod command;
mod decide;
mod deliver;
mod delivery;
mod events;
mod expected_purchase;
mod known_ends;
mod known_networks;
#[cfg(feature = "next-version")]
mod next_version;
mod notifications;
mod open;
mod registration;
mod reply;
mod sessions;
mod status;
mod test_course;
#[cfg(test)]
mod tests;
mod three_ds;
mod verify;
mod view;
mod wrong_codes;

pub use audit::{AuditedSend, ChallengeAudit, RefusedByRule};
pub use authenticators::{AuthenticatorRecord, BoundBy, Chosen};
pub use command::{AppProof, ChallengeCommand, Choice, Command, Idempotency, SessionCommand};
pub use delivery::{DeliveryOrder, DeliveryReport, DeliveryState, Places, ProviderId};
pub use events::{DueEvent, Event, EventFacts, EventKind, Teller};
pub use expected_purchase::{EXPECTED_FOR, ExpectedPurchase};
pub use known_ends::{KnownEnds, Post};
pub use notifications::{Notification, NotificationKind, NotificationReport};
pub use registration::{Changes, Description, Registration};
pub use reply::{Refusal, Refused, Reply, Seconds, TriesLeft};
pub use sessions::{SessionEnd, SessionState, SessionView};
pub use status::{Ended, Outcome, Status};
pub use three_ds::{
    Conclusion, FIRST_REQUEST, LONGEST_THREE_DS, MOST_CARDS, PAGE, Pinned, Telling, ThreeDsView,
};
pub use view::View;

use std::time::Duration;

use authenticators::AuthenticatorRecords;
use challenge::Challenge;
use events::PendingEvents;
use known_networks::KnownNetworks;
use minicbor::{Decode, Encode};
use notifications::Notifications;
use registration::StoredRegistration;
use sessions::Session;
use wrong_codes::WrongCodes;

use crate::{
    digest::Digest, ids::ChallengeId, optional, rules::Rules, sparse,
    test_cardholder::TestCardholder, time::Timestamp,
};

/// Everything that must be exact about one cardholder. Stored as a whole after every decision that
/// changed it.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cardholder {
    #[cbor(n(0), with = "optional", has_nil)]
    known: Option<StoredRegistration>,
    #[n(1)]
    sessions: Vec<Session>,
    #[n(2)]
    challenges: Vec<Challenge>,
    #[n(3)]
    events: PendingEvents,
    /// Wrong codes in a row over all challenges. A verified challenge ends the row, and one that the
    /// owner let in.
    #[n(4)]
    failures: u32,
    /// Until when a version before `wrong_codes` locked the cardholder. [`Self::settle`] removes a
    /// time that is past.
    #[cbor(n(5), with = "optional", has_nil)]
    locked_until: Option<Timestamp>,
    /// What the cardholder is to be told.
    #[cbor(n(10), with = "sparse", has_nil)]
    notifications: Notifications,
    /// Every authenticator that was ever bound, and who did it.
    #[cbor(n(11), with = "sparse", has_nil)]
    authenticators: AuthenticatorRecords,
    #[cbor(n(6), default)]
    wrong_codes: WrongCodes,
    /// When the alarm goes off that was set last, as far as that was known with the newest save. No
    /// rule reads it. `None` from a version before this field.
    #[cbor(n(12), with = "optional", has_nil)]
    alarm: Option<Timestamp>,
    /// The test cardholder who acts, in the object of a test challenge. `known` is then empty where
    /// the state is stored.
    #[cbor(n(13), with = "optional", has_nil)]
    test: Option<TestCardholder>,
    /// The digests of the cards by which a directory server asks for the cardholder.
    #[cbor(n(14), with = "sparse", has_nil)]
    cards: Vec<Digest>,
    /// The networks from which the cardholder verified lately.
    #[cbor(n(15), with = "sparse", has_nil)]
    known_networks: KnownNetworks,
    /// What the owner said at the member site that they are about to pay.
    #[cbor(n(16), with = "optional", has_nil)]
    expected: Option<ExpectedPurchase>,
}

impl Cardholder {
    /// How many challenges of one cardholder are kept. Without this bound, merchants that create
    /// without end would make the state grow without end.
    const MOST_KEPT: usize = 220;

    /// From how many open ones on one of them ends for a new one.
    const MOST_OPEN: usize = 200;

    /// How long after its retention a challenge, a session or a lock is still stored where no
    /// command comes, so that one alarm forgets everything that is over within this time. A command
    /// finds none of it, because every decision settles first.
    const FORGETS_WITHIN: Duration = Duration::from_secs(600);

    /// Whether an app makes the cardholder's codes.
    fn uses_app(&self) -> bool {
        self.known.as_ref().is_some_and(StoredRegistration::uses_app)
    }

    /// The kept challenge of this id. The newest are looked at first: they are asked for most.
    fn kept(&self, id: &ChallengeId) -> Option<&Challenge> {
        self.challenges.iter().rfind(|challenge| challenge.id == *id)
    }

    fn challenge(&mut self, id: &ChallengeId) -> Option<&mut Challenge> {
        self.challenges.iter_mut().rfind(|challenge| challenge.id == *id)
    }

    /// Ends the challenges and the lock whose time is over, and forgets the challenges, sessions,
    /// events and marks whose retention is over.
    fn settle(&mut self, rules: &Rules, now: Timestamp) {
        self.wrong_codes.settle(rules, now);
        self.known_networks.settle(now);
        self.expected = self.expected.filter(|expected| now < expected.until);
        if self.locked_until.is_some_and(|until| until <= now) {
            self.locked_until = None;
            self.failures = 0;
        }
        for challenge in &mut self.challenges {
            challenge.expire(now);
        }
        self.note_ends(rules);
        // All have ended by then: a challenge's time runs out before it is forgotten.
        self.challenges.retain(|challenge| now < challenge.forgotten_at(rules));
        self.sessions.retain(|session| now < session.forgotten_at());
        self.events.forget_before(now, rules);
        self.notifications.forget_before(now, rules);
    }

    fn describe(&self, rules: &Rules) -> Option<Description> {
        let (authenticators, cards) = (self.described_authenticators(), self.cards.clone());
        let description = Description::of(self.known.as_ref()?, rules, self.locked(rules));
        let expected = self.expected;
        Some(Description { authenticators, cards, expected, ..description })
    }

    fn view(&self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Option<View> {
        let challenge = self.kept(id)?;
        Some(self.view_of(challenge, rules, now))
    }

    fn view_of(&self, challenge: &Challenge, rules: &Rules, now: Timestamp) -> View {
        let kept_out = self.kept_out(challenge, rules, now);
        challenge.view(self.known.as_ref(), kept_out, rules, now)
    }
}
