//! Attestations on the wire: JWS with ES256 (RFC 7515, RFC 7518 §3.4), signed and checked by
//! WebCrypto.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use warifu_core::{
    attestation::{Claims, TEST_TYPE, TYPE, TestClaims},
    ids::ChallengeId,
    test_mode::TestChallengeId,
};
use warifu_delivery::{json::Json, settings::SettingError};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::CryptoKey;

use crate::{
    settings::{ATTESTATION_KEYS, distinct},
    webcrypto::{CryptoFault, check, object, set, settle, subtle},
};

/// A private P-256 key (RFC 7517, RFC 7518 §6.2). No `Debug`, no `Serialize`.
struct PrivateJwk {
    kid: String,
    x: String,
    y: String,
    d: String,
}

impl PrivateJwk {
    fn read(jwk: &Json) -> Option<Self> {
        let member = |name: &str| jwk.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| {
            let is_32_bytes = |text: &String| {
                Base64UrlUnpadded::decode_vec(text).is_ok_and(|bytes| bytes.len() == 32)
            };
            member(name).filter(is_32_bytes)
        };
        let p256 = member("kty")? == "EC" && member("crv")? == "P-256";
        let kid = member("kid").filter(|kid| p256 && !kid.is_empty())?;
        Some(Self { kid, x: number("x")?, y: number("y")?, d: number("d")? })
    }
}

/// The public half, as the JWKS shows it.
#[derive(Serialize)]
pub struct PublicJwk<'a> {
    kty: &'static str,
    crv: &'static str,
    kid: &'a str,
    x: &'a str,
    y: &'a str,
    alg: &'static str,
    r#use: &'static str,
}

#[derive(Serialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The attestation keys: the first signs, all are accepted and published.
pub struct SigningKeys(Vec<PrivateJwk>);

impl SigningKeys {
    /// Reads a JSON array of private JWKs.
    pub(crate) fn parse(json: &str) -> Result<Self, SettingError> {
        let keys: Option<Vec<_>> = Json::parse(json)
            .and_then(Json::into_list)
            .and_then(|keys| keys.iter().map(PrivateJwk::read).collect());
        let distinct = |keys: &Vec<PrivateJwk>| distinct(keys.iter().map(|key| key.kid.as_str()));
        keys.filter(|keys| !keys.is_empty() && distinct(keys))
            .map(Self)
            .ok_or_else(|| ATTESTATION_KEYS.refused())
    }

    /// Signs and checks a probe with every key: a key whose halves do not belong together is found
    /// before it could spend a verification.
    pub async fn prove(&self) -> Result<(), CryptoFault> {
        const PROBE: &str = "warifu";
        for key in &self.0 {
            let signature = sign_with(key, PROBE).await?;
            if !genuine(key, PROBE, &signature).await? {
                return Err(CryptoFault);
            }
        }
        Ok(())
    }

    /// What the JWKS publishes.
    pub fn public(&self) -> Vec<PublicJwk<'_>> {
        fn public(key: &PrivateJwk) -> PublicJwk<'_> {
            let PrivateJwk { kid, x, y, .. } = key;
            PublicJwk { kty: "EC", crv: "P-256", kid, x, y, alg: "ES256", r#use: "sig" }
        }
        self.0.iter().map(public).collect()
    }

    /// Signs claims with the first key, in compact form.
    pub async fn sign(&self, claims: &Claims) -> Result<String, CryptoFault> {
        self.sign_as(TYPE, claims).await
    }

    /// Signs claims of a test challenge, as a token of another type.
    pub async fn sign_test(&self, claims: &TestClaims) -> Result<String, CryptoFault> {
        self.sign_as(TEST_TYPE, claims).await
    }

    async fn sign_as<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, CryptoFault> {
        let key = self.0.first().ok_or(CryptoFault)?;
        let header = Header { alg: "ES256".to_owned(), kid: key.kid.clone(), typ: typ.to_owned() };
        let part = |json: Result<Vec<u8>, serde_json::Error>| {
            json.map(|bytes| Base64UrlUnpadded::encode_string(&bytes)).map_err(|_| CryptoFault)
        };
        let (header, claims) =
            (part(serde_json::to_vec(&header))?, part(serde_json::to_vec(claims))?);
        let signed = format!("{header}.{claims}");
        let signature = Base64UrlUnpadded::encode_string(&sign_with(key, &signed).await?);
        Ok(format!("{signed}.{signature}"))
    }

    /// The claims of an attestation. `None` for a token that none of our keys signed as an
    /// attestation. The cardholder object decides whether it can still be redeemed.
    pub async fn verify(&self, token: &str) -> Result<Option<AttestationClaims>, CryptoFault> {
        let claims = self.genuine_claims(TYPE, token).await?;
        Ok(claims
            .and_then(|claims| AttestationClaims::read(&claims, |id| ChallengeId::parse(id).ok())))
    }

    /// The same, of an attestation of a test challenge.
    pub async fn verify_test(
        &self,
        token: &str,
    ) -> Result<Option<AttestationClaims<TestChallengeId>>, CryptoFault> {
        let claims = self.genuine_claims(TEST_TYPE, token).await?;
        Ok(claims.and_then(|claims| {
            AttestationClaims::read(&claims, |id| TestChallengeId::parse(id).ok())
        }))
    }

    async fn genuine_claims(&self, typ: &str, token: &str) -> Result<Option<Json>, CryptoFault> {
        let Some((signed, claims, signature, key)) = self.read(typ, token) else {
            return Ok(None);
        };
        let genuine = genuine(key, signed, &signature).await?;
        Ok(Some(claims).filter(|_| genuine))
    }

    /// Takes a token of a type apart: the signed text, the claims, the signature, and the key that the token
    /// names.
    fn read<'t>(&self, typ: &str, token: &'t str) -> Option<(&'t str, Json, Vec<u8>, &PrivateJwk)> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| -> Option<Json> {
            let bytes = Base64UrlUnpadded::decode_vec(part).ok()?;
            Json::parse(std::str::from_utf8(&bytes).ok()?)
        };
        let header = json(header)?;
        let parameter = |name: &str| header.get(name)?.as_str();
        if parameter("alg")? != "ES256" || parameter("typ")? != typ {
            return None;
        }
        let kid = parameter("kid")?;
        let key = self.0.iter().find(|key| key.kid == kid)?;
        Some((signed, json(claims)?, Base64UrlUnpadded::decode_vec(signature).ok()?, key))
    }
}

/// The claims that decide a redemption. Everything else is read from the record.
pub struct AttestationClaims<Id = ChallengeId> {
    /// Our origin.
    pub issuer: String,
    /// The id of the merchant that it is for.
    pub audience: String,
    /// The challenge that was verified.
    pub challenge: Id,
    /// When the challenge was verified, in seconds.
    pub issued_at: u64,
}

impl<Id> AttestationClaims<Id> {
    fn read(claims: &Json, id: impl Fn(&str) -> Option<Id>) -> Option<Self> {
        let claim = |name: &str| claims.get(name)?.as_str();
        Some(Self {
            issuer: claim("iss")?.to_owned(),
            audience: claim("aud")?.to_owned(),
            challenge: id(claim("sub")?)?,
            issued_at: claims.get("iat")?.as_u64()?,
        })
    }
}

async fn sign_with(key: &PrivateJwk, text: &str) -> Result<Vec<u8>, CryptoFault> {
    let private = import(key, "sign").await?;
    let promise = subtle()?.sign_with_object_and_buffer_source(&ecdsa()?, &private, &bytes(text));
    Ok(Uint8Array::new(&settle(promise).await?).to_vec())
}

async fn genuine(key: &PrivateJwk, text: &str, signature: &[u8]) -> Result<bool, CryptoFault> {
    let public = import(key, "verify").await?;
    check(&ecdsa()?, &public, signature, text.as_bytes()).await
}

async fn import(key: &PrivateJwk, usage: &str) -> Result<CryptoKey, CryptoFault> {
    let jwk = object(&[("kty", "EC"), ("crv", "P-256"), ("x", &key.x), ("y", &key.y)])?;
    if usage == "sign" {
        set(&jwk, "d", &JsValue::from_str(&key.d))?;
    }
    let algorithm = object(&[("name", "ECDSA"), ("namedCurve", "P-256")])?;
    let usages = Array::of1(&JsValue::from_str(usage));
    let promise = subtle()?.import_key_with_object("jwk", &jwk, &algorithm, false, &usages);
    settle(promise).await?.dyn_into().map_err(|_| CryptoFault)
}

fn bytes(text: &str) -> Uint8Array {
    Uint8Array::from(text.as_bytes())
}

fn ecdsa() -> Result<Object, CryptoFault> {
    object(&[("name", "ECDSA"), ("hash", "SHA-256")])
}

#[cfg(test)]
mod tests;
