//! The settings of enrollment: the terms, the keys of apps.

use warifu_core::{
    contact::Channel,
    sign_in::{Acr, SignInDemand},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

const DEVELOPMENT: (&str, &str) = ("WARIFU_ENV", "development");
const PRODUCTION: (&str, &str) = ("WARIFU_ENV", "production");

#[wasm_bindgen_test]
fn terms_are_read_over_tls_and_on_this_machine_in_development() {
    for (text, production, development) in [
        ("https://issuer.example/kiyaku?v=1#a", true, true),
        ("https://issuer.example:8443", true, true),
        ("https://localhost/terms", true, true),
        ("http://localhost:8789/terms", false, true),
        ("http://127.0.0.1/terms", false, true),
        ("http://[::1]:8789/terms", false, true),
        ("http://issuer.example/terms", false, false),
        ("http://localhost.issuer.example/terms", false, false),
        ("https://user@issuer.example/terms", false, false),
        ("https://user:word@issuer.example/terms", false, false),
        ("https://:word@issuer.example/terms", false, false),
        ("http://user@localhost/terms", false, false),
        ("ftp://localhost/terms", false, false),
        ("javascript:alert(1)", false, false),
        ("data:text/html,terms", false, false),
        ("issuer.example/terms", false, false),
        ("//issuer.example/terms", false, false),
        ("/terms", false, false),
        ("terms", false, false),
        ("https://", false, false),
    ] {
        for name in ["TERMS_URL", "TERMS_URL_EN"] {
            for (environment, fits) in [(PRODUCTION, production), (DEVELOPMENT, development)] {
                let why = refused(&[environment, (name, text)]);
                let must =
                    if fits { String::new() } else { format!("{name} must be an https address") };
                assert_eq!(why, must, "{environment:?}: {name}={text}");
            }
        }
    }
}

#[wasm_bindgen_test]
fn terms_are_in_the_reader_s_language() {
    let of = |changes: &[(&str, &str)], locale| {
        let config = configured(changes).unwrap_or_else(|error| panic!("{error}"));
        config.terms_url.of(locale).to_owned()
    };
    assert_eq!(of(&[], Locale::Ja), "https://issuer.example/kiyaku");
    assert_eq!(of(&[], Locale::En), "https://issuer.example/terms");
    assert_eq!(of(&[("TERMS_URL_EN", "")], Locale::En), "https://issuer.example/kiyaku");
}

#[wasm_bindgen_test]
fn a_version_of_terms_is_short_and_printable() {
    let longest = "v".repeat(40);
    for good in ["1", "2026-04", "!~", longest.as_str()] {
        let config = configured(&[("TERMS_VERSION", good)]);
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.terms_version.as_str(), good);
    }
    let too_long = "v".repeat(41);
    for bad in [too_long.as_str(), " ", "2026 04", "2026-04\n", "二〇二六", "\u{7f}"] {
        let must = "TERMS_VERSION must be 1 to 40 printable ASCII characters";
        assert_eq!(refused(&[("TERMS_VERSION", bad)]), must, "{bad:?}");
    }
}

#[wasm_bindgen_test]
fn an_app_is_offered_where_its_secret_can_be_kept() {
    let one = format!("k1:{KEY}");
    let padded = format!("k1:{KEY}=");
    let two = format!("k2:{}, k1:{KEY}", KEY.replace("AQID", "AQIE"));
    for (text, offered) in [("", false), (&one, true), (&padded, true), (&two, true)] {
        let config = configured(&[("APP_KEYS", text)]);
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.rules.available.has(Channel::App), offered, "{text:?}");
    }
}

#[wasm_bindgen_test]
fn keys_of_apps_that_cannot_seal_are_refused_and_not_quoted() {
    for bad in [
        KEY.to_owned(),
        format!(":{KEY}"),
        "k1:".to_owned(),
        format!("k1:{}", &KEY[1..]),
        format!("k1:{KEY}{KEY}"),
        format!("k.1:{KEY}"),
        format!("k1 {KEY}"),
        format!("k1:{KEY},"),
        format!(",k1:{KEY}"),
        format!("k1:{KEY},k1:{}", KEY.replace("AQID", "AQIE")),
        format!("k1:{KEY};k2:{KEY}"),
        format!("k1:{KEY},k2:short"),
        // base64, not base64url.
        format!("k1:{}//", &KEY[2..]),
    ] {
        let why = refused(&[("APP_KEYS", &bad)]);
        assert!(why.starts_with("APP_KEYS must list "), "{bad}: {why:?}");
        assert!(!why.contains("AQID") && !why.contains("DBAU"), "{why}");
    }
}

#[wasm_bindgen_test]
fn codes_come_by_the_channels_that_have_a_courier() {
    let available = |changes: &[(&str, &str)]| {
        let config = configured(changes).unwrap_or_else(|error| panic!("{error}"));
        [Channel::Email, Channel::Sms, Channel::App]
            .map(|channel| config.rules.available.has(channel))
    };
    assert_eq!(available(&[]), [true, false, false]);
    assert_eq!(available(&[DEVELOPMENT, ("SMS_COURIER", "outbox")]), [true, true, false]);
    assert_eq!(available(&[("APP_KEYS", &format!("k1:{KEY}"))]), [true, false, true]);
}

#[wasm_bindgen_test]
fn a_sign_in_is_demanded_where_the_settings_say_so() {
    let demand = |changes: &[(&str, &str)]| {
        configured(changes).unwrap_or_else(|error| panic!("{error}")).rules.sign_in
    };
    assert_eq!(demand(&[]), SignInDemand::default());
    let changes =
        [("ENROLLMENT_ACR", "phr  urn:example:loa:2"), ("ENROLLMENT_AUTH_MAX_AGE", "300")];
    let acr = ["phr", "urn:example:loa:2"].iter().filter_map(|text| Acr::parse(text)).collect();
    let max_age = Some(std::time::Duration::from_secs(300));
    assert_eq!(demand(&changes), SignInDemand { acr, max_age });
    for bad in ["59", "86401", "5m", "-300", "1.5"] {
        let must = "ENROLLMENT_AUTH_MAX_AGE must be a whole number from 60 to 86400";
        assert_eq!(refused(&[("ENROLLMENT_AUTH_MAX_AGE", bad)]), must, "{bad:?}");
    }
    for bad in ["本人", "a\u{7f}b"] {
        assert!(refused(&[("ENROLLMENT_ACR", bad)]).starts_with("ENROLLMENT_ACR must list "));
    }
}
