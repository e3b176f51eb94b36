//! For whom a call of a form counts: its challenge, or the address of whoever made up its secret.

use warifu_core::{fixtures::record, locale::Locale};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Platform, config, incoming};
use crate::problem::ProblemCode;

/// What opening with `secret` is refused with.
async fn opened(bindings: &Bindings, secret: &str) -> Result<(), ProblemCode> {
    let headers = [("cf-connecting-ip", "2001:db8:1:2::3")];
    let incoming = incoming("https://otp.example/challenge/x", &headers, Some(""));
    let ctx = Platform::new().ctx(config(), &incoming).await;
    bindings.bind(&ctx.env);
    Opened::by(&ctx, &incoming, secret).await.map(drop).map_err(|problem| problem.code)
}

fn secret() -> String {
    let config = config();
    let (_, master) = config.active_master_key().ok().unwrap();
    record(Locale::Ja).client_secret(master, None).reveal().to_owned()
}

/// The rate of addresses lets nobody pass here: it is not asked.
#[wasm_bindgen_test]
async fn a_right_secret_counts_for_its_challenge_and_for_no_address() {
    let stored = serde_json::to_string(&record(Locale::Ja)).unwrap();
    let id = record(Locale::Ja).id;
    let bindings = Bindings::new(&[(&format!("challenge:{id}"), &stored)]).open("FORM_RATE");
    assert_eq!(opened(&bindings, &secret()).await, Ok(()));
    assert_eq!(bindings.asked("FORM_RATE"), [id.as_str()]);
    assert!(bindings.asked("ADDRESS_RATE").is_empty());
}

#[wasm_bindgen_test]
async fn a_challenge_that_is_asked_too_often_is_not_read() {
    let bindings = Bindings::new(&[]);
    assert_eq!(opened(&bindings, &secret()).await, Err(ProblemCode::RateLimited));
    assert!(bindings.asked("reads").is_empty());
    // A deployment that was set up before the rate of forms.
    let bindings = Bindings::new(&[]).without("FORM_RATE");
    assert_eq!(opened(&bindings, &secret()).await, Err(ProblemCode::RateLimited));
    assert_eq!(bindings.asked("ADDRESS_RATE"), [record(Locale::Ja).id.as_str()]);
}

#[wasm_bindgen_test]
async fn a_made_up_secret_counts_for_its_address_and_reads_nothing() {
    let right = secret();
    for made_up in [format!("{}{}", &right[..right.len() - 2], "__"), "x".to_owned()] {
        for (bindings, code) in [
            (Bindings::new(&[]), ProblemCode::RateLimited),
            (Bindings::new(&[]).open("ADDRESS_RATE"), ProblemCode::ChallengeNotFound),
        ] {
            assert_eq!(opened(&bindings, &made_up).await, Err(code), "{made_up}");
            assert_eq!(bindings.asked("ADDRESS_RATE"), ["2001:db8:1:2"]);
            assert!(bindings.asked("FORM_RATE").is_empty());
            assert!(bindings.asked("reads").is_empty());
        }
    }
}
