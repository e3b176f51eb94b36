use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn an_origin_is_taken_in_its_one_spelling() {
    for origin in [
        "https://shop.example",
        "https://www.shop.example",
        "https://shop.example:8443",
        "https://a-b.shop_1.example",
        "https://xn--ner350h.example",
        "https://192.0.2.1",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://localhost:3000",
    ] {
        assert!(is_origin(origin), "{origin}");
    }
}

#[wasm_bindgen_test]
fn what_is_no_origin_of_a_shop_is_refused() {
    for (why, texts) in [
        ("nothing", &["", " ", "null", "shop.example", "//shop.example"][..]),
        (
            "more than an origin",
            &[
                "https://shop.example/",
                "https://shop.example/a",
                "https://shop.example?a",
                "https://shop.example#a",
                "https://a@shop.example",
                "https://a:b@shop.example",
            ],
        ),
        (
            "another spelling of one",
            &[
                "https://SHOP.example",
                "HTTPS://shop.example",
                "https://shop.example:443",
                "http://localhost:80",
                "https://割符.example",
                "https://127.1",
                " https://shop.example",
                "https://shop.example\n",
                "https:\\\\shop.example",
            ],
        ),
        (
            "without TLS, and not this machine",
            &[
                "http://shop.example",
                "http://192.0.2.1",
                "http://localhost.example",
                "http://127.0.0.2",
                "http://[::2]",
                "http://0.0.0.0",
            ],
        ),
        (
            "another scheme",
            &["ws://localhost", "ftp://shop.example", "file://", "data:,a", "javascript:alert(1)"],
        ),
        (
            "of meaning in a policy",
            &[
                "*",
                "https://*",
                "https://*.example",
                "https://*.shop.example",
                "https://shop.example;",
                "https://a,b",
                "https://'self'",
                "https://a.example https://b.example",
                "https://shop.example:*",
                "https://(a)",
                "https://a$b.example",
            ],
        ),
    ] {
        for text in texts {
            assert!(!is_origin(text), "{text} is {why}");
        }
    }
}

#[wasm_bindgen_test]
fn of_ipv6_only_this_machine_has_an_origin() {
    for other in ["https://[2001:db8::1]", "https://[::]", "https://[::ffff:7f00:1]"] {
        assert!(!is_origin(other), "{other}");
    }
    assert!(is_origin("https://[::1]"));
}

#[wasm_bindgen_test]
fn an_id_is_named_as_the_field_it_is() {
    assert!(parse("maru-shop").is_ok());
    for bad in ["", "a b", "割符", "a%2Fb"] {
        let problem = parse(bad).err().unwrap_or_else(|| panic!("{bad} was taken"));
        assert_eq!(problem.code, ProblemCode::InvalidRequest);
        assert_eq!(problem.facts.field.as_deref(), Some("id"));
    }
}

#[wasm_bindgen_test]
fn a_word_of_mixed_scripts_is_told_with_its_scripts() {
    for good in ["●●shop", "わりふカードshop", "Магазин shop", "שלום"] {
        assert!(warnings(&MerchantName::parse(good).unwrap()).is_empty(), "{good}");
    }
    let name = MerchantName::parse("the p\u{430}ypal shop").unwrap();
    let answer = serde_json::to_value(warnings(&name)).unwrap();
    let detail = "p\u{430}ypal mixes letters of Latin and Cyrillic, which can look alike. Check that \
                  the merchant is called so.";
    let expected = serde_json::json!([
        { "field": "name", "code": "mixed_scripts", "detail": detail },
    ]);
    assert_eq!(answer, expected);
}
