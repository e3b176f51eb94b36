use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

fn body(media_type: &str, text: &str) -> Body {
    Body { media_type: media_type.to_owned(), bytes: text.as_bytes().to_vec() }
}

#[wasm_bindgen_test]
fn a_media_type_is_known_by_its_essence() {
    for (media_type, json, form) in [
        ("application/json", true, false),
        ("application/json; charset=utf-8", true, false),
        ("Application/JSON ;charset=utf-8", true, false),
        ("application/x-www-form-urlencoded", false, true),
        ("application/x-www-form-urlencoded;charset=UTF-8", false, true),
        ("", false, false),
        ("text/plain", false, false),
        ("text/plain; a=application/json", false, false),
        ("application/jsonp", false, false),
        ("application/problem+json", false, false),
        ("multipart/form-data; boundary=a", false, false),
    ] {
        assert_eq!(body(media_type, "").is_json(), json, "{media_type}");
        assert_eq!(body(media_type, "").is_form(), form, "{media_type}");
    }
}

#[wasm_bindgen_test]
fn json_of_another_media_type_is_not_read() {
    // A page of another site can post text/plain without a preflight, but not JSON.
    let code = |media_type: &str| body(media_type, "{}").json().err().map(|problem| problem.code);
    assert_eq!(code("application/json"), None);
    assert_eq!(code("text/plain"), Some(ProblemCode::UnsupportedMediaType));
    assert_eq!(code(""), Some(ProblemCode::UnsupportedMediaType));
}

#[wasm_bindgen_test]
fn a_form_s_fields_are_decoded_and_the_first_counts() {
    let form =
        body("application/x-www-form-urlencoded", "code=12+34%35&code=9&empty=&%63=%E5%89%B2");
    assert_eq!(form.form_field("code").as_deref(), Some("12 345"));
    assert_eq!(form.form_field("empty").as_deref(), Some(""));
    assert_eq!(form.form_field("c").as_deref(), Some("割"));
    assert_eq!(form.form_field("cod"), None);
}

#[wasm_bindgen_test]
fn lines_are_numbered_as_an_editor_does() {
    for (text, lines) in [
        ("", &[][..]),
        ("\n", &[]),
        (" \r\n\t\n", &[]),
        ("a", &[(1, "a")]),
        ("a\n", &[(1, "a")]),
        ("a\nb", &[(1, "a"), (2, "b")]),
        ("a\r\nb\r\n", &[(1, "a"), (2, "b")]),
        ("\n\na\n \r\n\tb c ", &[(3, "a"), (5, "b c")]),
        // These characters end no line, because a text of JSON can hold them.
        ("a\rb\u{2028}c\u{85}d", &[(1, "a\rb\u{2028}c\u{85}d")]),
    ] {
        let body = body("application/x-ndjson", text);
        let read = body.lines().unwrap_or_else(|_| panic!("{text:?} was refused"));
        let read: Vec<_> =
            read.map(|(at, line)| (at, std::str::from_utf8(line).unwrap())).collect();
        assert_eq!(read, lines, "{text:?}");
    }
}

#[wasm_bindgen_test]
async fn lines_of_another_media_type_are_not_read() {
    for good in ["application/x-ndjson", "Application/X-NDJSON; charset=utf-8"] {
        assert!(body(good, "{}").lines().is_ok(), "{good}");
    }
    for bad in ["", "application/json", "application/ndjson", "application/x-ndjsonl", "text/plain"]
    {
        let Err(problem) = body(bad, "{}").lines().map(drop) else { panic!("{bad} was read") };
        let json = crate::fixtures::problem_json(&problem).await;
        assert_eq!(json["code"], "unsupported_media_type", "{bad}");
        assert!(json["detail"].as_str().unwrap().contains("application/x-ndjson"), "{json}");
    }
}
