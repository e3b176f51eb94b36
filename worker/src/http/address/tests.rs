use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap_or_else(|| panic!("{text} is no address"))
}

#[wasm_bindgen_test]
fn reads_as_a_browser_does() {
    for (text, origin, host) in [
        ("https://shop.example", "https://shop.example", "shop.example"),
        ("https://shop.example/a?b#c", "https://shop.example", "shop.example"),
        ("https://SHOP.Example/", "https://shop.example", "shop.example"),
        ("https://shop.example:443/", "https://shop.example", "shop.example"),
        ("http://shop.example:80/", "http://shop.example", "shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443", "shop.example"),
        ("https://割符.example/", "https://xn--ner350h.example", "xn--ner350h.example"),
        ("https://[2001:DB8:0:0::1]/", "https://[2001:db8::1]", "[2001:db8::1]"),
        ("http://127.1:8787/", "http://127.0.0.1:8787", "127.0.0.1"),
        ("https://a:b@shop.example/", "https://shop.example", "shop.example"),
        ("https:shop.example", "https://shop.example", "shop.example"),
        ("https:\\\\shop.example\\a", "https://shop.example", "shop.example"),
    ] {
        assert_eq!(address(text).origin(), origin, "{text}");
        assert_eq!(address(text).host(), host, "{text}");
    }
    for bad in ["", "/", "shop.example", "//shop.example", "https://", "https://a b", "https://a:b"]
    {
        assert!(Address::parse(bad).is_none(), "{bad}");
    }
}

#[wasm_bindgen_test]
fn a_scheme_is_named_exactly() {
    for (text, https, http) in [
        ("https://a.example", true, false),
        ("HTTPS://a.example", true, false),
        ("http://a.example", false, true),
        ("ftp://a.example", false, false),
        ("javascript:alert(1)", false, false),
        ("blob:https://a.example/1", false, false),
    ] {
        assert_eq!(address(text).is_https(), https, "{text}");
        assert_eq!(address(text).is_http(), http, "{text}");
    }
}

#[wasm_bindgen_test]
fn browsers_are_sent_over_tls_or_to_this_machine_in_development() {
    for (text, development, production) in [
        ("https://a.example/b?c", true, true),
        ("https://a.example:8443/", true, true),
        ("http://localhost:8789/", true, false),
        ("http://127.0.0.1/", true, false),
        ("http://[::1]:1/", true, false),
        ("http://a.example/", false, false),
        ("http://localhost.example/", false, false),
        ("http://a@localhost/", false, false),
        ("https://a:b@a.example/", false, false),
        ("ftp://localhost/", false, false),
        ("javascript:alert(1)", false, false),
    ] {
        assert_eq!(address(text).is_web(true), development, "{text}");
        assert_eq!(address(text).is_web(false), production, "{text}");
    }
}

#[wasm_bindgen_test]
fn credentials_are_a_user_or_a_password() {
    for (text, has) in [
        ("https://a.example/@", false),
        ("https://a@a.example", true),
        ("https://:b@a.example", true),
        ("https://a:b@a.example", true),
        ("https://@a.example", false),
    ] {
        assert_eq!(address(text).has_credentials(), has, "{text}");
    }
}

#[wasm_bindgen_test]
fn segments_stand_between_slashes() {
    for (path, segments) in [
        ("", &[""][..]),
        ("/", &[""]),
        ("/a", &["a"]),
        ("/a/", &["a", ""]),
        ("//a", &["", "a"]),
        ("/a/../b", &["b"]),
        ("/a/%2e%2e/b", &["b"]),
        ("/a%2Fb?c/d", &["a%2Fb"]),
    ] {
        assert_eq!(address(&format!("https://a.example{path}")).segments(), segments, "{path}");
    }
}

#[wasm_bindgen_test]
fn a_parameter_is_added_and_read_back() {
    let url = "https://a.example/b?c=d#e";
    assert_eq!(address(url).query("c").as_deref(), Some("d"));
    assert_eq!(address(url).query("e"), None);
    let more = address(url).with_query("r", "a&b=c #割");
    assert_eq!(more, "https://a.example/b?c=d&r=a%26b%3Dc%20%23%E5%89%B2#e");
    assert_eq!(address(&more).query("r").as_deref(), Some("a&b=c #割"));
    // The rest of the query keeps its bytes.
    let signed = address("https://a.example/b?flag&x=%20y+z&%61=1").with_query("r", "s");
    assert_eq!(signed, "https://a.example/b?flag&x=%20y+z&%61=1&r=s");
    assert_eq!(address("https://a.example/b?").with_query("r", "s"), "https://a.example/b?r=s");
    // A parameter of this name is replaced, however often it is there, so that no other value of it
    // is read.
    let once = address("https://a.example/?r=1&r=2&s=3").with_query("r", "4");
    assert_eq!(once, "https://a.example/?r=4&s=3");
}

#[wasm_bindgen_test]
fn the_target_is_what_was_asked_for_as_it_was_written() {
    for (text, target) in [
        ("https://a.example", "/"),
        ("https://a.example/b/c?d=%20e+f&%61=1", "/b/c?d=%20e+f&%61=1"),
        ("https://a.example/b#c", "/b"),
        ("https://a.example/%7Eb?", "/%7Eb"),
    ] {
        assert_eq!(address(text).target(), target, "{text}");
    }
}

#[wasm_bindgen_test]
fn local_is_this_machine_and_nothing_that_looks_like_it() {
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        assert!(is_local(host), "{host}");
    }
    for host in [
        "",
        "LOCALHOST",
        "localhost.",
        "localhost.example",
        "a.localhost",
        "127.0.0.2",
        "127.0.0.1.example",
        "0.0.0.0",
        "::1",
        "[::]",
    ] {
        assert!(!is_local(host), "{host}");
    }
}
