//! How many text messages whose codes nobody has typed may be sent in a day: to a country, and for a
//! merchant. Whoever makes money with messages to numbers of their own (SMS pumping) has codes sent
//! and types none; a buyer types the code, which gives the sends back. Decided by the object of one
//! country or one merchant.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{
    contact::Country,
    digest::{Hasher, first_64_bits},
    ids::{ChallengeId, MerchantId},
    optional,
    rules::{Rules, SmsBudgetMode},
    time::Timestamp,
};

/// How long an unverified send counts.
const WINDOW: Duration = Duration::from_secs(86_400);

/// Whose budget it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum BudgetOwner {
    /// The country that the numbers belong to.
    #[n(0)]
    Country(#[n(0)] Country),
    /// The merchant, by its id, whose challenges the codes are for.
    #[n(1)]
    Merchant(#[n(0)] String),
}

impl BudgetOwner {
    /// A merchant's budget.
    #[must_use]
    pub fn merchant(id: &MerchantId) -> Self {
        Self::Merchant(id.as_str().to_owned())
    }

    /// What kind of owner it is, as log and events say it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Country(_) => "country",
            Self::Merchant(_) => "merchant",
        }
    }

    /// The country's code or the merchant's id.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Country(country) => country.as_str(),
            Self::Merchant(id) => id,
        }
    }

    /// The name of the owner's object. An id of a merchant has no colon.
    #[must_use]
    pub fn object(&self) -> String {
        format!("{}:{}", self.kind(), self.name())
    }

    fn limit(&self, rules: &Rules) -> usize {
        match self {
            Self::Country(_) => rules.sms_budget.country,
            Self::Merchant(_) => rules.sms_budget.merchant,
        }
    }
}

/// Stands for a challenge among the sends. It is a digest, so it does not say which challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct ChallengeRef(#[n(0)] u64);

impl ChallengeRef {
    /// The reference of a challenge.
    #[must_use]
    pub fn of(id: &ChallengeId) -> Self {
        let digest = Hasher::new("warifu/sms-budget/v1").field(id.as_str().as_bytes()).finish();
        Self(first_64_bits(digest.bytes()))
    }
}

/// What the Worker asks of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum BudgetCommand {
    /// To count one send of this challenge, to a number of this country.
    #[n(0)]
    Spend {
        /// Whose budget is asked; its object does not know its own name.
        #[n(0)]
        owner: BudgetOwner,
        /// The challenge.
        #[n(1)]
        challenge: ChallengeRef,
        /// The country of the number.
        #[n(2)]
        country: Country,
    },
    /// To give one send back: no provider sent the message.
    #[n(1)]
    Release(#[n(0)] ChallengeRef),
    /// To give all sends of a challenge back: its code was typed.
    #[n(2)]
    Refund(#[n(0)] ChallengeRef),
}

/// What a budget answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum BudgetReply {
    /// The send is counted, and may be made.
    #[n(0)]
    Granted,
    /// The budget is spent, and the deployment denies what is beyond it. Nothing is counted.
    #[n(1)]
    Denied,
    /// Sends were given back, to numbers of these countries, each named once. Empty when none was
    /// counted, or all were given back before.
    #[n(2)]
    Returned(#[n(0)] Vec<Country>),
}

/// How far a budget is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub enum BudgetMark {
    /// Less than half of it.
    #[default]
    #[n(0)]
    None,
    /// Half of it or more.
    #[n(1)]
    Half,
    /// All of it.
    #[n(2)]
    Spent,
}

/// A budget reached a mark. Told once, and again only after much of it was free in between.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BudgetEvent {
    /// The event's number, never used again for this budget.
    #[n(0)]
    pub number: u32,
    /// Which mark.
    #[n(1)]
    pub mark: BudgetMark,
    /// When.
    #[n(2)]
    pub at: Timestamp,
    /// How many sends the budget has.
    #[n(3)]
    pub limit: u64,
    /// Whether sends beyond it are denied.
    #[n(4)]
    pub denies: bool,
}

impl BudgetEvent {
    /// What becomes of a message beyond the budget, as log and events say it.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        if self.denies { "deny" } else { "record_only" }
    }

    /// The event's id, the same whenever it is told.
    #[must_use]
    pub fn id(&self, owner: &BudgetOwner) -> String {
        let digest = Hasher::new("warifu/sms-budget-event/v1")
            .field(owner.object().as_bytes())
            .field(&self.number.to_be_bytes())
            .field(&self.at.millis().to_be_bytes())
            .finish();
        format!("evt_{}", digest.hex().get(..32).unwrap_or_default())
    }
}

/// One send that was not verified so far.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Unverified {
    #[n(0)]
    challenge: ChallengeRef,
    #[n(1)]
    country: Country,
    #[n(2)]
    at: Timestamp,
}

/// The unverified sends of a day, of one country or one merchant.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SmsBudget {
    #[cbor(n(0), with = "optional", has_nil)]
    owner: Option<BudgetOwner>,
    /// Oldest first.
    #[n(1)]
    sends: Vec<Unverified>,
    /// The mark that was told last.
    #[n(2)]
    told: BudgetMark,
    /// Events that nobody was told of yet.
    #[n(3)]
    events: Vec<BudgetEvent>,
    /// The number of the newest event.
    #[n(4)]
    newest: u32,
}

impl SmsBudget {
    /// Decides what was asked at one time.
    #[must_use]
    pub fn decide(
        mut self,
        command: BudgetCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, BudgetReply) {
        self.forget(rules, now);
        let reply = match command {
            BudgetCommand::Spend { owner, challenge, country } => {
                self.spend(owner, Unverified { challenge, country, at: now }, rules)
            }
            BudgetCommand::Release(challenge) => {
                let newest = self.sends.iter().rposition(|send| send.challenge == challenge);
                let released = newest.map(|index| self.sends.remove(index).country);
                BudgetReply::Returned(released.into_iter().collect())
            }
            BudgetCommand::Refund(challenge) => {
                let mut countries = Vec::new();
                self.sends.retain(|send| {
                    let is_other = send.challenge != challenge;
                    if !is_other && !countries.contains(&send.country) {
                        countries.push(send.country);
                    }
                    is_other
                });
                BudgetReply::Returned(countries)
            }
        };
        self.note_free(rules);
        (self, reply)
    }

    fn spend(&mut self, owner: BudgetOwner, send: Unverified, rules: &Rules) -> BudgetReply {
        let limit = owner.limit(rules);
        self.owner = Some(owner);
        let denies = rules.sms_budget.mode == SmsBudgetMode::Deny;
        let count = self.sends.len();
        if denies && count >= limit {
            return BudgetReply::Denied;
        }
        let at = send.at;
        // Where nothing is denied, sends far beyond the budget are not kept, so that what is stored
        // stays small. They are not given back either.
        if count < limit.saturating_mul(2) {
            self.sends.push(send);
        }
        let reached = match count + 1 {
            count if count >= limit => BudgetMark::Spent,
            count if count.saturating_mul(2) >= limit => BudgetMark::Half,
            _ => BudgetMark::None,
        };
        if reached > self.told {
            self.told = reached;
            self.newest = self.newest.wrapping_add(1);
            self.events.push(BudgetEvent {
                number: self.newest,
                mark: reached,
                at,
                limit: limit as u64,
                denies,
            });
        }
        BudgetReply::Granted
    }

    /// Makes a mark ready to be told again. That takes a quarter of the budget less than the mark, so
    /// that a count that goes up and down at a mark tells of it once.
    fn note_free(&mut self, rules: &Rules) {
        let Some(limit) = self.owner.as_ref().map(|owner| owner.limit(rules)) else { return };
        let count = self.sends.len();
        let still = match count.saturating_mul(4) {
            quarters if quarters < limit => BudgetMark::None,
            quarters if quarters < limit.saturating_mul(3) => BudgetMark::Half,
            _ => BudgetMark::Spent,
        };
        self.told = self.told.min(still);
    }

    /// Forgets the sends that count no more.
    pub fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.sends.retain(|send| now < send.at.plus(WINDOW));
        self.note_free(rules);
    }

    /// When the last of the sends can be forgotten; `None` when there is none.
    #[must_use]
    pub fn forgotten_at(&self) -> Option<Timestamp> {
        self.sends.last().map(|send| send.at.plus(WINDOW))
    }

    /// Whose budget it is, and its events that nobody was told of yet.
    #[must_use]
    pub fn untold(&self) -> Option<(&BudgetOwner, &[BudgetEvent])> {
        self.owner.as_ref().filter(|_| !self.events.is_empty()).map(|owner| (owner, &*self.events))
    }

    /// Forgets the events up to this number: they were told.
    pub fn settle(&mut self, told: u32) {
        self.events.retain(|event| event.number > told);
    }
}

#[cfg(test)]
mod tests;
