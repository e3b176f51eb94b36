use warifu_core::time::Timestamp;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    clock,
    fixtures::{Platform, configured, incoming, text},
};

/// The file of a deployment with this contact, or the status and code of its refusal.
async fn file(contact: &str) -> Result<String, (u16, &'static str)> {
    let config = configured(&[("SECURITY_CONTACT", contact)]);
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let asked = incoming("https://otp.example/.well-known/security.txt", &[], None);
    let ctx = Platform::new().ctx(config, &asked).await;
    match security_text(&ctx).await {
        Ok(answer) => {
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
            Ok(text(answer).await)
        }
        Err(problem) => Err((problem.code.status(), problem.code.name())),
    }
}

#[wasm_bindgen_test]
async fn the_contact_is_told_with_a_time_that_is_always_ahead() {
    for contact in ["mailto:security@otp.example", "https://otp.example/report", "tel:+81-3-1"] {
        let told = file(contact).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        let lines: Vec<_> = told.lines().map(|line| line.split_once(": ").unwrap()).collect();
        let names: Vec<_> = lines.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Contact", "Expires", "Preferred-Languages", "Canonical"]);
        assert_eq!(lines[0].1, contact);
        let expires = Timestamp::parse_rfc3339(lines[1].1).unwrap();
        let day = Duration::from_secs(86_400);
        assert!(expires > clock::platform().plus(day * 89), "{told}");
        assert!(expires < clock::platform().plus(day * 365), "{told}");
        assert_eq!(lines[3].1, "https://otp.example/.well-known/security.txt");
        assert!(told.ends_with('\n'));
    }
}

#[wasm_bindgen_test]
async fn without_a_contact_there_is_no_file() {
    assert_eq!(file("").await, Err((404, "not_found")));
}

#[wasm_bindgen_test]
fn a_contact_that_is_no_address_is_refused_by_name() {
    for bad in ["security@otp.example", "http://otp.example", "mailto:", "mailto:a b", "tel:１"] {
        let why = configured(&[("SECURITY_CONTACT", bad)]).err().map(|error| error.name);
        assert_eq!(why.as_deref(), Some("SECURITY_CONTACT"), "{bad}");
    }
}
