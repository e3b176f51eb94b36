//! Notices of failed challenges that a destination gets: the first at once, then one an hour, three a
//! day.

use std::collections::VecDeque;

use crate::world::{DAY, HOUR, Second};

/// When a destination got notices.
#[derive(Clone, Default)]
pub(crate) struct Notices(VecDeque<Second>);

impl Notices {
    /// Whether a notice goes out.
    pub(crate) fn notice(&mut self, now: Second) -> bool {
        const A_DAY: usize = 3;
        while self.0.front().is_some_and(|at| at + DAY <= now) {
            self.0.pop_front();
        }
        let due = self.0.len() < A_DAY && self.0.back().is_none_or(|last| last + HOUR <= now);
        if due {
            self.0.push_back(now);
        }
        due
    }
}
