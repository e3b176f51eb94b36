//! The platform's bindings that are called as JavaScript has them: KV, rate limits, object storage.
//!
//! The `worker` crate's wrappers of these read JavaScript values through serde, a second reader
//! beside JSON's that every isolate would load for a few strings and one boolean.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use worker::{Env, State};

use crate::{json::Json, problem::Problem};

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    pub(crate) type Namespace;

    #[wasm_bindgen(method, catch, js_name = get)]
    async fn js_get(this: &Namespace, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = put)]
    async fn js_put(
        this: &Namespace,
        key: &str,
        value: &str,
        options: &Object,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = delete)]
    async fn js_delete(this: &Namespace, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = list)]
    async fn js_list(this: &Namespace, options: &Object) -> Result<JsValue, JsValue>;

    /// A rate limit.
    type RateLimit;

    #[wasm_bindgen(method, catch, js_name = limit)]
    async fn js_limit(this: &RateLimit, options: &Object) -> Result<JsValue, JsValue>;
}

impl Namespace {
    pub(crate) fn bound(env: &Env, name: &str) -> Result<Self, Problem> {
        bound(env, name)
    }

    /// A value; `None` for a key that this location does not know.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>, Problem> {
        self.js_get(key).await.map(|value| value.as_string()).map_err(silent)
    }

    /// Writes a value, for `ttl` seconds if that is given, with what lists of keys show of it.
    pub(crate) async fn put(
        &self,
        key: &str,
        value: &str,
        ttl: Option<u32>,
        metadata: Option<&Json>,
    ) -> Result<(), Problem> {
        let options = Object::new();
        if let Some(seconds) = ttl {
            set(&options, "expirationTtl", &seconds.into());
        }
        if let Some(metadata) = metadata {
            let metadata = JSON::parse(&metadata.written()).map_err(silent)?;
            set(&options, "metadata", &metadata);
        }
        self.js_put(key, value, &options).await.map(drop).map_err(silent)
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), Problem> {
        self.js_delete(key).await.map(drop).map_err(silent)
    }

    /// Every key of a prefix: its name, and its metadata if it has any.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<(String, Json)>, Problem> {
        let mut keys = Vec::new();
        let options = Object::new();
        set(&options, "prefix", &prefix.into());
        loop {
            let page = self.js_list(&options).await.map_err(silent)?;
            let page = JSON::stringify(&page).map_err(silent)?.as_string().unwrap_or_default();
            let page = Json::parse(&page);
            let mut page =
                page.ok_or_else(|| Problem::internal("a list of keys was not understood"))?;
            if let Some(Json::List(found)) = page.take("keys") {
                keys.extend(found.into_iter().filter_map(|mut key| {
                    let metadata = key.take("metadata").unwrap_or(Json::Null);
                    Some((key.take("name")?.into_text()?, metadata))
                }));
            }
            match page.get("cursor").and_then(Json::as_str) {
                Some(cursor) if matches!(page.get("list_complete"), Some(Json::Bool(false))) => {
                    set(&options, "cursor", &cursor.into());
                }
                _ => return Ok(keys),
            }
        }
    }
}

/// Whether a rate limit lets `key` pass once more.
pub(crate) async fn within_limit(env: &Env, binding: &str, key: &str) -> Result<bool, Problem> {
    let limit: RateLimit = bound(env, binding)?;
    let options = Object::new();
    set(&options, "key", &key.into());
    let outcome = limit.js_limit(&options).await.map_err(silent)?;
    Ok(Reflect::get(&outcome, &"success".into()).map_err(silent)?.is_truthy())
}

/// A text in an object's storage.
pub(crate) async fn stored_text(state: &State, key: &str) -> worker::Result<Option<String>> {
    let stored = state.as_raw().storage()?.get(key)?;
    Ok(JsFuture::from(stored).await?.as_string())
}

fn bound<T: wasm_bindgen::JsCast>(env: &Env, name: &str) -> Result<T, Problem> {
    let binding = Reflect::get(env.as_ref(), &name.into()).map_err(silent)?;
    if binding.is_undefined() {
        return Err(Problem::misconfigured(name, "be bound"));
    }
    Ok(binding.unchecked_into())
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Fails only on frozen objects and setters that throw.
    drop(Reflect::set(object, &name.into(), value));
}

/// The platform's own words can quote a key, so they stay out of the log.
fn silent(_error: JsValue) -> Problem {
    Problem::unavailable("a binding of the platform failed")
}
