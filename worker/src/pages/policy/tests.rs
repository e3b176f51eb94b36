//! Whole pages as the Worker answers them: policy, style and escaping have to fit together.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use js_sys::Uint8Array;
use warifu_core::{cardholder::SessionView, locale::Locale};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    fixtures::{config, header, record, requested, sent, session, text},
    form_record::FormRecord,
    pages::{challenge, enrollment, fraud_report, front, notice, problem},
    problem::{Problem, ProblemCode},
};

/// SHA-256 in base64 by WebCrypto, which a browser computes it with as well.
async fn sha256(text: &str) -> String {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).unwrap();
    let subtle = crypto.unchecked_into::<web_sys::Crypto>().subtle();
    let bytes = Uint8Array::from(text.as_bytes());
    let digest = subtle.digest_with_str_and_buffer_source("SHA-256", &bytes).unwrap();
    let digest = JsFuture::from(digest).await.unwrap();
    Base64::encode_string(&Uint8Array::new(&digest).to_vec())
}

fn answered(page: Result<Response, Problem>) -> Response {
    page.unwrap_or_else(|problem| panic!("{:?}", problem.code))
}

fn form(return_url: Option<&str>, origins: &[&str]) -> Response {
    let mut record = record(Locale::Ja);
    record.return_url = return_url.map(str::to_owned);
    record.origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let shown = challenge::Shown::default();
    answered(challenge::show(
        &config(),
        &FormRecord::Live(record),
        &sent(),
        "/challenge/secret",
        &shown,
    ))
}

/// The form of a directory server's challenge.
fn requested_form() -> Response {
    let record = FormRecord::Live(requested(Locale::Ja));
    let shown = challenge::Shown { origin: "https://otp.example", ..challenge::Shown::default() };
    answered(challenge::show(&config(), &record, &sent(), "/challenge/secret", &shown))
}

/// The page on which its purchase is reported.
fn requested_report() -> Response {
    let record = FormRecord::Live(requested(Locale::Ja));
    let (action, form) = ("/challenge/secret/report", Some("/challenge/secret"));
    let shown = fraud_report::Shown { action, form, view: &sent(), origin: "https://otp.example" };
    answered(fraud_report::show(&config(), &record, &shown))
}

fn notice() -> Response {
    let problem = ProblemCode::ChallengeNotFound.problem();
    answered(notice::show(&config(), Locale::En, &problem))
}

fn enrollment(return_url: Option<&str>) -> Response {
    let session = SessionView { return_url: return_url.map(str::to_owned), ..session(Locale::Ja) };
    let page = enrollment::Page {
        session: &session,
        action: "/enrollment/token",
        offers: &[],
        problem: None,
    };
    answered(enrollment::choose(&config(), &page))
}

fn fraud_report(form: Option<&str>) -> Response {
    let shown = fraud_report::Shown { action: "/report/token", form, view: &sent(), origin: "" };
    answered(fraud_report::show(&config(), &FormRecord::Live(record(Locale::Ja)), &shown))
}

fn problem_type() -> Response {
    answered(problem::show(&config(), Locale::En, ProblemCode::NotEnrolled))
}

fn front() -> Response {
    answered(front::show(&config(), Locale::Ja))
}

fn every_page() -> [Response; 9] {
    [
        requested_form(),
        requested_report(),
        form(None, &["https://shop.example"]),
        notice(),
        enrollment(None),
        fraud_report(None),
        fraud_report(Some("/challenge/secret")),
        problem_type(),
        front(),
    ]
}

fn policy(response: &Response) -> String {
    header(response, "Content-Security-Policy").unwrap()
}

fn directive(policy: &str, name: &str) -> String {
    let found = policy.split("; ").find_map(|part| part.strip_prefix(&format!("{name} ")));
    found.unwrap_or_else(|| panic!("{name} in {policy}")).to_owned()
}

#[wasm_bindgen_test]
async fn the_one_inlined_style_is_the_one_that_is_allowed() {
    for response in every_page() {
        let allowed = directive(&policy(&response), "style-src");
        let page = text(response).await;
        let styles: Vec<&str> = page.split("<style>").skip(1).collect();
        assert_eq!(styles.len(), 1);
        let (style, _) = styles[0].split_once("</style>").unwrap();
        assert!(style.len() > 200, "{style}");
        assert_eq!(allowed, format!("'sha256-{}'", sha256(style).await));
        assert!(!page.contains(" style="), "an attribute would need 'unsafe-inline'");
    }
}

#[wasm_bindgen_test]
async fn no_page_has_script_of_its_own() {
    for response in [form(None, &["https://shop.example"]), requested_form(), notice()] {
        let policy = policy(&response);
        assert_eq!(directive(&policy, "script-src"), "'self' 'wasm-unsafe-eval'");
        assert_eq!(directive(&policy, "connect-src"), "'self'");
        assert_eq!(directive(&policy, "img-src"), "'self'");
        let page = text(response).await;
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/w/"), "{script}");
            assert!(script.contains("></script>"), "{script}");
        }
        let handler = |rest: &str| rest.trim_start_matches(char::is_alphanumeric).starts_with('=');
        assert!(!page.split(" on").skip(1).any(handler), "an event handler");
    }
}

#[wasm_bindgen_test]
async fn what_nobody_frames_has_no_script_at_all() {
    let response = enrollment(None);
    for allowance in ["script-src", "connect-src", "img-src"] {
        assert!(!policy(&response).contains(allowance), "{allowance}");
    }
    assert!(!text(response).await.contains("<script"));
}

#[wasm_bindgen_test]
fn everything_else_is_closed() {
    for response in every_page() {
        let policy = policy(&response);
        assert_eq!(directive(&policy, "default-src"), "'none'");
        assert_eq!(directive(&policy, "base-uri"), "'none'");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }
}

#[wasm_bindgen_test]
fn only_the_merchant_s_origins_may_frame_a_form() {
    let frames = |response: &Response| directive(&policy(response), "frame-ancestors");
    let origins = ["https://shop.example", "http://localhost:3000"];
    assert_eq!(frames(&form(None, &origins)), "https://shop.example http://localhost:3000");
    assert_eq!(frames(&enrollment(None)), "'none'");
}

/// No message of EMV 3-D Secure names the pages that frame a form. A notice holds nothing of any
/// challenge, and a merchant's page has to learn of its mistake.
#[wasm_bindgen_test]
fn any_page_may_frame_a_directory_server_s_form_and_a_notice() {
    for response in [requested_form(), requested_report(), notice()] {
        assert!(!policy(&response).contains("frame-ancestors"), "{}", policy(&response));
    }
    // Where the page's origin is opaque, `'self'` is nothing to WebKit.
    for response in [requested_form(), requested_report()] {
        let forms = directive(&policy(&response), "form-action");
        assert_eq!(forms, "'self' https://otp.example");
    }
}

#[wasm_bindgen_test]
fn forms_lead_to_us_and_to_where_the_browser_returns() {
    let forms = |url: Option<&str>| {
        let form = directive(&policy(&form(url, &["https://shop.example"])), "form-action");
        // The forms of these pages lead to us alone. The link back to the member site is no form.
        assert_eq!(directive(&policy(&enrollment(url)), "form-action"), "'self'");
        form
    };
    assert_eq!(forms(None), "'self'");
    assert_eq!(
        forms(Some("https://shop.example:8443/done?a=b")),
        "'self' https://shop.example:8443"
    );
}

/// All but the policy, which is another one for each kind of page.
#[wasm_bindgen_test]
fn every_page_has_these_headers_and_no_other() {
    for response in every_page() {
        let headers = response.headers().iter().map(|(name, value)| (*name, value.as_str()));
        let mut found: BTreeMap<_, _> =
            headers.filter(|(name, _)| *name != "Content-Security-Policy").collect();
        // A page that any page may frame may also be in a window that a requestor's page opened.
        if !policy(&response).contains("frame-ancestors") {
            assert_eq!(found.insert("Cross-Origin-Opener-Policy", "same-origin"), None);
        }
        assert_eq!(
            found,
            BTreeMap::from([
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cross-Origin-Embedder-Policy", "require-corp"),
                ("Cross-Origin-Opener-Policy", "same-origin"),
                ("Cross-Origin-Resource-Policy", "cross-origin"),
                ("Permissions-Policy", "otp-credentials=(self)"),
                ("Vary", "Sec-Fetch-Dest"),
                ("X-Robots-Tag", "noindex"),
            ])
        );
    }
}

#[wasm_bindgen_test]
async fn a_line_end_of_the_style_s_file_is_not_hashed() {
    let style = Style::new("\n a{} \n".to_owned());
    assert_eq!(style.css, "a{}");
    assert_eq!(style.source(), format!("'sha256-{}'", sha256("a{}").await));
}
