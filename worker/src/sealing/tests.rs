//! Secrets sealed and opened by the platform's own WebCrypto.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

fn keys(text: &str) -> SealingKeys {
    SealingKeys::parse(Some(text)).map_err(|error| error.to_string()).unwrap()
}

fn key(id: &str, byte: u8) -> String {
    format!("{id}:{}", Base64UrlUnpadded::encode_string(&[byte; 32]))
}

fn taro() -> CardholderId {
    CardholderId::parse("taro").unwrap()
}

fn secret() -> AppSecret {
    AppSecret::from_bytes([7; AppSecret::BYTES])
}

#[wasm_bindgen_test]
fn what_is_no_list_of_keys_is_refused() {
    let short = format!("a:{}", Base64UrlUnpadded::encode_string(&[1; 31]));
    let twice = format!("{},{}", key("a", 1), key("a", 2));
    for bad in ["", "a", "a:", ":b", "a:b", &short, &twice, &key("a.b", 1), &key("", 1)] {
        assert!(SealingKeys::parse(Some(bad)).is_err(), "{bad}");
    }
    assert!(SealingKeys::parse(None).is_ok_and(|keys| keys.0.is_empty()));
    assert_eq!(keys(&key("a", 1)).0.len(), 1);
}

#[wasm_bindgen_test]
async fn a_secret_opens_for_its_cardholder_with_its_key() {
    let keys = keys(&key("a", 1));
    let sealed = keys.seal(&secret(), &taro(), [1; NONCE]).await.unwrap();
    assert!(sealed.as_str().starts_with("a."));
    let opened = keys.unseal(&sealed, &taro()).await.unwrap().unwrap();
    assert_eq!(opened.secret.reveal(), secret().reveal());
    assert!(!opened.outdated);

    let jiro = CardholderId::parse("jiro").unwrap();
    assert!(keys.unseal(&sealed, &jiro).await.is_err(), "another cardholder's");
    let (id, bytes) = sealed.as_str().split_once('.').unwrap();
    let mut changed = Base64UrlUnpadded::decode_vec(bytes).unwrap();
    changed[NONCE] ^= 1;
    let changed = SealedSecret::new(format!("{id}.{}", Base64UrlUnpadded::encode_string(&changed)));
    assert!(keys.unseal(&changed, &taro()).await.is_err(), "changed");
}

#[wasm_bindgen_test]
async fn a_key_is_rotated_by_a_newer_one_in_front() {
    let sealed = keys(&key("a", 1)).seal(&secret(), &taro(), [1; NONCE]).await.unwrap();
    let rotated = keys(&format!("{},{}", key("b", 2), key("a", 1)));
    assert!(rotated.unseal(&sealed, &taro()).await.unwrap().unwrap().outdated);
    assert!(keys(&key("b", 2)).unseal(&sealed, &taro()).await.unwrap().is_none(), "key is gone");
    let forged = keys(&key("a", 3));
    assert!(forged.unseal(&sealed, &taro()).await.is_err(), "another key of that id");
}

/// The bytes that cardholders' objects keep: a change of the form locks every app out.
#[wasm_bindgen_test]
async fn sealed_form_is_pinned() {
    let sealed = keys(&key("a", 1)).seal(&secret(), &taro(), [1; NONCE]).await.unwrap();
    assert_eq!(
        sealed.as_str(),
        "a.AQEBAQEBAQEBAQEBtX69nW7wAvTtogiaqTtJrhozaQO-1WhZWX0vdtDmgFIN6s7S"
    );
}
