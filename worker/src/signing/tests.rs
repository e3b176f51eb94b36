//! Attestations against the platform's own WebCrypto.

mod keys;

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::JWK;

/// RFC 7517 §A.2.
const OTHER: &str = r#"{"kty":"EC","crv":"P-256","kid":"b",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;

const CHALLENGE: &str = "ch_AQEBAQEBAQEBAQEBAQEBAQ";

fn keys(jwks: &[&str]) -> SigningKeys {
    parsed(&format!("[{}]", jwks.join(","))).unwrap()
}

fn parsed(json: &str) -> Result<SigningKeys, String> {
    SigningKeys::parse(json).map_err(|error| error.to_string())
}

fn claims() -> Claims {
    Claims {
        iss: "https://otp.example".to_owned(),
        aud: "maru-shop".to_owned(),
        sub: CHALLENGE.to_owned(),
        jti: "att_1".to_owned(),
        iat: 1_676_214_000,
        exp: 1_676_214_300,
        amount: 3150,
        currency: "JPY".to_owned(),
        card_last4: "1234".to_owned(),
        reference: None,
        channel: "email".to_owned(),
        destination_age: None,
    }
}

fn encoded(json: &Value) -> String {
    Base64UrlUnpadded::encode_string(json.to_string().as_bytes())
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": "a", "typ": TYPE })
}

fn claims_json() -> Value {
    serde_json::to_value(claims()).unwrap()
}

/// A token of any content with a signature that is right for it: only its content can be refused.
async fn forged(header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = sign_with(&keys(&[JWK]).0[0], &signed).await.unwrap();
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

async fn accepts(keys: &SigningKeys, token: &str) -> bool {
    keys.verify(token).await.unwrap().is_some()
}

#[wasm_bindgen_test]
async fn what_was_signed_is_what_is_read() {
    let keys = keys(&[JWK]);
    let token = keys.sign(&claims()).await.unwrap();
    let claims = keys.verify(&token).await.unwrap().unwrap();
    assert_eq!(claims.issuer, "https://otp.example");
    assert_eq!(claims.audience, "maru-shop");
    assert_eq!(claims.challenge.as_str(), CHALLENGE);
    assert_eq!(claims.issued_at, 1_676_214_000);
}

/// Merchants check it with libraries of their own: this form is the contract.
#[wasm_bindgen_test]
async fn a_token_is_a_compact_jws_of_every_claim() {
    let token = keys(&[JWK]).sign(&claims()).await.unwrap();
    let parts: Vec<_> =
        token.split('.').map(|part| Base64UrlUnpadded::decode_vec(part).unwrap()).collect();
    let [head, body, signature] = parts.as_slice() else { panic!("{token}") };
    assert_eq!(serde_json::from_slice::<Value>(head).unwrap(), header());
    assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), claims_json());
    // r and s, each 32 bytes (RFC 7518 §3.4), not DER.
    assert_eq!(signature.len(), 64);
}

#[wasm_bindgen_test]
async fn a_forgery_that_changes_nothing_is_accepted() {
    // Without this, the refusals below would prove nothing.
    assert!(accepts(&keys(&[JWK]), &forged(&header(), &claims_json()).await).await);
}

#[wasm_bindgen_test]
async fn after_a_rotation_the_former_key_is_still_accepted_and_the_first_one_signs() {
    let before = keys(&[JWK]).sign(&claims()).await.unwrap();
    let rotated = keys(&[OTHER, JWK]);
    assert!(accepts(&rotated, &before).await);
    let after = rotated.sign(&claims()).await.unwrap();
    assert!(accepts(&keys(&[OTHER]), &after).await);
    assert!(!accepts(&keys(&[JWK]), &after).await, "a key id of no key");
    assert!(!accepts(&keys(&[OTHER]), &before).await, "a key that is gone");
}

#[wasm_bindgen_test]
async fn another_key_of_the_same_id_is_not_ours() {
    let stranger = keys(&[&OTHER.replace(r#""kid":"b""#, r#""kid":"a""#)]);
    let token = stranger.sign(&claims()).await.unwrap();
    assert!(accepts(&stranger, &token).await);
    assert!(!accepts(&keys(&[JWK]), &token).await);
}

#[wasm_bindgen_test]
async fn only_the_header_of_an_attestation_is_taken() {
    for (member, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("es256")),
        ("alg", json!("ES384")),
        ("alg", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("at+jwt")),
        ("typ", Value::Null),
        ("kid", json!("b")),
        ("kid", json!(0)),
        ("kid", Value::Null),
    ] {
        let mut other = header();
        other[member] = value;
        let token = forged(&other, &claims_json()).await;
        assert!(!accepts(&keys(&[JWK, OTHER]), &token).await, "{other}");
    }
    let absent = json!({ "kid": "a", "typ": TYPE });
    assert!(!accepts(&keys(&[JWK]), &forged(&absent, &claims_json()).await).await);
}

#[wasm_bindgen_test]
async fn a_token_without_what_decides_is_none() {
    for (claim, value) in [
        ("iss", Value::Null),
        ("iss", json!(1)),
        ("aud", Value::Null),
        ("aud", json!(["maru-shop"])),
        ("sub", Value::Null),
        ("sub", json!("ch_short")),
        ("iat", Value::Null),
        ("iat", json!("1676214000")),
        ("iat", json!(-1)),
    ] {
        let mut other = claims_json();
        other[claim] = value;
        assert!(!accepts(&keys(&[JWK]), &forged(&header(), &other).await).await, "{other}");
    }
    assert!(!accepts(&keys(&[JWK]), &forged(&header(), &json!("claims")).await).await);
}

#[wasm_bindgen_test]
async fn a_changed_claim_breaks_the_signature() {
    let keys = keys(&[JWK]);
    let token = keys.sign(&claims()).await.unwrap();
    let signature = token.rsplit_once('.').unwrap().1;
    for (claim, value) in [
        ("aud", json!("other-shop")),
        ("amount", json!(1)),
        ("iat", json!(1_676_214_001)),
        ("extra", json!(true)),
    ] {
        let mut other = claims_json();
        other[claim] = value;
        let token = format!("{}.{}.{signature}", encoded(&header()), encoded(&other));
        assert!(!accepts(&keys, &token).await, "{other}");
    }
}

#[wasm_bindgen_test]
async fn a_changed_signature_is_none() {
    let keys = keys(&[JWK]);
    let token = keys.sign(&claims()).await.unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let genuine = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let flipped = |at: usize| {
        let mut other = genuine.clone();
        other[at] ^= 1;
        other
    };
    let longer = [genuine.as_slice(), &[0]].concat();
    let swapped = [&genuine[32..], &genuine[..32]].concat();
    for other in [
        flipped(0),
        flipped(31),
        flipped(32),
        flipped(63),
        genuine[..63].to_vec(),
        longer,
        swapped,
        // Zeros and ones satisfy a verifier that forgets to check the range (CVE-2022-21449).
        vec![0; 64],
        vec![1; 64],
        Vec::new(),
    ] {
        let token = format!("{signed}.{}", Base64UrlUnpadded::encode_string(&other));
        assert!(!accepts(&keys, &token).await, "{other:?}");
    }
}

#[wasm_bindgen_test]
async fn a_token_has_one_spelling() {
    let keys = keys(&[JWK]);
    let token = keys.sign(&claims()).await.unwrap();
    for other in [
        format!("{token}=="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        format!("{token}.e30"),
        format!(".{token}"),
        token.replacen('.', "..", 1),
        token.replacen('.', "", 1),
        with_other_spare_bits(&token),
        token[..token.len() - 2].to_owned(),
        token[..token.len() / 2].to_owned(),
        token.rsplit_once('.').unwrap().0.to_owned(),
    ] {
        assert!(!accepts(&keys, &other).await, "{other}");
    }
}

/// The last of 86 characters carries two bits of 64 bytes; the other four must be zero.
fn with_other_spare_bits(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = token.split_at(token.len() - 1);
    let next = ALPHABET.find(last).unwrap() + 1;
    format!("{head}{}", &ALPHABET[next..=next])
}

#[wasm_bindgen_test]
async fn garbage_is_none_and_no_fault() {
    let keys = keys(&[JWK]);
    for garbage in ["", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.AAAA", "割符.割符.割符"]
    {
        assert!(!accepts(&keys, garbage).await, "{garbage}");
    }
    // Not UTF-8, not JSON, not an object: each in a place of its own.
    for part in [
        Base64UrlUnpadded::encode_string(&[0xff]),
        Base64UrlUnpadded::encode_string(b"{"),
        encoded(&json!([])),
    ] {
        assert!(
            !accepts(&keys, &format!("{part}.{}.AAAA", encoded(&claims_json()))).await,
            "{part}"
        );
        assert!(!accepts(&keys, &format!("{}.{part}.AAAA", encoded(&header()))).await, "{part}");
    }
}
