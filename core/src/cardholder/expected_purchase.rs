//! An expected purchase: the owner, signed in at the member site, says what they are about to pay. One
//! challenge of a directory server for that amount is then let in, whatever was wrong before.
//!
//! Where wrong codes keep a directory server's challenge out there is no form, so none that could be
//! let in. The amount is the mark instead: a stranger who has challenges opened does not know it.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{Cardholder, Refusal, Reply, decide::Ruled};
use crate::{money::Amount, rules::Rules, time::Timestamp};

/// How long a purchase is expected.
pub const EXPECTED_FOR: Duration = Duration::from_secs(1800);

/// What the owner is about to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExpectedPurchase {
    /// How much, to the minor unit.
    #[n(0)]
    pub amount: Amount,
    /// Until when it is expected.
    #[n(1)]
    pub until: Timestamp,
}

impl Cardholder {
    /// Expects a purchase of this amount, in place of any other one. Whoever says so has signed in, which
    /// ends the row of wrong codes.
    pub(super) fn expect_purchase(
        &mut self,
        amount: Amount,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        self.failures = 0;
        self.expected = Some(ExpectedPurchase { amount, until: now.plus(EXPECTED_FOR) });
        self.described(Vec::new(), rules)
    }

    /// Expects no purchase any more.
    pub(super) fn expect_nothing(&mut self, rules: &Rules) -> Ruled<Reply> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        self.expected = None;
        self.described(Vec::new(), rules)
    }

    /// Whether a purchase of this amount is expected. One without an amount, as of a non-payment, never
    /// is: a stranger could have one opened too.
    pub(super) fn expects(&self, amount: Option<Amount>) -> bool {
        amount.is_some() && self.expected.map(|expected| expected.amount) == amount
    }
}
