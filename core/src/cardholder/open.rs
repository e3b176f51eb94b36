//! Opening a challenge: once for each id, at most `open_challenges` at a time, and refused rather
//! than forgetting an outcome.

use super::{Cardholder, Challenge, Ended, Refusal, Reply, Seconds, Status, decide::Ruled};
use crate::{digest::Digest, ids::ChallengeId, rules::Rules, time::Timestamp};

impl Cardholder {
    /// Opens a challenge whose id is new.
    pub(super) fn open(
        &mut self,
        id: ChallengeId,
        record: Digest,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let via = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?.via(rules);
        self.refuse_locked()?;
        let via = via.ok_or(Refusal::NotEnrolled)?;
        let open = |challenge: &Challenge| challenge.status() == Status::Pending;
        self.refuse_too_many(rules, now)?;
        while self.challenges.iter().filter(|c| open(c)).count() >= rules.open_challenges {
            // A challenge whose form nobody saw is canceled first, so that a merchant who only
            // creates ends nobody's form.
            let unseen = |c: &&mut Challenge| open(c) && c.deliveries_ordered == 0 && !c.shown;
            let oldest = match self.challenges.iter_mut().find(unseen) {
                Some(unseen) => Some(unseen),
                None => self.challenges.iter_mut().find(|c| open(c)),
            };
            match oldest {
                Some(oldest) => oldest.end(Ended::Canceled, now),
                None => break,
            }
        }
        let expires_at = now.plus(rules.challenge_life);
        self.challenges.push(Challenge {
            id,
            record,
            opened_at: now,
            expires_at,
            sends: Vec::new(),
            deliveries_ordered: 0,
            newest_refused: 0,
            tries: 0,
            attempt: None,
            by_app: false,
            outcome: None,
            outcome_queued: false,
            redemption: None,
            shown: false,
            hostname: None,
            fraud_reported_at: None,
            #[cfg(feature = "next-version")]
            told_to_wait: false,
        });
        Ok(Reply::Opened { via, expires_at, status: Status::Pending })
    }

    /// The reply to a caller who opens a challenge again with the same record: how it stands.
    pub(super) fn opened_before(&self, id: &ChallengeId, rules: &Rules) -> Ruled<Reply> {
        let via = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?.via(rules);
        let known = self.challenges.iter().find(|challenge| challenge.id == *id);
        let known = known.ok_or(Refusal::UnknownChallenge)?;
        let via = via.ok_or(Refusal::NotEnrolled)?;
        Ok(Reply::Opened { via, expires_at: known.expires_at, status: known.status() })
    }

    /// Refuses a new challenge when too many ended ones are kept. Merchants may ask for an outcome
    /// until its retention is over, so no outcome is forgotten early to make room.
    fn refuse_too_many(&self, rules: &Rules, now: Timestamp) -> Ruled<()> {
        let ended = self.challenges.iter().filter(|c| c.status() != Status::Pending);
        let mut forgotten: Vec<_> = ended.map(|c| c.forgotten_at(rules)).collect();
        let Some(surplus) = forgotten.len().checked_sub(Self::MOST_ENDED) else { return Ok(()) };
        forgotten.sort_unstable();
        // There is room for the new challenge when the surplus and one more are forgotten.
        let opens = forgotten.get(surplus).copied().unwrap_or(now);
        Err(Refusal::TooManyChallenges(Seconds(opens.seconds_from(now))))
    }
}
