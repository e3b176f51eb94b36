use super::*;

#[test]
fn masks_as_the_seed_does() {
    let email = Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap());
    assert_eq!(email.masked().as_str(), "***@mail.jp");
    let quoted = Destination::Email(EmailAddress::parse("\"a@b\"@mail.jp").unwrap());
    assert_eq!(quoted.masked().as_str(), "***@mail.jp");
    let sms = Destination::Sms(PhoneNumber::parse("+819012341234").unwrap());
    assert_eq!(sms.masked().as_str(), "***-****-1234");
}

#[test]
fn a_way_is_shown_with_its_channel_and_mask_alone() {
    let email = Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap());
    let sms = Destination::Sms(PhoneNumber::parse("+819012341234").unwrap());
    for (via, channel, destination) in [
        (email.via(), "email", Some("***@mail.jp")),
        (sms.via(), "sms", Some("***-****-1234")),
        (Via::App, "app", None),
    ] {
        assert_eq!((via.channel().as_str(), via.destination()), (channel, destination));
        let channel = via.channel();
        let written = serde_json::to_string(&channel).unwrap();
        assert_eq!(written, format!("\"{}\"", channel.as_str()));
    }
}

/// The case of a domain does not matter (RFC 5321 §2.4); that of a local part may.
#[test]
fn a_domain_is_kept_in_lower_case() {
    let address = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    assert_eq!(address("Taro@MAIL.Jp").reveal(), "Taro@mail.jp");
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

#[test]
fn japanese_numbers_must_be_mobile() {
    for good in ["+819012341234", "+818012341234", "+817012341234", "+816012341234", "+14155550123"]
    {
        assert!(PhoneNumber::parse(good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("09012341234", ContactError::NotE164),
        ("+8190-1234-1234", ContactError::NotE164),
        ("+0123456789", ContactError::NotE164),
        ("+1234567890123456", ContactError::NotE164),
        ("+815012341234", ContactError::NotMobile),
        ("+812012341234", ContactError::NotMobile),
        ("+81312345678", ContactError::NotMobile),
        ("+8190123412345", ContactError::NotMobile),
    ] {
        assert_eq!(PhoneNumber::parse(bad).err(), Some(why), "{bad}");
    }
}
