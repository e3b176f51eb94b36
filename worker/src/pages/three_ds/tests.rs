//! The last page: where it posts what, and what it lets nobody else do.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{config, configured, directory_servers};

fn posting(config: &Config, locale: Locale, to: &str, value: &str) -> Response {
    let fields = [("cres", value.to_owned()), ("threeDSSessionData", "a&\"<b".to_owned())];
    final_page(config, config.three_ds.directory_server("ds"), locale, to, &fields).ok().unwrap()
}

fn page(locale: Locale, to: &str, value: &str) -> Response {
    posting(&config(), locale, to, value)
}

fn policy(page: &Response) -> &str {
    page.header("content-security-policy").unwrap()
}

#[wasm_bindgen_test]
fn it_posts_its_fields_to_the_requestor_and_escapes_them() {
    for (locale, button) in [(Locale::Ja, ">続ける</button>"), (Locale::En, ">Continue</button>")]
    {
        let body = page(locale, "https://shop.example/?a=1&b=\"2", "eyJ9").into_body();
        assert!(body.contains(button), "{body}");
        assert!(
            body.contains(
                "<form method=\"post\" action=\"https://shop.example/?a=1&#38;b=&#34;2\">"
            ),
            "{body}"
        );
        assert!(body.contains("name=\"cres\" value=\"eyJ9\""));
        assert!(body.contains("name=\"threeDSSessionData\" value=\"a&#38;&#34;&#60;b\""), "{body}");
        // The button has no name: it would be a field.
        assert_eq!(body.matches("name=").count(), 3, "two fields and the viewport: {body}");
    }
}

#[wasm_bindgen_test]
fn the_one_script_that_it_runs_is_its_own() {
    let shown = page(Locale::Ja, "https://shop.example/", "x");
    let policy = policy(&shown).to_owned();
    let body = shown.into_body();
    let (_, script) = body.split_once("<script>").unwrap();
    let (script, rest) = script.split_once("</script>").unwrap();
    assert!(script.contains(".submit()") && !rest.contains("<script"), "{body}");
    let hash = Base64::encode_string(&Sha256::digest(script.as_bytes()));
    let (_, allowed) = policy.split_once("script-src ").unwrap();
    assert!(allowed.starts_with(&format!("'sha256-{hash}'; ")), "{policy}");
}

#[wasm_bindgen_test]
fn its_policy_lets_forms_lead_to_any_site_and_any_page_frame_it() {
    let shown = page(Locale::Ja, "https://shop.example/", "x");
    let policy = policy(&shown);
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("base-uri 'none'; form-action https:"), "{policy}");
    assert!(!policy.contains("frame-ancestors"));
    for (name, value) in [
        ("referrer-policy", Some("strict-origin")),
        ("cross-origin-resource-policy", Some("cross-origin")),
        ("cross-origin-embedder-policy", Some("require-corp")),
        ("cross-origin-opener-policy", None),
    ] {
        assert_eq!(shown.header(name), value, "{name}");
    }
}

/// 2.2.0 takes any address of the web, and a development server's requestors are on this machine.
#[wasm_bindgen_test]
fn a_requestor_without_tls_is_posted_to() {
    let plain = page(Locale::Ja, "http://shop.example/", "x");
    assert!(policy(&plain).ends_with("form-action https: http:"), "{}", policy(&plain));
    let development = configured(&[("WARIFU_ENV", "development")]);
    let development = development.unwrap_or_else(|error| panic!("{error}"));
    let local = posting(&development, Locale::Ja, "https://shop.example/", "x");
    assert!(policy(&local).ends_with("form-action https: http:"), "{}", policy(&local));
}

#[wasm_bindgen_test]
fn it_names_the_scheme_as_the_form_before_it_does() {
    let servers = directory_servers(r#","scheme_name":{"ja":"見本","en":"Sample Scheme"}"#);
    let servers: Vec<_> = servers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (settings, scheme) in [(&servers[..], "Sample Scheme"), (&[], "J/Secure")] {
        let config = configured(settings).unwrap_or_else(|error| panic!("{error}"));
        let body = posting(&config, Locale::En, "https://shop.example/", "x").into_body();
        assert!(body.contains(&format!("<b>JCB Co., Ltd.</b><span>{scheme}</span>")), "{body}");
    }
}
