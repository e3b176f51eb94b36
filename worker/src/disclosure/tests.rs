//! What the Worker does with the answers of a merchant's object, and without them. What the object
//! decides is tested in core.

use warifu_core::{fixtures::record, locale::Locale, time::Timestamp, wire};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    fixtures::{Objects, Platform, config, incoming},
    merchant_object::CLASS,
};

/// Merchants' objects that give these answers.
fn objects(answers: &[Leave]) -> Objects {
    let answers: Vec<_> = answers.iter().map(|leave| wire::write_answer(leave).unwrap()).collect();
    Objects::answering(&answers)
}

/// A request to a deployment whose merchants' objects are these.
async fn ctx(platform: &Platform, objects: Option<&Objects>) -> RequestContext {
    let incoming = incoming("https://otp.example/v1/challenges", &[], Some("{}"));
    let ctx = platform.ctx(config(), &incoming).await;
    if let Some(objects) = objects {
        objects.bind(&ctx.env, CLASS);
    }
    ctx
}

/// What a create is told whose cardholder is refused so, once what follows the answer is done; an
/// error where it is not begun.
async fn told(objects: Option<&Objects>, refusal: ProblemCode) -> Result<ProblemCode, ProblemCode> {
    let platform = Platform::new();
    let (ctx, record) = (ctx(&platform, objects).await, record(Locale::Ja));
    let told = match Disclosure::ask(&ctx, &record).await {
        Ok(disclosure) => Ok(disclosure.refuse(&ctx, refusal.problem()).await.code),
        Err(problem) => Err(problem.code),
    };
    platform.written_elsewhere().await;
    told
}

/// A create whose challenge is opened, once what follows the answer is done.
async fn opens(objects: &Objects) {
    let platform = Platform::new();
    let (ctx, record) = (ctx(&platform, Some(objects)).await, record(Locale::Ja));
    let disclosure = Disclosure::ask(&ctx, &record).await;
    disclosure.unwrap_or_else(|problem| panic!("{:?}", problem.code)).meet_later(&ctx);
    platform.written_elsewhere().await;
}

fn limited() -> Leave {
    Leave::Limited(Timestamp::from_millis(u64::MAX))
}

#[wasm_bindgen_test]
async fn an_unknown_cardholder_is_told_only_with_leave() {
    use ProblemCode::{NotEnrolled, TooManyUnknownCardholders, UnknownCardholder};
    for refusal in [UnknownCardholder, NotEnrolled] {
        for (answers, code) in [
            (vec![Leave::Granted, Leave::Granted], Ok(refusal)),
            (vec![Leave::Acquainted, Leave::Granted], Ok(refusal)),
            (vec![Leave::Granted, limited()], Ok(TooManyUnknownCardholders)),
            (vec![Leave::Acquainted, limited()], Ok(TooManyUnknownCardholders)),
            (vec![limited()], Err(TooManyUnknownCardholders)),
        ] {
            let objects = objects(&answers);
            assert_eq!(told(Some(&objects), refusal).await, code, "{answers:?}");
            assert_eq!(objects.names(), vec!["maru-shop"; answers.len()]);
        }
    }
}

/// Where the object cannot be asked, a purchase goes on, and nobody is told that a cardholder is
/// unknown.
#[wasm_bindgen_test]
async fn without_the_object_purchases_go_on_and_nothing_is_told() {
    opens(&objects(&[])).await;
    let refusal = told(Some(&objects(&[Leave::Granted])), ProblemCode::UnknownCardholder).await;
    assert_eq!(refusal, Ok(ProblemCode::Unavailable));
}

/// A deployment whose wrangler.toml is from before the class.
#[wasm_bindgen_test]
async fn a_deployment_without_the_class_answers_as_it_did() {
    let told = told(None, ProblemCode::UnknownCardholder).await;
    assert_eq!(told, Ok(ProblemCode::UnknownCardholder));
}

/// That a cardholder is locked says that they are registered: the merchant knows them, and the slot
/// is given back. A fault says nothing.
#[wasm_bindgen_test]
async fn another_refusal_is_told_and_gives_the_slot_back() {
    for (refusal, answers) in [(ProblemCode::CardholderLocked, 2), (ProblemCode::Unavailable, 1)] {
        let objects = objects(&[Leave::Granted, Leave::Acquainted]);
        assert_eq!(told(Some(&objects), refusal).await, Ok(refusal));
        assert_eq!(objects.asked().len(), answers, "{refusal:?}");
    }
}

/// A cardholder whom the merchant knows is asked of the object once.
#[wasm_bindgen_test]
async fn a_known_cardholder_costs_one_question() {
    for (leave, questions) in [(Leave::Acquainted, 1), (Leave::Granted, 2)] {
        let objects = objects(&[leave, Leave::Acquainted]);
        opens(&objects).await;
        assert_eq!(objects.asked().len(), questions);
    }
}
