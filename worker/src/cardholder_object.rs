//! The cardholder object: load, decide in core, save, answer.
//!
//! Nothing is awaited but the object's own storage, so no two decisions interleave, and the
//! platform holds the answer back until the write is durable.

use warifu_core::{cardholder::Cardholder, rules::Rules};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::{config, log, object::Envelope};

const STATE: &str = "cardholder";

#[durable_object(fetch)]
pub struct CardholderObject {
    state: State,
    env: Env,
}

impl DurableObject for CardholderObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.text().await?;
        match self.decide(&body).await {
            Ok(reply) => Response::ok(reply),
            Err(why) => {
                log::fault("object_failed", &why.to_string());
                Response::error("", 500)
            }
        }
    }
}

impl CardholderObject {
    async fn decide(&self, body: &str) -> Result<String> {
        let Envelope { now, command } = serde_json::from_str(body)?;
        let rules = self.rules()?;
        let storage = self.state.storage();

        let stored: Option<String> = storage.get(STATE).await?;
        let cardholder = match &stored {
            Some(json) => serde_json::from_str(json)?,
            None => Cardholder::default(),
        };
        let (cardholder, reply) = cardholder.decide(command, &rules, now);
        let json = serde_json::to_string(&cardholder)?;
        if cardholder == Cardholder::default() {
            if stored.is_some() {
                storage.delete_all().await?;
            }
        } else if stored.as_ref() != Some(&json) {
            storage.put_raw(STATE, json.as_str()).await?;
        }
        Ok(serde_json::to_string(&reply)?)
    }

    fn rules(&self) -> Result<Rules> {
        config::rules(&self.env)
            .map_err(|error| format!("{} must {}", error.name, error.must).into())
    }
}
