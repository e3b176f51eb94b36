//! Opening a challenge: once for each id, and once for each idempotency key while it is kept. How
//! many are kept is bounded, and room for a new one is made of what matters least.
//!
//! A challenge counts nowhere before its form is shown. So a merchant that creates without end takes
//! nothing from the cardholder.

use std::collections::BTreeMap;

use super::{
    Cardholder, Challenge, Ended, Idempotency, Refusal, Reply, Seconds, Status, audit::Trail,
    decide::Ruled,
};
use crate::{
    digest::Digest,
    ids::{ChallengeId, MerchantId},
    rules::Rules,
    time::Timestamp,
};

/// A challenge that a merchant opens.
pub(super) struct Opening {
    pub(super) id: ChallengeId,
    pub(super) record: Digest,
    pub(super) merchant: Option<MerchantId>,
    pub(super) idempotency: Option<Idempotency>,
}

impl Cardholder {
    /// Opens a challenge whose id is new, or finds the one that was opened under the same
    /// idempotency key.
    pub(super) fn open(&mut self, opening: Opening, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        let Opening { id, record, merchant, idempotency } = opening;
        let known = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let via = known.via(rules).ok_or(Refusal::NotEnrolled)?;
        if let Some(Idempotency { key, request }) = idempotency {
            let same = |challenge: &&Challenge| challenge.idempotency.is_some_and(|i| i.key == key);
            if let Some(first) = self.challenges.iter().find(same) {
                if first.idempotency.is_some_and(|first| first.request == request) {
                    let id = first.id.clone();
                    return self.opened_before(&id, rules);
                }
                return Err(Refusal::RecordConflict);
            }
        }
        self.make_room(rules, now)?;
        let expires_at = now.plus(rules.challenge_life);
        let opened = Reply::Opened {
            via,
            expires_at,
            status: Status::Pending,
            id: Some(id.clone()),
            opened_at: Some(now),
        };
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
            merchant,
            admission: None,
            known_browser: false,
            released: false,
            idempotency,
            destination_since: None,
            trail: Trail::default(),
            #[cfg(feature = "next-version")]
            told_to_wait: false,
        });
        Ok(opened)
    }

    /// The reply to a caller who opens a challenge again: how it stands.
    pub(super) fn opened_before(&self, id: &ChallengeId, rules: &Rules) -> Ruled<Reply> {
        let via = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?.via(rules);
        let known = self.challenges.iter().find(|challenge| challenge.id == *id);
        let known = known.ok_or(Refusal::UnknownChallenge)?;
        let via = via.ok_or(Refusal::NotEnrolled)?;
        Ok(Reply::Opened {
            via,
            expires_at: known.expires_at,
            status: known.status(),
            id: Some(known.id.clone()),
            opened_at: Some(known.opened_at),
        })
    }

    /// Makes room for a new challenge. From [`Self::MOST_OPEN`] open ones on one of them ends, and is
    /// forgotten for a later one: until then its end is told. Both are the oldest of the merchant that
    /// has most of those. A challenge in whose form somebody is known or waits for a code stays, and so
    /// does a success that can be redeemed.
    fn make_room(&mut self, rules: &Rules, now: Timestamp) -> Ruled<()> {
        let idle = |challenge: &Challenge| {
            challenge.status() == Status::Pending && challenge.is_anybodys()
        };
        let failed = |challenge: &Challenge| {
            !matches!(challenge.status(), Status::Pending | Status::Verified)
        };
        let spent = |challenge: &Challenge| {
            challenge.status() == Status::Verified && !challenge.redeemable(rules, now)
        };
        let open = self.challenges.iter().filter(|c| c.status() == Status::Pending).count();
        if open >= Self::MOST_OPEN
            && let Some(index) = self.oldest_of_busiest(&idle)
            && let Some(idle) = self.challenges.get_mut(index)
        {
            idle.end(Ended::Canceled, now);
        }
        if self.challenges.len() < Self::MOST_KEPT {
            return Ok(());
        }
        let over = self.oldest_of_busiest(&failed).or_else(|| self.oldest_of_busiest(&spent));
        let Some(index) = over else {
            let frees = self.challenges.iter().map(|challenge| challenge.expires_at).min();
            let wait = frees.unwrap_or(now).seconds_from(now);
            return Err(Refusal::TooManyChallenges(Seconds(wait)));
        };
        self.challenges.remove(index);
        Ok(())
    }

    /// The oldest challenge of a kind, of the merchant that has most of it.
    fn oldest_of_busiest(&self, kind: &dyn Fn(&Challenge) -> bool) -> Option<usize> {
        let of_kind = || self.challenges.iter().enumerate().filter(|(_, c)| kind(c));
        let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for (_, challenge) in of_kind() {
            *counts.entry(challenge.merchant.as_ref().map(MerchantId::as_str)).or_default() += 1;
        }
        let most = counts.values().max()?;
        // Of merchants with equally many, the one with the oldest.
        let is_busiest = |challenge: &Challenge| {
            counts.get(&challenge.merchant.as_ref().map(MerchantId::as_str)) == Some(most)
        };
        of_kind().find(|(_, challenge)| is_busiest(challenge)).map(|(index, _)| index)
    }
}

impl Challenge {
    /// Whether nothing tells it from a stranger's: no code of it was sent, and neither its browser nor
    /// its owner is known.
    fn is_anybodys(&self) -> bool {
        self.sends.is_empty() && !self.known_browser && !self.released
    }
}
