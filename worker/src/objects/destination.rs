//! The object of one destination: what was sent there, whoever it is registered for.

use warifu_core::{
    destination::{Places, Wanted},
    storage::{Due, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, unreadable};

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
        let wanted = wire::read_wanted(&request.text().await?);
        answer(match wanted {
            Ok((now, wanted)) => self.decide(wanted, now).await,
            Err(error) => Err(unreadable(error)),
        })
    }

    /// Forgets what no quota counts any more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.forget().await;
        self.object.end_alarm(forgotten).await
    }
}

impl DestinationObject {
    async fn decide(&self, wanted: Wanted, now: Timestamp) -> Result<String, String> {
        self.object.note_clock(now).await?;
        let rules = self.object.rules()?;
        let stored = self.object.load(STATE).await?;
        let (places, until) = read(stored.as_deref())?.decide(wanted, rules, now);
        self.save(&places, stored.as_deref(), now).await?;
        wire::write_limit(until).map_err(unreadable)
    }

    async fn forget(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let stored = self.object.load(STATE).await?;
        let mut places = read(stored.as_deref())?;
        places.forget(self.object.rules()?, now);
        self.save(&places, stored.as_deref(), now).await
    }

    /// Saves what changed. The first place sets the alarm; when that goes off, it is set to when the
    /// newest one counts no more.
    async fn save(
        &self,
        places: &Places,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let forgotten_at = places.forgotten_at(self.object.rules()?);
        let state = forgotten_at.map(|_| wire::write_places(places)).transpose();
        let state = state.map_err(unreadable)?;
        let due = forgotten_at.map_or(Due::Never, Due::Sweep);
        let plan = StoragePlan::of(stored, state.as_deref(), due, self.object.alarm.get());
        self.object.carry_out(plan, STATE, now).await
    }
}

fn read(stored: Option<&str>) -> Result<Places, String> {
    let places: Result<_, Unreadable> = stored.map_or(Ok(Places::default()), wire::read_places);
    places.map_err(unreadable)
}
