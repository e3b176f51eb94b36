mod enrollment;
mod notifications;
mod three_ds;

use js_sys::{Object, Reflect};
use warifu_core::secret::KeyMode;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::JWK;

/// The settings of a production deployment; the example issuer.
const SETTINGS: [(&str, &str); 16] = [
    ("WARIFU_ENV", "production"),
    ("PUBLIC_ORIGIN", "https://otp.example"),
    ("ISSUER_NAME", "株式会社ジェーシービー"),
    ("ISSUER_NAME_EN", "JCB Co., Ltd."),
    ("ISSUER_CONTACT", "カード裏面に記載のカード発行会社"),
    ("ISSUER_CONTACT_EN", "the issuer named on your card"),
    ("PROGRAMME_NAME", "J/Secure"),
    ("TERMS_URL", "https://issuer.example/kiyaku"),
    ("TERMS_URL_EN", "https://issuer.example/terms"),
    ("TERMS_VERSION", "2026-04"),
    ("ACCENT_COLOR", "#0a5a8c"),
    ("EMAIL_COURIER", "cloudflare"),
    ("MAIL_FROM", "otp@mail.example"),
    ("SMS_COURIER", "none"),
    ("ISSUER_KEY", "wk_issuer_0123456789abcdef0123456789abcdef"),
    ("MASTER_KEYS", "k1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"),
];

/// The settings with some of them changed, as the platform binds them.
pub(crate) fn settings(changes: &[(&str, &str)]) -> Object {
    let env = Object::new();
    let keys = format!("[{JWK}]");
    let keys = [("ATTESTATION_KEYS", keys.as_str())];
    for (name, value) in SETTINGS.iter().chain(&keys).chain(changes) {
        Reflect::set(&env, &(*name).into(), &(*value).into()).unwrap();
    }
    env
}

/// Reads the settings with some of them changed; an empty one counts as not set.
pub(crate) fn configured(changes: &[(&str, &str)]) -> Result<Config, SettingError> {
    Config::read(settings(changes).unchecked_ref::<Env>())
}

/// The deployment as it is.
pub(crate) fn config() -> Config {
    configured(&[]).unwrap_or_else(|error| panic!("{error}"))
}

const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";

fn refused(changes: &[(&str, &str)]) -> String {
    configured(changes).err().map(|error| error.to_string()).unwrap_or_default()
}

#[wasm_bindgen_test]
fn a_whole_configuration_is_read() {
    let config = config();
    assert!(!config.is_development());
    assert_eq!(config.public_origin.as_deref(), Some("https://otp.example"));
    assert_eq!(config.issuer_name.of(Locale::Ja), "株式会社ジェーシービー");
    assert_eq!(config.issuer_name.of(Locale::En), "JCB Co., Ltd.");
    // One name in both languages where no English one is set.
    assert_eq!(config.programme.of(Locale::Ja), "J/Secure");
    assert_eq!(config.programme.of(Locale::En), "J/Secure");
    assert_eq!(config.rules, rules());
    assert!(config.style.css.contains("#0a5a8c"));
}

#[wasm_bindgen_test]
fn a_required_setting_is_named_when_it_is_missing() {
    for name in [
        "WARIFU_ENV",
        "ISSUER_NAME",
        "ISSUER_CONTACT",
        "PROGRAMME_NAME",
        "TERMS_URL",
        "TERMS_VERSION",
        "ACCENT_COLOR",
        "EMAIL_COURIER",
        "MAIL_FROM",
        "SMS_COURIER",
        "ISSUER_KEY",
        "ATTESTATION_KEYS",
        "MASTER_KEYS",
    ] {
        assert_eq!(refused(&[(name, "")]), format!("{name} must be set"));
    }
}

#[wasm_bindgen_test]
fn a_setting_that_does_not_fit_is_named() {
    for (name, value) in [
        ("WARIFU_ENV", "staging"),
        ("WARIFU_ENV", "Production"),
        ("PUBLIC_ORIGIN", "http://otp.example"),
        ("ACCENT_COLOR", "#ffffff"),
        ("EMAIL_COURIER", "smtp"),
        ("SMS_COURIER", "cloudflare"),
        ("ISSUER_KEY", "secret"),
        ("ATTESTATION_KEYS", "[]"),
        ("MASTER_KEYS", "k1"),
        ("TRIES", "0"),
        ("RESEND_WAIT_SECONDS", "1"),
    ] {
        let why = refused(&[(name, value)]);
        assert!(why.starts_with(&format!("{name} must ")), "{name}={value}: {why}");
    }
    for name in ["ISSUER_NAME", "ISSUER_NAME_EN", "PROGRAMME_NAME", "PROGRAMME_NAME_EN"] {
        for (letter, most) in [("a", 120), ("あ", 40), ("𠮷", 30)] {
            assert!(configured(&[(name, &letter.repeat(most))]).is_ok(), "{name}: {most} {letter}");
            let why = refused(&[(name, &letter.repeat(most + 1))]);
            let must = "be a name of at most 120 bytes, which are 40 kanji, without characters that \
                        show nothing";
            assert_eq!(why, format!("{name} must {must}"));
        }
    }
    for name in [
        "ISSUER_NAME",
        "ISSUER_NAME_EN",
        "PROGRAMME_NAME",
        "PROGRAMME_NAME_EN",
        "ISSUER_CONTACT",
        "ISSUER_CONTACT_EN",
    ] {
        for hidden in ["\u{3164}", "わりふ\u{ffa0}", "a\u{200b}b", "a\u{e0041}", "\u{ad}"] {
            let why = refused(&[(name, hidden)]);
            assert!(why.starts_with(&format!("{name} must ")), "{name}={hidden:?}: {why}");
        }
    }
}

#[wasm_bindgen_test]
fn a_text_without_english_is_told_in_japanese() {
    let config = configured(&[("ISSUER_NAME_EN", "")]).unwrap_or_else(|_| panic!("refused"));
    assert_eq!(config.issuer_name.of(Locale::En), "株式会社ジェーシービー");
    assert_eq!(config.issuer_contact.of(Locale::En), "the issuer named on your card");
}

#[wasm_bindgen_test]
fn rules_are_the_deployment_s() {
    let config = configured(&[("TRIES", "3")]).unwrap_or_else(|_| panic!("refused"));
    assert_eq!(config.rules, Rules { tries: 3, ..rules() });
}

/// The defaults, where nothing but mail is set up.
fn rules() -> Rules {
    Rules {
        available: warifu_core::rules::AvailableChannels { email: true, sms: false, app: false },
        ..Rules::default()
    }
}

#[wasm_bindgen_test]
fn production_takes_no_part_of_development() {
    for list in ["EMAIL_COURIER", "SMS_COURIER"] {
        let why = refused(&[(list, "outbox")]);
        assert!(why.starts_with(&format!("{list} must be none, or list ")), "{why}");
    }
    assert_eq!(refused(&[("PUBLIC_ORIGIN", "")]), "PUBLIC_ORIGIN must be set in production");
    let development =
        [("WARIFU_ENV", "development"), ("EMAIL_COURIER", "outbox"), ("PUBLIC_ORIGIN", "")];
    assert!(configured(&development).is_ok());
}

#[wasm_bindgen_test]
fn development_answers_only_this_machine() {
    let development = configured(&[("WARIFU_ENV", "development")]);
    let development = development.unwrap_or_else(|_| panic!("refused"));
    for (host, local) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("[::1]", true),
        ("otp.example", false),
        ("localhost.otp.example", false),
        ("192.168.0.1", false),
        ("", false),
    ] {
        assert_eq!(development.refuse_public_development(host).is_ok(), local, "{host}");
        assert!(config().refuse_public_development(host).is_ok(), "{host}");
    }
}

#[wasm_bindgen_test]
fn production_answers_its_own_host_alone() {
    for (host, own) in [
        ("otp.example", true),
        ("otp.example.", false),
        ("www.otp.example", false),
        ("warifu.account.workers.dev", false),
        ("evil.example", false),
        ("127.0.0.1", false),
        ("", false),
    ] {
        let refused = config().refuse_other_host(host, false).err();
        let refused = refused.map(|problem| (problem.code.status(), problem.code.name()));
        let expected = (!own).then_some((421, "misdirected_request"));
        assert_eq!(refused, expected, "{host}");
        // A development server has no origin of its own.
        let development = configured(&[("WARIFU_ENV", "development"), ("PUBLIC_ORIGIN", "")]);
        let development = development.unwrap_or_else(|error| panic!("{error}"));
        assert!(development.refuse_other_host(host, false).is_ok(), "{host}");
    }
}

/// The object's alarm does not wait for the whole configuration, which refuses other names.
#[wasm_bindgen_test]
fn only_development_has_a_clock_that_can_be_moved() {
    for (environment, clock) in [
        ("development", ObjectClock::Movable(0)),
        ("production", ObjectClock::Platform),
        ("Development", ObjectClock::Platform),
        ("staging", ObjectClock::Platform),
        ("", ObjectClock::Platform),
    ] {
        let env = settings(&[("WARIFU_ENV", environment)]);
        assert_eq!(object_clock(env.unchecked_ref::<Env>()), clock, "{environment}");
    }
    assert_eq!(object_clock(Object::new().unchecked_ref::<Env>()), ObjectClock::Platform);
}

#[wasm_bindgen_test]
fn keys_of_both_modes_are_taken_unless_the_setting_says_which() {
    assert_eq!(config().test_mode, TestMode::On);
    for (text, live, test) in
        [("", true, true), ("on", true, true), ("off", true, false), ("only", false, true)]
    {
        let config = configured(&[("TEST_MODE", text)]).unwrap_or_else(|_| panic!("refused"));
        let taken = [KeyMode::Live, KeyMode::Test].map(|mode| config.test_mode.takes(mode));
        assert_eq!(taken, [live, test], "{text}");
    }
    for text in ["On", "true", "only "] {
        assert_eq!(refused(&[("TEST_MODE", text)]), "TEST_MODE must be on, off or only");
    }
}

#[wasm_bindgen_test]
fn our_origin_is_over_tls_and_spelled_as_browsers_do() {
    for good in ["https://otp.example", "https://otp.example:8443", "https://localhost"] {
        assert!(is_own_origin(good), "{good}");
    }
    for bad in [
        "",
        "otp.example",
        "http://otp.example",
        "http://localhost",
        "https://otp.example/",
        "https://otp.example/a",
        "https://OTP.example",
        "https://otp.example:443",
        "https://a@otp.example",
        "https://otp.example ",
    ] {
        assert!(!is_own_origin(bad), "{bad}");
    }
}

#[wasm_bindgen_test]
fn an_issuer_key_is_long_and_says_what_it_is() {
    let tail = "0123456789abcdef0123456789abcdef";
    assert_eq!(refused(&[("ISSUER_KEY", &format!("wk_issuer_{tail}"))]), "");
    for bad in [
        String::new(),
        "wk_issuer_".to_owned(),
        format!("wk_issuer_{}", &tail[1..]),
        format!("wk_live_{tail}{tail}"),
        format!(" wk_issuer_{tail}"),
        format!("{tail}{tail}"),
    ] {
        let why = refused(&[("ISSUER_KEY", &bad)]);
        assert!(why.starts_with("ISSUER_KEY must ") && !why.contains("abcdef"), "{why}");
    }
}

#[wasm_bindgen_test]
fn the_first_master_key_is_active_and_all_are_kept() {
    let both = format!("new:{KEY}, old:{}", KEY.replace("AQID", "AQIE"));
    let config = configured(&[("MASTER_KEYS", &both)]).unwrap_or_else(|_| panic!("refused"));
    assert_eq!(config.active_master_key().map(|(id, _)| id).ok(), Some("new"));
    let record = crate::fixtures::record(Locale::Ja);
    let secret = |id: &str| {
        config.master_key(id).map(|key| record.client_secret(key, None).reveal().to_owned())
    };
    assert!(secret("new").is_some() && secret("old").is_some());
    assert_ne!(secret("new"), secret("old"));
    assert_eq!(secret("none"), None);
}

#[wasm_bindgen_test]
fn master_keys_that_cannot_derive_are_refused() {
    for bad in [
        String::new(),
        KEY.to_owned(),
        format!(":{KEY}"),
        "k1:".to_owned(),
        format!("k1:{}", &KEY[1..]),
        format!("k1:{KEY}{KEY}"),
        format!("k1 {KEY}"),
        format!("k1:{KEY},"),
        format!("k1:{KEY},k1:{KEY}"),
        format!("k1:{KEY};k2:{KEY}"),
        format!("k1:{KEY},k2:short"),
        "k1:!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!".to_owned(),
    ] {
        let why = keys(&settings::MASTER_KEYS, &bad).err().map(|error| error.to_string());
        let why = why.unwrap_or_else(|| panic!("{bad} was taken"));
        assert!(why.starts_with("MASTER_KEYS must ") && !why.contains("AQID"), "{why}");
    }
}
