//! Which keys are taken, and what of them is shown.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn the_jwks_shows_public_members_only() {
    assert_eq!(
        serde_json::to_value(keys(&[JWK, OTHER]).public()).unwrap(),
        json!([
            {
                "kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256", "use": "sig",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            },
            {
                "kty": "EC", "crv": "P-256", "kid": "b", "alg": "ES256", "use": "sig",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            },
        ])
    );
}

#[wasm_bindgen_test]
fn keys_that_cannot_sign_are_refused() {
    for bad in ["", "null", "{}", "[]", "[null]", "[{}]", JWK, "[\"a\"]", "[{]"] {
        assert!(parsed(bad).is_err(), "{bad}");
    }
    for (member, value) in [
        ("kty", json!("RSA")),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("kid", json!("")),
        ("kid", json!(1)),
        ("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE")),
        ("y", json!("x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0")),
        ("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI=")),
        ("d", json!("")),
        ("d", json!(7)),
    ] {
        let mut jwk: Value = serde_json::from_str(JWK).unwrap();
        jwk[member] = value;
        assert!(parsed(&format!("[{jwk}]")).is_err(), "{jwk}");
        assert!(parsed(&format!("[{OTHER},{jwk}]")).is_err(), "a good one first, then {jwk}");
    }
    for member in ["kty", "crv", "kid", "x", "y", "d"] {
        let mut jwk: Value = serde_json::from_str(JWK).unwrap();
        jwk.as_object_mut().unwrap().remove(member);
        assert!(parsed(&format!("[{jwk}]")).is_err(), "without {member}");
    }
}

#[wasm_bindgen_test]
fn a_key_id_names_one_key() {
    assert!(parsed(&format!("[{JWK},{OTHER}]")).is_ok());
    let same = OTHER.replace(r#""kid":"b""#, r#""kid":"a""#);
    assert!(parsed(&format!("[{JWK},{same}]")).is_err());
}

#[wasm_bindgen_test]
async fn halves_that_do_not_belong_together_are_found() {
    assert!(keys(&[JWK, OTHER]).prove().await.is_ok());
    let mut mixed: Value = serde_json::from_str(JWK).unwrap();
    mixed["d"] = serde_json::from_str::<Value>(OTHER).unwrap()["d"].take();
    let mixed = mixed.to_string();
    assert!(keys(&[&mixed]).prove().await.is_err());
    assert!(keys(&[OTHER, &mixed]).prove().await.is_err(), "also when it does not sign");
}

#[wasm_bindgen_test]
fn a_refused_key_is_not_quoted() {
    let why = parsed(&format!("[{}]", JWK.replace("P-256", "P-384"))).err().unwrap();
    assert!(why.starts_with("ATTESTATION_KEYS must "), "{why}");
    assert!(!why.contains("jpsQnnGQ"), "{why}");
}
