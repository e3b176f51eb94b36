//! What registering and erasing ask of the index, and what the caller is told where that fails. What is
//! registered is tested in core, and lists end to end.

use warifu_core::{
    cardholder::Cardholder,
    cardholder_index::{IndexCommand, IndexReply},
    wire,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Objects, Platform, config, incoming};

/// That of the fixture's deployment.
const KEY: &str = "Bearer wk_issuer_0123456789abcdef0123456789abcdef";

/// What the object of a cardholder answers to the last of these commands.
fn reply_to(commands: Vec<Command>) -> String {
    let (rules, now) = (config().rules, Timestamp::from_millis(0));
    let mut state = Cardholder::default();
    let mut last = None;
    for command in commands {
        let decided = state.decide(command, &rules, now);
        state = decided.0;
        last = Some(decided.1);
    }
    wire::write_reply(&last.unwrap()).unwrap()
}

fn registering() -> Command {
    Command::Register(Registration {
        email: None,
        phone: None,
        personal_message: None,
        channel: None,
        by: BoundBy::Issuer,
    })
}

fn done() -> String {
    wire::write_answer(&IndexReply::Done).unwrap()
}

/// Registers (`PUT`) or erases (`DELETE`) with objects that answer so. Returns the status, and how the
/// index was asked.
async fn asked(method: &str, cardholder: &[String], index: &[String]) -> (u16, Vec<&'static str>) {
    let mut request = incoming(
        "https://otp.example/v1/cardholders/taro",
        &[("authorization", KEY), ("content-type", "application/json")],
        Some("{}"),
    );
    let ctx = Platform::new().ctx(config(), &request).await;
    let (cardholder, index) = (Objects::answering(cardholder), Objects::answering(index));
    cardholder.bind(&ctx.env, "CARDHOLDERS");
    index.bind(&ctx.env, "CARDHOLDER_INDEX");
    Bindings::new(&[]).bind(&ctx.env);
    let answer = match method {
        "PUT" => put(&ctx, &mut request, "taro").await,
        _ => delete(&ctx, &request, "taro").await,
    };
    let status = match answer {
        Ok(response) => response.status_code(),
        Err(problem) => problem.code.status(),
    };
    let how = |(_, text): &(String, String)| match wire::read_answer(text) {
        Ok(IndexCommand::Add(_)) => "add",
        Ok(IndexCommand::Remove(_)) => "remove",
        Ok(IndexCommand::List(..)) | Err(_) => "otherwise",
    };
    (status, index.asked().iter().map(how).collect())
}

#[wasm_bindgen_test]
async fn every_registration_adds_so_that_one_from_before_the_index_is_in_it_too() {
    let new = reply_to(vec![registering()]);
    assert_eq!(asked("PUT", &[new], &[done()]).await, (201, vec!["add"]));
    let again = reply_to(vec![registering(), registering()]);
    assert_eq!(asked("PUT", &[again], &[done()]).await, (200, vec!["add"]));
}

#[wasm_bindgen_test]
async fn whoever_is_told_that_a_cardholder_is_registered_finds_them_in_the_index() {
    let new = reply_to(vec![registering()]);
    assert_eq!(asked("PUT", &[new], &[]).await, (503, vec!["add"]));
    assert_eq!(asked("PUT", &[], &[done()]).await, (503, vec![]));
}

#[wasm_bindgen_test]
async fn an_erasure_that_was_cut_short_takes_the_id_out_when_it_is_repeated() {
    let erased = [
        reply_to(vec![registering(), Command::Challenges]),
        reply_to(vec![registering(), Command::Describe]),
        reply_to(vec![registering(), Command::Forget]),
    ];
    assert_eq!(asked("DELETE", &erased, &[done()]).await, (204, vec!["remove"]));
    assert_eq!(asked("DELETE", &erased, &[]).await, (503, vec!["remove"]));
    let gone = reply_to(vec![Command::Challenges]);
    assert_eq!(
        asked("DELETE", std::slice::from_ref(&gone), &[done()]).await,
        (404, vec!["remove"])
    );
    assert_eq!(asked("DELETE", &[gone], &[]).await, (503, vec!["remove"]));
}
