//! The platform's bindings that are called as JavaScript has them: KV, rate limits, objects and
//! their storage, settings.
//!
//! The `worker` crate's wrappers of these read JavaScript values through serde, a second reader
//! beside JSON's that every isolate would load for a few strings and one boolean; those of objects
//! bring streams for texts that are whole when they come.

use js_sys::{Array, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};
use worker::Env;

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

    /// The objects of one class.
    type Objects;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn js_get_by_name(this: &Objects, name: &str) -> Result<Stub, JsValue>;

    /// One of them, as it is asked.
    type Stub;

    #[wasm_bindgen(method, catch, js_name = fetch)]
    async fn js_fetch(this: &Stub, url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;

    /// What an object is made with.
    pub type ObjectState;

    #[wasm_bindgen(method, getter, js_name = storage)]
    pub(crate) fn storage(this: &ObjectState) -> Storage;

    /// What an object keeps.
    pub(crate) type Storage;

    #[wasm_bindgen(method, catch, js_name = get)]
    async fn js_get(this: &Storage, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = put)]
    async fn js_put(this: &Storage, key: &str, value: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    async fn js_delete_all(this: &Storage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = put)]
    fn js_put_begin(this: &Storage, key: &str, value: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn js_set_alarm(this: &Storage, at: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    async fn js_delete_alarm(this: &Storage) -> Result<JsValue, JsValue>;

    /// The way into a queue.
    type Producer;

    #[wasm_bindgen(method, catch, js_name = send)]
    async fn js_send(this: &Producer, body: &str, options: &Object) -> Result<JsValue, JsValue>;

    /// A data set of Workers Analytics Engine.
    type Dataset;

    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    fn js_write_data_point(this: &Dataset, point: &JsValue) -> Result<(), JsValue>;

    /// Messages of a queue.
    pub type Batch;

    #[wasm_bindgen(method, getter, js_name = messages)]
    pub(crate) fn messages(this: &Batch) -> Vec<QueueMessage>;

    /// One of them.
    pub(crate) type QueueMessage;

    #[wasm_bindgen(method, getter, js_name = body)]
    pub(crate) fn body(this: &QueueMessage) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = attempts)]
    pub(crate) fn attempts(this: &QueueMessage) -> u32;
    #[wasm_bindgen(method, js_name = ack)]
    pub(crate) fn ack(this: &QueueMessage);
    #[wasm_bindgen(method, js_name = retry)]
    fn js_retry(this: &QueueMessage, options: &Object);
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

/// Asks an object of ours; `None` when it could not answer. Its address does not matter: the body
/// is the message.
pub(crate) async fn ask(
    env: &Env,
    class: &str,
    name: &str,
    text: &str,
) -> Result<Option<String>, Problem> {
    let away = |error: JsValue| Problem::unavailable(said(&error));
    let object = bound::<Objects>(env, class)?.js_get_by_name(name).map_err(away)?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&text.into());
    let answer: Response =
        object.js_fetch("https://object/", &init).await.map_err(away)?.unchecked_into();
    let text = JsFuture::from(answer.text().map_err(away)?).await.map_err(away)?;
    Ok(text.as_string().filter(|_| answer.ok()))
}

impl Storage {
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>, String> {
        self.js_get(key).await.map(|value| value.as_string()).map_err(|error| said(&error))
    }

    pub(crate) async fn put(&self, key: &str, value: &str) -> Result<(), String> {
        self.js_put(key, value).await.map(drop).map_err(|error| said(&error))
    }

    /// Writes, and has the object woken at `at` (milliseconds since the epoch): both or neither.
    pub(crate) async fn put_and_wake(&self, key: &str, value: &str, at: u64) -> Result<(), String> {
        // Both are begun before either is waited for, which makes them one transaction.
        let begun = (self.js_put_begin(key, value), self.set_alarm(at));
        for promise in [begun.0, begun.1] {
            let promise = promise.map_err(|error| said(&error))?;
            JsFuture::from(promise).await.map_err(|error| said(&error))?;
        }
        Ok(())
    }

    /// Has the object woken.
    pub(crate) async fn wake_at(&self, at: u64) -> Result<(), String> {
        let promise = self.set_alarm(at).map_err(|error| said(&error))?;
        JsFuture::from(promise).await.map(drop).map_err(|error| said(&error))
    }

    /// Has the object woken no more.
    pub(crate) async fn sleep(&self) -> Result<(), String> {
        self.js_delete_alarm().await.map(drop).map_err(|error| said(&error))
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit in 53 bits")]
    fn set_alarm(&self, at: u64) -> Result<Promise, JsValue> {
        self.js_set_alarm(at as f64)
    }

    pub(crate) async fn delete_all(&self) -> Result<(), String> {
        self.js_delete_all().await.map(drop).map_err(|error| said(&error))
    }
}

/// Puts a text into a queue.
pub(crate) async fn send(
    env: &Env,
    queue: &str,
    text: &str,
    delay_seconds: u32,
) -> Result<(), Problem> {
    let producer: Producer = bound(env, queue)?;
    let options = Object::new();
    set(&options, "contentType", &"text".into());
    if delay_seconds > 0 {
        set(&options, "delaySeconds", &delay_seconds.into());
    }
    producer.js_send(text, &options).await.map(drop).map_err(silent)
}

/// Adds a number to the data set of this name, if there is one. The first label is its kind, by
/// which the platform samples.
pub(crate) fn measure(env: &Env, dataset: &str, labels: [&str; 3], number: u32) {
    let Ok(dataset) = bound::<Dataset>(env, dataset) else { return };
    let point = Object::new();
    let blobs: Array = labels.iter().map(|label| JsValue::from_str(label)).collect();
    set(&point, "indexes", &Array::of1(&blobs.get(0)));
    set(&point, "blobs", &blobs);
    set(&point, "doubles", &Array::of1(&number.into()));
    // A metric that is not taken is no reason to fail.
    drop(dataset.js_write_data_point(&point));
}

impl QueueMessage {
    /// Has the message come again.
    pub(crate) fn retry(&self, delay_seconds: u32) {
        let options = Object::new();
        set(&options, "delaySeconds", &delay_seconds.into());
        self.js_retry(&options);
    }
}

/// A setting or a secret.
pub(crate) fn setting(env: &Env, name: &str) -> Option<String> {
    Reflect::get(env.as_ref(), &name.into()).ok()?.as_string()
}

/// Whether anything is bound by this name.
pub(crate) fn is_bound(env: &Env, name: &str) -> bool {
    Reflect::has(env.as_ref(), &name.into()).unwrap_or_default()
}

pub(crate) fn bound<T: wasm_bindgen::JsCast>(env: &Env, name: &str) -> Result<T, Problem> {
    let binding = Reflect::get(env.as_ref(), &name.into()).map_err(silent)?;
    if binding.is_undefined() {
        return Err(Problem::misconfigured(name, "be bound"));
    }
    Ok(binding.unchecked_into())
}

pub(crate) fn set(object: &Object, name: &str, value: &JsValue) {
    // Fails only on frozen objects and setters that throw.
    drop(Reflect::set(object, &name.into(), value));
}

/// What the platform says of a failure.
fn said(error: &JsValue) -> String {
    let message = || Reflect::get(error, &"message".into()).ok()?.as_string();
    error.as_string().or_else(message).unwrap_or_default()
}

/// The platform's own words of KV can quote a key, so they stay out of the log.
fn silent(_error: JsValue) -> Problem {
    Problem::unavailable("a binding of the platform failed")
}

#[cfg(test)]
mod tests {
    use js_sys::Function;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_number_is_added_to_a_data_set_where_one_is_bound() {
        let env = Object::new();
        let measured = |env: &Object| {
            measure(env.unchecked_ref(), "METRICS", ["sms_long", "ucs2", "ja"], 2);
            Reflect::get(env, &"point".into()).unwrap()
        };
        assert!(measured(&env).is_undefined(), "nothing is bound");

        let dataset = Function::new_with_args(
            "env",
            "env.METRICS = { writeDataPoint: (point) => { env.point = JSON.stringify(point); } }",
        );
        dataset.call1(&JsValue::NULL, &env).unwrap();
        let point = r#"{"indexes":["sms_long"],"blobs":["sms_long","ucs2","ja"],"doubles":[2]}"#;
        assert_eq!(measured(&env).as_string().as_deref(), Some(point));
    }
}
