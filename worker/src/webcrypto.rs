//! WebCrypto, as signing, sealing and receipts call it.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use warifu_delivery::receipts::Algorithm;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

/// An algorithm in WebCrypto's words, with everything that its calls ask for.
fn named(algorithm: Algorithm) -> Result<Object, CryptoFault> {
    object(match algorithm {
        Algorithm::HmacSha1 => &[("name", "HMAC"), ("hash", "SHA-1")],
        Algorithm::RsaSha1 => &[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-1")],
        Algorithm::RsaSha256 => &[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")],
        Algorithm::P256Sha256 => &[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")],
    })
}

/// A call of WebCrypto failed, or WebCrypto is missing.
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

/// Waits for a promise of WebCrypto.
pub(crate) async fn settle<T>(promise: Result<Promise<T>, JsValue>) -> Result<JsValue, CryptoFault>
where
    Promise<T>: Into<Promise<JsValue>>,
{
    let promise: Promise<JsValue> = promise.map_err(|_| CryptoFault)?.into();
    JsFuture::from(promise).await.map_err(|_| CryptoFault)
}

/// Whether a signature is right.
pub(crate) async fn check(
    algorithm: &Object,
    key: &CryptoKey,
    signature: &[u8],
    signed: &[u8],
) -> Result<bool, CryptoFault> {
    let promise = subtle()?.verify_with_object_and_buffer_source_and_buffer_source(
        algorithm,
        key,
        &Uint8Array::from(signature),
        &Uint8Array::from(signed),
    );
    Ok(settle(promise).await? == JsValue::TRUE)
}

/// Whether a signature is right; `false` also when the key cannot be read.
pub(crate) async fn verified(
    format: &str,
    key: &[u8],
    algorithm: Algorithm,
    signature: &[u8],
    signed: &[u8],
) -> Result<bool, CryptoFault> {
    let usages = Array::of1(&JsValue::from_str("verify"));
    let (key, algorithm) = (Uint8Array::from(key), named(algorithm)?);
    let promise = subtle()?.import_key_with_object(format, &key, &algorithm, false, &usages);
    let Ok(key) = settle(promise).await else { return Ok(false) };
    check(&algorithm, &key.unchecked_into(), signature, signed).await
}
