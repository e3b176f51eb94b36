//! What a cardholder's object stores after a decision: the state, and in it when the alarm goes off
//! that is set. A later life of the object reads there what it would else have to set again.

use std::borrow::Cow;

use crate::{
    cardholder::Cardholder,
    rules::Rules,
    storage::{KnownAlarm, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};

impl Cardholder {
    /// What the object stores after a decision. `stored` is the value before it, and `known` what is
    /// known of the alarm that was set before.
    ///
    /// # Errors
    /// Never for this type; the format allows for others.
    pub fn storage_plan(
        &mut self,
        stored: Option<&str>,
        rules: &Rules,
        now: Timestamp,
        known: KnownAlarm,
    ) -> Result<StoragePlan<'static>, Unreadable> {
        let state = written(self)?;
        let plan = StoragePlan::of(stored, state.as_deref(), self.due(rules, now), known);
        let set = known.after(&plan).time();
        Ok(match plan {
            StoragePlan::Clear => StoragePlan::Clear,
            StoragePlan::Save { put: None, alarm } => StoragePlan::Save { put: None, alarm },
            StoragePlan::Save { put: Some(_), alarm } => {
                let state = if self.notes_alarm(set) { written(self)? } else { state };
                StoragePlan::Save { put: state.map(Cow::Owned), alarm }
            }
        })
    }
}

/// The bytes of a state; `None` when nothing is kept of the cardholder.
fn written(cardholder: &Cardholder) -> Result<Option<String>, Unreadable> {
    cardholder.is_kept().then(|| wire::write_state(cardholder)).transpose()
}
