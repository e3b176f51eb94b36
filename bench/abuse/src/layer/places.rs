//! What the layer remembers of one destination: places for messages by merchant, and notices.

use std::collections::VecDeque;

use super::{Lane, PlaceLimits, common};
use crate::world::{DAY, HOUR, Handle, Merchant, Second};

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
    /// How long there is no place for a message; `None` when there is one.
    pub(crate) fn refuses(
        &mut self,
        limits: &PlaceLimits,
        merchant: Merchant,
        lane: Lane,
        now: Second,
    ) -> Option<Second> {
        while self.taken.front().is_some_and(|place| place.at + DAY <= now) {
            self.taken.pop_front();
        }
        let ordinary = || self.taken.iter().filter(|place| common(place.lane));
        let all = ordinary().count();
        let here = ordinary().filter(|place| place.merchant == merchant).count();
        let has_room = match lane {
            Lane::Common => {
                (all < limits.common && here < limits.merchant) || (all < limits.most && here == 0)
            }
            Lane::Known | Lane::Released => self.taken.len() - all < limits.lane,
        };
        match has_room {
            true => None,
            false => Some(self.taken.front().map_or(1, |place| place.at + DAY - now)),
        }
    }

    /// Takes a place.
    pub(crate) fn take(&mut self, handle: Handle, merchant: Merchant, lane: Lane, now: Second) {
        self.taken.push_back(Place { at: now, handle, merchant, lane });
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
