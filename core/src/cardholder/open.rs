//! Opening a challenge: once for each id, and once for each idempotency key while it is kept. How
//! many are kept is bounded, and room for a new one is made of what matters least.
//!
//! A challenge counts nowhere before its form is shown. So a merchant that creates without end takes
//! nothing from the cardholder.

use std::collections::BTreeMap;

use super::{
    Cardholder, Challenge, Ended, FIRST_REQUEST, Idempotency, Refusal, Reply, Seconds, Status,
    audit::Trail,
    decide::Ruled,
    three_ds::{AuthenticationRequest, ThreeDs},
};
use crate::{
    digest::Digest,
    ids::{ChallengeId, MerchantId},
    rules::Rules,
    time::Timestamp,
};

/// A challenge that is opened.
pub(super) struct Opening {
    pub(super) id: ChallengeId,
    pub(super) record: Digest,
    pub(super) merchant: Option<MerchantId>,
    pub(super) idempotency: Option<Idempotency>,
    /// What a directory server asks; `None` for a merchant's.
    pub(super) asked: Option<AuthenticationRequest>,
}

impl Cardholder {
    /// Opens a challenge whose id is new, or finds the one that was opened under the same
    /// idempotency key.
    pub(super) fn open(&mut self, opening: Opening, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        let Opening { id, record, merchant, idempotency, asked } = opening;
        asked.as_ref().map_or(Ok(()), |asked| self.has_card(asked.card))?;
        let known = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let via = known.via(rules).ok_or(Refusal::NotEnrolled)?;
        let to = known.sent_to(rules);
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
        if self.events.is_full() {
            return Err(Refusal::TooManyChallenges(Seconds(60)));
        }
        let life = if asked.is_some() { FIRST_REQUEST } else { rules.challenge_life };
        let expires_at = now.plus(life);
        // Of a purchase that its owner expects it is known that it is theirs, as of one they let in.
        let expected = asked.as_ref().is_some_and(|asked| self.expects(asked.amount));
        let challenge = Challenge {
            id: id.clone(),
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
            released: expected,
            idempotency,
            destination_since: None,
            trail: Trail::default(),
            three_ds: asked.as_ref().map(|asked| ThreeDs::opened(asked, &self.known_networks)),
            #[cfg(feature = "next-version")]
            told_to_wait: false,
        };
        if asked.is_some() {
            self.takes_now(&challenge, rules, now)?;
        }
        // A stranger's forms keep out no purchase that is expected.
        let is_anybodys = asked.is_some() && !expected;
        if is_anybodys {
            self.has_few_at(&challenge, now)?;
        }
        let forgotten = self.make_room(is_anybodys, rules, now)?;
        if expected {
            self.expected = None;
        }
        self.challenges.push(challenge);
        Ok(Reply::Opened {
            via,
            expires_at,
            status: Status::Pending,
            id: Some(id),
            opened_at: Some(now),
            forgotten,
            to,
        })
    }

    /// The reply to a caller who opens a challenge again: how it stands.
    pub(super) fn opened_before(&self, id: &ChallengeId, rules: &Rules) -> Ruled<Reply> {
        let registered = self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let known = self.kept(id).ok_or(Refusal::UnknownChallenge)?;
        let via = registered.via(rules).ok_or(Refusal::NotEnrolled)?;
        Ok(Reply::Opened {
            via,
            expires_at: known.expires_at,
            status: known.status(),
            id: Some(known.id.clone()),
            opened_at: Some(known.opened_at),
            forgotten: None,
            to: registered.sent_to(rules),
        })
    }

    /// Makes room for a new challenge, and answers which one is forgotten for it, if one is.
    ///
    /// From [`Self::MOST_OPEN`] open ones on one of them ends, in whose form nobody is known and no code
    /// is waited for: of the merchant that has most of those, the oldest of the ones that were never
    /// shown or of those that were, whichever are more. At [`Self::MOST_KEPT`] one that has ended is
    /// forgotten, of the merchant that has most of those: one in which nothing happened, else a success
    /// that cannot be redeemed any more, else any other.
    ///
    /// A form that a requestor's page has opened is never ended so. A directory server's challenge that
    /// nobody expects ends no other one that was shown, but the oldest of several at one merchant, and is
    /// refused where that would be needed. None is forgotten before its directory server was told how it ended.
    fn make_room(
        &mut self,
        of_directory_server: bool,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Option<ChallengeId>> {
        let open = |challenge: &Challenge| challenge.status() == Status::Pending;
        let idle = |challenge: &Challenge| {
            open(challenge) && challenge.is_anybodys() && !challenge.is_in_use_by_requestor()
        };
        let unseen = |challenge: &Challenge| idle(challenge) && !challenge.shown;
        let seen = |challenge: &Challenge| idle(challenge) && challenge.shown;
        if self.challenges.iter().filter(|challenge| open(challenge)).count() >= Self::MOST_OPEN {
            // A stranger's forms are shown, or they are not. The owner's is among the fewer, or newer.
            let found = self.busiest(&idle).and_then(|merchant| {
                let count = |kind| self.of_merchant(merchant, kind).count();
                let more = if count(&unseen) < count(&seen) { &seen as Kind<'_> } else { &unseen };
                if of_directory_server && count(&idle) == 1 && count(&seen) == 1 {
                    return None;
                }
                self.of_merchant(merchant, more).next()
            });
            match found.and_then(|index| self.challenges.get_mut(index)) {
                Some(found) => {
                    found.end(Ended::Canceled, now);
                    found.trail.superseded = true;
                }
                None if of_directory_server => return Err(self.too_many(now)),
                None => {}
            }
        }
        if self.challenges.len() < Self::MOST_KEPT {
            return Ok(None);
        }
        let told = |challenge: &Challenge| !open(challenge) && !challenge.is_open_or_untold();
        let verified = |challenge: &Challenge| challenge.status() == Status::Verified;
        let failed = |challenge: &Challenge| told(challenge) && !verified(challenge);
        let empty = |challenge: &Challenge| failed(challenge) && !challenge.has_a_story();
        let spent = |challenge: &Challenge| {
            told(challenge) && verified(challenge) && !challenge.redeemable(rules, now)
        };
        let over = |challenge: &Challenge| failed(challenge) || spent(challenge);
        let kinds: [Kind<'_>; 3] = [&empty, &spent, &failed];
        let found = self.busiest(&over).and_then(|merchant| {
            kinds.into_iter().find_map(|kind| self.of_merchant(merchant, kind).next())
        });
        match found {
            Some(index) => Ok(Some(self.challenges.remove(index).id)),
            None => Err(self.too_many(now)),
        }
    }

    /// The refusal of a further challenge, until the first one runs out.
    fn too_many(&self, now: Timestamp) -> Refusal {
        let frees = self.challenges.iter().map(|challenge| challenge.expires_at).min();
        Refusal::TooManyChallenges(Seconds(frees.unwrap_or(now).seconds_from(now)))
    }

    /// The merchant that has most challenges of a kind; of several, the one with the oldest of them.
    fn busiest(&self, kind: Kind<'_>) -> Option<&Option<MerchantId>> {
        let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for challenge in self.challenges.iter().filter(|challenge| kind(challenge)) {
            *counts.entry(challenge.merchant.as_ref().map(MerchantId::as_str)).or_default() += 1;
        }
        let most = counts.values().max()?;
        let is_busiest = |challenge: &&Challenge| {
            counts.get(&challenge.merchant.as_ref().map(MerchantId::as_str)) == Some(most)
        };
        let mut of_kind = self.challenges.iter().filter(|challenge| kind(challenge));
        of_kind.find(is_busiest).map(|challenge| &challenge.merchant)
    }

    /// Where a merchant's challenges of a kind are, the oldest first.
    fn of_merchant<'a>(
        &'a self,
        merchant: &'a Option<MerchantId>,
        kind: Kind<'a>,
    ) -> impl Iterator<Item = usize> + 'a {
        let all = self.challenges.iter().enumerate();
        all.filter(move |(_, one)| one.merchant == *merchant && kind(one)).map(|(index, _)| index)
    }
}

/// Which challenges are meant.
type Kind<'a> = &'a dyn Fn(&Challenge) -> bool;

impl Challenge {
    /// Whether something happened in it that is told of: a send, a try or a fraud report.
    fn has_a_story(&self) -> bool {
        !self.sends.is_empty() || self.tries > 0 || self.fraud_reported_at.is_some()
    }

    /// Whether nothing tells it from a stranger's: no code of it was sent, and neither its buyer nor its
    /// owner is known.
    fn is_anybodys(&self) -> bool {
        self.sends.is_empty() && self.known_by().is_none() && !self.released
    }
}
