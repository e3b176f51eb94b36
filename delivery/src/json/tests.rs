use super::*;

fn read(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|| panic!("{text} was refused"))
}

#[test]
fn what_was_read_is_written_again() {
    for text in [
        "null",
        "true",
        "0",
        "-9223372036854775808",
        "9223372036854775807",
        "\"割符 \\\"\\\\\\n\\u0000\"",
        "[]",
        "{}",
        "[1,[\"a\",null],{\"a\":false}]",
        "{\"b\":1,\"a\":{\"a\":[{}]}}",
    ] {
        assert_eq!(read(text).written(), text);
    }
    assert_eq!(read(" { \"\\u5272\" : [ 1 , 2 ] }\n").written(), "{\"割\":[1,2]}");
}

#[test]
fn of_other_numbers_only_that_they_are_there_is_known() {
    for text in ["1.5", "1e3", "-0.0", "9223372036854775808", "18446744073709551616"] {
        let number = read(text);
        assert!(matches!(number, Json::OtherNumber), "{text}");
        assert!(number.as_u64().is_none(), "{text}");
        assert!(matches!(read(&format!("{{\"n\":{text}}}")).take("n"), Some(Json::OtherNumber)));
    }
    // Larger than any 64-bit float.
    assert!(Json::parse("1e400000").is_none());
    // serde_json has a special meaning for this name, under which it passes on numbers as text.
    // Here it is a name like others.
    let forged = read(r#"{"$serde_json::private::Number":"7","amount":7}"#);
    assert_eq!(forged.get("amount").and_then(Json::as_u64), Some(7));
}

#[test]
fn a_whole_number_is_unsigned_if_it_can_be() {
    assert_eq!(read("0").as_u64(), Some(0));
    assert_eq!(read("9223372036854775807").as_u64(), Some(9_223_372_036_854_775_807));
    assert_eq!(read("-1").as_u64(), None);
    assert_eq!(read("\"1\"").as_u64(), None);
}

#[test]
fn a_name_that_is_given_twice_makes_it_none() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"b":2,"a":1}"#,
        r#"{"a":null,"\u0061":null}"#,
        r#"{"":1,"":1}"#,
        r#"{"o":{"a":1,"a":1}}"#,
        r#"[0,[{"a":1,"a":1}]]"#,
    ] {
        assert!(Json::parse(text).is_none(), "{text}");
    }
    assert!(Json::parse(r#"{"a":{"a":{}},"b":{"a":1},"A":1}"#).is_some());
}

#[test]
fn an_object_has_a_bound() {
    let object = |members: usize| {
        let members: Vec<String> = (0..members).map(|name| format!("\"{name}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(Json::parse(&object(64)).is_some());
    assert!(Json::parse(&object(65)).is_none());
}

#[test]
fn what_is_no_json_is_none() {
    for text in ["", "{", "[1,]", "{\"a\"}", "{1:1}", "01", "+1", "'a'", "nul", "NaN", "{} {}"] {
        assert!(Json::parse(text).is_none(), "{text}");
    }
    // Deeper than any body of ours: refused without an overflow of the stack.
    assert!(Json::parse(&"[".repeat(100_000)).is_none());
    assert!(Json::parse(&format!("{}1{}", "[".repeat(127), "]".repeat(127))).is_some());
}

#[test]
fn a_member_is_found_and_taken() {
    let mut object = read(r#"{"a":"x","b":null}"#);
    assert_eq!(object.get("a").and_then(Json::as_str), Some("x"));
    assert!(object.get("c").is_none());
    assert!(matches!(object.take("b"), Some(Json::Null)));
    assert!(object.take("b").is_none());
    assert_eq!(object.written(), r#"{"a":"x"}"#);
    let mut list = read("[1]");
    assert!(list.get("a").is_none() && list.take("a").is_none());
}

#[test]
fn what_is_made_here_is_written() {
    let made = Json::object([
        ("text", "a".into()),
        ("number", 7_u64.into()),
        ("absent", Json::from(None::<String>)),
        ("there", Some("b").into()),
    ]);
    assert_eq!(made.written(), r#"{"text":"a","number":7,"absent":null,"there":"b"}"#);
}
