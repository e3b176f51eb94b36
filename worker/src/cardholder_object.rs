//! The cardholder object: load, decide in core, save, answer.
//!
//! Nothing is awaited but the object's own storage, so no two decisions interleave, and the
//! platform holds the answer back until the write is durable.

use warifu_core::{
    cardholder::Cardholder,
    rules::{Rules, SettingError},
    wire::{self, Unreadable},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;
use worker::Env;

use crate::{
    config,
    http::Response,
    log,
    platform::{ObjectState, Storage},
};

const STATE: &str = "cardholder";

#[wasm_bindgen]
pub struct CardholderObject {
    storage: Storage,
    /// Read once: settings do not change while an object lives.
    rules: Result<Rules, SettingError>,
}

#[wasm_bindgen]
impl CardholderObject {
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: &Env) -> Self {
        Self { storage: state.storage(), rules: config::rules(env) }
    }

    pub async fn fetch(&self, request: Request) -> Result<web_sys::Response, JsValue> {
        let body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
        // No command begins so: see `object::write_line`.
        if body.starts_with('{') {
            log::write(&body);
            return Response::empty(200).into_platform();
        }
        let response = match self.decide(&body).await {
            Ok(reply) => Response::with_body(200, "text/plain", reply),
            Err(why) => {
                log::write(&log::line("object_failed", &[("why", &why)]));
                Response::empty(500)
            }
        };
        response.into_platform()
    }
}

impl CardholderObject {
    async fn decide(&self, body: &str) -> Result<String, String> {
        let (now, command) = wire::read_command(body).map_err(unreadable)?;
        let refused = |error: &SettingError| format!("{} must {}", error.name, error.must);
        let rules = self.rules.as_ref().map_err(refused)?;

        let stored = self.storage.get(STATE).await?;
        let cardholder = match &stored {
            Some(state) => wire::read_state(state).map_err(unreadable)?,
            None => Cardholder::default(),
        };
        let (cardholder, reply) = cardholder.decide(command, rules, now);
        let state = wire::write_state(&cardholder).map_err(unreadable)?;
        if cardholder == Cardholder::default() {
            if stored.is_some() {
                self.storage.delete_all().await?;
            }
        } else if stored.as_ref() != Some(&state) {
            self.storage.put(STATE, &state).await?;
        }
        wire::write_reply(&reply).map_err(unreadable)
    }
}

fn unreadable(Unreadable: Unreadable) -> String {
    "bytes of another version".to_owned()
}
