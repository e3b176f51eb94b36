//! What a cardholder's object stores after a decision: the state, and in it when the alarm goes off
//! that is set. A later life of the object reads there what it would else have to set again.

use std::borrow::Cow;

use crate::{
    cardholder::{Cardholder, Command},
    rules::Rules,
    storage::{KnownAlarm, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};

/// The events that were taken over and still stand in what is stored, because the next save has it
/// said. One life of the object knows of them; a later one hands them out again.
#[derive(Debug, Default)]
pub struct TakenOver(Vec<u32>);

impl TakenOver {
    /// Whether a command says no more than that events were taken over, and that is saved with the next
    /// decision: with the redemption of the verified challenge, which is about to come. It is then noted
    /// here, and nothing else is to be decided.
    pub fn note(
        &mut self,
        cardholder: &Cardholder,
        command: &Command,
        rules: &Rules,
        now: Timestamp,
    ) -> bool {
        let Command::Settled(numbers) = command else { return false };
        let is_saved_soon = |number| cardholder.is_about_to_be_redeemed(number, rules, now);
        let waits = !numbers.is_empty() && numbers.iter().copied().all(is_saved_soon);
        if waits {
            self.0.extend(numbers);
        }
        waits
    }

    /// Takes the events out of a state that was loaded. Answers the value with which the state after
    /// the decision is compared, if it is not what is stored: a decision that changes nothing else is
    /// not saved for them.
    ///
    /// An alarm is. It is set for what is left, and a later life of the object would know of no event
    /// that was taken over.
    ///
    /// # Errors
    /// Never for this type; the format allows for others.
    pub fn leave(
        &self,
        cardholder: &mut Cardholder,
        command: &Command,
    ) -> Result<Option<String>, Unreadable> {
        if self.0.is_empty() {
            return Ok(None);
        }
        cardholder.take_over(&self.0);
        match command {
            Command::Wake => Ok(None),
            _ => written(cardholder),
        }
    }

    /// What is left of them once a plan was carried out.
    pub fn saved(&mut self, plan: &StoragePlan<'_>) {
        match plan {
            StoragePlan::Save { put: None, alarm: _ } => {}
            StoragePlan::Save { put: Some(_), alarm: _ } | StoragePlan::Clear => self.0.clear(),
        }
    }
}

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
