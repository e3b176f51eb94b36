//! The newest challenges of one merchant, so that its own key can list them. It is a list to look at:
//! of more than one live challenge in a second it has one.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{ids::ChallengeId, rules::Rules, test_mode::TestChallengeId, time::Timestamp};

/// How many are kept.
const MOST: usize = 100;

/// How long after a live one that was noted the next one is. So a merchant's object writes at most one
/// row a second for the list, at any number of challenges.
const APART: Duration = Duration::from_secs(1);

/// The id of a challenge as it is noted: of a live one, or of a test in the object that has tests.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct NotedId(#[n(0)] String);

impl NotedId {
    /// Of a live challenge.
    #[must_use]
    pub fn live(id: &ChallengeId) -> Self {
        Self(id.as_str().to_owned())
    }

    /// Of a test challenge.
    #[must_use]
    pub fn test(id: &TestChallengeId) -> Self {
        Self(id.as_str().to_owned())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A challenge that a merchant created lately.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecentChallenge {
    /// Which.
    #[n(0)]
    pub id: NotedId,
    /// When it was created, give or take what keeps two apart.
    #[n(1)]
    pub at: Timestamp,
}

/// The newest challenges, the oldest of them first.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct RecentChallenges(#[n(0)] Vec<RecentChallenge>);

impl RecentChallenges {
    /// Notes a live challenge, if the one before is old enough.
    pub(super) fn note_live(&mut self, id: NotedId, now: Timestamp) {
        let free_at = self.0.last().map(|newest| newest.at.plus(APART));
        if free_at.is_none_or(|free_at| free_at <= now) {
            self.note(id, now);
        }
    }

    /// Notes a challenge, at a time that no other one has: a page goes on behind a time.
    pub(super) fn note(&mut self, id: NotedId, now: Timestamp) {
        if self.0.iter().any(|noted| noted.id == id) {
            return;
        }
        let next = self.0.last().map(|newest| newest.at.plus(Duration::from_millis(1)));
        let at = next.map_or(now, |next| next.max(now));
        let surplus = (self.0.len() + 1).saturating_sub(MOST);
        self.0.drain(..surplus);
        self.0.push(RecentChallenge { id, at });
    }

    pub(super) fn drop(&mut self, ids: &[NotedId]) {
        self.0.retain(|noted| !ids.contains(&noted.id));
    }

    pub(super) fn newest_first(&self) -> Vec<RecentChallenge> {
        self.0.iter().rev().cloned().collect()
    }

    /// Forgets the challenges whose records are gone.
    pub(super) fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.0.retain(|noted| now < gone_at(noted, rules));
    }

    /// When the last of them is forgotten.
    pub(super) fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.0.iter().map(|noted| gone_at(noted, rules)).max()
    }
}

fn gone_at(noted: &RecentChallenge, rules: &Rules) -> Timestamp {
    rules.forgotten_at(noted.at.plus(rules.challenge_life))
}
