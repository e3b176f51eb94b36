//! Secrets of apps at rest: AES-256-GCM (NIST SP 800-38D) by WebCrypto, with keys that only the
//! Worker has. The cardholder object stores what is sealed here and cannot open it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use js_sys::{Array, Object, Uint8Array};
use warifu_core::{
    cardholder::AppProof,
    ids::CardholderId,
    totp::{AppSecret, SealedSecret},
};
use warifu_delivery::settings::SettingError;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::CryptoKey;

use crate::{
    problem::Problem,
    random,
    settings::{APP_KEYS, distinct},
    webcrypto::{CryptoFault, object, set, settle, subtle},
};

/// Bytes of the nonce in front of what is encrypted (NIST SP 800-38D §8.2: 96 bits).
const NONCE: usize = 12;

/// A 256-bit key. No `Debug`, no `Serialize`.
struct SealingKey {
    id: String,
    bytes: [u8; 32],
}

/// The keys of `APP_KEYS`: the first seals, all open. Empty when no app is offered.
pub(crate) struct SealingKeys(Vec<SealingKey>);

/// An app's secret that was opened.
struct Unsealed {
    secret: AppSecret,
    /// Whether it is sealed with a key that is not the one for new secrets any more.
    outdated: bool,
}

impl SealingKeys {
    /// Reads `<id>:<32 bytes in base64url>,…`. Without a text no app is offered.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, SettingError> {
        let entries = text.iter().flat_map(|text| text.split(','));
        let keys: Option<Vec<_>> = entries
            .map(|entry| {
                let (id, key) = entry.trim().split_once(':')?;
                let bytes = Base64UrlUnpadded::decode_vec(key.trim_end_matches('=')).ok()?;
                Some(SealingKey { id: id.to_owned(), bytes: bytes.try_into().ok()? })
            })
            .collect();
        let fit = |keys: &Vec<SealingKey>| {
            let ids = keys.iter().map(|key| key.id.as_str());
            distinct(ids.clone()) && ids.clone().all(|id| !id.contains('.'))
        };
        keys.filter(fit).map(Self).ok_or_else(|| APP_KEYS.refused())
    }

    async fn seal(
        &self,
        secret: &AppSecret,
        whose: &CardholderId,
        nonce: [u8; NONCE],
    ) -> Result<SealedSecret, CryptoFault> {
        let key = self.0.first().ok_or(CryptoFault)?;
        let plain = Uint8Array::from(secret.reveal().as_slice());
        let promise = subtle()?.encrypt_with_object_and_js_u8_array(
            &gcm(&nonce, whose)?,
            &import(key, "encrypt").await?,
            &plain,
        );
        let mut bytes = nonce.to_vec();
        bytes.extend(Uint8Array::new(&settle(promise).await?).to_vec());
        Ok(SealedSecret::new(format!("{}.{}", key.id, Base64UrlUnpadded::encode_string(&bytes))))
    }

    /// Opens a sealed secret; `None` when the deployment no longer has its key.
    async fn unseal(
        &self,
        sealed: &SealedSecret,
        whose: &CardholderId,
    ) -> Result<Option<Unsealed>, CryptoFault> {
        let (id, bytes) = sealed.as_str().split_once('.').ok_or(CryptoFault)?;
        let Some(index) = self.0.iter().position(|key| key.id == id) else { return Ok(None) };
        let Some(key) = self.0.get(index) else { return Ok(None) };
        let bytes = Base64UrlUnpadded::decode_vec(bytes).map_err(|_| CryptoFault)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(CryptoFault)?;
        let promise = subtle()?.decrypt_with_object_and_js_u8_array(
            &gcm(nonce, whose)?,
            &import(key, "decrypt").await?,
            &Uint8Array::from(sealed),
        );
        let secret = Uint8Array::new(&settle(promise).await?).to_vec();
        let secret = AppSecret::from_bytes(secret.try_into().map_err(|_| CryptoFault)?);
        Ok(Some(Unsealed { secret, outdated: index > 0 }))
    }
}

/// Seals a secret with the active key, for one cardholder alone.
pub(crate) async fn seal(
    keys: &SealingKeys,
    secret: &AppSecret,
    whose: &CardholderId,
) -> Result<SealedSecret, Problem> {
    let sealed = keys.seal(secret, whose, random::bytes()?).await;
    sealed.map_err(|CryptoFault| Problem::internal("WebCrypto failed to seal"))
}

/// Opens a secret of this cardholder to check a code. A secret that an older key sealed is sealed
/// again, with the active key.
pub(crate) async fn proof(
    keys: &SealingKeys,
    sealed: SealedSecret,
    whose: &CardholderId,
) -> Result<AppProof, Problem> {
    let unsealed = keys.unseal(&sealed, whose).await;
    let Unsealed { secret, outdated } = unsealed
        .map_err(|CryptoFault| Problem::internal("an app's secret could not be opened"))?
        .ok_or_else(|| Problem::unavailable("APP_KEYS must keep the keys that sealed apps"))?;
    let resealed = if outdated { Some(seal(keys, &secret, whose).await?) } else { None };
    Ok(AppProof { secret, sealed, resealed })
}

/// AES-GCM with the cardholder as additional data: what is sealed for one opens for no other.
fn gcm(nonce: &[u8], whose: &CardholderId) -> Result<Object, CryptoFault> {
    let algorithm = object(&[("name", "AES-GCM")])?;
    set(&algorithm, "iv", &Uint8Array::from(nonce))?;
    let whose = format!("warifu/app-secret/v1 {}", whose.as_str());
    set(&algorithm, "additionalData", &Uint8Array::from(whose.as_bytes()))?;
    Ok(algorithm)
}

async fn import(key: &SealingKey, usage: &str) -> Result<CryptoKey, CryptoFault> {
    let usages = Array::of1(&JsValue::from_str(usage));
    let bytes = Uint8Array::from(key.bytes.as_slice());
    let promise = subtle()?.import_key_with_str("raw", &bytes, "AES-GCM", false, &usages);
    settle(promise).await?.dyn_into().map_err(|_| CryptoFault)
}

#[cfg(test)]
mod tests;
