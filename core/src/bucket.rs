//! What a bucket does with its storage. A bucket is an object that keeps what is counted of many
//! destinations, in a row for each. A decision reads and writes one row, so a row that cannot be read
//! stops no other. One alarm forgets the rows of all: by it a destination costs no alarm of its own.

use std::time::Duration;

use crate::{storage::AlarmStep, time::Timestamp, wire::Unreadable};

/// How long after a row is over the alarm may come. The rows that are over within it share one alarm.
pub const DELAY: Duration = Duration::from_secs(3600);

/// How many rows one alarm looks at. Commands wait for as long as that takes, some milliseconds. The
/// rows after it are looked at in the next alarm.
pub const PAGE: usize = 1_000;

/// How long after a full page the next one is looked at: commands come in between.
const PAUSE: Duration = Duration::from_secs(1);

/// What a bucket does with a destination's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStep<'a> {
    /// The row stays as it is.
    Keep,
    /// This value is written.
    Put(&'a str),
    /// The row is deleted: nothing counts of the destination.
    Delete,
}

/// What a bucket does with its storage after a decision about one destination: the step with the row
/// and the step with the alarm, both or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlan<'a> {
    /// The step with the destination's row.
    pub row: RowStep<'a>,
    /// The step with the alarm of all rows.
    pub alarm: AlarmStep,
}

impl<'a> RowPlan<'a> {
    /// The plan after a decision, with as few writes as possible.
    ///
    /// `stored` is the row before the decision. `new` is the row after it, and when all of it is over;
    /// `None` when nothing counts. `alarm_is_set`: whether the bucket is going to be woken. An alarm
    /// that is set is never moved. Every row that comes later is over later than the one that set it.
    #[must_use]
    pub fn of(stored: Option<&str>, new: Option<(&'a str, Timestamp)>, alarm_is_set: bool) -> Self {
        let row = match (stored, new) {
            (stored, Some((new, _))) if stored != Some(new) => RowStep::Put(new),
            (None, None) | (_, Some(_)) => RowStep::Keep,
            (Some(_), None) => RowStep::Delete,
        };
        let alarm = match new {
            Some((_, over_at)) if !alarm_is_set => AlarmStep::Set(over_at.plus(DELAY)),
            Some(_) | None => AlarmStep::Keep,
        };
        Self { row, alarm }
    }
}

/// A row, as the alarm finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRow {
    /// Its key in the bucket.
    pub key: String,
    /// When all of it is over; `None` when nothing of it counts.
    pub over_at: Result<Option<Timestamp>, Unreadable>,
}

/// How a sweep goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// There may be further rows: the next page begins behind this key.
    Page {
        /// The last key of this page.
        after: String,
        /// When the alarm goes off for the next page.
        at: Timestamp,
    },
    /// All rows were looked at. The next sweep begins at this time; `None` when no row is left.
    Done(Option<Timestamp>),
}

/// What an alarm does with one page of rows, in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The keys of the rows that are over, which are deleted.
    pub over: Vec<String>,
    /// Why a row was not read, if there is one. It stays, and stops no other.
    pub unreadable: Option<Unreadable>,
    /// How the sweep goes on.
    pub next: Next,
}

impl Sweep {
    /// Decides at `now` about a page of at most [`PAGE`] rows. `is_first`: whether the page begins
    /// with the bucket's first row.
    #[must_use]
    pub fn of(page: Vec<FoundRow>, is_first: bool, now: Timestamp) -> Self {
        let is_full = page.len() >= PAGE;
        let last = page.last().map(|row| row.key.clone());
        let (mut over, mut unreadable, mut first_over) = (Vec::new(), None, None);
        for FoundRow { key, over_at } in page {
            let over_at = over_at.unwrap_or_else(|why| {
                unreadable.get_or_insert(why);
                // It is looked at again with the next sweep.
                Some(now.plus(Duration::from_millis(1)))
            });
            match over_at {
                Some(at) if now < at => {
                    first_over = Some(first_over.map_or(at, |first: Timestamp| first.min(at)));
                }
                Some(_) | None => over.push(key),
            }
        }
        let next = match last {
            Some(after) if is_full => Next::Page { after, at: now.plus(PAUSE) },
            // What is left of the pages before is not known any more. Such a bucket has many rows.
            Some(_) | None if !is_first => Next::Done(Some(now.plus(DELAY))),
            Some(_) | None => Next::Done(first_over.map(|at| at.plus(DELAY))),
        };
        Self { over, unreadable, next }
    }
}

#[cfg(test)]
mod tests;
