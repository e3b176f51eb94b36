use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    config::Config,
    fixtures::{Platform, config, configured, incoming, problem_json},
};

const HERE: &str = "https://otp.example/v1/cardholders/taro/enrollment-sessions";

fn development() -> Config {
    configured(&[("WARIFU_ENV", "development")]).unwrap_or_else(|_| panic!("refused"))
}

async fn ctx(config: Config) -> RequestContext {
    Platform::new().ctx(config, &incoming(HERE, &[], None)).await
}

#[wasm_bindgen_test]
async fn a_way_back_is_over_tls_and_on_this_machine_in_development() {
    let (production, development) = (ctx(config()).await, ctx(development()).await);
    for (text, live, test) in [
        ("https://member.example/mypage?a=b#c", true, true),
        ("https://member.example:8443/", true, true),
        ("https://localhost/", true, true),
        ("http://localhost:8789/", false, true),
        ("http://127.0.0.1:8789/", false, true),
        ("http://[::1]:8789/", false, true),
        ("http://member.example/", false, false),
        ("http://192.168.0.1/", false, false),
        ("http://localhost.member.example/", false, false),
        ("https://taro@member.example/", false, false),
        ("https://taro:word@member.example/", false, false),
        ("http://taro@localhost:8789/", false, false),
        ("ftp://localhost/", false, false),
        ("javascript:alert(1)", false, false),
        ("data:text/html,a", false, false),
        ("member.example", false, false),
        ("//member.example/", false, false),
        ("/mypage", false, false),
        ("https://", false, false),
        ("", false, false),
    ] {
        for (ctx, fits) in [(&production, live), (&development, test)] {
            match back(ctx, text) {
                Ok(taken) => assert!(fits && taken == text, "{text} was taken as {taken}"),
                Err(problem) => {
                    assert!(!fits, "{text} was refused");
                    let json = problem_json(&problem).await;
                    assert_eq!(json["code"], "invalid_request", "{text}");
                    assert_eq!(json["field"], "return_url", "{text}");
                }
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_way_back_is_kept_as_the_browser_reads_it() {
    let ctx = ctx(config()).await;
    for (text, kept) in [
        ("https://member.example", "https://member.example/"),
        ("HTTPS://Member.Example:443/a/../b", "https://member.example/b"),
        ("https:member.example/a", "https://member.example/a"),
        (" https://member.example/a\n", "https://member.example/a"),
        ("https://会員.example/あ\"<", "https://xn--6oqs4l.example/%E3%81%82%22%3C"),
    ] {
        assert_eq!(back(&ctx, text).ok().as_deref(), Some(kept), "{text}");
    }
}

#[wasm_bindgen_test]
async fn a_way_back_is_of_a_length_that_browsers_take() {
    let ctx = ctx(config()).await;
    let of_length = |length: usize| format!("https://member.example/{:a>1$}", "", length - 23);
    assert_eq!(of_length(2048).len(), 2048);
    assert!(back(&ctx, &of_length(2048)).is_ok());
    assert!(back(&ctx, &of_length(2049)).is_err());
}

#[wasm_bindgen_test]
async fn a_body_may_be_absent() {
    let ctx = ctx(config()).await;
    let back = || Some("https://member.example/".to_owned());
    for (media_type, body, means) in [
        (None, None, (Locale::Ja, None)),
        (Some("application/json"), Some(""), (Locale::Ja, None)),
        (Some("application/json"), Some("{}"), (Locale::Ja, None)),
        (
            Some("application/json"),
            Some(r#"{"locale":null,"return_url":null}"#),
            (Locale::Ja, None),
        ),
        (Some("application/json"), Some(r#"{"locale":"ja"}"#), (Locale::Ja, None)),
        (Some("application/json"), Some(r#"{"locale":"en-US"}"#), (Locale::En, None)),
        (Some("application/json"), Some(r#"{"locale":"fr"}"#), (Locale::Ja, None)),
        (Some("application/json"), Some(r#"{"locale":""}"#), (Locale::Ja, None)),
        (
            Some("application/json; charset=utf-8"),
            Some(r#"{"locale":"en","return_url":"https://member.example"}"#),
            (Locale::En, back()),
        ),
    ] {
        let headers: Vec<_> = media_type.map(|name| ("content-type", name)).into_iter().collect();
        let requested = requested(&ctx, &mut incoming(HERE, &headers, body)).await;
        let read = requested.ok().map(|asked| (asked.locale, asked.return_url));
        assert_eq!(read, Some(means), "{body:?}");
    }
}

#[wasm_bindgen_test]
async fn a_body_that_does_not_fit_says_what_it_must_be() {
    let ctx = ctx(config()).await;
    for (media_type, body, code, field) in [
        ("text/plain", "{}", "unsupported_media_type", None),
        ("application/x-www-form-urlencoded", "locale=ja", "unsupported_media_type", None),
        ("application/json", "locale=ja", "invalid_request", None),
        ("application/json", "[]", "invalid_request", None),
        ("application/json", r#"{"locale":1}"#, "invalid_request", Some("locale")),
        ("application/json", r#"{"return_url":1}"#, "invalid_request", Some("return_url")),
        ("application/json", r#"{"return_url":""}"#, "invalid_request", Some("return_url")),
        ("application/json", r#"{"channel":"app"}"#, "invalid_request", Some("channel")),
    ] {
        let mut request = incoming(HERE, &[("content-type", media_type)], Some(body));
        let Err(problem) = requested(&ctx, &mut request).await else { panic!("{body} was taken") };
        let json = problem_json(&problem).await;
        assert_eq!(json["code"], code, "{body}");
        assert_eq!(json.get("field").and_then(|field| field.as_str()), field, "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_sign_in_is_read_as_openid_connect_writes_it() {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let read = |acr, auth_time| signed_in(acr, auth_time, now);
    assert!(matches!(read(None, None), Ok(None)));
    let whole = read(Some("urn:mace:incommon:iap:silver"), Some(1_799_999_000)).ok().flatten();
    let whole = whole.unwrap();
    assert_eq!(whole.acr.as_ref().map(Acr::as_str), Some("urn:mace:incommon:iap:silver"));
    assert_eq!(whole.auth_time.map(Timestamp::unix_seconds), Some(1_799_999_000));
    assert!(read(None, Some(1_800_000_060)).is_ok(), "clocks differ by less than a minute");
    for (acr, auth_time, field) in [
        (Some(""), None, "acr"),
        (Some("a b"), None, "acr"),
        (Some("本人"), None, "acr"),
        (None, Some(-1), "auth_time"),
        (None, Some(1_800_000_061), "auth_time"),
        (None, Some(i64::MAX), "auth_time"),
        // Milliseconds are a mistake that must not pass for a time to come.
        (None, Some(1_800_000_000_000), "auth_time"),
    ] {
        let Err(problem) = read(acr, auth_time) else { panic!("{acr:?} {auth_time:?} was taken") };
        let json = problem_json(&problem).await;
        assert_eq!((&json["code"], &json["field"]), (&"invalid_request".into(), &field.into()));
    }
}
