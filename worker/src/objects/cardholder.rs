//! The cardholder object: load, decide in core, save, answer.
//!
//! Nothing is awaited but the object's own storage, so no two decisions interleave, and the
//! platform holds the answer back until the write is durable. Only the alarm, when it has decided
//! and saved, puts events into their queue.

#[path = "destination.rs"]
mod places;

use std::{cell::Cell, time::Duration};

use futures_util::future::try_join;
use js_sys::Date;
use warifu_core::{
    cardholder::{Cardholder, Command, Reply},
    rules::{Rules, SettingError},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{
    DurableObject, Env, Request, Response, ScheduledTime, State, Storage, durable_object,
};

use crate::{clock, config, events, log, quota};

const STATE: &str = "cardholder";
const AHEAD: &str = "seconds_ahead";

#[durable_object(alarm)]
pub struct CardholderObject {
    storage: Storage,
    /// Read once: settings do not change while an object lives.
    rules: Result<Rules, SettingError>,
    env: Env,
    /// When it will be woken, on the clock of the commands; `None` also when another life set it.
    alarm: Cell<Option<Timestamp>>,
    /// How far the commands' clock is ahead of the platform's, in seconds.
    ahead: Cell<u64>,
}

impl DurableObject for CardholderObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            storage: state.storage(),
            rules: config::rules(&env),
            env,
            alarm: Cell::new(None),
            ahead: Cell::new(0),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.text().await?;
        // No command begins so: see `object::write_line`.
        if body.starts_with('{') {
            log::write(&body);
            return Response::empty();
        }
        let decided = match body.strip_prefix(quota::TO) {
            Some(wanted) => self.place(wanted).await,
            None => self.decide(&body).await,
        };
        decided.map(Response::ok).unwrap_or_else(|why| {
            log::write(&log::line("object_failed", &[("why", &why)]));
            Ok(Response::empty()?.with_status(500))
        })
    }

    /// Time has come: what ran out ends, and events that wait go into their queue. They stay here
    /// until somebody has taken them over.
    async fn alarm(&self) -> worker::Result<Response> {
        /// How long after a failure it is woken again.
        const AGAIN: Duration = Duration::from_secs(300);
        self.alarm.set(None);
        let Err(why) = self.wake().await else { return Response::empty() };
        log::write(&log::line("alarm_failed", &[("why", &why)]));
        // Not left to the platform, which gives up after a few times.
        self.storage.set_alarm(AGAIN).await?;
        Response::empty()
    }
}

impl CardholderObject {
    async fn decide(&self, body: &str) -> Result<String, String> {
        let (now, command) = wire::read_command(body).map_err(unreadable)?;
        let moved = self.note_clock(now).await?;
        let reply = self.obey(command, now, moved).await?;
        wire::write_reply(&reply).map_err(unreadable)
    }

    /// Decides and saves. `anew`: the alarm that was set is none any more.
    async fn obey(&self, command: Command, now: Timestamp, anew: bool) -> Result<Reply, String> {
        let rules = self.rules()?;
        let stored = self.load(STATE).await?;
        let cardholder = match &stored {
            Some(state) => wire::read_state(state).map_err(unreadable)?,
            None => Cardholder::default(),
        };
        let (cardholder, reply) = cardholder.decide(command, rules, now);
        let state = wire::write_state(&cardholder).map_err(unreadable)?;
        if cardholder == Cardholder::default() {
            if stored.is_some() {
                self.clear().await?;
            }
        } else {
            let changed = stored.as_ref() != Some(&state);
            let (due, set) = (cardholder.next_wake(rules), self.alarm.get());
            let at = due.filter(|_| (changed || anew) && due != set);
            match at.map(|at| clock::platform_millis(at, now)) {
                Some(at) if changed => self.save_and_wake(STATE, &state, at).await?,
                Some(at) => self.storage.set_alarm(date(at)).await.map_err(failed)?,
                None if changed => self.save(STATE, &state).await?,
                None => {}
            }
            if due.is_none() && (anew || set.is_some()) {
                self.storage.delete_alarm().await.map_err(failed)?;
            }
            self.alarm.set(at.or(due.and(set)));
        }
        Ok(reply)
    }

    fn rules(&self) -> Result<&Rules, String> {
        let refused = |error: &SettingError| format!("{} must {}", error.name, error.must);
        self.rules.as_ref().map_err(refused)
    }

    /// Leaves nothing.
    async fn clear(&self) -> Result<(), String> {
        self.alarm.set(None);
        self.ahead.set(0);
        self.storage.delete_all().await.map_err(failed)
    }

    async fn load(&self, key: &str) -> Result<Option<String>, String> {
        self.storage.get(key).await.map_err(failed)
    }

    async fn save(&self, key: &str, value: &str) -> Result<(), String> {
        self.storage.put(key, value).await.map_err(failed)
    }

    /// Saves, and has the object woken at `at` (milliseconds since the epoch): both or neither.
    async fn save_and_wake(&self, key: &str, value: &str, at: u64) -> Result<(), String> {
        // Both are begun before either is waited for, which makes them one transaction.
        let both = try_join(self.storage.put(key, value), self.storage.set_alarm(date(at)));
        both.await.map(drop).map_err(failed)
    }

    /// Remembers a clock that somebody moved: the alarm has to decide by the same. Says whether it
    /// was moved.
    async fn note_clock(&self, now: Timestamp) -> Result<bool, String> {
        let ahead = clock::seconds_ahead(now);
        let moved = ahead != self.ahead.replace(ahead);
        if moved {
            self.save(AHEAD, &ahead.to_string()).await?;
            self.alarm.set(None);
        }
        Ok(moved)
    }

    async fn wake(&self) -> Result<(), String> {
        let ahead = self.load(AHEAD).await?.and_then(|ahead| ahead.parse().ok());
        let ahead = ahead.unwrap_or_default();
        self.ahead.set(ahead);
        let now = clock::ahead_by(ahead);
        if self.forget_places(now).await?.is_some() {
            return Ok(());
        }
        let Reply::Woken(events) = self.obey(Command::Wake, now, true).await? else {
            return Err("woken to something else".to_owned());
        };
        for event in &events {
            if let Err(problem) = events::queue(&self.env, event).await {
                // It stays, and is handed out again.
                let why = problem.cause().unwrap_or_default();
                log::write(&log::line("event_not_queued", &[("why", why)]));
                break;
            }
        }
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit in 53 bits")]
fn date(millis: u64) -> ScheduledTime {
    ScheduledTime::new(Date::new(&(millis as f64).into()))
}

fn failed(error: worker::Error) -> String {
    error.to_string()
}

fn unreadable(Unreadable: Unreadable) -> String {
    "bytes of another version".to_owned()
}
