//! The object of one destination: the times of what was sent there, for all cardholders together.

use warifu_core::{
    destination::{DestinationQuota, QuotaCommand},
    storage::{Due, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, request_of, unreadable};

const STATE: &str = "destination";

/// Decides whether a destination takes one more message.
#[durable_object(alarm)]
pub struct DestinationObject {
    object: ObjectState,
}

impl DurableObject for DestinationObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let command = wire::read_quota_command(&request.text().await?);
        let outcome = match command {
            Ok((now, command)) => self.decide(command, now).await,
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Forgets the slots that no quota counts any more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.forget().await;
        self.object.end_alarm(forgotten).await
    }
}

impl DestinationObject {
    async fn decide(&self, command: QuotaCommand, now: Timestamp) -> Result<String, String> {
        self.object.note_clock(now).await?;
        let rules = self.object.rules()?;
        let stored = self.object.load(STATE).await?;
        let (slots, until) = read(stored.as_deref())?.decide(command, rules, now);
        self.save(&slots, stored.as_deref(), now).await?;
        wire::write_limit(until).map_err(unreadable)
    }

    async fn forget(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let stored = self.object.load(STATE).await?;
        let mut slots = read(stored.as_deref())?;
        slots.forget(self.object.rules()?, now);
        self.save(&slots, stored.as_deref(), now).await
    }

    /// Saves what changed. The first slot sets the alarm; when that goes off, it is set to when the
    /// newest one counts no more.
    async fn save(
        &self,
        slots: &DestinationQuota,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let forgotten_at = slots.forgotten_at(self.object.rules()?);
        let state = forgotten_at.map(|_| wire::write_destination(slots)).transpose();
        let state = state.map_err(unreadable)?;
        let due = forgotten_at.map_or(Due::Never, Due::Sweep);
        let plan = StoragePlan::of(stored, state.as_deref(), due, self.object.alarm.get());
        self.object.carry_out(plan, STATE, now).await
    }
}

fn read(stored: Option<&str>) -> Result<DestinationQuota, String> {
    let slots: Result<_, Unreadable> =
        stored.map_or(Ok(DestinationQuota::default()), wire::read_destination);
    slots.map_err(unreadable)
}
