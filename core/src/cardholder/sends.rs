//! The history of sends to each destination, over all challenges.

use serde::{Deserialize, Serialize};

use crate::{
    contact::Destination,
    ids::ChallengeId,
    rules::{Quota, Rules},
    time::Timestamp,
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    of: ChallengeId,
    to: Destination,
    at: Timestamp,
}

/// Which destination got a code when; as far back as a quota reaches.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct SendLog(Vec<Entry>);

impl SendLog {
    /// Notes a send.
    pub(super) fn add(&mut self, of: ChallengeId, to: Destination, at: Timestamp) {
        self.0.push(Entry { of, to, at });
    }

    /// Takes back a send that no provider accepted; where it was to go, as long as a quota counts
    /// it.
    pub(super) fn take_back(&mut self, of: &ChallengeId, at: Timestamp) -> Option<Destination> {
        let same = |entry: &Entry| entry.of == *of && entry.at == at;
        let index = self.0.iter().rposition(same)?;
        Some(self.0.remove(index).to)
    }

    /// When the next send to `to` is allowed; `None` for at once.
    pub(super) fn blocked_until(
        &self,
        to: &Destination,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let opens = |quota: &Quota| {
            let recent: Vec<_> = self
                .0
                .iter()
                .filter(|entry| entry.to == *to && entry.at.plus(quota.window) > now)
                .map(|entry| entry.at)
                .collect();
            // The window frees a place when the oldest of the last `count` sends leaves it.
            let oldest = recent.len().checked_sub(quota.count)?;
            recent.get(oldest).map(|at| at.plus(quota.window))
        };
        [&rules.destination_burst, &rules.destination_day].into_iter().filter_map(opens).max()
    }

    /// Forgets what no quota counts any more.
    pub(super) fn forget_before(&mut self, now: Timestamp, rules: &Rules) {
        let longest = rules.destination_day.window.max(rules.destination_burst.window);
        self.0.retain(|entry| entry.at.plus(longest) > now);
    }
}
