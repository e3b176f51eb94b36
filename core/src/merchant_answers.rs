//! How often one merchant is told that a cardholder is unknown or not enrolled. Decided by the
//! merchant's object, which is asked before a challenge is opened and before such an answer is given.
//!
//! When the quota is used up, every cardholder whom the merchant does not know yet gets the same
//! refusal, registered or not. Otherwise the refusal would be the answer that it withholds.
//! Cardholders who had a challenge with this merchant lately are served as always: that they are
//! enrolled is nothing new to it. So is a cardholder of whom it was told within the window.
//!
//! A create is under way until it is answered, and what its answer will be nobody knows yet. Some
//! may be under way beside what was told, so that new customers need not wait for each other when
//! the quota is nearly used up. Of one that finds it used up when its answer is due, the merchant can
//! infer from the refusal what it is not told: that counts as much as an answer. So in any window it
//! is told of at most [`Quota::count`] cardholders, and learns of at most [`BESIDE`] more.
//!
//! The object also notes the merchant's newest challenges (`recent`), because it is asked with every
//! create anyway.

mod recent;

pub use recent::{NotedId, RecentChallenge};

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{
    digest,
    ids::{CardholderId, ChallengeId, MerchantId},
    optional,
    rules::{Quota, Rules},
    secret::MasterKey,
    sparse,
    time::Timestamp,
};
use recent::RecentChallenges;

/// How long a create may take from its reservation to its answer. Longer than the Worker waits for
/// an object. A slot that nobody answered in by then is free again.
const IN_FLIGHT: Duration = Duration::from_secs(15);

/// How many creates may be under way beside what was told. Where more of the quota is left than this,
/// as many as are left.
const BESIDE: usize = 20;

/// How long a merchant knows a cardholder after their last challenge.
const ACQUAINTANCE: Duration = Duration::from_secs(30 * 86_400);

/// The time of an acquaintance is written anew when it is older than this: one write a day.
const REFRESH: Duration = Duration::from_secs(86_400);

/// How many cardholders are remembered as known to a merchant: those of the newest challenges.
const MOST_ACQUAINTANCES: usize = 1_000;

/// Stands for one create. It is a digest, so it does not say of which challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct CreateRef(#[n(0)] u64);

impl CreateRef {
    /// The reference of the create that opens this challenge.
    #[must_use]
    pub fn of(id: &ChallengeId) -> Self {
        let hasher = digest::Hasher::new("warifu/create/v1").field(id.as_str().as_bytes());
        Self(digest::first_64_bits(hasher.finish().bytes()))
    }
}

/// Stands for a cardholder of one merchant. It is a MAC, so that it tells nobody without the key who
/// bought where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct CardholderRef(#[n(0)] u64);

impl CardholderRef {
    /// The reference of a cardholder at a merchant.
    #[must_use]
    pub fn of(key: &MasterKey, merchant: &MerchantId, cardholder: &CardholderId) -> Self {
        let fields = [merchant.as_str().as_bytes(), cardholder.as_str().as_bytes()];
        Self(digest::first_64_bits(&digest::mac(key.bytes(), "warifu/acquaintance/v1", &fields)))
    }
}

/// What the Worker asks of a merchant's object.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum AnswerCommand {
    /// Before a challenge is opened: whether the merchant may learn if it can be. The challenge is
    /// noted; from a Worker before this field the command has none.
    #[n(0)]
    Ask(
        #[n(0)] CreateRef,
        #[n(1)] CardholderRef,
        #[cbor(n(2), with = "optional", has_nil)] Option<NotedId>,
    ),
    /// The challenge was opened: the merchant knows the cardholder from now on.
    #[n(1)]
    Opened(#[n(0)] CreateRef, #[n(1)] CardholderRef),
    /// The cardholder is unknown or not enrolled: whether the merchant may be told so. From a Worker
    /// before this field the command has no cardholder.
    #[n(2)]
    Tell(#[n(0)] CreateRef, #[cbor(n(1), with = "optional", has_nil)] Option<CardholderRef>),
    /// A test challenge was opened, about which there is nothing to ask.
    #[n(3)]
    Note(#[n(0)] NotedId),
    /// The merchant asks for its newest challenges.
    #[n(4)]
    Recent,
    /// These challenges are erased.
    #[n(5)]
    Drop(#[n(0)] Vec<NotedId>),
}

/// What the merchant's object answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Leave {
    /// Go on. The create may hold a slot, so [`AnswerCommand::Opened`] or [`AnswerCommand::Tell`]
    /// follows.
    #[n(0)]
    Granted,
    /// Go on. The merchant knows the cardholder, so the create holds no slot.
    #[n(1)]
    Acquainted,
    /// Tell nothing until this time.
    #[n(2)]
    Limited(#[n(0)] Timestamp),
    /// The newest challenges, the newest first.
    #[n(3)]
    Recent(#[n(0)] Vec<RecentChallenge>),
    /// It is noted, or dropped.
    #[n(4)]
    Noted,
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Slot {
    #[n(0)]
    create: CreateRef,
    #[n(1)]
    at: Timestamp,
    /// Whether the merchant learned that the cardholder is unknown or not enrolled.
    #[n(2)]
    told: bool,
    /// The cardholder of whom the merchant was told. `None` where it was not told and can only infer
    /// it, while the create is under way, and in what a version before this field wrote.
    #[cbor(n(3), with = "optional", has_nil)]
    cardholder: Option<CardholderRef>,
}

impl Slot {
    fn free_at(&self, quota: Quota) -> Timestamp {
        self.at.plus(if self.told { quota.window } else { IN_FLIGHT })
    }
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Acquaintance {
    #[n(0)]
    cardholder: CardholderRef,
    #[n(1)]
    at: Timestamp,
}

/// What one merchant was told of cardholders whom it cannot challenge, and whom it knows.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MerchantAnswers {
    #[cbor(n(0), default)]
    slots: Vec<Slot>,
    /// The oldest first.
    #[cbor(n(1), default)]
    acquaintances: Vec<Acquaintance>,
    #[cbor(n(2), with = "sparse", has_nil)]
    recent: RecentChallenges,
}

impl MerchantAnswers {
    /// Decides what was asked at one time.
    #[must_use]
    pub fn decide(
        mut self,
        command: AnswerCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Leave) {
        self.forget(rules, now);
        let leave = match command {
            AnswerCommand::Ask(create, cardholder, challenge) => {
                let leave = self.ask(create, cardholder, rules, now);
                if let Some(challenge) = challenge.filter(|_| !matches!(leave, Leave::Limited(_))) {
                    self.recent.note_live(challenge, now);
                }
                leave
            }
            AnswerCommand::Opened(create, cardholder) => {
                self.slots.retain(|slot| slot.create != create || slot.told);
                self.meet(cardholder, now);
                Leave::Acquainted
            }
            AnswerCommand::Tell(create, cardholder) => self.tell(create, cardholder, rules, now),
            AnswerCommand::Note(challenge) => {
                self.recent.note(challenge, now);
                Leave::Noted
            }
            AnswerCommand::Recent => Leave::Recent(self.recent.newest_first()),
            AnswerCommand::Drop(challenges) => {
                self.recent.drop(&challenges);
                Leave::Noted
            }
        };
        (self, leave)
    }

    fn ask(
        &mut self,
        create: CreateRef,
        cardholder: CardholderRef,
        rules: &Rules,
        now: Timestamp,
    ) -> Leave {
        let known = self.acquaintances.iter().find(|known| known.cardholder == cardholder);
        if let Some(known) = known {
            if known.at.plus(REFRESH) <= now {
                self.meet(cardholder, now);
            }
            return Leave::Acquainted;
        }
        let quota = rules.unknown_answers;
        // Told so lately that it still counts when this create is answered.
        if self.was_told_of(cardholder, quota, now.plus(IN_FLIGHT)) {
            return Leave::Granted;
        }
        self.slots.retain(|slot| slot.create != create || slot.told);
        if let Some(until) = self.limited_until(quota) {
            return Leave::Limited(until);
        }
        self.slots.push(Slot { create, at: now, told: false, cardholder: None });
        Leave::Granted
    }

    fn tell(
        &mut self,
        create: CreateRef,
        cardholder: Option<CardholderRef>,
        rules: &Rules,
        now: Timestamp,
    ) -> Leave {
        let quota = rules.unknown_answers;
        let before = self.slots.len();
        self.slots.retain(|slot| slot.create != create || slot.told);
        let was_under_way = self.slots.len() < before;
        if cardholder.is_some_and(|cardholder| self.was_told_of(cardholder, quota, now)) {
            return Leave::Granted;
        }
        if self.used_up_until(quota).is_none() {
            self.slots.push(Slot { create, at: now, told: true, cardholder });
            return Leave::Granted;
        }
        if was_under_way {
            self.slots.push(Slot { create, at: now, told: true, cardholder: None });
        }
        self.used_up_until(quota).map_or(Leave::Granted, Leave::Limited)
    }

    /// Whether the merchant was told of the cardholder so lately that it counts after `at`.
    fn was_told_of(&self, cardholder: CardholderRef, quota: Quota, at: Timestamp) -> bool {
        let of = |slot: &Slot| slot.told && slot.cardholder == Some(cardholder);
        self.slots.iter().any(|slot| of(slot) && at < slot.free_at(quota))
    }

    /// When a create may be under way; `None` when one may now.
    fn limited_until(&self, quota: Quota) -> Option<Timestamp> {
        let under_way = self.free_at(quota, false);
        let left = quota.count.saturating_sub(self.slots.len() - under_way.len());
        self.used_up_until(quota).or_else(|| last_of_surplus(&under_way, left.max(BESIDE)))
    }

    /// When the merchant may be told of another cardholder; `None` when it may now.
    fn used_up_until(&self, quota: Quota) -> Option<Timestamp> {
        last_of_surplus(&self.free_at(quota, true), quota.count)
    }

    /// When the slots are free that were told, or that are under way, the first first.
    fn free_at(&self, quota: Quota, told: bool) -> Vec<Timestamp> {
        let slots = self.slots.iter().filter(|slot| slot.told == told);
        let mut free: Vec<_> = slots.map(|slot| slot.free_at(quota)).collect();
        free.sort_unstable();
        free
    }

    fn meet(&mut self, cardholder: CardholderRef, now: Timestamp) {
        self.acquaintances.retain(|known| known.cardholder != cardholder);
        let surplus = (self.acquaintances.len() + 1).saturating_sub(MOST_ACQUAINTANCES);
        self.acquaintances.drain(..surplus);
        self.acquaintances.push(Acquaintance { cardholder, at: now });
    }

    /// Forgets what counts no more.
    pub fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.slots.retain(|slot| now < slot.free_at(rules.unknown_answers));
        self.acquaintances.retain(|known| now < known.at.plus(ACQUAINTANCE));
        self.recent.forget(rules, now);
    }

    /// When all of it can be forgotten; `None` when there is nothing.
    #[must_use]
    pub fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        let slots = self.slots.iter().map(|slot| slot.free_at(rules.unknown_answers));
        let known = self.acquaintances.iter().map(|known| known.at.plus(ACQUAINTANCE));
        slots.chain(known).chain(self.recent.forgotten_at(rules)).max()
    }
}

/// When fewer than `most` of these times are left; `None` when that is now.
fn last_of_surplus(times: &[Timestamp], most: usize) -> Option<Timestamp> {
    times.get(times.len().checked_sub(most)?).copied()
}

#[cfg(test)]
mod tests;
