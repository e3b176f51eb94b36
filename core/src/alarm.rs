//! What an object does with its alarm after a decision.

use crate::time::Timestamp;

/// One step. The object takes it together with the write of its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmStep {
    /// The alarm stays as it is.
    Keep,
    /// The alarm is set to this time, on the clock of the decisions.
    Set(Timestamp),
    /// No alarm goes off any more.
    Delete,
}

impl AlarmStep {
    /// The step that has the alarm go off when the state needs it, with as few writes as possible.
    ///
    /// `due` is when the new state needs it, and `known` when it is known to go off; `None` also
    /// means that an earlier life of the object may have set it. `changed` says whether the state is
    /// written, and `lost` whether the alarm that was set is set no more: it went off, or it was set
    /// by another clock.
    #[must_use]
    pub fn plan(
        due: Option<Timestamp>,
        known: Option<Timestamp>,
        changed: bool,
        lost: bool,
    ) -> Self {
        match due {
            Some(at) if due != known && (changed || lost) => Self::Set(at),
            Some(_) => Self::Keep,
            None if known.is_some() || lost => Self::Delete,
            None => Self::Keep,
        }
    }

    /// When the alarm is known to go off after this step.
    #[must_use]
    pub fn known_after(self, known: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Keep => known,
            Self::Set(at) => Some(at),
            Self::Delete => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_goes_off_when_the_state_needs_it() {
        let at = Timestamp::from_millis;
        let (early, late) = (at(1_000), at(2_000));
        for (due, known, changed, lost, step) in [
            // Nothing is due: what is known of, or may be left over, is deleted.
            (None, None, false, false, AlarmStep::Keep),
            (None, None, true, false, AlarmStep::Keep),
            (None, Some(early), true, false, AlarmStep::Delete),
            (None, None, false, true, AlarmStep::Delete),
            (None, None, true, true, AlarmStep::Delete),
            // Something is due.
            (Some(early), None, true, false, AlarmStep::Set(early)),
            (Some(early), Some(early), true, false, AlarmStep::Keep),
            (Some(late), Some(early), true, false, AlarmStep::Set(late)),
            // An earlier life of the object set the alarm of a state that has not changed since.
            (Some(early), None, false, false, AlarmStep::Keep),
            (Some(early), Some(early), false, false, AlarmStep::Keep),
            // The alarm went off too early, or the clock was moved.
            (Some(early), None, false, true, AlarmStep::Set(early)),
            (Some(early), None, true, true, AlarmStep::Set(early)),
        ] {
            let planned = AlarmStep::plan(due, known, changed, lost);
            assert_eq!(planned, step, "{due:?} {known:?} {changed} {lost}");
            // What is remembered is never another time than the one that is due.
            let remembered = planned.known_after(known);
            assert!(remembered.is_none() || remembered == due, "{due:?} {known:?}");
        }
    }
}
