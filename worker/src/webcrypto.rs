//! WebCrypto, as signing and sealing call it.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::SubtleCrypto;

/// WebCrypto said no, or is not there.
#[derive(Debug)]
pub struct CryptoFault;

/// A plain object of texts, such as an algorithm.
pub(crate) fn object(entries: &[(&str, &str)]) -> Result<Object, CryptoFault> {
    let object = Object::new();
    for (name, value) in entries {
        set(&object, name, &JsValue::from_str(value))?;
    }
    Ok(object)
}

/// Sets one member.
pub(crate) fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), CryptoFault> {
    Reflect::set(object, &JsValue::from_str(name), value).map(drop).map_err(|_| CryptoFault)
}

/// The platform's WebCrypto.
pub(crate) fn subtle() -> Result<SubtleCrypto, CryptoFault> {
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"));
    let crypto: web_sys::Crypto = crypto.map_err(|_| CryptoFault)?.unchecked_into();
    Ok(crypto.subtle())
}

/// Waits for what WebCrypto promised.
pub(crate) async fn settle<T>(promise: Result<Promise<T>, JsValue>) -> Result<JsValue, CryptoFault>
where
    Promise<T>: Into<Promise<JsValue>>,
{
    let promise: Promise<JsValue> = promise.map_err(|_| CryptoFault)?.into();
    JsFuture::from(promise).await.map_err(|_| CryptoFault)
}
