use serde_json::{Value, json};
use warifu_core::{
    cardholder::{Ended, Outcome},
    locale::Locale,
    time::Timestamp,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Platform, config, incoming, record, sent, text};

const HERE: &str = "https://otp.example/v1/siteverify";

async fn submitted(media_type: &str, body: &str) -> Option<Submitted> {
    let body = incoming(HERE, &[("content-type", media_type)], Some(body)).body().await;
    read(&body.unwrap_or_else(|_| panic!("it was too large")))
}

async fn answered(response: Result<Response, Problem>) -> (u16, Value) {
    let response = response.unwrap_or_else(|problem| panic!("{:?}", problem.code));
    (response.status_code(), serde_json::from_str(&text(response).await).unwrap())
}

#[wasm_bindgen_test]
async fn json_and_form_say_the_same() {
    for (media_type, body) in [
        (
            "application/json",
            r#"{"secret":"s s","response":"r","idempotency_key":"k","remoteip":"192.0.2.1"}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "secret=s+s&response=r&idempotency_key=k&remoteip=192.0.2.1",
        ),
    ] {
        let submitted = submitted(media_type, body).await;
        let Submitted { secret, response, idempotency_key } =
            submitted.unwrap_or_else(|| panic!("{body} was refused"));
        assert_eq!(secret.as_deref(), Some("s s"));
        assert_eq!(response.as_deref(), Some("r"));
        assert_eq!(idempotency_key.as_deref(), Some("k"));
    }
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_is_refused() {
    let key = "k".repeat(256);
    for body in [
        "",
        "[]",
        r#"{"secret":1}"#,
        r#"{"response":[]}"#,
        r#"{"remoteip":1}"#,
        r#"{"idempotency_key":1}"#,
        r#"{"sitekey":"a"}"#,
        &format!(r#"{{"idempotency_key":"{key}"}}"#),
    ] {
        assert!(submitted("application/json", body).await.is_none(), "{body}");
    }
    let form = "application/x-www-form-urlencoded";
    assert!(submitted(form, &format!("idempotency_key={key}")).await.is_none());
    assert!(submitted(form, &format!("idempotency_key={}", &key[1..])).await.is_some());
    for body in ["secret=a&sitekey=b", "secret=a&secret=a", "response=a&response=b", "=a", "secret"]
    {
        let read = submitted(form, body).await.is_some();
        assert_eq!(read, body == "secret", "{body}");
    }
    // A missing field is named by the answer's error codes. The request as such can be read.
    assert!(submitted("application/json", "{}").await.is_some());
}

/// The shape that merchants' libraries for challenge services know.
#[wasm_bindgen_test]
async fn a_success_says_what_was_confirmed() {
    let at = Timestamp::parse_rfc3339("2023-02-13T00:01:00+09:00").unwrap();
    let mut view = sent();
    view.outcome = Some(Outcome { status: Ended::Verified, at });
    view.hostname = Some("checkout.shop.example".to_owned());
    let mut expected = json!({
        "success": true,
        "challenge": "ch_AQEBAQEBAQEBAQEBAQEBAQ",
        "challenge_ts": "2023-02-12T15:01:00Z",
        "hostname": "checkout.shop.example",
        "amount": 3150,
        "currency": "JPY",
        "card_last4": "1234",
        "reference": "order-1",
        "merchant": "maru-shop",
        "channel": "email",
        "error-codes": [],
    });
    assert_eq!(
        answered(success(&FormRecord::Live(record(Locale::Ja)), &view)).await,
        (200, expected.clone())
    );
    // Without a page that is known, the merchant's first origin stands for it.
    view.hostname = None;
    expected["hostname"] = json!("shop.example");
    assert_eq!(
        answered(success(&FormRecord::Live(record(Locale::Ja)), &view)).await,
        (200, expected)
    );
}

#[wasm_bindgen_test]
async fn a_failure_names_one_error() {
    for (code, name) in [
        (ErrorCode::MissingInputSecret, "missing-input-secret"),
        (ErrorCode::InvalidInputSecret, "invalid-input-secret"),
        (ErrorCode::MissingInputResponse, "missing-input-response"),
        (ErrorCode::InvalidInputResponse, "invalid-input-response"),
        (ErrorCode::BadRequest, "bad-request"),
        (ErrorCode::TimeoutOrDuplicate, "timeout-or-duplicate"),
        (ErrorCode::InternalError, "internal-error"),
    ] {
        let expected = json!({ "success": false, "error-codes": [name] });
        assert_eq!(answered(failure(200, code)).await, (200, expected));
    }
}

/// Their texts are in the guide, and in the configuration of merchants' test servers.
#[wasm_bindgen_test]
async fn a_dummy_secret_has_one_answer_whatever_is_brought() {
    let passed = json!({
        "success": true,
        "challenge": "ch_test_AAAAAAAAAAAAAAAAAAAAAA",
        "challenge_ts": "2023-02-12T15:00:00Z",
        "hostname": "shop.example",
        "amount": 3150,
        "currency": "JPY",
        "card_last4": "1234",
        "reference": "order-1",
        "merchant": "maru-shop",
        "channel": "email",
        "test": true,
        "error-codes": [],
    });
    let failed = |code: &str| json!({ "success": false, "error-codes": [code] });
    for (secret, expected) in [
        ("wk_test_always_passes", passed),
        ("wk_test_always_fails", failed("invalid-input-response")),
        ("wk_test_already_spent", failed("timeout-or-duplicate")),
    ] {
        for (response, expected) in [("x", &expected), ("", &failed("missing-input-response"))] {
            let body = json!({ "secret": secret, "response": response }).to_string();
            let headers = [("content-type", "application/json")];
            let mut incoming = incoming(HERE, &headers, Some(&body));
            let ctx = Platform::new().ctx(config(), &incoming).await;
            let answer = answered(siteverify(&ctx, &mut incoming).await).await;
            assert_eq!(answer, (200, expected.clone()), "{secret}");
        }
    }
}
