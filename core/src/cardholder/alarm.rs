//! When the object's alarm goes off, as far as the state says it.

use super::Cardholder;
use crate::{
    rules::Rules,
    storage::{Due, KnownAlarm},
    time::Timestamp,
};

impl Cardholder {
    /// What a life of the object that has set no alarm itself knows of it, from the state that an
    /// earlier one stored.
    ///
    /// An alarm whose time is over went off, or is about to. It is then set for what is due, which is
    /// not written down by itself, and follows from the state.
    #[must_use]
    pub fn known_alarm(&self, rules: &Rules, now: Timestamp) -> KnownAlarm {
        let Some(set) = self.alarm else { return KnownAlarm::Unknown };
        if now < set {
            return KnownAlarm::At(set);
        }
        match self.due(rules, set) {
            Due::At(at) | Due::Within(at, _) | Due::Sweep(at) if now < at => KnownAlarm::At(at),
            Due::At(_) | Due::Within(..) | Due::Sweep(_) | Due::Never => KnownAlarm::Unknown,
        }
    }

    /// Notes for when the alarm is set; `false` when that is noted already.
    pub(crate) fn notes_alarm(&mut self, set: Option<Timestamp>) -> bool {
        std::mem::replace(&mut self.alarm, set) != set
    }

    /// Whether anything is kept but the time of an alarm.
    pub(crate) fn is_kept(&self) -> bool {
        *self != Self { alarm: self.alarm, ..Self::default() }
    }
}
