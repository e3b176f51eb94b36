//! The last page: where it posts what, and what it lets nobody else do.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::config::tests::config;

fn page(locale: Locale, to: &str, value: &str) -> Response {
    let fields = [("cres", value.to_owned()), ("threeDSSessionData", "a&\"<b".to_owned())];
    final_page(&config(), locale, to, &fields).ok().unwrap()
}

#[wasm_bindgen_test]
fn it_posts_its_fields_to_the_requestor_and_escapes_them() {
    for (locale, button) in [(Locale::Ja, "続ける"), (Locale::En, "Continue")] {
        let body = page(locale, "https://shop.example/?a=1&b=\"2", "eyJ9").into_body();
        assert!(body.contains(button), "{body}");
        assert!(body.contains("method=\"post\""));
        assert!(body.contains("action=\"https://shop.example/?a=1&#38;b=&#34;2\""), "{body}");
        assert!(body.contains("name=\"cres\" value=\"eyJ9\""));
        assert!(body.contains("name=\"threeDSSessionData\" value=\"a&#38;&#34;&#60;b\""), "{body}");
    }
}

#[wasm_bindgen_test]
fn its_policy_lets_its_own_script_run_and_forms_lead_to_any_site() {
    let page = page(Locale::Ja, "https://shop.example/", "x");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("base-uri 'none'; form-action https:"), "{policy}");
    assert!(!policy.contains("frame-ancestors"));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
}
