use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::incoming;

const HERE: &str = "https://otp.example/challenge/secret/verify?format=json";

fn with(headers: &[(&str, &str)]) -> Incoming {
    incoming(HERE, headers, None)
}

const OURS: Option<&str> = Some("https://otp.example");

/// Node's requests keep the headers that a page may not set; without that, every test below that
/// sets one would pass or fail for nothing.
#[wasm_bindgen_test]
fn requests_of_these_tests_keep_their_headers() {
    for name in ["origin", "sec-fetch-site", "sec-fetch-dest", "sec-purpose", "content-length"] {
        assert_eq!(with(&[(name, "1")]).header(name).as_deref(), Some("1"), "{name}");
        assert_eq!(with(&[]).header(name), None, "{name}");
    }
}

#[wasm_bindgen_test]
fn an_address_is_taken_apart() {
    let request = incoming("https://otp.example:8443/a/b%20c?d=e", &[], None);
    assert_eq!(request.method(), Some(Method::Post));
    assert_eq!(request.segments(), ["a", "b%20c"]);
    assert_eq!(request.query("d").as_deref(), Some("e"));
    assert_eq!(request.host(), "otp.example");
    assert_eq!(request.origin(), "https://otp.example:8443");
}

#[wasm_bindgen_test]
fn a_method_is_known_or_none() {
    let method = |name: &str| {
        let init = web_sys::RequestInit::new();
        init.set_method(name);
        let request = web_sys::Request::new_with_str_and_init(HERE, &init).unwrap();
        Incoming::new(request.into()).unwrap_or_else(|_| panic!("{name}")).method()
    };
    for known in [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete] {
        assert_eq!(method(known.as_ref()), Some(known));
    }
    for unknown in ["PROPFIND", "QUERY", "patch", "GETS"] {
        assert_eq!(method(unknown), None, "{unknown}");
    }
}

#[wasm_bindgen_test]
fn only_pages_of_ours_may_post() {
    for (site, origin, allowed) in [
        // What browsers send with a post of our own pages.
        (Some("same-origin"), OURS, true),
        (Some("same-origin"), Some("null"), true),
        (Some("same-origin"), None, true),
        (Some("none"), None, true),
        // Browsers without Fetch Metadata, and servers.
        (None, OURS, true),
        (None, None, true),
        (None, Some("null"), true),
        // Other sites.
        (Some("cross-site"), Some("https://shop.example"), false),
        (Some("cross-site"), Some("null"), false),
        (Some("cross-site"), None, false),
        (Some("same-site"), Some("https://shop.otp.example"), false),
        (Some("same-site"), None, false),
        // One of the two headers is enough for a refusal.
        (Some("same-origin"), Some("https://shop.example"), false),
        (Some("cross-site"), OURS, false),
        (None, Some("https://shop.example"), false),
        // A value that is not exactly right is refused.
        (Some("Same-Origin"), OURS, false),
        (Some(""), OURS, false),
        (Some("same-origin, cross-site"), OURS, false),
        (None, Some("http://otp.example"), false),
        (None, Some("https://otp.example:8443"), false),
        (None, Some("https://otp.example.evil.example"), false),
        (None, Some("https://otp.example/"), false),
        (None, Some("NULL"), false),
        (None, Some(""), false),
    ] {
        let site = site.map(|site| ("sec-fetch-site", site));
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = site.into_iter().chain(origin).collect();
        let answer = with(&headers).require_same_origin();
        let code = answer.err().map(|problem| problem.code);
        let expected = (!allowed).then_some(ProblemCode::OriginNotAllowed);
        assert_eq!(code, expected, "{headers:?}");
    }
}

/// A page of ours in a sandbox without `allow-same-origin` posts as another site's page does that names
/// no origin, and follows links as any.
#[wasm_bindgen_test]
fn where_an_opaque_origin_is_let_in_another_that_is_named_is_not() {
    for (site, origin, allowed) in [
        (Some("same-origin"), OURS, true),
        (Some("cross-site"), Some("null"), true),
        (Some("cross-site"), None, true),
        (None, None, true),
        (Some("cross-site"), Some("https://shop.example"), false),
        (Some("same-origin"), Some("https://shop.example"), false),
        (None, Some("https://otp.example.evil.example"), false),
        (Some("cross-site"), Some("NULL"), false),
        (Some("cross-site"), Some(""), false),
    ] {
        let site = site.map(|site| ("sec-fetch-site", site));
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = site.into_iter().chain(origin).collect();
        let code = with(&headers).refuse_other_origin().err().map(|problem| problem.code);
        let expected = (!allowed).then_some(ProblemCode::OriginNotAllowed);
        assert_eq!(code, expected, "{headers:?}");
    }
}

#[wasm_bindgen_test]
fn json_goes_to_whoever_sends_or_asks_for_it() {
    const FORM: &str = "application/x-www-form-urlencoded";
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (content, accept, format) in [
        (None, None, Format::Html),
        (None, Some("*/*"), Format::Html),
        (Some(FORM), Some(BROWSER), Format::Html),
        (Some(FORM), Some("application/json"), Format::Json),
        (None, Some("application/json"), Format::Json),
        (Some("application/json"), None, Format::Json),
        (Some("application/json; charset=utf-8"), Some("*/*"), Format::Json),
        (None, Some("application/problem+json"), Format::Json),
    ] {
        let content = content.map(|value| ("content-type", value));
        let accept = accept.map(|value| ("accept", value));
        let headers: Vec<_> = content.into_iter().chain(accept).collect();
        assert_eq!(with(&headers).format(), format, "{headers:?}");
    }
}

#[wasm_bindgen_test]
fn a_look_ahead_is_not_a_visit() {
    for (name, value, ahead) in [
        ("sec-purpose", "prefetch", true),
        ("sec-purpose", "prefetch;prerender", true),
        ("sec-purpose", "prefetch;anonymous-client-ip", true),
        ("purpose", "prefetch", true),
        ("x-moz", "prefetch", true),
        ("x-purpose", "preview", true),
        ("x-purpose", "prefetch", true),
        ("sec-purpose", "", false),
        ("x-moz", "", false),
        ("purpose", "navigation", false),
        ("sec-fetch-dest", "prefetch", false),
    ] {
        assert_eq!(with(&[(name, value)]).is_prefetch(), ahead, "{name}: {value}");
    }
    assert!(!with(&[]).is_prefetch());
    for (destination, ahead) in [("document", true), ("empty", true), ("iframe", false)] {
        let prerendered =
            with(&[("sec-purpose", "prefetch;prerender"), ("sec-fetch-dest", destination)]);
        assert_eq!(prerendered.is_prefetch(), ahead, "{destination}");
    }
}

#[wasm_bindgen_test]
fn a_tab_or_a_frame_asks_for_a_page_and_an_image_does_not() {
    for (destination, page) in [
        ("document", true),
        ("iframe", true),
        ("image", false),
        ("empty", false),
        ("script", false),
        ("object", false),
        ("", false),
    ] {
        let request = with(&[("sec-fetch-dest", destination)]);
        assert_eq!(request.asks_for_page(), page, "{destination}");
    }
    assert!(with(&[]).asks_for_page());
    assert!(with(&[("sec-fetch-mode", "navigate"), ("sec-fetch-site", "none")]).asks_for_page());
}

#[wasm_bindgen_test]
fn a_frame_is_known_by_its_destination() {
    for (destination, framed) in [
        ("iframe", true),
        ("document", false),
        ("frame", false),
        ("empty", false),
        ("iframes", false),
    ] {
        assert_eq!(with(&[("sec-fetch-dest", destination)]).is_framed(), framed, "{destination}");
    }
    assert!(!with(&[]).is_framed());
}

#[wasm_bindgen_test]
fn the_caller_s_address_is_what_the_platform_states() {
    assert_eq!(with(&[("cf-connecting-ip", "192.0.2.1")]).address(), "192.0.2.1");
    assert_eq!(with(&[("x-forwarded-for", "192.0.2.1")]).address(), "");
}

#[wasm_bindgen_test]
async fn a_body_is_read_up_to_its_bound() {
    for (length, fits) in [(0, true), (1, true), (16_384, true), (16_385, false), (99_999, false)] {
        let sent = "a".repeat(length);
        // The body has no declared length, so that only what arrives counts.
        let read = incoming(HERE, &[], Some(&sent)).body().await;
        match read {
            Ok(body) => assert!(fits && body.bytes == sent.as_bytes(), "{length}"),
            Err(problem) => {
                assert!(!fits, "{length}");
                assert_eq!(problem.code, ProblemCode::BodyTooLarge);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_body_declared_too_large_is_not_read() {
    for (declared, refused) in
        [("16385", true), ("99999999", true), ("16384", false), ("-1", false), ("a lot", false)]
    {
        let read = incoming(HERE, &[("content-length", declared)], Some("short")).body().await;
        let code = read.err().map(|problem| problem.code);
        assert_eq!(code, refused.then_some(ProblemCode::BodyTooLarge), "{declared}");
    }
}

#[wasm_bindgen_test]
async fn no_body_is_an_empty_one() {
    let body = incoming(HERE, &[("content-type", "text/plain")], None).body().await;
    let body = body.unwrap_or_else(|_| panic!("it was refused"));
    assert_eq!(body.bytes, b"");
    assert_eq!(body.media_type, "text/plain");
}

/// Whoever writes to us may send any header on a development server, and its text goes into the log.
#[wasm_bindgen_test]
fn a_request_has_the_platforms_id_or_a_random_one() {
    let of = |ray: &str| {
        let request = incoming("https://otp.example/", &[("cf-ray", ray)], None);
        request.id().to_owned()
    };
    for ray in ["8a1b2c3d4e5f6071-NRT", "8a1b2c3d4e5f6071"] {
        assert_eq!(of(ray), ray);
    }
    let long = "a".repeat(33);
    for other in ["", "8a1b", "8A1B2C3D4E5F6071-NRT", "8a1b2c3d4e5f6071-nrt", "<b>", &long] {
        let id = of(other);
        assert_eq!(id.len(), 32, "{other}: {id}");
        assert_ne!(id, of(other));
    }
}
