//! What the Worker does with the answers of the index, and without one.

use warifu_core::ids::CardholderId;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Objects, Platform, config, incoming};

fn taro() -> CardholderId {
    CardholderId::parse("taro").unwrap_or_else(|_| panic!("taro is an id"))
}

async fn ctx(objects: Option<&Objects>) -> RequestContext {
    let asked = incoming("https://otp.example/v1/cardholders", &[], Some("{}"));
    let ctx = Platform::new().ctx(config(), &asked).await;
    if let Some(objects) = objects {
        objects.bind(&ctx.env, CLASS);
    }
    ctx
}

fn answering(reply: &IndexReply) -> Objects {
    Objects::answering(&[wire::write_answer(reply).unwrap()])
}

#[wasm_bindgen_test]
async fn one_object_is_asked_for_all() {
    let objects = answering(&IndexReply::Done);
    let added = add(&ctx(Some(&objects)).await, vec![taro()]).await;
    assert!(added.is_ok());
    assert_eq!(objects.names(), ["cardholders"]);
}

#[wasm_bindgen_test]
async fn an_index_that_is_away_is_said_so() {
    let objects = Objects::answering(&[]);
    let ctx = ctx(Some(&objects)).await;
    assert_eq!(add(&ctx, vec![taro()]).await.map_err(|no| no.code.status()), Err(503));
    assert_eq!(remove(&ctx, taro()).await.map_err(|no| no.code.status()), Err(503));
    assert_eq!(page(&ctx, None, 1).await.map_err(|no| no.code.status()), Err(503));
}

#[wasm_bindgen_test]
async fn without_the_class_cardholders_are_registered_and_not_listed() {
    let ctx = ctx(None).await;
    assert!(add(&ctx, vec![taro()]).await.is_ok());
    assert!(remove(&ctx, taro()).await.is_ok());
    assert_eq!(page(&ctx, None, 1).await.map_err(|no| no.code.status()), Err(500));
}

#[wasm_bindgen_test]
async fn a_reply_to_another_command_is_a_fault() {
    let objects = answering(&IndexReply::Listed(Vec::new(), false));
    assert!(add(&ctx(Some(&objects)).await, vec![taro()]).await.is_err());
    let objects = answering(&IndexReply::Done);
    assert!(page(&ctx(Some(&objects)).await, None, 1).await.is_err());
}
