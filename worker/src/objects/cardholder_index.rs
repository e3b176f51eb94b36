//! The object that has the ids of all cardholders. What is asked and answered is in
//! `core/src/cardholder_index.rs`.

use futures_util::future::try_join_all;
use js_sys::{Object, Reflect};
use warifu_core::{
    cardholder_index::{IndexCommand, IndexReply, MOST, ROWS, behind, id_of, key},
    ids::CardholderId,
    wire,
};
use wasm_bindgen::JsValue;
use worker::{DurableObject, Env, ListOptions, Request, Response, State, Storage, durable_object};

use super::{answer, failed, request_of, unreadable};
use crate::panics;

/// How many keys one call of the storage takes.
const AT_ONCE: usize = 128;

/// Keeps the index of cardholders.
#[durable_object]
pub struct CardholderIndexObject {
    storage: Storage,
}

impl DurableObject for CardholderIndexObject {
    fn new(state: State, _env: Env) -> Self {
        panics::note_place();
        Self { storage: state.storage() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let outcome = match wire::read_answer(&request.text().await?) {
            Ok(command) => self.carry_out(command).await,
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }
}

impl CardholderIndexObject {
    async fn carry_out(&self, command: IndexCommand) -> Result<String, String> {
        let reply = match command {
            IndexCommand::Add(ids) => {
                try_join_all(ids.chunks(AT_ONCE).map(|ids| self.add(ids))).await?;
                IndexReply::Done
            }
            IndexCommand::Remove(id) => {
                self.storage.delete(&key(&id)).await.map_err(failed)?;
                IndexReply::Done
            }
            IndexCommand::List(after, limit) => self.list(after.as_ref(), limit.min(MOST)).await?,
        };
        wire::write_answer(&reply).map_err(unreadable)
    }

    /// Writes the rows that are missing.
    async fn add(&self, ids: &[CardholderId]) -> Result<(), String> {
        let keys: Vec<String> = ids.iter().map(key).collect();
        let asked = keys.iter().map(String::as_str).collect();
        let known = self.storage.get_multiple(asked).await.map_err(failed)?;
        let missing = Object::new();
        for key in keys.iter().map(JsValue::from).filter(|key| !known.has(key)) {
            Reflect::set(&missing, &key, &JsValue::from("")).map_err(|_| "a row was not made")?;
        }
        if Object::keys(&missing).length() > 0 {
            self.storage.put_multiple_raw(missing).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn list(&self, after: Option<&CardholderId>, limit: u16) -> Result<IndexReply, String> {
        let limit = usize::from(limit);
        let start = after.map(behind);
        // One more, which says whether there are more.
        let options = ListOptions::new().prefix(ROWS).limit(limit + 1);
        let options = match &start {
            Some(start) => options.start(start),
            None => options,
        };
        let rows = self.storage.list_with_options(options).await.map_err(failed)?;
        let keys = rows.keys().into_iter().filter_map(|key| key.ok()?.as_string());
        let mut ids: Vec<_> = keys.filter_map(|key| id_of(&key)).collect();
        let more = ids.len() > limit;
        ids.truncate(limit);
        Ok(IndexReply::Listed(ids, more))
    }
}
