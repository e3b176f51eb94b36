//! Rules that core does not have yet, around core's `decide`: what a candidate refuses before the
//! cardholder is asked. It only refuses; codes, tries, sends and ends stay core's.
//!
//! Wrong codes are counted by weight: how many codes were right at the time, 1 for a code that was
//! sent and 3 for an app's. A weight of 50 is a chance of 50 in a million.

mod books;
mod places;

use self::books::{Admitted, Wrong};
pub(crate) use self::{books::Books, places::Places};
use crate::world::{Answer, DAY, Handle, Merchant, Second};

/// What a candidate adds to core's rules. All windows are the last 24 hours.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The weight of wrong codes of one cardholder, over all merchants. Known browsers have their
    /// own.
    pub(crate) day: u32,
    /// Wrong codes in a row without a success or a sign-in at the member site.
    pub(crate) row: u32,
    /// How many of the row are kept for known browsers.
    pub(crate) row_kept: u32,
    /// For new challenges: from a weight of the cardholder on, how long to wait after the newest
    /// wrong code. [`DAY`]: until the window has less.
    pub(crate) waits: Vec<(u32, Second)>,
    /// The same for the weight at one merchant. A success there forgets it.
    pub(crate) merchant_waits: Vec<(u32, Second)>,
    /// From this weight on, tries that open challenges still have among it, a merchant gets no more
    /// than so many tries in the window.
    pub(crate) wary: Option<Wary>,
    pub(crate) creates: Creates,
    /// Places for messages by merchant, instead of core's quota of a destination.
    pub(crate) places: Option<PlaceLimits>,
    /// A lane for a browser that verified at the merchant before.
    pub(crate) lane: Option<LaneLimits>,
    /// Whether the owner can let a challenge in by signing in at the member site.
    pub(crate) release: bool,
    /// Whether the cardholder is told of failed challenges.
    pub(crate) notices: bool,
}

/// See [`Layer::wary`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wary {
    pub(crate) from: u32,
    pub(crate) tries: u32,
}

/// What a create does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Creates {
    /// It opens the challenge in the cardholder's object, as today.
    Kept,
    /// The same, at most so many for a merchant and cardholder in the window.
    AtMost(usize),
    /// It leaves nothing in the object; the first showing that is let in opens the challenge.
    AtShow,
}

/// Messages to a destination whose challenge was not verified. Verifying gives its places back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaceLimits {
    /// For whoever comes.
    pub(crate) common: usize,
    /// Of those, for one merchant.
    pub(crate) merchant: usize,
    /// Up to so many in all, one for a merchant that had none.
    pub(crate) most: usize,
    /// For known browsers and challenges that the owner let in, beside the others.
    pub(crate) lane: usize,
}

/// See [`Layer::lane`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneLimits {
    /// The weight of wrong codes in the window.
    pub(crate) day: u32,
}

/// How a challenge was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// As everybody is.
    Common,
    /// From a browser that verified before.
    Known,
    /// The owner signed in and said that it is theirs.
    Released,
}

/// A challenge that asks to be let in.
#[derive(Clone, Copy)]
pub(crate) struct New {
    pub(crate) handle: Handle,
    pub(crate) merchant: Merchant,
    pub(crate) weight: u32,
    /// The tries that core would give it.
    pub(crate) most: u32,
    pub(crate) until: Second,
}

fn common(lane: Lane) -> bool {
    lane == Lane::Common
}

impl Layer {
    /// Whether a new challenge that comes as everybody's do has to wait, and how long.
    pub(crate) fn refuses(
        &self,
        books: &Books,
        merchant: Merchant,
        weight: u32,
        now: Second,
    ) -> Option<Second> {
        if books.row + self.row_kept >= self.row {
            return Some(DAY);
        }
        if books.spent(|lane, _| common(lane)) + weight > self.day {
            return Some(books.next_change(now));
        }
        let at = |wrong: &Wrong| common(wrong.lane) && wrong.merchant == Some(merchant);
        let all = books.waits(&self.waits, |wrong| common(wrong.lane), now);
        all.max(books.waits(&self.merchant_waits, at, now))
    }

    /// Lets a challenge in with a number of tries, or says how long not.
    pub(crate) fn admit(
        &self,
        books: &mut Books,
        new: New,
        known: bool,
        released: bool,
        now: Second,
    ) -> Result<(), Second> {
        let released = (released && self.release).then_some((Lane::Released, new.most));
        let admitted = released.map_or_else(|| self.common_tries(books, &new, now), Ok);
        let (lane, tries) = match (admitted, self.lane) {
            (Err(_), Some(limits)) if known => (Lane::Known, Self::lane_tries(books, &new, limits)),
            (Err(wait), _) => return Err(wait),
            (Ok(found), _) => found,
        };
        // The bound on the row holds for what is promised, too.
        let kept = if common(lane) { self.row_kept } else { 0 };
        let others = |other, merchant| !(common(lane) && common(other) && merchant == new.merchant);
        let row = self.row.saturating_sub(kept + books.row + books.promised_tries(others));
        let tries = tries.min(row);
        if tries == 0 {
            return Err(books.next_change(now));
        }
        let New { handle, merchant, weight, until, .. } = new;
        books.admitted.push(Admitted {
            handle,
            merchant,
            lane,
            tries,
            weight,
            until,
            known: known && self.lane.is_some(),
        });
        Ok(())
    }

    fn common_tries(&self, books: &Books, new: &New, now: Second) -> Result<(Lane, u32), Second> {
        if let Some(wait) = self.refuses(books, new.merchant, new.weight, now) {
            return Err(wait);
        }
        let Some(wary) = self.wary else { return Ok((Lane::Common, new.most)) };
        let others = |lane, merchant| common(lane) && merchant != new.merchant;
        let used = books.spent(|lane, _| common(lane)) + books.promised(others);
        let mut tries = new.most.min(self.day.saturating_sub(used) / new.weight);
        if used >= wary.from {
            let here = books.spent(|lane, at| common(lane) && at == Some(new.merchant));
            tries = tries.min(wary.tries.saturating_sub(here / new.weight));
        }
        if tries == 0 { Err(books.next_change(now)) } else { Ok((Lane::Common, tries)) }
    }

    fn lane_tries(books: &Books, new: &New, limits: LaneLimits) -> u32 {
        let used = books.spent(|lane, _| lane == Lane::Known)
            + books.promised(|lane, _| lane == Lane::Known);
        new.most.min(limits.day.saturating_sub(used) / new.weight)
    }

    /// Whether a code may be compared. What is refused here spends nothing.
    pub(crate) fn may_compare(
        &self,
        books: &Books,
        handle: Handle,
        weight: u32,
        now: Second,
    ) -> Result<(), Answer> {
        let lane = books.lane_of(handle).ok_or(Answer::Over)?;
        let kept = if common(lane) { self.row_kept } else { 0 };
        if books.row + kept >= self.row {
            return Err(Answer::Wait(DAY));
        }
        let spent = books.spent(|lane, _| common(lane));
        if common(lane) && spent + weight > self.day {
            return Err(Answer::Wait(books.next_change(now)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
