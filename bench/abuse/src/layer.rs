//! Rules that core does not have yet, around core's `decide`: what a candidate refuses before the
//! cardholder is asked. It only refuses; codes, tries, sends and ends stay core's.
//!
//! Wrong codes are counted by weight: how many codes were right at the time, 1 for a code that was
//! sent and 3 for an app's. A weight of 50 is a chance of 50 in a million.

use std::collections::VecDeque;

use crate::world::{Answer, DAY, HOUR, Handle, Merchant, Second};

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

#[derive(Clone)]
struct Wrong {
    at: Second,
    weight: u32,
    /// `None` when the merchant had a success since.
    merchant: Option<Merchant>,
    lane: Lane,
}

#[derive(Clone)]
struct Admitted {
    handle: Handle,
    merchant: Merchant,
    lane: Lane,
    tries: u32,
    weight: u32,
    until: Second,
    /// Whether it is in a known browser, and there is a lane for those.
    known: bool,
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

/// What the layer remembers of one cardholder.
#[derive(Clone, Default)]
pub(crate) struct Books {
    wrong: VecDeque<Wrong>,
    admitted: Vec<Admitted>,
    creates: VecDeque<(Second, Merchant)>,
    row: u32,
}

impl Books {
    /// Forgets what no rule looks at any more.
    pub(crate) fn settle(&mut self, now: Second) {
        while self.wrong.front().is_some_and(|wrong| wrong.at + DAY <= now) {
            self.wrong.pop_front();
        }
        while self.creates.front().is_some_and(|(at, _)| at + DAY <= now) {
            self.creates.pop_front();
        }
        self.admitted.retain(|admitted| now < admitted.until);
    }

    pub(crate) fn lane_of(&self, handle: Handle) -> Option<Lane> {
        self.admitted.iter().find(|admitted| admitted.handle == handle).map(|found| found.lane)
    }

    /// Whose places its messages take: the common ones first, where it was let in as everybody is.
    pub(crate) fn places_of(&self, handle: Handle) -> Vec<Lane> {
        let found = self.admitted.iter().find(|admitted| admitted.handle == handle);
        let second = found.filter(|found| found.known && common(found.lane)).map(|_| Lane::Known);
        found.map(|found| found.lane).into_iter().chain(second).collect()
    }

    pub(crate) fn end(&mut self, handle: Handle) {
        self.admitted.retain(|admitted| admitted.handle != handle);
    }

    pub(crate) fn lives_until(&mut self, handle: Handle, until: Second) {
        for admitted in self.admitted.iter_mut().filter(|admitted| admitted.handle == handle) {
            admitted.until = until;
        }
    }

    /// Counts a wrong code. `true` when the challenge has no try left of those that it was given.
    pub(crate) fn wrong(&mut self, handle: Handle, weight: u32, now: Second) -> bool {
        self.row += 1;
        let Some(admitted) = self.admitted.iter_mut().find(|admitted| admitted.handle == handle)
        else {
            return false;
        };
        admitted.tries = admitted.tries.saturating_sub(1);
        let (merchant, lane, left) = (Some(admitted.merchant), admitted.lane, admitted.tries);
        self.wrong.push_back(Wrong { at: now, weight, merchant, lane });
        if left == 0 {
            self.end(handle);
        }
        left == 0
    }

    pub(crate) fn right(&mut self, handle: Handle, merchant: Merchant) {
        self.row = 0;
        self.end(handle);
        for wrong in self.wrong.iter_mut().filter(|wrong| wrong.merchant == Some(merchant)) {
            wrong.merchant = None;
        }
    }

    pub(crate) fn signed_in(&mut self) {
        self.row = 0;
    }

    /// Counts a create, or says how long there is no room for it.
    pub(crate) fn refuses_create(
        &mut self,
        merchant: Merchant,
        most: usize,
        now: Second,
    ) -> Option<Second> {
        let mut before = self.creates.iter().filter(|(_, by)| *by == merchant);
        let oldest = before.next().map(|(at, _)| *at);
        if before.count() + 1 >= most {
            return oldest.map(|at| at + DAY - now);
        }
        self.creates.push_back((now, merchant));
        None
    }

    fn spent(&self, by: impl Fn(Lane, Option<Merchant>) -> bool) -> u32 {
        let wrong = self.wrong.iter().filter(|wrong| by(wrong.lane, wrong.merchant));
        wrong.map(|wrong| wrong.weight).sum()
    }

    /// What open challenges may still spend.
    fn promised(&self, by: impl Fn(Lane, Option<Merchant>) -> bool) -> u32 {
        let open =
            self.admitted.iter().filter(|admitted| by(admitted.lane, Some(admitted.merchant)));
        open.map(|admitted| admitted.weight * admitted.tries).sum()
    }

    fn promised_tries(&self) -> u32 {
        self.admitted.iter().map(|admitted| admitted.tries).sum()
    }

    /// In how long something changes: a wrong code leaves the window or a challenge its time.
    fn next_change(&self, now: Second) -> Second {
        let wrong = self.wrong.front().map(|wrong| wrong.at + DAY);
        let open = self.admitted.iter().map(|admitted| admitted.until).min();
        wrong.into_iter().chain(open).min().map_or(1, |at| at.saturating_sub(now).max(1))
    }

    fn waits(
        &self,
        waits: &[(u32, Second)],
        by: impl Fn(&Wrong) -> bool,
        now: Second,
    ) -> Option<Second> {
        let counted = || self.wrong.iter().filter(|wrong| by(wrong));
        let weight: u32 = counted().map(|wrong| wrong.weight).sum();
        let (_, wait) = *waits.iter().rev().find(|(from, _)| *from <= weight)?;
        let newest = counted().next_back()?.at;
        let until = if wait >= DAY { self.wrong.front()?.at + DAY } else { newest + wait };
        (now < until).then(|| until - now)
    }
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
        let row = self.row.saturating_sub(kept + books.row + books.promised_tries());
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
        let all = |lane, _| common(lane);
        let Some(wary) = self.wary else { return Ok((Lane::Common, new.most)) };
        let used = books.spent(all) + books.promised(all);
        let room = self.day.saturating_sub(used) / new.weight;
        let mut tries = new.most.min(room);
        if used >= wary.from {
            let here = |lane, merchant| common(lane) && merchant == Some(new.merchant);
            let used = (books.spent(here) + books.promised(here)) / new.weight;
            tries = tries.min(wary.tries.saturating_sub(used));
        }
        if tries == 0 { Err(books.next_change(now)) } else { Ok((Lane::Common, tries)) }
    }

    fn lane_tries(books: &Books, new: &New, limits: LaneLimits) -> u32 {
        let known = |lane, _| lane == Lane::Known;
        let used = books.spent(known) + books.promised(known);
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

#[derive(Clone)]
struct Place {
    at: Second,
    handle: Handle,
    merchant: Merchant,
    lane: Lane,
}

/// What the layer remembers of one destination.
#[derive(Clone, Default)]
pub(crate) struct Places {
    taken: VecDeque<Place>,
    notices: VecDeque<Second>,
}

impl Places {
    /// Takes a place for a message, or says how long there is none.
    pub(crate) fn refuses(
        &mut self,
        limits: &PlaceLimits,
        handle: Handle,
        merchant: Merchant,
        lane: Lane,
        now: Second,
    ) -> Option<Second> {
        while self.taken.front().is_some_and(|place| place.at + DAY <= now) {
            self.taken.pop_front();
        }
        let ordinary = || self.taken.iter().filter(|place| common(place.lane));
        let (all, here) =
            (ordinary().count(), ordinary().filter(|place| place.merchant == merchant).count());
        let has_room = match lane {
            Lane::Common => {
                (all < limits.common && here < limits.merchant) || (all < limits.most && here == 0)
            }
            Lane::Known | Lane::Released => self.taken.len() - all < limits.lane,
        };
        if has_room {
            self.taken.push_back(Place { at: now, handle, merchant, lane });
            return None;
        }
        Some(self.taken.front().map_or(1, |place| place.at + DAY - now))
    }

    /// Gives back the places of a challenge that was verified.
    pub(crate) fn refund(&mut self, handle: Handle) {
        self.taken.retain(|place| place.handle != handle);
    }

    /// Whether a notice goes out: the first at once, then one an hour, three a day.
    pub(crate) fn notice(&mut self, now: Second) -> bool {
        const A_DAY: usize = 3;
        while self.notices.front().is_some_and(|at| at + DAY <= now) {
            self.notices.pop_front();
        }
        let due =
            self.notices.len() < A_DAY && self.notices.back().is_none_or(|last| last + HOUR <= now);
        if due {
            self.notices.push_back(now);
        }
        due
    }
}

#[cfg(test)]
mod tests;
