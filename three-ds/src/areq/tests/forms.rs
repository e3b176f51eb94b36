//! The forms of elements.

use super::*;

/// Values by element: those that have its form, and those that have not. 80 to 99 are the directory
/// server's in 2.2.0.
const FORMS: &[(&str, &[&str], &[&str])] = &[
    (
        "threeDSServerTransID",
        &["8A880DC0-d2d2-4067-bcb1-b08d1690b26e"],
        &["8a880dc0", "8a880dc0-d2d2-4067-bcb1-b08d1690b26g"],
    ),
    (
        "dsTransID",
        &["108c0bcf-cfb5-542a-8000-00000023369d"],
        &["1jpe0dc0-i9t2-4067-bcb1-nmt866956sgd"],
    ),
    (
        "threeDSServerOperatorID",
        &["a", "OPERATOR-00000000000000000000001"],
        &["OPERATOR-000000000000000000000012"],
    ),
    (
        "threeDSRequestorName",
        &["割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符"],
        &["割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符割符x"],
    ),
    ("threeDSCompInd", &["Y", "N", "U"], &["y", "A", "YN"]),
    (
        "acctNumber",
        &["4111111111111", "4111111111111111111"],
        &["411111111111", "41111111111111111111", "4111 1111 1111 1111", "41111111111x1111"],
    ),
    ("acctID", &["a"], &[]),
    ("acctType", &["01", "02", "03"], &["1", "00", "x1", "１２"]),
    ("cardExpiryDate", &["2501", "9912"], &["2513", "2500", "25", "20251", "1225x"]),
    (
        "cardholderName",
        &["AB", "山田太郎"],
        &["A", "A234567890123456789012345678901234567890123456"],
    ),
    (
        "email",
        &["taro@mail.jp", "a+b@c.example", "\"a b\"@c.example"],
        &["taro", "taro@", "@mail.jp", "a b@c.example"],
    ),
    ("addrMatch", &["Y", "N"], &["U"]),
    ("billAddrCountry", &["392", "925"], &["JPN", "39", "3920"]),
    ("billAddrPostCode", &["100-0001"], &["12345678901234567"]),
    ("shipAddrCity", &["東京"], &[]),
    ("purchaseAmount", &["0", "1", "000003150"], &["-1", "31.50", "3,150", "1e3", "３１５０"]),
    ("purchaseExponent", &["0"], &["00", "x", "-"]),
    (
        "purchaseDate",
        &["20240229235959"],
        &[
            "20230229235959",
            "20231301000000",
            "20230101240000",
            "2023010100000",
            "2023-01-01T00:00",
        ],
    ),
    ("mcc", &["5411", "ABCD"], &["541", "54111"]),
    ("merchantCountryCode", &["392", "840"], &["JP", "JPN", "3920"]),
    ("transType", &["01", "03", "10", "11", "28"], &["02", "00"]),
    (
        "notificationURL",
        &["https://shop.example:8443/a?b=c", "HTTPS://shop.example"],
        &[
            "shop.example",
            "/notify",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:shop.example",
            "https:\\\\shop.example",
            "https:///shop.example/x",
            "https:////shop.example/x",
            "https://shop .example",
            " https://shop.example",
            "ftp://shop.example",
            "https://user:secret@shop.example",
            "localhost:4242/merchant",
        ],
    ),
    ("browserLanguage", &["j", "ja", "zh-Hant"], &["zh-Hant-TW"]),
    ("browserColorDepth", &["1", "4", "8", "15", "16", "24", "32", "48"], &["2", "024", "30"]),
    ("browserScreenHeight", &["0", "999999"], &["1000000", "1080px", "-1"]),
    ("browserScreenWidth", &["1"], &["1000000", "1.5"]),
    ("browserTZ", &["0", "540", "+540", "-540", "0000"], &["+", "5h", "12345", "-12345", "--1"]),
    (
        "browserIP",
        &["192.0.2.1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
        &["192.0.2.256", "192.0.2", "shop.example", "2001:db8"],
    ),
];

#[test]
fn values_have_the_form_of_their_element() {
    for (_, message) in versions() {
        for (name, good, bad) in FORMS {
            for good in *good {
                assert!(message.clone().set(name, good).read().is_ok(), "{name} {good}");
            }
            for bad in *bad {
                finds(&message.clone().set(name, bad), "203", name);
            }
            for other in ["1", "true", "[]", "{}", "[\"a\"]"] {
                let (code, detail) = found(&message.clone().json(name, other));
                let empty = ["[]", "{}"].contains(&other) && code == "201";
                assert!(empty || code == "203", "{name} {other}: {code}");
                assert_eq!(&detail, name, "{other}");
            }
        }
    }
}

/// The longest texts, in characters, and one more.
#[test]
fn texts_have_their_length() {
    for (name, most) in [
        ("dsReferenceNumber", 32),
        ("threeDSServerRefNumber", 32),
        ("threeDSRequestorID", 35),
        ("threeDSRequestorName", 40),
        ("acquirerBIN", 11),
        ("acquirerMerchantID", 35),
        ("merchantName", 40),
        ("acctID", 64),
        ("billAddrCity", 50),
        ("billAddrLine1", 50),
        ("shipAddrLine3", 50),
        ("shipAddrPostCode", 16),
        ("browserAcceptHeader", 2048),
        ("browserUserAgent", 2048),
    ] {
        for (_, message) in versions() {
            let (code, detail) = match message.clone().set(name, &"割".repeat(most)).read() {
                Ok(_) => ("", String::new()),
                Err(Refusal::Erro(erro)) => (erro.code.as_str(), erro.detail),
                Err(Refusal::WasErro) => panic!("taken for an error"),
            };
            // That number is not one of the directory server's.
            let other = if name == "dsReferenceNumber" {
                ("303", name.to_owned())
            } else {
                ("", String::new())
            };
            assert_eq!((code, detail), other, "{name}");
            finds(&message.set(name, &"割".repeat(most + 1)), "203", name);
        }
    }
    let long = format!("https://shop.example/{}", "a".repeat(256 - 21));
    assert!(Message::payment(V220).set("notificationURL", &long).read().is_ok());
    finds(
        &Message::payment(V220).set("notificationURL", &format!("{long}a")),
        "203",
        "notificationURL",
    );
}

/// In 2.3.1 the two of the requestor are. Of the others no source says it, or one does and another not.
#[test]
fn addresses_are_of_https_where_a_version_says_it() {
    for name in ["notificationURL", "threeDSRequestorURL"] {
        finds(&Message::payment(V231).set(name, "http://shop.example/x"), "203", name);
        assert!(Message::payment(V220).set(name, "http://shop.example/x").read().is_ok(), "{name}");
    }
    for (_, message) in versions() {
        assert!(message.clone().set("threeDSServerURL", "http://server.example").read().is_ok());
        finds(&message.set("dsURL", "http://ds.example/results"), "303", "dsURL");
    }
    let payee = |url| Message::payment(V231).set("payeeOrigin", url);
    assert!(payee("http://shop.example").read().is_ok());
    finds(&payee("shop.example"), "203", "payeeOrigin");
}

#[test]
fn elements_in_objects_are_named_with_their_parent() {
    for (object, inner, good, bad) in [
        ("acctInfo", "chAccAgeInd", "05", "06"),
        ("acctInfo", "chAccChangeInd", "04", "05"),
        ("acctInfo", "chAccDate", "20230131", "20230132"),
        ("acctInfo", "nbPurchaseAccount", "9999", "10000"),
        ("acctInfo", "txnActivityDay", "0", "1.5"),
        ("acctInfo", "shipNameIndicator", "02", "03"),
        ("merchantRiskIndicator", "deliveryEmailAddress", "a@b.example", "a"),
        ("merchantRiskIndicator", "giftCardAmount", "123", "1.23"),
        ("merchantRiskIndicator", "giftCardCount", "01", "1"),
        ("merchantRiskIndicator", "giftCardCurr", "922", "USD"),
        ("merchantRiskIndicator", "preOrderDate", "20300101", "2030-01-01"),
        ("merchantRiskIndicator", "shipIndicator", "07", "10"),
    ] {
        for (_, message) in versions() {
            let with =
                |value: &str| message.clone().json(object, &format!(r#"{{"{inner}":"{value}"}}"#));
            assert!(with(good).read().is_ok(), "{object}.{inner}");
            finds(&with(bad), "203", &format!("{object}.{inner}"));
            let number = message.clone().json(object, &format!(r#"{{"{inner}":1}}"#));
            finds(&number, "203", &format!("{object}.{inner}"));
        }
    }
    for (_, message) in versions() {
        let phone = |json: &str| message.clone().json("homePhone", json);
        assert!(phone(r#"{"cc":"81","subscriber":"312345678"}"#).read().is_ok());
        finds(&phone(r#"{"cc":"+81","subscriber":"312345678"}"#), "203", "homePhone.cc");
        finds(
            &phone(r#"{"cc":"81","subscriber":"3123456789012345"}"#),
            "203",
            "homePhone.subscriber",
        );
        finds(&phone(r#""+81 3-1234-5678""#), "203", "homePhone");
    }
}

#[test]
fn lists_of_2_3_1_are_no_texts_and_the_other_way_around() {
    let (old, new) = (Message::payment(V220), Message::payment(V231));
    let name = "threeDSRequestorChallengeInd";
    assert_eq!(old.clone().set(name, "04").areq().challenge_indicators, ["04"]);
    assert_eq!(new.clone().json(name, r#"["04","12"]"#).areq().challenge_indicators, ["04", "12"]);
    finds(&old.json(name, r#"["04"]"#), "203", name);
    finds(&new.clone().set(name, "04"), "203", name);
    let info = "threeDSRequestorAuthenticationInfo";
    let said = r#"{"threeDSReqAuthMethod":"04","threeDSReqAuthTimestamp":"202302121459"}"#;
    assert!(Message::payment(V220).json(info, said).read().is_ok());
    finds(&new.clone().json(info, said), "203", info);
    assert!(new.clone().json(info, &format!("[{said},{said}]")).read().is_ok());
    let late = r#"[{"threeDSReqAuthTimestamp":"202302122460"}]"#;
    finds(&new.json(info, late), "203", &format!("{info}.threeDSReqAuthTimestamp"));
}

/// A code without a meaning: in 2.2.0 EMVCo's are invalid and the directory server's are taken, in
/// 2.3.1 none of them is recognised (207).
#[test]
fn codes_that_are_reserved_depend_on_the_version() {
    for name in ["threeDSRequestorAuthenticationInd", "acctType"] {
        let (old, new) = (Message::payment(V220), Message::payment(V231));
        for emvco in ["11", "50", "79"] {
            finds(&old.clone().set(name, emvco), "203", name);
            finds(&new.clone().set(name, emvco), "207", name);
        }
        for theirs in ["80", "99"] {
            assert!(old.clone().set(name, theirs).read().is_ok(), "{theirs}");
            finds(&new.clone().set(name, theirs), "207", name);
        }
        for none in ["00", "1", "+1", "100", "ab"] {
            finds(&old.clone().set(name, none), "203", name);
            finds(&new.clone().set(name, none), "203", name);
        }
    }
    // Both: what is invalid counts before what is reserved.
    let both = Message::payment(V231).set("acctType", "50").set("mcc", "1");
    finds(&both, "203", "mcc");
}

#[test]
fn what_a_directory_server_says_of_a_signature_is_checked_in_both_versions() {
    let name = "threeDSReqAuthMethodInd";
    let (old, new) = (Message::payment(V220), Message::payment(V231));
    for good in ["01", "02", "03", "80"] {
        assert!(old.clone().set(name, good).read().is_ok(), "{good}");
    }
    finds(&old.set(name, "04"), "203", name);
    for good in ["01", "03", "10"] {
        assert!(new.clone().set(name, good).read().is_ok(), "{good}");
    }
    for (bad, code) in [("", "203"), ("1", "203"), ("00", "203"), ("11", "207")] {
        finds(&new.clone().set(name, bad), code, name);
    }
}

#[test]
fn channels_and_categories_have_their_codes() {
    for (_, message) in versions() {
        for name in ["deviceChannel", "messageCategory"] {
            finds(&message.clone().set(name, "00"), "203", name);
            finds(&message.clone().set(name, "2"), "203", name);
        }
    }
    let old = Message::payment(V220);
    assert!(old.clone().set("deviceChannel", "80").areq().channel == Channel::Other);
    assert!(old.set("messageCategory", "80").areq().category == Category::Other);
    finds(&Message::payment(V231).set("messageCategory", "80"), "207", "messageCategory");
}

#[test]
fn a_card_number_in_escapes_is_none() {
    let text = Message::payment(V220).text().replace(CARD, r"411111111111111\u0031");
    let Err(Refusal::Erro(erro)) =
        AReq::read(Zeroizing::new(text.into_bytes()), &directory_server(), &[card_key()])
    else {
        panic!("taken")
    };
    assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("203", "acctNumber"));
}
