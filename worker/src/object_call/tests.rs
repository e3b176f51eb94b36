//! Where an object is made that is asked for the first time.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Objects, Platform, configured, incoming};

const CLASS: &str = "CARDHOLDERS";

/// Asks an object of a deployment with these settings. Returns near to which place it would be made.
async fn asked_with(settings: &[(&str, &str)]) -> Vec<String> {
    let incoming = incoming("https://otp.example/v1/challenges", &[], None);
    let ctx = Platform::new().ctx(configured(settings).unwrap(), &incoming).await;
    let objects = Objects::answering(&["decided".to_owned()]);
    objects.bind(&ctx.env, CLASS);
    let answer = ask(&ctx.asking(), CLASS, "taro", "what").await;
    assert!(answer.is_ok_and(|answer| answer == "decided"));
    objects.near()
}

#[wasm_bindgen_test]
async fn an_object_is_made_near_to_the_place_that_the_deployment_names() {
    assert_eq!(asked_with(&[]).await, [""]);
    assert_eq!(asked_with(&[("OBJECT_LOCATION", "")]).await, [""]);
    assert_eq!(asked_with(&[("OBJECT_LOCATION", "apac")]).await, ["apac"]);
}
