//! For whom a call of the enrollment pages counts.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Platform, config, incoming};

async fn entered(bindings: &Bindings, token: &str) -> Result<(), ProblemCode> {
    let headers = [("cf-connecting-ip", "192.0.2.1")];
    let incoming = incoming("https://otp.example/enrollment/x", &headers, Some(""));
    let ctx = Platform::new().ctx(config(), &incoming).await;
    bindings.bind(&ctx.env);
    Entered::by(&ctx, &incoming, token).await.map(drop).map_err(|problem| problem.code)
}

#[wasm_bindgen_test]
async fn a_right_token_counts_for_its_session_and_a_made_up_one_for_its_address() {
    let config = config();
    let (_, master) = config.active_master_key().ok().unwrap();
    let session = SessionId::random([1; 16]);
    let cardholder = CardholderId::parse("taro").unwrap();
    let token = EnrollmentToken::derive(master, &session, &cardholder).reveal();

    let bindings = Bindings::new(&[]).open("FORM_RATE");
    assert_eq!(entered(&bindings, &token).await, Ok(()));
    assert_eq!(bindings.asked("FORM_RATE"), [session.as_str()]);
    assert!(bindings.asked("ADDRESS_RATE").is_empty());
    assert_eq!(entered(&Bindings::new(&[]), &token).await, Err(ProblemCode::RateLimited));

    for made_up in [token.replace("dGFybw", "amlybw"), "x".to_owned()] {
        let bindings = Bindings::new(&[]).open("ADDRESS_RATE");
        let refused = entered(&bindings, &made_up).await;
        assert_eq!(refused, Err(ProblemCode::EnrollmentSessionNotFound), "{made_up}");
        assert_eq!(bindings.asked("ADDRESS_RATE"), ["192.0.2.1"]);
        assert!(bindings.asked("FORM_RATE").is_empty());
    }
}
