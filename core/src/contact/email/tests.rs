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
