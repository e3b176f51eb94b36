//! The wrong codes of a cardholder that still count. What they refuse is in the file `admission`.

use minicbor::{Decode, Encode};

use super::challenge::Lane;
use crate::{ids::MerchantId, optional, rules::Rules, sparse, time::Timestamp};

/// How many codes are right at a time: what a wrong one weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Weight(#[n(0)] pub(super) u32);

impl Weight {
    /// Of a code that was sent.
    pub(super) const SENT: Self = Self(1);
    /// Of an app's: those of three time steps.
    pub(super) const APP: Self = Self(3);
}

/// A wrong code, of a challenge that its owner did not let in.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct WrongCode {
    #[n(0)]
    at: Timestamp,
    #[n(1)]
    weight: Weight,
    #[cbor(n(2), with = "optional", has_nil)]
    merchant: Option<MerchantId>,
    #[n(3)]
    lane: Lane,
    /// Whether a challenge of the merchant was verified since.
    #[n(4)]
    forgiven: bool,
    /// Whether it came by what is kept for known browsers, because the network was known.
    #[cbor(n(5), with = "sparse", has_nil)]
    by_network: bool,
}

/// The wrong codes of the newest [`Rules::window`], oldest first. The limits keep them at 50.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct WrongCodes(#[n(0)] Vec<WrongCode>);

impl WrongCodes {
    /// Forgets those that count no more.
    pub(super) fn settle(&mut self, rules: &Rules, now: Timestamp) {
        self.0.retain(|wrong| now < wrong.at.plus(rules.window));
    }

    /// Notes one of a lane. `by_network`: whether its challenge is in that lane because its network is
    /// known. What comes from a challenge that its owner let in does not count.
    pub(super) fn push(
        &mut self,
        merchant: Option<MerchantId>,
        (lane, by_network): (Lane, bool),
        weight: Weight,
        at: Timestamp,
    ) {
        match lane {
            Lane::Common | Lane::KnownBrowser => {
                self.0.push(WrongCode { at, weight, merchant, lane, forgiven: false, by_network });
            }
            Lane::Released => {}
        }
    }

    /// Those at a merchant no longer count against it, because a challenge of it was verified. They
    /// still count for the cardholder.
    pub(super) fn forgive(&mut self, merchant: Option<&MerchantId>) {
        for wrong in self.0.iter_mut().filter(|wrong| wrong.merchant.as_ref() == merchant) {
            wrong.forgiven = true;
        }
    }

    /// The weight of all that came by this lane.
    pub(super) fn weight(&self, lane: Lane) -> u32 {
        self.0.iter().filter(|wrong| wrong.lane == lane).map(|wrong| wrong.weight.0).sum()
    }

    /// The weight of all that came from known networks.
    pub(super) fn weight_by_network(&self) -> u32 {
        self.0.iter().filter(|wrong| wrong.by_network).map(|wrong| wrong.weight.0).sum()
    }

    /// The weight of those that count against a merchant.
    pub(super) fn weight_at(&self, merchant: Option<&MerchantId>) -> u32 {
        self.at(merchant).map(|wrong| wrong.weight.0).sum()
    }

    /// When the newest of those that count against a merchant was.
    pub(super) fn newest_at(&self, merchant: Option<&MerchantId>) -> Option<Timestamp> {
        self.at(merchant).next_back().map(|wrong| wrong.at)
    }

    /// When the weight that counts against a merchant has sunk below `limit`.
    pub(super) fn below_at(
        &self,
        merchant: Option<&MerchantId>,
        limit: u32,
        rules: &Rules,
    ) -> Option<Timestamp> {
        below(self.at(merchant), limit, rules)
    }

    /// When the weight of a lane has sunk below `limit`.
    pub(super) fn below(&self, lane: Lane, limit: u32, rules: &Rules) -> Option<Timestamp> {
        below(self.0.iter().filter(|wrong| wrong.lane == lane), limit, rules)
    }

    /// When the oldest counts no more.
    pub(super) fn next_change(&self, rules: &Rules) -> Option<Timestamp> {
        self.0.first().map(|wrong| wrong.at.plus(rules.window))
    }

    /// When the newest counts no more.
    pub(super) fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.0.last().map(|wrong| wrong.at.plus(rules.window))
    }

    fn at<'a>(
        &'a self,
        merchant: Option<&'a MerchantId>,
    ) -> impl DoubleEndedIterator<Item = &'a WrongCode> {
        self.0.iter().filter(move |wrong| {
            wrong.lane == Lane::Common && !wrong.forgiven && wrong.merchant.as_ref() == merchant
        })
    }
}

/// When so many have ceased to count that the others weigh less than `limit`; `None` when they do
/// already.
fn below<'a>(
    counted: impl Iterator<Item = &'a WrongCode>,
    limit: u32,
    rules: &Rules,
) -> Option<Timestamp> {
    let counted: Vec<_> = counted.collect();
    let mut left: u32 = counted.iter().map(|wrong| wrong.weight.0).sum();
    let mut at = None;
    for wrong in counted {
        if left < limit {
            break;
        }
        left -= wrong.weight.0;
        at = Some(wrong.at.plus(rules.window));
    }
    at
}
