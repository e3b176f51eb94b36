//! What the objects that count have in common: they keep one value, decide with it, and forget what
//! counts no more.

use warifu_core::{
    rules::Rules,
    storage::{Due, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{Request, Response};

use super::{ObjectState, answer, request_of, unreadable};

/// The value of an object that counts, with core's rules about it.
pub(super) trait Counter: wire::State + Default {
    /// Its key in the object's storage.
    const KEY: &'static str;
    /// What the object is asked.
    type Command;

    /// Decides a command. Answers the value after it, and the reply as it is written.
    fn decided(
        self,
        command: Self::Command,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, String), Unreadable>;
    /// Forgets what counts no more.
    fn forget(&mut self, rules: &Rules, now: Timestamp);
    /// When the object must be woken. A value that never needs it is empty, and is not kept.
    fn due(&self, rules: &Rules) -> Due;
}

impl ObjectState {
    /// Answers a command, which `read_command` reads with the time of its decision.
    pub(super) async fn count<C: Counter>(
        &self,
        request: &mut Request,
        read_command: impl FnOnce(&str) -> Result<(Timestamp, C::Command), Unreadable>,
    ) -> worker::Result<Response> {
        let id = request_of(request);
        let outcome = match read_command(&request.text().await?) {
            Ok((now, command)) => self.decide::<C>(command, now).await,
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Decides a command, and keeps the value after it.
    pub(super) async fn decide<C: Counter>(
        &self,
        command: C::Command,
        now: Timestamp,
    ) -> Result<String, String> {
        self.note_clock(now).await?;
        let rules = self.rules()?;
        let stored = self.load(C::KEY).await?;
        let decided = read::<C>(stored.as_deref())?.decided(command, rules, now);
        let (counter, reply) = decided.map_err(unreadable)?;
        self.keep(&counter, stored.as_deref(), now).await?;
        Ok(reply)
    }

    /// Forgets what counts no more, in an alarm.
    pub(super) async fn forget<C: Counter>(&self) -> Result<(), String> {
        let now = self.alarm_time().await?;
        let stored = self.load(C::KEY).await?;
        let mut counter = read::<C>(stored.as_deref())?;
        counter.forget(self.rules()?, now);
        self.keep(&counter, stored.as_deref(), now).await
    }

    /// Saves what changed of a value, and sets the alarm for it.
    pub(super) async fn keep<C: Counter>(
        &self,
        counter: &C,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let due = counter.due(self.rules()?);
        let state = (due != Due::Never).then(|| wire::write_state(counter)).transpose();
        let state = state.map_err(unreadable)?;
        let plan = StoragePlan::of(stored, state.as_deref(), due, self.alarm.get());
        self.carry_out(&plan, C::KEY, now).await
    }
}

/// The value that is stored, or an empty one.
pub(super) fn read<C: Counter>(stored: Option<&str>) -> Result<C, String> {
    stored.map_or(Ok(C::default()), wire::read_state).map_err(unreadable)
}
