use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
async fn the_platform_gets_the_whole_answer() {
    let response = Response::with_body(422, "text/html; charset=utf-8", "割符".to_owned())
        .with_header("Retry-After", 9.to_string())
        .with_status(429);
    let sent = response.into_raw().ok().unwrap();
    assert_eq!(sent.status(), 429);
    let header = |name: &str| sent.headers().get(name).unwrap();
    assert_eq!(header("content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(header("retry-after").as_deref(), Some("9"));
    let body = JsFuture::from(sent.text().unwrap()).await.unwrap();
    assert_eq!(body.as_string().as_deref(), Some("割符"));
}

#[wasm_bindgen_test]
fn an_answer_without_a_body_has_none() {
    // A 204 with a body, even an empty one, is an error of the platform's.
    let sent = Response::empty(204).into_raw().ok().unwrap();
    assert_eq!(sent.status(), 204);
    assert!(sent.body().is_none());
    assert_eq!(sent.headers().get("content-type").unwrap(), None);
}

#[wasm_bindgen_test]
fn the_first_of_a_name_stays() {
    let response = Response::empty(200)
        .with_header("Cache-Control", "public")
        .with_header("cache-control", "no-store");
    assert_eq!(response.header("CACHE-CONTROL"), Some("public"));
    let sent = response.into_raw().ok().unwrap();
    assert_eq!(sent.headers().get("cache-control").unwrap().as_deref(), Some("public"));
}

#[wasm_bindgen_test]
fn what_is_no_header_is_an_error_and_no_panic() {
    assert!(Response::empty(303).with_header("Location", "a\nb").into_raw().is_err());
    assert!(Response::empty(99).into_raw().is_err());
}
