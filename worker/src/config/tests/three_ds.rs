//! Directory servers as settings list them, and what is refused of them.

use warifu_core::locale::Locale;
use warifu_three_ds::version::Version;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{super::Values, KEY, configured, refused};

const CERTIFICATE: &str = "acf77cf37b4156a2708e34c4eb755f9b5dbbe5ebb55adfec8f11493438d19e6a";

/// A directory server with the least that it needs.
fn server(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("id", "\"scheme\"".to_owned()),
        ("versions", r#"["2.2.0","2.3.1"]"#.to_owned()),
        ("results_origins", r#"["https://ds.example"]"#.to_owned()),
        ("certificates", format!("[\"{CERTIFICATE}\"]")),
        ("acs_reference_number", "\"ACS_1\"".to_owned()),
        ("authentication_value", "\"hmac\"".to_owned()),
    ];
    for (name, value) in changes {
        members.retain(|(known, _)| known != name);
        if !value.is_empty() {
            members.push((name, (*value).to_owned()));
        }
    }
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The other settings that a directory server needs.
fn with<'a>(list: &'a str, card_keys: &'a str, av_keys: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("DIRECTORY_SERVERS", list),
        ("CARD_KEYS", card_keys),
        ("AV_KEYS", av_keys),
        ("EVENTS", "bound"),
        ("KNOWN_REQUESTS", "bound"),
    ]
}

fn said_of(changes: &[(&str, &str)]) -> String {
    let (list, card) = (format!("[{}]", server(changes)), format!("c1:{KEY}"));
    refused(&with(&list, &card, &format!("7:{KEY}")))
}

#[wasm_bindgen_test]
fn a_directory_server_is_read() {
    let list = format!(
        "[{}]",
        server(&[
            ("eci", r#"{"authenticated":"05"}"#),
            ("scheme_name", r#"{"ja":"ブランド"}"#),
            ("scheme_image", "\"https://brand.example/a.png\""),
        ])
    );
    let (card, value) = (format!("c1:{KEY}"), format!("7:{KEY}"));
    let config = configured(&with(&list, &card, &value)).unwrap_or_else(|error| panic!("{error}"));
    let served = config.three_ds.directory_server("scheme").unwrap();
    assert_eq!(served.it.versions, Version::ALL);
    assert!(served.it.takes_results_at("https://ds.example/results"));
    assert_eq!(served.it.eci.authenticated.as_deref(), Some("05"));
    assert_eq!(served.values, Values::Hmac);
    let name = served.scheme_name.as_ref().unwrap();
    assert_eq!((name.of(Locale::Ja), name.of(Locale::En)), ("ブランド", "ブランド"));
    assert_eq!(served.address("https://ds.example/results?a=1"), "https://ds.example/results?a=1");
    assert!(config.three_ds.directory_server("other").is_none());
    assert_eq!(config.three_ds.active_value_key().map(|(number, _)| number.as_str()), Some("7"));
}

#[wasm_bindgen_test]
fn what_cannot_be_used_of_it_is_named() {
    assert_eq!(said_of(&[]), "");
    for (member, value, named) in [
        ("id", "\"a b\"", "have ids of"),
        ("versions", "[]", "versions of 2.2.0 and 2.3.1"),
        ("versions", r#"["2.1.0"]"#, "versions of 2.2.0 and 2.3.1"),
        ("results_origins", "[]", "results_origins"),
        ("results_origins", r#"["http://ds.example"]"#, "results_origins"),
        ("results_origins", r#"["https://ds.example/x"]"#, "results_origins"),
        ("certificates", r#"["ab"]"#, "certificates"),
        ("certificates", "[]", "certificates, or a key"),
        ("acs_reference_number", "\"\"", "acs_reference_number"),
        ("acs_operator_id", "\"\"", "acs_operator_id"),
        ("eci", r#"{"authenticated":"5"}"#, "two digits in eci"),
        ("authentication_value", "\"none\"", "authentication_value"),
        ("authentication_value", r#"{"service":"http://hsm.example"}"#, "authentication_value"),
        ("scheme_image", "\"http://brand.example/a.png\"", "scheme_image"),
        ("development_origin", "\"http://127.0.0.1:1\"", "development_origin"),
        ("client_certificate", "\"DS_CERTIFICAT\"", "client_certificate"),
        ("unknown", "1", "with the members that the guide lists"),
        ("acs_reference_number", "", "with the members that the guide lists"),
    ] {
        let said = said_of(&[(member, value)]);
        assert!(said.starts_with("DIRECTORY_SERVERS must ") && said.contains(named), "{said}");
    }
}

#[wasm_bindgen_test]
fn a_deployment_with_one_needs_its_keys_and_bindings() {
    let (list, card, value) =
        (format!("[{}]", server(&[])), format!("c1:{KEY}"), format!("7:{KEY}"));
    let without = |name: &str| {
        let settings: Vec<_> =
            with(&list, &card, &value).into_iter().filter(|(known, _)| *known != name).collect();
        refused(&settings)
    };
    for name in ["CARD_KEYS", "AV_KEYS", "EVENTS", "KNOWN_REQUESTS"] {
        assert!(without(name).starts_with(name), "{}", without(name));
    }
    for (name, bad) in [("CARD_KEYS", "c1:short"), ("AV_KEYS", "256:short"), ("AV_KEYS", "x")] {
        let mut settings = with(&list, &card, &value).to_vec();
        settings.push((name, bad));
        assert!(refused(&settings).starts_with(name), "{name}");
    }
}

#[wasm_bindgen_test]
fn a_client_certificate_is_a_binding() {
    let list = format!("[{}]", server(&[("client_certificate", "\"DS_CERTIFICATE\"")]));
    let (card, value) = (format!("c1:{KEY}"), format!("7:{KEY}"));
    let mut settings = with(&list, &card, &value).to_vec();
    assert!(refused(&settings).contains("client_certificate"), "{}", refused(&settings));
    settings.push(("DS_CERTIFICATE", "bound"));
    assert_eq!(refused(&settings), "");
}

/// A transaction is known for a day, and its challenge must be as long.
#[wasm_bindgen_test]
fn what_has_ended_is_kept_for_a_day_at_least() {
    let list = format!("[{}]", server(&[]));
    let (card, value) = (format!("c1:{KEY}"), format!("7:{KEY}"));
    for (seconds, fits) in [("86399", false), ("86400", true)] {
        let mut settings = with(&list, &card, &value).to_vec();
        settings.push(("RETENTION_SECONDS", seconds));
        let said = refused(&settings);
        assert_eq!(said.is_empty(), fits, "{said}");
        assert!(fits || said.starts_with("RETENTION_SECONDS must be 86400 or more"), "{said}");
    }
    assert_eq!(refused(&[("RETENTION_SECONDS", "3600")]), "");
}

#[wasm_bindgen_test]
fn keys_of_directory_servers_are_theirs_alone() {
    let (list, card, value) =
        (format!("[{}]", server(&[])), format!("c1:{KEY}"), format!("7:{KEY}"));
    for (keys, fits) in [
        (format!("scheme:{KEY}"), true),
        (format!("other:{KEY}"), false),
        ("scheme:short".to_owned(), false),
        (format!("scheme:{KEY},scheme:{KEY}x"), false),
    ] {
        let mut settings = with(&list, &card, &value).to_vec();
        settings.push(("DIRECTORY_SERVER_KEYS", &keys));
        assert_eq!(refused(&settings).is_empty(), fits, "{keys}");
    }
}

#[wasm_bindgen_test]
fn directory_servers_may_have_a_host_of_their_own() {
    let (list, card, value) =
        (format!("[{}]", server(&[])), format!("c1:{KEY}"), format!("7:{KEY}"));
    let at = |origin| {
        let mut settings = with(&list, &card, &value).to_vec();
        settings.push(("DIRECTORY_SERVER_ORIGIN", origin));
        configured(&settings)
    };
    for bad in ["http://acs.example", "https://acs.example/", "https://otp.example"] {
        assert!(at(bad).is_err(), "{bad}");
    }
    let config = at("https://acs.example").unwrap_or_else(|error| panic!("{error}"));
    for (host, for_directory_servers, served) in [
        ("acs.example", true, true),
        ("otp.example", true, false),
        ("otp.example", false, true),
        ("acs.example", false, false),
    ] {
        let answer = config.refuse_other_host(host, for_directory_servers);
        assert_eq!(answer.is_ok(), served, "{host}");
    }
}

/// Results go to it, and so do browsers, for a requestor at the same origin and no other.
#[wasm_bindgen_test]
fn on_a_development_server_another_stands_for_a_directory_server() {
    let list = format!("[{}]", server(&[("development_origin", "\"http://127.0.0.1:8791\"")]));
    let (card, value) = (format!("c1:{KEY}"), format!("7:{KEY}"));
    let mut settings = with(&list, &card, &value).to_vec();
    settings.extend([("WARIFU_ENV", "development"), ("PUBLIC_ORIGIN", "")]);
    let config = configured(&settings).unwrap_or_else(|error| panic!("{error}"));
    let served = config.three_ds.directory_server("scheme").unwrap();
    assert_eq!(served.address("https://ds.example/a?b=c"), "http://127.0.0.1:8791/a?b=c");
    for (notification, posted) in [
        ("https://ds.example/notify?a=1", "http://127.0.0.1:8791/notify?a=1"),
        ("https://shop.example/notify", "https://shop.example/notify"),
        ("https://ds.example.shop.example/", "https://ds.example.shop.example/"),
    ] {
        assert_eq!(served.notification_address(notification), posted);
    }
}
