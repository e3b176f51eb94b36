//! The Durable Objects: one class for each subject that something must be exact about. This file
//! has what the classes share: storage, the clock of their decisions, and the alarm.
//!
//! An object awaits nothing but its own storage, so no two decisions interleave, and the platform
//! holds an answer back until the write before it is durable. Only an alarm of a cardholder or of a
//! budget, when it has decided and saved, puts events into their queue.

mod bucket;
mod cardholder;
mod cardholder_index;
mod counter;
mod destination;
mod known_request;
mod merchant;
mod sms_budget;

use std::{cell::Cell, time::Duration};

use futures_util::future::try_join;
use js_sys::Date;
use warifu_core::{
    object_clock::ObjectClock,
    rules::Rules,
    storage::{AlarmStep, KnownAlarm, StoragePlan},
    time::Timestamp,
    wire::Unreadable,
};
use warifu_delivery::settings::SettingError;
use worker::{Env, Request, Response, ScheduledTime, State, Storage};

use crate::{
    clock, config,
    log::{self, LogEvent},
    object_call::REQUEST,
    panics,
};

/// How far the clock of the decisions is ahead, in seconds; on a development server only.
const AHEAD: &str = "seconds_ahead";

/// How long after a failure an alarm goes off again.
const AGAIN: Duration = Duration::from_secs(300);

/// What every object has.
struct ObjectState {
    storage: Storage,
    /// The rules, read once: settings do not change while an object lives.
    rules: Result<Rules, SettingError>,
    alarm: Cell<KnownAlarm>,
    clock: Cell<ObjectClock>,
}

impl ObjectState {
    fn new(state: &State, env: &Env) -> Self {
        panics::note_place();
        Self {
            storage: state.storage(),
            rules: config::rules(env),
            alarm: Cell::new(KnownAlarm::Unknown),
            clock: Cell::new(config::object_clock(env)),
        }
    }

    fn rules(&self) -> Result<&Rules, String> {
        self.rules.as_ref().map_err(ToString::to_string)
    }

    async fn load(&self, key: &str) -> Result<Option<String>, String> {
        self.storage.get(key).await.map_err(failed)
    }

    /// Carries out the storage plan of a decision at `now`: for the value of `key`, and for the
    /// alarm.
    async fn carry_out(
        &self,
        plan: &StoragePlan<'_>,
        key: &str,
        now: Timestamp,
    ) -> Result<(), String> {
        match plan {
            StoragePlan::Clear => self.clear().await?,
            StoragePlan::Save { put, alarm } => {
                self.save(key, put.as_deref(), *alarm, now).await?;
            }
        }
        self.alarm.set(self.alarm.get().after(plan));
        Ok(())
    }

    /// Writes a value, if there is a new one, and takes a step with the alarm: both or neither.
    async fn save(
        &self,
        key: &str,
        put: Option<&str>,
        step: AlarmStep,
        now: Timestamp,
    ) -> Result<(), String> {
        let value = async {
            match put {
                Some(value) => self.storage.put(key, value).await,
                None => Ok(()),
            }
        };
        let alarm = async {
            match step {
                AlarmStep::Keep => Ok(()),
                AlarmStep::Set(at) => self.storage.set_alarm(date(at, now)).await,
            }
        };
        // Both are begun before either is waited for, which makes them one transaction of storage.
        try_join(value, alarm).await.map(|_| ()).map_err(failed)
    }

    /// Deletes everything that the object stores.
    async fn clear(&self) -> Result<(), String> {
        self.resume_clock(None);
        self.storage.delete_all().await.map_err(failed)
    }

    /// On a development server, remembers how far the clock of a decision is ahead: the alarm has to
    /// decide by the same clock.
    async fn note_clock(&self, now: Timestamp) -> Result<(), String> {
        let mut clock = self.clock.get();
        if let Some(ahead) = clock.follow(now, clock::platform()) {
            self.storage.put(AHEAD, ahead.to_string()).await.map_err(failed)?;
            self.clock.set(clock);
            self.alarm.set(KnownAlarm::Stale);
        }
        Ok(())
    }

    /// The time at which an alarm decides.
    async fn alarm_time(&self) -> Result<Timestamp, String> {
        self.alarm.set(KnownAlarm::Off);
        if self.clock.get() != ObjectClock::Platform {
            let ahead = self.load(AHEAD).await?;
            self.resume_clock(ahead.and_then(|ahead| ahead.parse().ok()));
        }
        Ok(self.clock.get().time(clock::platform()))
    }

    fn resume_clock(&self, ahead: Option<u64>) {
        let mut clock = self.clock.get();
        clock.resume(ahead);
        self.clock.set(clock);
    }

    /// Ends an alarm. After a failure it goes off again: the platform alone would give up after a
    /// few times.
    async fn end_alarm(&self, outcome: Result<(), String>) -> worker::Result<Response> {
        if let Err(why) = outcome {
            log::write(&LogEvent::AlarmFailed { why: &why });
            self.alarm.set(KnownAlarm::Unknown);
            self.storage.set_alarm(AGAIN).await?;
        }
        Response::empty()
    }
}

/// The id of the request in which an object is asked.
fn request_of(request: &Request) -> Option<String> {
    request.headers().get(REQUEST).ok().flatten()
}

/// The answer to the caller of an object. The reason of a failure goes to the log alone.
fn answer(outcome: Result<String, String>, request: Option<&str>) -> worker::Result<Response> {
    outcome.map(Response::ok).unwrap_or_else(|why| {
        log::write_of(request, &LogEvent::ObjectFailed { why: &why });
        Ok(Response::empty()?.with_status(500))
    })
}

/// A time on the clock of the decisions, as the platform's alarm takes it.
#[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit in 53 bits")]
fn date(at: Timestamp, now: Timestamp) -> ScheduledTime {
    ScheduledTime::new(Date::new(&(clock::platform_millis(at, now) as f64).into()))
}

fn failed(error: worker::Error) -> String {
    error.to_string()
}

/// The failure of a decision whose bytes could not be read. Nothing was decided and nothing is
/// overwritten, so the caller can ask again.
fn unreadable(why: Unreadable) -> String {
    why.as_str().to_owned()
}
