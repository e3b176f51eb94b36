//! The cardholder object: load, decide in core, save, answer.
//!
//! Nothing is awaited but the object's own storage, so no two decisions interleave, and the
//! platform holds the answer back until the write is durable. Only the alarm, when it has decided
//! and saved, puts events into their queue.

mod places;

use std::cell::Cell;

use warifu_core::{
    cardholder::{Cardholder, Command, Reply},
    rules::{Rules, SettingError},
    time::Timestamp,
    wire::{self, Unreadable},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;
use worker::Env;

use crate::{
    clock, config, events,
    http::Response,
    log,
    platform::{ObjectState, Storage},
    quota,
};

const STATE: &str = "cardholder";
const AHEAD: &str = "seconds_ahead";

#[wasm_bindgen]
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

#[wasm_bindgen]
impl CardholderObject {
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: &Env) -> Self {
        Self {
            storage: state.storage(),
            rules: config::rules(env),
            env: env.clone(),
            alarm: Cell::new(None),
            ahead: Cell::new(0),
        }
    }

    pub async fn fetch(&self, request: Request) -> Result<web_sys::Response, JsValue> {
        let body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
        // No command begins so: see `object::write_line`.
        if body.starts_with('{') {
            log::write(&body);
            return Response::empty(200).into_platform();
        }
        let decided = match body.strip_prefix(quota::TO) {
            Some(wanted) => self.place(wanted).await,
            None => self.decide(&body).await,
        };
        let response = match decided {
            Ok(reply) => Response::with_body(200, "text/plain", reply),
            Err(why) => {
                log::write(&log::line("object_failed", &[("why", &why)]));
                Response::empty(500)
            }
        };
        response.into_platform()
    }

    /// Time has come: what ran out ends, and events that wait go into their queue. They stay here
    /// until somebody has taken them over.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        /// How long after a failure it is woken again, in milliseconds.
        const AGAIN: u64 = 300_000;
        self.alarm.set(None);
        let Err(why) = self.wake().await else { return Ok(()) };
        log::write(&log::line("alarm_failed", &[("why", &why)]));
        // Not left to the platform, which gives up after a few times.
        let again = self.storage.wake_at(clock::platform().millis() + AGAIN).await;
        again.map_err(|_| JsValue::from_str("not woken"))
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
        let stored = self.storage.get(STATE).await?;
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
                Some(at) if changed => self.storage.put_and_wake(STATE, &state, at).await?,
                Some(at) => self.storage.wake_at(at).await?,
                None if changed => self.storage.put(STATE, &state).await?,
                None => {}
            }
            if due.is_none() && (anew || set.is_some()) {
                self.storage.sleep().await?;
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
        self.storage.delete_all().await
    }

    /// Remembers a clock that somebody moved: the alarm has to decide by the same. Says whether it
    /// was moved.
    async fn note_clock(&self, now: Timestamp) -> Result<bool, String> {
        let ahead = clock::seconds_ahead(now);
        let moved = ahead != self.ahead.replace(ahead);
        if moved {
            self.storage.put(AHEAD, &ahead.to_string()).await?;
            self.alarm.set(None);
        }
        Ok(moved)
    }

    async fn wake(&self) -> Result<(), String> {
        let ahead = self.storage.get(AHEAD).await?.and_then(|ahead| ahead.parse().ok());
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

/// Nothing was decided and nothing is written over: whoever asked asks again.
fn unreadable(why: Unreadable) -> String {
    why.as_str().to_owned()
}
