use super::*;

fn fields(json: &str) -> Fields {
    Fields::of_body(json.as_bytes()).unwrap_or_else(|_| panic!("{json} was refused"))
}

fn names<T>(read: Result<T, Misfit>, field: &str, must: &str) {
    let Err(misfit) = read else { panic!("{field} was taken") };
    assert_eq!(misfit, Misfit::field(field, must));
}

#[test]
fn a_body_is_one_json_object_in_utf_8() {
    for (body, detail) in [
        (&b""[..], "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (b"{", "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (b"{} {}", "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (
            b"{\"a\":\"\xff\"}",
            "The body is not JSON; send one JSON object in UTF-8, each name once.",
        ),
        (
            b"\xef\xbb\xbf\xef\xbb\xbf{}",
            "The body is not JSON; send one JSON object in UTF-8, each name once.",
        ),
        (b"{\xef\xbb\xbf}", "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (b"\xff\xfe{\0}\0", "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (b"\xef\xbb\xbf", "The body is not JSON; send one JSON object in UTF-8, each name once."),
        (
            b"{\"a\":1,\"a\":1}",
            "The body is not JSON; send one JSON object in UTF-8, each name once.",
        ),
        (b"null", "The body must be a JSON object."),
        (b"[]", "The body must be a JSON object."),
        (b"\"a\"", "The body must be a JSON object."),
    ] {
        assert_eq!(Fields::of_body(body).err(), Some(Misfit::Body(detail)), "{body:?}");
    }
}

/// `StreamWriter` of .NET writes one when it is given `Encoding.UTF8`.
#[test]
fn a_byte_order_mark_before_the_object_is_ignored() {
    let mut body = fields("\u{feff}{\"t\":\"\u{feff}a\"}");
    assert_eq!(body.text("t").ok().as_deref(), Some("\u{feff}a"));
    assert!(body.end().is_ok());
}

#[test]
fn what_fits_is_read() {
    let mut body = fields(r#"{"t":"割符","o":"","l":["a","b"],"e":[],"i":-3,"n":{"t":"in"}}"#);
    assert_eq!(body.text("t").ok().as_deref(), Some("割符"));
    assert_eq!(body.optional_text("o").ok(), Some(Some(String::new())));
    assert_eq!(body.texts("l").ok(), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(body.texts("e").ok(), Some(Vec::new()));
    assert_eq!(body.integer("i").ok(), Some(-3));
    let mut inner = body.object("n").unwrap_or_else(|_| panic!("no object"));
    assert_eq!(inner.text("t").ok().as_deref(), Some("in"));
    assert!(inner.end().is_ok());
    assert!(body.end().is_ok());
}

#[test]
fn null_is_absent() {
    for body in ["{}", r#"{"f":null}"#] {
        assert_eq!(fields(body).optional_text("f").ok(), Some(None), "{body}");
        names(fields(body).text("f"), "f", "be given");
        names(fields(body).texts("f"), "f", "be given");
        names(fields(body).integer("f"), "f", "be given");
        names(fields(body).object("f"), "f", "be given");
        let mut read = fields(body);
        let _ = read.optional_text("f");
        assert!(read.end().is_ok(), "{body}");
    }
}

#[test]
fn a_misfit_is_named_with_what_it_must_be() {
    for wrong in ["1", "true", "[]", "{}", r#"["a"]"#] {
        let body = format!(r#"{{"f":{wrong}}}"#);
        names(fields(&body).text("f"), "f", "be a string");
        names(fields(&body).optional_text("f"), "f", "be a string");
    }
    for wrong in ["1", "true", "\"a\"", "{}"] {
        names(fields(&format!(r#"{{"f":{wrong}}}"#)).texts("f"), "f", "be an array");
    }
    for wrong in ["\"1\"", "true", "[]", "1.5", "1e3", "9223372036854775808"] {
        names(fields(&format!(r#"{{"f":{wrong}}}"#)).integer("f"), "f", "be a whole number");
    }
    for wrong in ["1", "true", "\"a\"", "[]"] {
        names(fields(&format!(r#"{{"f":{wrong}}}"#)).object("f"), "f", "be an object");
    }
}

#[test]
fn a_misfit_in_a_list_is_named_by_its_place() {
    names(fields(r#"{"f":["a","b",3]}"#).texts("f"), "f[2]", "be a string");
    names(fields(r#"{"f":[null]}"#).texts("f"), "f[0]", "be a string");
}

#[test]
fn a_field_of_an_inner_object_is_named_by_its_path() {
    let inner = |json: &str| fields(json).object("a").unwrap_or_else(|_| panic!("{json}"));
    names(inner(r#"{"a":{}}"#).text("f"), "a.f", "be given");
    names(inner(r#"{"a":{"f":[1]}}"#).texts("f"), "a.f[0]", "be a string");
    names(inner(r#"{"a":{"f":1}}"#).end(), "a.f", "be left out; there is no such field");
    let deeper = inner(r#"{"a":{"b":{"f":true}}}"#).object("b");
    let mut deeper = deeper.unwrap_or_else(|_| panic!("no object"));
    names(deeper.integer("f"), "a.b.f", "be a whole number");
}

#[test]
fn a_field_that_nobody_reads_is_refused() {
    let must = "be left out; there is no such field";
    let mut body = fields(r#"{"f":"a","more":1}"#);
    assert!(body.text("f").is_ok());
    names(body.end(), "more", must);
    // Reading removes a field, so that a second read finds none.
    let mut twice = fields(r#"{"f":"a"}"#);
    assert!(twice.text("f").is_ok());
    names(twice.text("f"), "f", "be given");
    // An unknown field is refused even if it is null.
    names(fields(r#"{"F":null}"#).end(), "F", must);
}

#[test]
fn a_member_with_an_empty_name_is_named() {
    let must = "be left out; there is no such field";
    names(fields(r#"{"":1}"#).end(), "\"\"", must);
    let inner = fields(r#"{"a":{"":null}}"#).object("a");
    names(inner.unwrap_or_else(|_| panic!("no object")).end(), "a.\"\"", must);
}

fn form(pairs: &[(&str, &str)]) -> Result<Fields, Misfit> {
    Fields::of_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn a_form_is_read_as_strictly_as_an_object() {
    let mut read = form(&[("a", "1"), ("A", ""), ("b", "割符")]).unwrap_or_else(|_| panic!());
    assert_eq!(read.text("a").ok().as_deref(), Some("1"));
    assert_eq!(read.optional_text("A").ok(), Some(Some(String::new())));
    assert_eq!(read.optional_text("c").ok(), Some(None));
    names(read.end(), "b", "be left out; there is no such field");
    for twice in [&[("a", "1"), ("a", "1")][..], &[("", ""), ("a", ""), ("", "")]] {
        assert!(form(twice).is_err(), "{twice:?}");
    }
    let many: Vec<String> = (0..65).map(|name| name.to_string()).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    assert!(form(many.get(..64).unwrap()).is_ok());
    assert!(form(&many).is_err());
}
