use super::*;

/// The case of a domain does not matter (RFC 5321 §2.4); that of a local part may.
#[test]
fn a_domain_is_kept_in_lower_case() {
    let address = |text| EmailAddress::parse(text).unwrap();
    assert_eq!(address("Taro@MAIL.Jp").as_str(), "Taro@mail.jp");
    assert!(address("taro@MAIL.jp") == address("taro@mail.jp"));
    assert!(address("Taro@mail.jp") != address("taro@mail.jp"));
}

#[test]
fn refuses_addresses_that_are_not() {
    assert!(EmailAddress::parse("taro.yamada+otp@mail.example.co.jp").is_ok());
    for bad in [
        "",
        "taro",
        "taro@",
        "@mail.jp",
        "taro@mail",
        "a b@mail.jp",
        "taro@mail.jp\n",
        "ｔａｒｏ@mail.jp",
        "taro@ｍａｉｌ.jp",
        "taro＠mail.jp",
        "太郎@mail.jp",
        "taro@日本語.jp",
        "taro@1.2.3.4",
        "Taro <taro@mail.jp>",
        "taro@[127.0.0.1]",
        "a@b.jp, c@d.jp",
        &format!("{}@mail.jp", "a".repeat(65)),
    ] {
        assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
    }
}

/// RFC 5321 §4.1.2: a local part is quoted only where it is no dot-string, with the fewest escapes.
/// Carriers of Japan sold addresses that are none until 2009.
#[test]
fn a_mailbox_has_one_form_however_it_is_quoted() {
    for (text, kept) in [
        ("sample..name@docomo.ne.jp", r#""sample..name"@docomo.ne.jp"#),
        ("sample.@EZweb.ne.jp", r#""sample."@ezweb.ne.jp"#),
        (".taro@docomo.ne.jp", r#"".taro"@docomo.ne.jp"#),
        (r#""sample..name"@docomo.ne.jp"#, r#""sample..name"@docomo.ne.jp"#),
        (r#""sample\..name"@docomo.ne.jp"#, r#""sample..name"@docomo.ne.jp"#),
        (r#""sample.name"@x.jp"#, "sample.name@x.jp"),
        (r#""\sample.name"@x.jp"#, "sample.name@x.jp"),
        ("-taro-@docomo.ne.jp", "-taro-@docomo.ne.jp"),
        (r#""a@b"@mail.jp"#, r#""a@b"@mail.jp"#),
        (r#""\a \b"@mail.jp"#, r#""a b"@mail.jp"#),
        (r#""a\"\\b"@mail.jp"#, r#""a\"\\b"@mail.jp"#),
        (r#""..."@mail.jp"#, r#""..."@mail.jp"#),
    ] {
        let address = EmailAddress::parse(text).unwrap();
        assert_eq!(address.as_str(), kept, "{text}");
        assert!(EmailAddress::parse(kept).unwrap() == address, "{kept}");
    }
}

#[test]
fn what_an_earlier_version_stored_is_read_as_the_same_mailbox() {
    for (stored, read) in [
        ("taro@mail.jp", "taro@mail.jp"),
        (r#""sample.name"@x.jp"#, "sample.name@x.jp"),
        (r#""sample..name"@x.jp"#, r#""sample..name"@x.jp"#),
        // An address that is refused today is kept as it is.
        ("taro@mail_x.jp.", "taro@mail_x.jp."),
        (r#""sample.name"@mail_x.jp."#, r#""sample.name"@mail_x.jp."#),
    ] {
        let bytes = minicbor::to_vec(EmailAddress(stored.to_owned())).unwrap();
        let address: EmailAddress = minicbor::decode(&bytes).unwrap();
        assert_eq!(address.as_str(), read);
    }
}

#[test]
fn a_refusal_is_for_its_reason() {
    let local = |length: usize| format!("{}@mail.jp", "a".repeat(length));
    let quoted = |length: usize| format!("{}..a@mail.jp", "a".repeat(length - 5));
    let of_mail = "taro_k@mail.jp".to_owned();
    for good in [local(64), quoted(64), of_mail] {
        assert!(EmailAddress::parse(&good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("taro", EmailError::NotAnAddress),
        ("...@mail.jp", EmailError::NotAnAddress),
        ("a..b c@mail.jp", EmailError::NotAnAddress),
        ("a..b,c@mail.jp", EmailError::NotAnAddress),
        (r#""a"b"@mail.jp"#, EmailError::NotAnAddress),
        (r#""a\"@mail.jp"#, EmailError::NotAnAddress),
        (r#"""@mail.jp"#, EmailError::NotAnAddress),
        (r#""@mail.jp"#, EmailError::NotAnAddress),
        ("\"a\tb\"@mail.jp", EmailError::NotAnAddress),
        ("taro@a!b.jp", EmailError::NotAnAddress),
        ("taro@mail..jp", EmailError::NotAnAddress),
        ("太郎@mail.jp", EmailError::NotAscii),
        ("taro@例え.jp", EmailError::NotAscii),
        ("太郎＠mail.jp", EmailError::NotAscii),
        ("ｔａｒｏ@mail.jp", EmailError::FullWidth),
        ("taro＠mail.jp", EmailError::FullWidth),
        ("taro@mail．jp", EmailError::FullWidth),
        ("taro\u{3000}@mail.jp", EmailError::FullWidth),
        ("taro@mail_x.jp", EmailError::Underscore),
        ("taro@mail.jp.", EmailError::TrailingDot),
        ("taro.@mail.jp.", EmailError::TrailingDot),
        (&local(65), EmailError::TooLong),
        (&quoted(65), EmailError::TooLong),
        (&format!("taro@{}jp", "mail.".repeat(50)), EmailError::TooLong),
    ] {
        assert_eq!(EmailAddress::parse(bad).err(), Some(why), "{bad}");
    }
}
