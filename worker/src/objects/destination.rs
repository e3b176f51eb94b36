//! The object of one destination: what was sent there, whoever it is registered for.

use warifu_core::{
    alarm::AlarmStep,
    destination::{Places, Wanted},
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
        // The first place sets the alarm; when that goes off, it is set to the newest one.
        self.save(&places, stored.as_deref(), stored.is_none(), now).await?;
        wire::write_limit(until).map_err(unreadable)
    }

    async fn forget(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let stored = self.object.load(STATE).await?;
        let mut places = read(stored.as_deref())?;
        places.forget(self.object.rules()?, now);
        self.save(&places, stored.as_deref(), true, now).await
    }

    /// Saves what changed, and sets the alarm to when nothing will count any more if that is asked
    /// for.
    async fn save(
        &self,
        places: &Places,
        stored: Option<&str>,
        set_alarm: bool,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some(forgotten_at) = places.forgotten_at(self.object.rules()?) else {
            return self.object.clear().await;
        };
        let state = wire::write_places(places).map_err(unreadable)?;
        let changed = stored != Some(state.as_str());
        let step = if set_alarm { AlarmStep::Set(forgotten_at) } else { AlarmStep::Keep };
        self.object.save(STATE, changed.then_some(state.as_str()), step, now).await
    }
}

fn read(stored: Option<&str>) -> Result<Places, String> {
    let places: Result<_, Unreadable> = stored.map_or(Ok(Places::default()), wire::read_places);
    places.map_err(unreadable)
}
