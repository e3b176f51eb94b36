//! What the layer remembers of one cardholder: wrong codes, creates, and the challenges that it let
//! in.

use std::collections::VecDeque;

use super::{Lane, common};
use crate::world::{DAY, Handle, Merchant, Second};

#[derive(Clone)]
pub(super) struct Wrong {
    pub(super) at: Second,
    pub(super) weight: u32,
    /// `None` when the merchant had a success since.
    pub(super) merchant: Option<Merchant>,
    pub(super) lane: Lane,
}

#[derive(Clone)]
pub(super) struct Admitted {
    pub(super) handle: Handle,
    pub(super) merchant: Merchant,
    pub(super) lane: Lane,
    pub(super) tries: u32,
    pub(super) weight: u32,
    pub(super) until: Second,
    /// Whether it is in a known browser, and there is a lane for those.
    pub(super) known: bool,
}

/// What the layer remembers of one cardholder.
#[derive(Clone, Default)]
pub(crate) struct Books {
    wrong: VecDeque<Wrong>,
    pub(super) admitted: Vec<Admitted>,
    creates: VecDeque<(Second, Merchant)>,
    pub(super) row: u32,
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
        let Some(found) = self.admitted.iter().find(|admitted| admitted.handle == handle) else {
            return false;
        };
        let (merchant, lane) = (found.merchant, found.lane);
        self.wrong.push_back(Wrong { at: now, weight, merchant: Some(merchant), lane });
        let shares = |admitted: &Admitted| {
            let common = common(lane) && common(admitted.lane) && admitted.merchant == merchant;
            common || admitted.handle == handle
        };
        for admitted in self.admitted.iter_mut().filter(|admitted| shares(admitted)) {
            admitted.tries = admitted.tries.saturating_sub(1);
        }
        self.admitted.retain(|admitted| admitted.tries > 0);
        self.lane_of(handle).is_none()
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

    pub(super) fn spent(&self, by: impl Fn(Lane, Option<Merchant>) -> bool) -> u32 {
        let wrong = self.wrong.iter().filter(|wrong| by(wrong.lane, wrong.merchant));
        wrong.map(|wrong| wrong.weight).sum()
    }

    /// What open challenges may still spend. Those of one merchant that came as everybody's do share
    /// their tries: who orders again there is promised nothing more.
    pub(super) fn promised(&self, by: impl Fn(Lane, Merchant) -> bool) -> u32 {
        self.promises(by).map(|admitted| admitted.tries * admitted.weight).sum()
    }

    /// The same in tries, over all lanes.
    pub(super) fn promised_tries(&self, by: impl Fn(Lane, Merchant) -> bool) -> u32 {
        self.promises(by).map(|admitted| admitted.tries).sum()
    }

    fn promises(&self, by: impl Fn(Lane, Merchant) -> bool) -> impl Iterator<Item = &Admitted> {
        let open = self.admitted.iter().enumerate();
        open.filter(|(index, admitted)| {
            // Of those that share their tries, the one that has most of them.
            let covers = |(other_index, other): (usize, &Admitted)| {
                let shared = common(admitted.lane)
                    && common(other.lane)
                    && other.merchant == admitted.merchant;
                shared && (other.tries, other_index) > (admitted.tries, *index)
            };
            !self.admitted.iter().enumerate().any(covers)
        })
        .map(|(_, admitted)| admitted)
        .filter(move |admitted| by(admitted.lane, admitted.merchant))
    }

    /// In how long something changes: a wrong code leaves the window or a challenge its time.
    pub(super) fn next_change(&self, now: Second) -> Second {
        let wrong = self.wrong.front().map(|wrong| wrong.at + DAY);
        let open = self.admitted.iter().map(|admitted| admitted.until).min();
        wrong.into_iter().chain(open).min().map_or(1, |at| at.saturating_sub(now).max(1))
    }

    pub(super) fn waits(
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
