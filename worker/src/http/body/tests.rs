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
    // A page elsewhere can post text/plain without asking; JSON it cannot.
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
