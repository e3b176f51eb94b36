//! What a registration writes into the index, and when. What KV lists is tested end to end.

use warifu_core::{
    cardholder::{BoundBy, Cardholder, Registration},
    time::Timestamp,
    wire::{self, CardholderCall},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    fixtures::{Bindings, Objects, Platform, config, incoming},
    routes::cardholders::{parse, register},
};

/// What an object answers to these commands, one after the other.
fn replies(commands: Vec<Command>) -> Vec<String> {
    let (rules, now) = (config().rules, Timestamp::from_millis(0));
    let mut state = Cardholder::default();
    let mut replies = Vec::new();
    for command in commands {
        let decided = state.decide(command, &rules, now);
        state = decided.0;
        replies.push(wire::write_reply(&decided.1).unwrap());
    }
    replies
}

fn registering() -> Command {
    Command::Register(registration())
}

fn registration() -> Registration {
    Registration {
        email: None,
        phone: None,
        personal_message: None,
        channel: None,
        by: BoundBy::Issuer,
    }
}

/// Registers once, with an object that answers so. Says whether it succeeded, what was written in KV,
/// and whether the object heard of the entry.
async fn registered(answers: &[String], kv: Bindings) -> (bool, Vec<String>, bool) {
    let platform = Platform::new();
    let asked = incoming("https://otp.example/v1/cardholders/taro", &[], Some("{}"));
    let ctx = platform.ctx(config(), &asked).await;
    let objects = Objects::answering(answers);
    objects.bind(&ctx.env, "CARDHOLDERS");
    kv.bind(&ctx.env);
    let id = parse("taro").unwrap_or_else(|problem| panic!("{:?}", problem.code));
    let done = register(&ctx, &id, registration(), Timestamp::from_millis(0)).await.is_ok();
    platform.written_elsewhere().await;
    let commands = objects.asked();
    let heard = commands.iter().any(|(_, text)| {
        matches!(
            wire::read_cardholder_call(text),
            Ok(CardholderCall::Decide(_, Command::Indexed, _))
        )
    });
    (done, kv.asked("writes"), heard)
}

#[wasm_bindgen_test]
async fn a_new_cardholder_is_written_into_the_index_and_the_object_hears_it() {
    let answers = replies(vec![registering(), Command::Indexed]);
    let done = registered(&answers, Bindings::new(&[])).await;
    assert_eq!(done, (true, vec!["put cardholder:taro".to_owned()], true));
}

#[wasm_bindgen_test]
async fn whoever_is_in_it_costs_no_write() {
    let answers = replies(vec![registering(), Command::Indexed, registering()]);
    let done = registered(&answers[2..], Bindings::new(&[])).await;
    assert_eq!(done, (true, Vec::new(), false));
}

#[wasm_bindgen_test]
async fn a_write_that_failed_fails_the_registration_and_the_next_one_writes() {
    let put = || vec!["put cardholder:taro".to_owned()];
    let answers = replies(vec![registering(), registering(), Command::Indexed]);
    let failed = registered(&answers[..1], Bindings::new(&[]).without_writes()).await;
    assert_eq!(failed, (false, put(), false));
    let done = registered(&answers[1..], Bindings::new(&[])).await;
    assert_eq!(done, (true, put(), true));
}

#[wasm_bindgen_test]
async fn an_entry_that_was_written_after_an_erasure_is_deleted() {
    let answers = replies(vec![registering(), Command::Forget, Command::Indexed]);
    let answers = [answers[0].clone(), answers[2].clone()];
    let done = registered(&answers, Bindings::new(&[])).await;
    let writes = ["put cardholder:taro", "delete cardholder:taro"].map(str::to_owned).to_vec();
    assert_eq!(done, (true, writes, true));
}
