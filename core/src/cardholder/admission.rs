//! Letting a challenge in: whether it may send and compare codes, and with how many tries. What is
//! let in keeps its tries, whatever happens in others: they were counted when it was let in.
//!
//! A stranger who has a card number asks for the same as its owner in a new browser. So wrong codes
//! at one merchant make new challenges wait there, and leave other merchants alone; a browser that
//! verified before is let in where others are not, and so is a directory server's buyer in a network
//! that did; and the owner, signed in at the member site, can let a challenge in, or say which one they
//! expect. docs/decisions/limits-under-abuse.md has the figures.

use super::{
    Cardholder, Refusal, Status,
    challenge::{Admission, Challenge, Lane},
    decide::Ruled,
    three_ds::KnownBy,
    wrong_codes::Weight,
};
use crate::{
    ids::{ChallengeId, MerchantId},
    rules::Rules,
    time::Timestamp,
};

impl Cardholder {
    /// Lets a challenge in, unless it is in already.
    pub(super) fn let_in(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<()> {
        let challenge = self.kept(id).ok_or(Refusal::UnknownChallenge)?;
        if self.is_in(challenge, rules, now) {
            return self.may_compare(challenge, rules, now);
        }
        let admission = self.admission(challenge, rules, now)?;
        self.opened(id)?.admission = Some(admission);
        Ok(())
    }

    /// The refusal that an open challenge would meet now; `None` where its codes are compared.
    pub(super) fn kept_out(
        &self,
        challenge: &Challenge,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Refusal> {
        if challenge.status() != Status::Pending {
            return None;
        }
        match self.is_in(challenge, rules, now) {
            true => self.may_compare(challenge, rules, now).err(),
            false => self.admission(challenge, rules, now).err(),
        }
    }

    /// The lock of the cardholder at this time, for whoever logs that a decision locked them. That of a
    /// test cardholder is not logged.
    #[must_use]
    pub fn locked_at(&self, rules: &Rules, now: Timestamp) -> Option<Refusal> {
        if self.test.is_some() {
            return None;
        }
        let is_over = |locked: &Refusal| locked.locked_until().is_some_and(|until| until <= now);
        self.locked(rules).filter(|locked| !is_over(locked))
    }

    /// The refusal that every new challenge meets in an unknown browser, at whatever merchant.
    pub(super) fn locked(&self, rules: &Rules) -> Option<Refusal> {
        let older = self.locked_until.map(Refusal::Locked);
        let kept = rules.wrong_codes.row_kept;
        older.or_else(|| self.row_or_day(Lane::Common, kept, self.weight_of_new(), rules).err())
    }

    /// The refusal of a code that may not be compared, although its challenge is in.
    fn may_compare(&self, challenge: &Challenge, rules: &Rules, now: Timestamp) -> Ruled<()> {
        let lane = challenge.admission.map_or(Lane::Common, |admission| admission.lane);
        let kept = Self::row_kept(lane, challenge, rules);
        // The weight rises when the cardholder changes to an app after the challenge was let in.
        self.row_or_day(lane, kept, self.weight(challenge, rules, now), rules)
    }

    /// Counts a wrong code: in the row, in the window, and against the tries that the open
    /// challenges of its merchant share.
    pub(super) fn note_wrong(&mut self, id: &ChallengeId, weight: Weight, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        let Some(challenge) = self.kept(id) else {
            return;
        };
        let Some(lane) = challenge.admission.map(|admission| admission.lane) else {
            return;
        };
        let merchant = challenge.merchant.clone();
        let by_network =
            lane == Lane::KnownBrowser && challenge.known_by() == Some(KnownBy::Network);
        for other in &mut self.challenges {
            let shares = lane == Lane::Common && other.merchant == merchant;
            if let Some(admission) = &mut other.admission
                && (other.id == *id || shares && admission.lane == Lane::Common)
            {
                admission.tries = admission.tries.saturating_sub(1);
            }
        }
        self.wrong_codes.push(merchant, (lane, by_network), weight, now);
    }

    /// Forgets what a verified challenge makes good: the row, and what counts against its merchant.
    pub(super) fn note_right(&mut self, id: &ChallengeId) {
        self.failures = 0;
        let challenge = self.challenges.iter().rfind(|challenge| challenge.id == *id);
        self.wrong_codes.forgive(challenge.and_then(|challenge| challenge.merchant.as_ref()));
    }

    /// What a wrong code of the challenge would weigh now.
    pub(super) fn weight(&self, challenge: &Challenge, rules: &Rules, now: Timestamp) -> Weight {
        match challenge.has_living_code(rules, now) {
            true => Weight::SENT,
            false => self.weight_of_new(),
        }
    }

    fn weight_of_new(&self) -> Weight {
        match self.uses_app() {
            true => Weight::APP,
            false => Weight::SENT,
        }
    }

    /// Whether a challenge was let in, and a code of it can still be right.
    fn is_in(&self, challenge: &Challenge, rules: &Rules, now: Timestamp) -> bool {
        let tries = challenge.admission.map_or(0, |admission| admission.tries);
        let lives = challenge.has_living_code(rules, now) || self.uses_app();
        challenge.status() == Status::Pending && tries > 0 && lives
    }

    /// How a challenge is let in.
    fn admission(&self, challenge: &Challenge, rules: &Rules, now: Timestamp) -> Ruled<Admission> {
        let weight = self.weight(challenge, rules, now);
        let most = rules.tries.saturating_sub(challenge.tries);
        let merchant = challenge.merchant.as_ref();
        let common = match self.locked_until {
            Some(until) => Err(Refusal::Locked(until)),
            None => self.common_tries(merchant, weight, most, rules, now),
        };
        let (lane, tries) = match common {
            _ if challenge.released => (Lane::Released, most),
            Ok(tries) => (Lane::Common, tries),
            Err(refusal) => match self.known_tries(challenge, weight, most, rules, now) {
                Some(tries) => (Lane::KnownBrowser, tries),
                None => return Err(refusal),
            },
        };
        // What is promised counts in the row, too.
        let kept = Self::row_kept(lane, challenge, rules);
        let row = rules.wrong_codes.row.saturating_sub(kept + self.failures);
        let share = (lane == Lane::Common).then_some(merchant);
        let tries = tries.min(row.saturating_sub(self.promised_tries(share, rules, now)));
        match tries {
            0 if row == 0 => Err(Refusal::SignInNeeded),
            0 => Err(Refusal::Locked(self.next_change(rules, now))),
            tries => Ok(Admission { lane, tries }),
        }
    }

    /// The bounds on guessing: there is room for a wrong code of this weight in the row, and in the
    /// day. `kept`: how many of the row are for others.
    fn row_or_day(&self, lane: Lane, kept: u32, weight: Weight, rules: &Rules) -> Ruled<()> {
        let limits = &rules.wrong_codes;
        if limits.row <= self.failures.saturating_add(kept) {
            return Err(Refusal::SignInNeeded);
        }
        let day = match lane {
            Lane::Common => limits.day,
            Lane::KnownBrowser => limits.day_known,
            Lane::Released => return Ok(()),
        };
        // However long one waits, a day has no room for one wrong code.
        let room = day.checked_sub(weight.0).ok_or(Refusal::SignInNeeded)?;
        let full = self.wrong_codes.below(lane, room.saturating_add(1), rules);
        full.map_or(Ok(()), |until| Err(Refusal::Locked(until)))
    }

    /// How many tries a challenge gets in an unknown browser.
    fn common_tries(
        &self,
        merchant: Option<&MerchantId>,
        weight: Weight,
        most: u32,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<u32> {
        let limits = &rules.wrong_codes;
        let waits = self.merchant_wait(merchant, rules, now);
        match (self.row_or_day(Lane::Common, limits.row_kept, weight, rules), waits) {
            (Err(Refusal::Locked(until)), Some(wait)) => {
                return Err(Refusal::Locked(until.max(wait)));
            }
            (Ok(()), Some(wait)) => return Err(Refusal::Locked(wait)),
            (found, _) => found?,
        }
        let spent = self.wrong_codes.weight(Lane::Common);
        // A new one at the same merchant shares the tries of those that are open there.
        let elsewhere = |it: &Challenge| it.merchant.as_ref() != merchant;
        let used = spent + self.promised(Lane::Common, elsewhere, rules, now);
        let mut tries = most.min(limits.day.saturating_sub(used) / weight.0);
        if limits.wary_from <= used {
            let here = self.wrong_codes.weight_at(merchant);
            tries = tries.min(limits.wary_tries.saturating_sub(here / weight.0));
        }
        match tries {
            0 => Err(Refusal::Locked(self.next_change(rules, now))),
            tries => Ok(tries),
        }
    }

    /// Until when wrong codes make new challenges wait at the merchant of this one, for whoever logs
    /// that a decision made them wait. That a test cardholder's wait is not logged.
    #[must_use]
    pub fn merchant_waits_until(
        &self,
        challenge: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if self.test.is_some() {
            return None;
        }
        self.merchant_wait(self.kept(challenge)?.merchant.as_ref(), rules, now)
    }

    /// Until when wrong codes at a merchant make new challenges wait there.
    pub(super) fn merchant_wait(
        &self,
        merchant: Option<&MerchantId>,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let limits = &rules.wrong_codes;
        let weight = self.wrong_codes.weight_at(merchant);
        let newest = self.wrong_codes.newest_at(merchant)?;
        let soon = (limits.merchant_wait_from <= weight).then(|| newest.plus(limits.merchant_wait));
        let wait = soon.max(self.wrong_codes.below_at(merchant, limits.merchant_day, rules));
        wait.filter(|until| now < *until)
    }

    /// How many tries a challenge gets by what is known of its buyer; `None` where nothing is, or where
    /// that has no room for one wrong code of this weight however long one waits. A network has a part
    /// of what browsers have.
    fn known_tries(
        &self,
        challenge: &Challenge,
        weight: Weight,
        most: u32,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<u32> {
        let limits = &rules.wrong_codes;
        let by_network = |challenge: &Challenge| challenge.known_by() == Some(KnownBy::Network);
        let free = |day: u32, used: u32, promised: u32| day.saturating_sub(used + promised);
        let used = self.wrong_codes.weight(Lane::KnownBrowser);
        let promised = self.promised(Lane::KnownBrowser, |_| true, rules, now);
        let all = free(limits.day_known, used, promised);
        let (day, room) = match challenge.known_by()? {
            KnownBy::Browser => (limits.day_known, all),
            KnownBy::Network => {
                let used = self.wrong_codes.weight_by_network();
                let promised = self.promised(Lane::KnownBrowser, by_network, rules, now);
                let part = free(limits.day_known_network, used, promised);
                (limits.day_known_network, all.min(part))
            }
        };
        (weight.0 <= day).then(|| most.min(room / weight.0))
    }

    /// How many of the row are kept for others. The last ones are for known browsers and for challenges
    /// that the owner let in.
    fn row_kept(lane: Lane, challenge: &Challenge, rules: &Rules) -> u32 {
        match lane {
            Lane::Common => rules.wrong_codes.row_kept,
            Lane::KnownBrowser if challenge.known_by() == Some(KnownBy::Network) => {
                rules.wrong_codes.row_kept
            }
            Lane::KnownBrowser | Lane::Released => 0,
        }
    }

    /// The weight that those open challenges of a lane may still spend of which `is_meant` is so.
    fn promised(
        &self,
        lane: Lane,
        is_meant: impl Fn(&Challenge) -> bool,
        rules: &Rules,
        now: Timestamp,
    ) -> u32 {
        let promises = self.promises(rules, now);
        let meant = promises.filter(|(it, admission)| admission.lane == lane && is_meant(it));
        meant.map(|(it, admission)| admission.tries * self.weight(it, rules, now).0).sum()
    }

    /// The tries that open challenges of all lanes may still spend, but those that share theirs with
    /// a new one at `merchant`.
    fn promised_tries(
        &self,
        merchant: Option<Option<&MerchantId>>,
        rules: &Rules,
        now: Timestamp,
    ) -> u32 {
        self.promises_beside(merchant, rules, now).map(|(_, admission)| admission.tries).sum()
    }

    /// The challenges that are in, but those that share their tries with a new one at `merchant`.
    fn promises_beside(
        &self,
        merchant: Option<Option<&MerchantId>>,
        rules: &Rules,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Challenge, &Admission)> {
        self.promises(rules, now).filter(move |(challenge, admission)| {
            admission.lane != Lane::Common || merchant != Some(challenge.merchant.as_ref())
        })
    }

    /// The challenges that are in. Of those that share their tries, only the one that has most.
    fn promises(
        &self,
        rules: &Rules,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Challenge, &Admission)> {
        let open = self
            .challenges
            .iter()
            .filter(|challenge| self.is_in(challenge, rules, now))
            .filter_map(|challenge| Some((challenge, challenge.admission.as_ref()?)));
        let mut counted: Vec<(&Challenge, &Admission)> = Vec::new();
        for (challenge, admission) in open {
            let shared = counted.iter_mut().find(|(other, theirs)| {
                theirs.lane == Lane::Common
                    && admission.lane == Lane::Common
                    && other.merchant == challenge.merchant
            });
            match shared {
                Some(other) if other.1.tries < admission.tries => *other = (challenge, admission),
                Some(_) => {}
                None => counted.push((challenge, admission)),
            }
        }
        counted.into_iter()
    }

    /// When a wrong code counts no more or an open challenge's promise ends: then there may be room.
    fn next_change(&self, rules: &Rules, now: Timestamp) -> Timestamp {
        let ends = self
            .promises(rules, now)
            .map(|(challenge, _)| challenge.code_expires_at(rules).unwrap_or(challenge.expires_at));
        ends.chain(self.wrong_codes.next_change(rules)).min().unwrap_or(now)
    }
}
