//! What an object does with its storage after a decision. Decided here for every class of objects;
//! the object only carries it out.
//!
//! An alarm that is set is never moved to a later time and never deleted, because each of these is a
//! write. When it goes off and nothing is due, it is set for what is.

use std::borrow::Cow;

use crate::time::Timestamp;

/// When a state needs its object to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Not at all.
    Never,
    /// At this time, on the clock of the decisions.
    At(Timestamp),
    /// At the first of these times. An alarm that is set already stays as it is if it goes off by the
    /// second one.
    Within(Timestamp, Timestamp),
    /// At this time, only to forget. An alarm that is set already stays as it is, however late it
    /// goes off.
    Sweep(Timestamp),
}

impl Due {
    /// Whether an alarm that goes off at `set` is early enough.
    fn is_met_by(self, set: Timestamp) -> bool {
        match self {
            Self::Never | Self::Sweep(_) => true,
            Self::At(latest) | Self::Within(_, latest) => set <= latest,
        }
    }
}

impl From<Option<Timestamp>> for Due {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Never, Self::At)
    }
}

/// What an object knows of the alarm that it has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KnownAlarm {
    /// Nothing: an earlier life of the object may have set one for what is stored.
    #[default]
    Unknown,
    /// None is set: it went off, or everything was deleted.
    Off,
    /// It goes off at this time, on the clock of the decisions.
    At(Timestamp),
    /// One may be set, by another clock than that of the decisions.
    Stale,
}

impl KnownAlarm {
    /// What is known once a plan was carried out.
    #[must_use]
    pub fn after(self, plan: &StoragePlan<'_>) -> Self {
        match plan {
            StoragePlan::Clear => Self::Off,
            StoragePlan::Save { put: _, alarm } => match alarm {
                AlarmStep::Keep => self,
                AlarmStep::Set(at) => Self::At(*at),
            },
        }
    }

    /// When the alarm goes off, if that is known.
    #[must_use]
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Unknown | Self::Off | Self::Stale => None,
        }
    }
}

/// What an object does with its alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmStep {
    /// The alarm stays as it is.
    Keep,
    /// The alarm is set to this time, on the clock of the decisions.
    Set(Timestamp),
}

/// What an object does with its storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoragePlan<'a> {
    /// Everything is deleted, the alarm too.
    Clear,
    /// A value is written and a step is taken with the alarm: both, or neither.
    Save {
        /// The value that is written; `None` when the stored one is the same.
        put: Option<Cow<'a, str>>,
        /// The step with the alarm.
        alarm: AlarmStep,
    },
}

impl<'a> StoragePlan<'a> {
    /// Nothing is written, and the alarm stays as it is.
    pub const NOTHING: Self = Self::Save { put: None, alarm: AlarmStep::Keep };

    /// The plan after a decision: `new` is stored, and the object is woken when `due` says, with as
    /// few writes as possible.
    ///
    /// `stored` is the value before the decision and `new` the value after it; `None` where there is
    /// none. `known` is what the object knows of the alarm that was set before.
    #[must_use]
    pub fn of(stored: Option<&str>, new: Option<&'a str>, due: Due, known: KnownAlarm) -> Self {
        let Some(new) = new else {
            return if stored.is_some() { Self::Clear } else { Self::NOTHING };
        };
        let put = Some(new).filter(|new| stored != Some(*new));
        let alarm = match (due, known) {
            // An alarm that may be set goes off once, and nothing is due then.
            (Due::Never, _) => AlarmStep::Keep,
            (due, KnownAlarm::At(set)) if due.is_met_by(set) => AlarmStep::Keep,
            (
                Due::At(at) | Due::Within(at, _) | Due::Sweep(at),
                KnownAlarm::At(_) | KnownAlarm::Off | KnownAlarm::Stale,
            ) => AlarmStep::Set(at),
            // For a state that did not change, an earlier life of the object has set the alarm.
            (Due::At(at) | Due::Within(at, _), KnownAlarm::Unknown) if put.is_some() => {
                AlarmStep::Set(at)
            }
            (Due::Sweep(at), KnownAlarm::Unknown) if stored.is_none() => AlarmStep::Set(at),
            (Due::At(_) | Due::Within(..) | Due::Sweep(_), KnownAlarm::Unknown) => AlarmStep::Keep,
        };
        let put = put.map(Cow::Borrowed);
        Self::Save { put, alarm }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AlarmStep::{Keep, Set},
        *,
    };

    fn times() -> (Timestamp, Timestamp) {
        (Timestamp::from_millis(1_000), Timestamp::from_millis(2_000))
    }

    /// A state that stays, one that changes, and one that is the first.
    const STORED: [Option<&str>; 3] = [Some("new"), Some("old"), None];

    fn plan(stored: Option<&str>, due: Due, known: KnownAlarm) -> AlarmStep {
        match StoragePlan::of(stored, Some("new"), due, known) {
            StoragePlan::Clear => panic!("something is left"),
            StoragePlan::Save { put, alarm } => {
                // Written if it is not what is stored, whatever becomes of the alarm.
                let written = Some("new").filter(|_| stored != Some("new"));
                assert_eq!(put.as_deref(), written, "{due:?} {known:?}");
                alarm
            }
        }
    }

    #[test]
    fn the_alarm_goes_off_when_the_state_needs_it_and_is_never_moved_later() {
        use KnownAlarm::{At, Off, Stale, Unknown};
        let (early, late) = times();
        let (set, later) = (Set(early), Timestamp::from_millis(2_001));
        for (due, known, [same, changed, first]) in [
            (Due::Never, Unknown, [Keep, Keep, Keep]),
            (Due::Never, Off, [Keep, Keep, Keep]),
            (Due::Never, At(early), [Keep, Keep, Keep]),
            (Due::Never, Stale, [Keep, Keep, Keep]),
            (Due::At(early), Unknown, [Keep, set, set]),
            (Due::At(early), Off, [set, set, set]),
            (Due::At(early), At(early), [Keep, Keep, Keep]),
            (Due::At(early), At(late), [set, set, set]),
            (Due::At(late), At(early), [Keep, Keep, Keep]),
            (Due::At(early), Stale, [set, set, set]),
            (Due::Within(early, late), Unknown, [Keep, set, set]),
            (Due::Within(early, late), Off, [set, set, set]),
            (Due::Within(early, late), At(late), [Keep, Keep, Keep]),
            (Due::Within(early, late), At(later), [set, set, set]),
            (Due::Within(early, late), Stale, [set, set, set]),
            (Due::Sweep(late), Unknown, [Keep, Keep, Set(late)]),
            (Due::Sweep(late), Off, [Set(late), Set(late), Set(late)]),
            (Due::Sweep(late), At(early), [Keep, Keep, Keep]),
            (Due::Sweep(late), At(late), [Keep, Keep, Keep]),
            (Due::Sweep(late), Stale, [Set(late), Set(late), Set(late)]),
        ] {
            for (stored, step) in STORED.into_iter().zip([same, changed, first]) {
                assert_eq!(plan(stored, due, known), step, "{stored:?} {due:?} {known:?}");
            }
        }
    }

    #[test]
    fn where_nothing_is_left_everything_is_deleted_once() {
        use KnownAlarm::{At, Off, Stale, Unknown};
        let (early, late) = times();
        for due in [Due::Never, Due::At(early), Due::Sweep(early)] {
            for known in [Unknown, Off, At(late), Stale] {
                let kept = StoragePlan::of(Some("old"), None, due, known);
                assert_eq!(kept, StoragePlan::Clear, "{due:?} {known:?}");
                let empty = StoragePlan::of(None, None, due, known);
                assert_eq!(empty, StoragePlan::NOTHING, "{due:?} {known:?}");
            }
        }
    }

    /// What an object remembers of its alarm is what it did.
    #[test]
    fn what_is_known_of_the_alarm_is_what_was_done() {
        use KnownAlarm::{At, Off, Stale, Unknown};
        let (early, late) = times();
        for known in [Unknown, Off, At(late), Stale] {
            let after = |alarm| known.after(&StoragePlan::Save { put: None, alarm });
            assert_eq!(after(Keep), known);
            assert_eq!(after(Set(early)), At(early));
            assert_eq!(known.after(&StoragePlan::Clear), Off);
        }
    }
}
