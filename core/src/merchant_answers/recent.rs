//! The newest challenges of one merchant, so that its own key can list them. It is a list to look at:
//! of more than one challenge in a second it has one.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{ids::ChallengeId, rules::Rules, test_mode::TestChallengeId, time::Timestamp};

/// How many are kept.
const MOST: usize = 100;

/// How long after one that was noted the next one is. So a merchant's object writes at most one row a
/// second for the list, at any number of challenges.
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
    /// When the create asked.
    #[n(1)]
    pub at: Timestamp,
}

/// The newest challenges, the oldest of them first.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct RecentChallenges(#[n(0)] Vec<RecentChallenge>);

impl RecentChallenges {
    pub(super) fn note(&mut self, id: NotedId, now: Timestamp) {
        let is_too_soon = self.0.last().is_some_and(|newest| now < newest.at.plus(APART));
        if is_too_soon || self.0.iter().any(|noted| noted.id == id) {
            return;
        }
        let surplus = (self.0.len() + 1).saturating_sub(MOST);
        self.0.drain(..surplus);
        self.0.push(RecentChallenge { id, at: now });
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
