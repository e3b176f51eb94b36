//! The cardholder object: load, decide in core, save, answer.
//!
//! Nothing is awaited but the object's own storage, so no two decisions interleave, and the
//! platform holds the answer back until the write is durable.

use warifu_core::{
    cardholder::Cardholder,
    rules::{Rules, SettingError},
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::{config, log, platform};

const STATE: &str = "cardholder";

#[durable_object(fetch)]
pub struct CardholderObject {
    state: State,
    /// Read once: settings do not change while an object lives.
    rules: std::result::Result<Rules, SettingError>,
}

impl DurableObject for CardholderObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, rules: config::rules(&env) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.text().await?;
        // No command begins so: see `object::write_line`.
        if body.starts_with('{') {
            log::write(&body);
            return Response::empty();
        }
        match self.decide(&body).await {
            Ok(reply) => Response::ok(reply),
            Err(why) => {
                log::write(&log::line("object_failed", &[("why", &why.to_string())]));
                Response::error("", 500)
            }
        }
    }
}

impl CardholderObject {
    async fn decide(&self, body: &str) -> Result<String> {
        let (now, command) = wire::read_command(body).map_err(unreadable)?;
        let refused = |error: &SettingError| format!("{} must {}", error.name, error.must);
        let rules = self.rules.as_ref().map_err(refused)?;
        let storage = self.state.storage();

        let stored = platform::stored_text(&self.state, STATE).await?;
        let cardholder = match &stored {
            Some(state) => wire::read_state(state).map_err(unreadable)?,
            None => Cardholder::default(),
        };
        let (cardholder, reply) = cardholder.decide(command, rules, now);
        let state = wire::write_state(&cardholder).map_err(unreadable)?;
        if cardholder == Cardholder::default() {
            if stored.is_some() {
                storage.delete_all().await?;
            }
        } else if stored.as_ref() != Some(&state) {
            storage.put_raw(STATE, state.as_str()).await?;
        }
        wire::write_reply(&reply).map_err(unreadable)
    }
}

fn unreadable(Unreadable: Unreadable) -> worker::Error {
    worker::Error::from("bytes of another version")
}
