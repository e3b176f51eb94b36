//! The secret as an app reads it.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    fixtures::{config, configured},
    http::Address,
};

/// RFC 6238's own secret.
fn secret() -> AppSecret {
    AppSecret::from_bytes(*b"12345678901234567890")
}

#[wasm_bindgen_test]
fn text_that_is_typed_stands_in_groups_of_four() {
    assert_eq!(
        in_groups("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ["GEZD", "GNBV", "GY3T", "QOJQ", "GEZD", "GNBV", "GY3T", "QOJQ"]
    );
    assert_eq!(in_groups("ABCDE"), ["ABCD", "E"]);
}

/// Every dark module is in the path, and no other.
#[wasm_bindgen_test]
fn the_path_is_the_code() {
    let code = QrCode::encode_binary(b"otpauth://totp/a?secret=c", QrCodeEcc::Low).unwrap();
    let svg = svg(&code);
    let size = r#"<svg width="132" height="132" viewBox="-4 -4 33 33" "#;
    assert!(code.size() == 25 && svg.starts_with(size), "{svg}");
    let (_, path) = svg.split_once(" d=\"M").unwrap();
    let path = path.trim_end_matches("z\"/></svg>");
    let mut drawn = Vec::new();
    for run in path.split("zM") {
        let (at, wide) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let wide = wide.split_once("v1h-").unwrap();
        assert_eq!(wide.0, wide.1, "a run goes back as far as it came");
        let number = |text: &str| text.parse::<i32>().unwrap();
        drawn.extend((0..number(wide.0)).map(|more| (number(x) + more, number(y))));
    }
    let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark: Vec<_> = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
    assert_eq!(drawn, dark);
}

#[wasm_bindgen_test]
fn the_address_is_read_back_by_whoever_knows_addresses() {
    let (longest, kana) = ("あ".repeat(40), "アイウ カード＆銀行");
    for (issuer, programme) in [
        ("JCB", "J/Secure"),
        ("A&B Bank", "C&D=E"),
        ("No. #1 Card", "#?#"),
        ("100% Card", "%41%"),
        ("a+b c", "d e+f"),
        ("a/b/c?d@e", "[f]g"),
        ("O’Neill \"Söhne\" (1)", "*!~'"),
        ("..", "."),
        (kana, "本人認証サービス"),
        (longest.as_str(), longest.as_str()),
    ] {
        let config = configured(&[("ISSUER_NAME", issuer), ("PROGRAMME_NAME", programme)]);
        let config = config.unwrap_or_else(|_| panic!("{issuer} was refused"));
        let name =
            name(&config, Locale::Ja, &SessionId::random([1; 16]), Timestamp::from_millis(0));
        let made = set_up(&config, Locale::Ja, name, &secret());
        let made = made.unwrap_or_else(|_| panic!("{issuer} has no code"));
        assert!(made.uri.is_ascii(), "{}", made.uri);
        let (scheme, _) = made.uri.split_once(':').unwrap();
        let address = Address::parse(&made.uri).unwrap();
        assert_eq!((scheme, address.host().as_str()), ("otpauth", "totp"));
        let label = address.segments();
        let [label] = label.as_slice() else { panic!("{label:?}") };
        let names: Vec<_> = label.split(':').map(decoded).collect();
        assert_eq!(names, [issuer, &format!("{programme} 1970/1/1 AQEB")]);
        assert_eq!(address.query("issuer").as_deref(), Some(issuer));
        assert_eq!(address.query("secret").as_deref(), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        let parameters = made.uri.split_once('?').unwrap().1;
        assert_eq!(parameters.split('&').count(), 2, "{parameters}");
        assert!(!made.uri.contains('#'), "{}", made.uri);
        assert!(made.svg.starts_with("<svg width"), "{}", made.svg);
    }
}

/// totp-rs refuses a name with a colon, and otpauth takes what is before it for the issuer.
#[wasm_bindgen_test]
fn the_only_colon_of_a_label_is_the_one_before_the_account() {
    let names = [("ISSUER_NAME", "Card: a:b"), ("PROGRAMME_NAME", "3-D: Secure：")];
    let config = configured(&names).unwrap_or_else(|_| panic!("refused"));
    let name = name(&config, Locale::Ja, &SessionId::random([1; 16]), Timestamp::from_millis(0));
    let made = set_up(&config, Locale::Ja, name, &secret()).unwrap_or_else(|_| panic!("no code"));
    assert_eq!(made.name, "3-D： Secure： 1970/1/1 AQEB", "the page says what the app says");
    let address = Address::parse(&made.uri).unwrap();
    assert_eq!(address.query("issuer").as_deref(), Some("Card： a：b"));
    let label = address.segments().iter().map(|label| decoded(label)).collect::<String>();
    assert_eq!(label, format!("Card： a：b:{}", made.name));
}

fn decoded(text: &str) -> String {
    js_sys::decode_uri_component(text).unwrap().into()
}

#[wasm_bindgen_test]
fn the_names_are_in_the_reader_s_language() {
    for (locale, issuer) in [(Locale::Ja, "株式会社ジェーシービー"), (Locale::En, "JCB Co., Ltd.")]
    {
        let config = configured(&[("PROGRAMME_NAME_EN", "Cardholder Authentication")]);
        let config = config.unwrap_or_else(|_| panic!("refused"));
        let name = name(&config, locale, &SessionId::random([1; 16]), Timestamp::from_millis(0));
        let programme = if locale.is_japanese() { "J/Secure" } else { "Cardholder Authentication" };
        assert_eq!(name, format!("{programme} 1970/1/1 AQEB"));
        let made = set_up(&config, locale, name, &secret()).unwrap_or_else(|_| panic!("no code"));
        let address = Address::parse(&made.uri).unwrap();
        assert_eq!(address.query("issuer").as_deref(), Some(issuer));
        assert_eq!(made.secret.concat(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}

/// The number of modules of a set-up with these names.
fn modules(issuer: &str, programme: &str) -> i32 {
    let config = configured(&[("ISSUER_NAME", issuer), ("PROGRAMME_NAME", programme)]);
    let config = config.unwrap_or_else(|_| panic!("{issuer} was refused"));
    let name = name(&config, Locale::Ja, &SessionId::random([1; 16]), Timestamp::from_millis(0));
    let made = set_up(&config, Locale::Ja, name, &secret()).unwrap_or_else(|_| panic!("no code"));
    let (_, size) = made.svg.split_once("viewBox=\"-4 -4 ").unwrap();
    size.split(' ').next().unwrap().parse::<i32>().unwrap() - 8
}

#[wasm_bindgen_test]
fn a_code_has_as_few_modules_as_its_names_allow() {
    for (issuer, programme, expected) in [
        ("J", "P", 33),
        ("株式会社わりふカード", "J/Secure", 53),
        ("日本信用販売株式会社", "本人認証サービス", 57),
        (&"あ".repeat(40), &"あ".repeat(40), 97),
        (&"𠮷".repeat(30), &"&".repeat(120), 97),
    ] {
        assert_eq!(modules(issuer, programme), expected, "{issuer}, {programme}");
    }
}

#[wasm_bindgen_test]
fn segments_are_alphanumeric_where_that_is_shorter_and_are_the_whole_text() {
    const UPPER: &str = "%E6%A0%AA%E5%BC%8F";
    for (text, modes) in [
        (String::new(), ""),
        ("otpauth://totp/".to_owned(), "b"),
        (UPPER.to_owned(), "a"),
        (UPPER[..15].to_owned(), "b"),
        (UPPER[..16].to_owned(), "a"),
        (format!("otpauth://totp/{UPPER}?secret={UPPER}&issuer={UPPER}"), "bababa"),
        (format!("A{UPPER}z{UPPER}"), "aba"),
        (format!("AB-cd EF{UPPER}"), "ba"),
        (format!("{UPPER}日本{UPPER}"), "aba"),
    ] {
        let found = segments(&text);
        let mode = |segment: &QrSegment| match segment.mode() {
            qrcodegen::QrSegmentMode::Alphanumeric => 'a',
            qrcodegen::QrSegmentMode::Byte => 'b',
            _ => panic!("another mode"),
        };
        assert_eq!(found.iter().map(mode).collect::<String>(), modes, "{text}");
        let length = found.iter().map(|segment| segment.num_chars()).sum::<usize>();
        assert_eq!(length, text.len(), "{text}");
    }
}

/// Many apps overwrite an entry of the same name, and with it a secret that works.
#[wasm_bindgen_test]
fn an_entry_has_a_name_of_its_own_and_a_day_to_know_it_by() {
    let config = config();
    let late = Timestamp::parse_rfc3339("2026-11-22T15:00:00Z").unwrap();
    let name = |session: u8| name(&config, Locale::Ja, &SessionId::random([session; 16]), late);
    assert_eq!(name(1), "J/Secure 2026/11/23 AQEB");
    assert_ne!(name(1), name(2));
    // Of what has few letters and digits, what there is.
    assert_eq!(
        super::name(&config, Locale::Ja, &SessionId::random([255; 16]), late),
        "J/Secure 2026/11/23 W"
    );
}
