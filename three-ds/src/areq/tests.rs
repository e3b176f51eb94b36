use zeroize::Zeroizing;

use super::*;
use crate::{
    fixtures::{Message, card_key, directory_server},
    version::Version::{V220, V231},
};

const CARD: &str = "4111111111111111";

/// The code and the detail of the error that a change of a payment ends in.
#[track_caller]
fn found(message: &Message) -> (&'static str, String) {
    let erro = message.erro();
    assert!(!erro.json().contains(CARD), "the card number is repeated");
    (erro.code.as_str(), erro.detail)
}

#[track_caller]
fn finds(message: &Message, code: &str, detail: &str) {
    assert_eq!(found(message), (code, detail.to_owned()) as (&str, String), "{}", message.text());
}

fn versions() -> [(Version, Message); 2] {
    Version::ALL.map(|version| (version, Message::payment(version))).try_into().unwrap()
}

#[test]
fn a_payment_is_read_in_both_versions() {
    for (version, message) in versions() {
        let areq = message.areq();
        assert_eq!(
            (areq.version, areq.channel, areq.category),
            (version, Channel::Browser, Category::Payment)
        );
        assert_eq!(areq.three_ds_server_trans_id.as_str(), "8a880dc0-d2d2-4067-bcb1-b08d1690b26e");
        assert_eq!(areq.ds_trans_id.as_str(), "f25084f0-5b16-4c0a-ae5d-b24808a95e4b");
        assert_eq!(areq.ds_url, "https://ds.example/results");
        assert_eq!(areq.notification_url.as_deref(), Some("https://shop.example/3ds/notify"));
        let purchase = areq.purchase.as_ref().unwrap();
        let amount = purchase.amount().unwrap();
        assert_eq!((amount.minor(), amount.currency().code()), (3150, "JPY"));
        assert_eq!(purchase.at.rfc3339(), "2023-02-12T15:00:00Z");
        assert_eq!(areq.seller.shown_name().unwrap().as_str(), "●●shop");
        assert_eq!(areq.pan.last4().unwrap().as_str(), "1111");
        assert_eq!(areq.locale(), Locale::Ja);
        let browser = areq.browser.unwrap();
        assert_eq!((browser.screen, browser.color_depth), (Some((1920, 1080)), Some(24)));
        assert_eq!((browser.time_zone, browser.has_javascript), (Some(-540), true));
    }
}

#[test]
fn a_message_that_is_none_is_101() {
    let read = |body: &[u8]| AReq::read(Zeroizing::new(body.to_vec()), &directory_server());
    let valid = Message::payment(V220).text();
    let mut broken = valid.clone().into_bytes();
    broken[200] = 0xff;
    for body in [&b""[..], b"null", b"[]", b"\"AReq\"", b"{", valid[1..].as_bytes(), &broken] {
        let Err(Refusal::Erro(erro)) = read(body) else { panic!("taken") };
        assert_eq!((erro.code.as_str(), erro.about), ("101", None));
        assert_eq!(erro.detail, "Invalid Formatted Message");
    }
    let deep = format!(
        "{{\"messageType\":\"AReq\",\"acctInfo\":{}1{}}}",
        "[".repeat(300),
        "]".repeat(300)
    );
    let Err(Refusal::Erro(_)) = read(deep.as_bytes()) else { panic!("taken") };
}

#[test]
fn a_type_that_is_not_taken_is_101() {
    for (kind, detail) in [
        ("ARes", "Invalid Message for the receiving component"),
        ("CReq", "Invalid Message for the receiving component"),
        ("PReq", "Invalid Message for the receiving component"),
        ("RReq", "Invalid Message for the receiving component"),
        ("areq", "Invalid Message Type"),
        ("", "Invalid Message Type"),
        ("AReqX", "Invalid Message Type"),
    ] {
        finds(&Message::payment(V220).set("messageType", kind), "101", detail);
    }
    for (_, message) in versions() {
        finds(&message.clone().without("messageType"), "101", "Invalid Message Type");
        finds(&message.json("messageType", "1"), "101", "Invalid Message Type");
    }
    // 2.3.1 wants the type of the message in every error; it is the one that was expected.
    let erro = Message::payment(V231).without("messageType").erro();
    assert_eq!((erro.about, erro.version), (Some(MessageType::AReq), V231));
    assert_eq!(Message::payment(V220).without("messageType").erro().about, None);
}

#[test]
fn an_error_is_never_answered_with_one() {
    let read = Message::payment(V220).set("messageType", "Erro").read();
    assert!(matches!(read, Err(Refusal::WasErro)));
}

#[test]
fn a_version_that_is_not_spoken_is_102() {
    for version in ["2.1.0", "2.3.0", "2.4.0", "1.0.2", "2.2", "2.2.0.1", "９.2.0"] {
        let erro = Message::payment(V220).set("messageVersion", version).erro();
        assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("102", "2.2.0,2.3.1"), "{version}");
        assert_eq!((erro.version, erro.about), (V220, Some(MessageType::AReq)));
    }
    let mut older = directory_server();
    older.versions = vec![V220];
    let body = Zeroizing::new(Message::payment(V231).text().into_bytes());
    let Err(Refusal::Erro(erro)) = AReq::read(body, &older) else { panic!("taken") };
    assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("102", "2.2.0"));

    let payment = Message::payment(V220);
    finds(&payment.clone().without("messageVersion"), "201", "messageVersion");
    finds(&payment.clone().set("messageVersion", ""), "201", "messageVersion");
    finds(&payment.clone().json("messageVersion", "null"), "201", "messageVersion");
    finds(&payment.json("messageVersion", "2.2"), "203", "messageVersion");
}

#[test]
fn every_element_that_must_be_there_is_missed() {
    const REQUIRED: &str = "messageCategory deviceChannel threeDSServerTransID dsTransID \
        dsReferenceNumber dsURL threeDSServerRefNumber threeDSServerURL threeDSRequestorID \
        threeDSRequestorName threeDSRequestorURL threeDSRequestorAuthenticationInd threeDSCompInd \
        acctNumber acquirerBIN acquirerMerchantID mcc merchantCountryCode merchantName \
        purchaseAmount purchaseCurrency purchaseExponent purchaseDate notificationURL \
        browserAcceptHeader browserUserAgent browserLanguage browserJavascriptEnabled \
        browserJavaEnabled browserColorDepth browserScreenHeight browserScreenWidth browserTZ";
    for (version, message) in versions() {
        let of_231 = ["acceptLanguage"].into_iter().filter(|_| version == V231);
        for name in REQUIRED.split_whitespace().chain(of_231) {
            for missing in [
                message.clone().without(name),
                message.clone().json(name, "null"),
                message.clone().set(name, ""),
            ] {
                let (code, detail) = found(&missing);
                assert_eq!(code, "201", "{name}");
                assert!(detail.split(',').any(|it| it == name), "{name}: {detail}");
            }
            if !["messageCategory", "deviceChannel", "browserJavascriptEnabled"].contains(&name) {
                finds(&message.clone().without(name), "201", name);
            }
        }
    }
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let message =
        Message::payment(V220).without("mcc").without("threeDSRequestorID").set("dsURL", "x");
    finds(&message, "201", "threeDSRequestorID,mcc");
}

#[test]
fn without_javascript_the_browser_says_less() {
    for (version, message) in versions() {
        let mut message = message.json("browserJavascriptEnabled", "false");
        for name in [
            "browserJavaEnabled",
            "browserColorDepth",
            "browserScreenHeight",
            "browserScreenWidth",
            "browserTZ",
        ] {
            message = message.without(name);
            assert!(message.read().is_ok(), "{name}");
        }
        let message = message.without("browserLanguage");
        match version {
            V220 => finds(&message, "201", "browserLanguage"),
            V231 => assert!(message.read().is_ok()),
        }
    }
}

#[test]
fn a_message_without_payment_needs_no_purchase_but_for_repeated_ones() {
    for version in Version::ALL {
        let message = Message::non_payment(version);
        let areq = message.areq();
        assert_eq!((areq.category, areq.purchase.is_none()), (Category::NonPayment, true));
        assert_eq!(areq.seller.shown_name().unwrap().as_str(), "Maru Shop Online");
        let repeated: &[_] = match version {
            V220 => &["02", "03"],
            V231 => &["02", "03", "07", "08", "09"],
        };
        for indicator in ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"] {
            let read = message.clone().set("threeDSRequestorAuthenticationInd", indicator);
            if repeated.contains(&indicator) {
                let (code, detail) = found(&read);
                assert_eq!(code, "201", "{indicator}");
                assert!(
                    detail.starts_with(
                        "purchaseAmount,purchaseCurrency,purchaseExponent,purchaseDate"
                    )
                );
            } else if version == V231 || indicator <= "07" {
                assert!(read.read().is_ok(), "{indicator}");
            }
        }
    }
}

#[test]
fn what_a_repeated_payment_needs_depends_on_the_version() {
    let payment = Message::payment(V220).set("threeDSRequestorAuthenticationInd", "02");
    finds(&payment, "201", "recurringExpiry,recurringFrequency");
    let whole = payment.set("recurringExpiry", "20301231").set("recurringFrequency", "0031");
    assert!(whole.read().is_ok());
    let instalment = whole.set("threeDSRequestorAuthenticationInd", "03");
    finds(&instalment, "201", "purchaseInstalData");
    for good in ["2", "02", "002", "999"] {
        assert!(instalment.clone().set("purchaseInstalData", good).read().is_ok(), "{good}");
    }
    for bad in ["1", "01", "0", "1000", "0002", "-2", "a"] {
        finds(&instalment.clone().set("purchaseInstalData", bad), "203", "purchaseInstalData");
    }

    let payment = Message::payment(V231).set("threeDSRequestorAuthenticationInd", "02");
    finds(&payment, "201", "recurringInd");
    let variable = payment.json("recurringInd", r#"{"amountInd":"02","frequencyInd":"02"}"#);
    assert!(variable.read().is_ok());
    let fixed = variable.json("recurringInd", r#"{"amountInd":"01","frequencyInd":"01"}"#);
    finds(&fixed, "201", "recurringFrequency,recurringAmount,recurringDate");
    let whole = fixed
        .set("recurringFrequency", "31")
        .set("recurringAmount", "100")
        .set("recurringDate", "20300101");
    finds(&whole, "201", "recurringCurrency,recurringExponent");
    let whole = whole.set("recurringCurrency", "392").set("recurringExponent", "0");
    assert!(whole.read().is_ok());
    finds(&whole.set("recurringExponent", "2"), "304", "recurringCurrency,recurringExponent");
}

#[test]
fn what_one_element_asks_of_another_is_missed() {
    for version in Version::ALL {
        let payment = Message::payment(version);
        finds(&payment.clone().set("billAddrState", "13"), "201", "billAddrCountry");
        finds(&payment.clone().set("shipAddrState", "13"), "201", "shipAddrCountry");
        finds(&payment.clone().json("payTokenInd", "true"), "201", "payTokenSource");
        finds(&payment.clone().json("payTokenInd", "false"), "203", "payTokenInd");
        let list = if version == V220 { "whiteList" } else { "trustList" };
        let listed = payment.clone().set(&format!("{list}Status"), "Y");
        finds(&listed, "201", &format!("{list}StatusSource"));
        let listed = listed.set(&format!("{list}StatusSource"), "01");
        assert!(listed.read().is_ok());
        finds(&listed.set(&format!("{list}Status"), "E"), "203", &format!("{list}Status"));
        let addressed = payment.clone().set("billAddrCountry", "392");
        assert!(addressed.clone().set("billAddrState", "13").read().is_ok());
        finds(&addressed.set("billAddrState", "Tokyo"), "203", "billAddrState");
        finds(
            &payment.clone().json("mobilePhone", r#"{"cc":"81"}"#),
            "201",
            "mobilePhone.subscriber",
        );
        finds(
            &payment.json("messageExtension", r#"[{"name":"a","id":"b"}]"#),
            "201",
            "messageExtension.criticalityIndicator,messageExtension.data",
        );
    }
}

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

#[test]
fn what_is_optional_and_says_nothing_is_refused_but_for_empty_objects() {
    for (_, message) in versions() {
        for name in [
            "acctID",
            "email",
            "browserIP",
            "cardExpiryDate",
            "threeDSServerOperatorID",
            "acctInfo",
        ] {
            finds(&message.clone().set(name, ""), "203", name);
            finds(&message.clone().json(name, "null"), "203", name);
        }
        for (name, empty) in
            [("acctInfo", "{}"), ("merchantRiskIndicator", "{}"), ("messageExtension", "[]")]
        {
            assert!(message.clone().json(name, empty).read().is_ok(), "{name}");
        }
        finds(&message.json("acctInfo", r#"{"chAccAgeInd":""}"#), "203", "acctInfo.chAccAgeInd");
    }
}

#[test]
fn in_2_3_1_addresses_are_of_https() {
    for name in ["notificationURL", "threeDSRequestorURL", "threeDSServerURL", "dsURL"] {
        let message = Message::payment(V231).set(name, "http://ds.example/x");
        finds(&message, "203", name);
    }
    for name in ["notificationURL", "threeDSRequestorURL", "threeDSServerURL"] {
        let message = Message::payment(V220).set(name, "http://ds.example/x");
        assert!(message.read().is_ok(), "{name}");
    }
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
fn an_element_that_is_given_twice_is_204() {
    for (_, message) in versions() {
        for name in
            ["purchaseAmount", "messageType", "messageVersion", "acctNumber", "email", "dsTransID"]
        {
            let mut twice = message.clone().set("email", "a@b.example");
            let again = twice.0.iter().find(|(member, _)| member == name).unwrap().clone();
            twice.0.push(again);
            finds(&twice, "204", name);
        }
        let inner = message.clone();
        let text = inner.text().replacen(
            '{',
            r#"{"acctInfo":{"chAccAgeInd":"01","chAccAgeInd":"01"},"#,
            1,
        );
        finds(&Message::of(&text), "204", "acctInfo.chAccAgeInd");
        let text = inner.text().replacen('{', r#"{"messageExtension":[{"id":"a","id":"a"}],"#, 1);
        finds(&Message::of(&text), "204", "messageExtension.id");
        // Before the version, and before what is missing.
        let mut early = message.clone().set("messageVersion", "9.9.9").without("mcc");
        early.0.push(("acctID".to_owned(), "a".into()));
        early.0.push(("acctID".to_owned(), "b".into()));
        finds(&early, "204", "acctID");
        // What nobody knows is ignored, also twice, and what extensions carry.
        let text = message.text().replacen('{', r#"{"option":1,"option":{"a":1,"a":2},"#, 1);
        assert!(Message::of(&text).read().is_ok());
        let data = r#"{"messageExtension":[{"name":"n","id":"A000000004","criticalityIndicator":false,"data":{"a":1,"a":2}}],"#;
        assert!(Message::of(&message.text().replacen('{', data, 1)).read().is_ok());
    }
}

#[test]
fn an_id_that_is_given_twice_is_not_repeated() {
    let mut twice = Message::payment(V220);
    twice.0.push(("dsTransID".to_owned(), "00000000-0000-4000-8000-000000000000".into()));
    let ids = twice.erro().ids;
    assert!(ids.ds.is_none() && ids.three_ds_server.is_some());
}

#[test]
fn codes_of_iso_that_are_none_are_304() {
    for (_, message) in versions() {
        for number in (955..=964).chain([999, 0, 1, 191, 123]) {
            let digits = format!("{number:03}");
            finds(&message.clone().set("purchaseCurrency", &digits), "304", "purchaseCurrency");
        }
        for number in [901, 950, 998, 999, 0, 3, 346] {
            let digits = format!("{number:03}");
            finds(
                &message.clone().set("merchantCountryCode", &digits),
                "304",
                "merchantCountryCode",
            );
        }
        for (currency, exponent) in [("392", "2"), ("840", "0"), ("414", "2"), ("392", "9")] {
            let message =
                message.clone().set("purchaseCurrency", currency).set("purchaseExponent", exponent);
            finds(&message, "304", "purchaseCurrency,purchaseExponent");
        }
        let both = message.set("purchaseCurrency", "999").set("merchantCountryCode", "999");
        finds(&both, "304", "merchantCountryCode,purchaseCurrency");
    }
    finds(&Message::payment(V231).set("acquirerCountryCode", "999"), "304", "acquirerCountryCode");
}

#[test]
fn an_extension_that_must_be_understood_is_202_and_another_is_ignored() {
    let extension = |id: &str, critical: bool| {
        format!(
            r#"{{"name":"n","id":"{id}","criticalityIndicator":{critical},"data":{{"a":"b"}}}}"#
        )
    };
    for (version, message) in versions() {
        let with = |list: &[String]| {
            message.clone().json("messageExtension", &format!("[{}]", list.join(",")))
        };
        assert!(with(&[extension("A000000004", false)]).read().is_ok());
        finds(&with(&[extension("A00000065801", true)]), "202", "A00000065801");
        let several = [extension("A1", true), extension("A2", false), extension("A3", true)];
        finds(&with(&several), "202", "A1,A3");
        finds(&with(&[extension(CARD, true)]), "202", "");
        let most = if version == V220 { 10 } else { 15 };
        let many = vec![extension("A000000004", false); most];
        assert!(with(&many).read().is_ok());
        finds(&with(&[many.clone(), many].concat()), "203", "messageExtension");
        let long = format!(
            r#"[{{"name":"n","id":"A1","criticalityIndicator":false,"data":{{"a":"{}"}}}}]"#,
            "割".repeat(8051)
        );
        assert!(message.clone().json("messageExtension", &long).read().is_ok());
        let longer = long.replacen("割", "割割", 1);
        finds(&message.clone().json("messageExtension", &longer), "203", "messageExtension.data");
        for (bad, detail) in [
            (
                r#"[{"name":"n","id":"A1","criticalityIndicator":"false","data":{"a":1}}]"#,
                "messageExtension.criticalityIndicator",
            ),
            (
                r#"[{"name":"n","id":"A1","criticalityIndicator":false,"data":"a"}]"#,
                "messageExtension.data",
            ),
            (r#"["a"]"#, "messageExtension"),
            (r#"{"name":"n"}"#, "messageExtension"),
        ] {
            finds(&message.clone().json("messageExtension", bad), "203", detail);
        }
        let id = "A".repeat(65);
        finds(&with(&[extension(&id, false)]), "203", "messageExtension.id");
    }
}

#[test]
fn all_extensions_together_have_a_length() {
    let one = format!(
        r#"{{"name":"n","id":"A1","criticalityIndicator":false,"data":{{"a":"{}"}}}}"#,
        "x".repeat(8000)
    );
    let list = |count| format!("[{}]", vec![one.clone(); count].join(","));
    assert!(Message::payment(V231).json("messageExtension", &list(10)).read().is_ok());
    finds(&Message::payment(V231).json("messageExtension", &list(11)), "203", "messageExtension");
}

#[test]
fn results_go_to_origins_of_the_directory_server_alone() {
    for (_, message) in versions() {
        for url in [
            "https://evil.example/results",
            "https://ds.example.evil.example/",
            "https://ds.example:444/",
            "https://u:p@ds.example/",
        ] {
            finds(&message.clone().set("dsURL", url), "303", "dsURL");
        }
        finds(&message.set("dsReferenceNumber", "OTHER_DS"), "303", "dsReferenceNumber");
    }
    finds(&Message::payment(V220).set("dsURL", "http://ds.example/results"), "303", "dsURL");
}

#[test]
fn an_earlier_check_hides_a_later_one() {
    let message = Message::payment(V220).set("dsURL", "https://evil.example/").json(
        "messageExtension",
        r#"[{"name":"n","id":"A1","criticalityIndicator":true,"data":{"a":1}}]"#,
    );
    finds(&message, "202", "A1");
    let message = message.set("merchantCountryCode", "999");
    finds(&message, "304", "merchantCountryCode");
    let message = message.set("threeDSCompInd", "X");
    finds(&message, "203", "threeDSCompInd");
    let message = message.without("mcc");
    finds(&message, "201", "mcc");
    let message = message.set("messageVersion", "2.0.0");
    finds(&message, "102", "2.2.0,2.3.1");
}

#[test]
fn other_channels_need_no_browser() {
    for version in Version::ALL {
        let mut message = Message::payment(version);
        message.0.retain(|(name, _)| {
            !name.starts_with("browser")
                && !["notificationURL", "threeDSCompInd", "acceptLanguage"].contains(&name.as_str())
        });
        let app = message
            .clone()
            .set("deviceChannel", "01")
            .set("sdkTransID", "b2385523-a66c-4907-ac3c-91848e8c0067");
        let areq = app.areq();
        assert!(
            areq.channel == Channel::App
                && areq.browser.is_none()
                && areq.notification_url.is_none()
        );
        assert_eq!(areq.sdk_trans_id.unwrap().as_str(), "b2385523-a66c-4907-ac3c-91848e8c0067");
        finds(&app.set("sdkTransID", "x"), "203", "sdkTransID");
        let initiated = message
            .set("deviceChannel", "03")
            .without("threeDSRequestorAuthenticationInd")
            .set("threeRIInd", "11");
        assert!(initiated.areq().channel == Channel::RequestorInitiated);
    }
    // What belongs to another channel is ignored, whatever its form.
    assert!(Message::payment(V220).set("sdkMaxTimeout", "x").read().is_ok());
    assert!(Message::payment(V220).set("trustListStatus", "x").read().is_ok());
}

#[test]
fn an_amount_is_read_from_up_to_48_digits() {
    for (digits, minor) in [
        ("3150", Some(3150)),
        ("0003150", Some(3150)),
        ("999999999999", Some(999_999_999_999)),
        ("000000000000000000000000000000000000000000003150", Some(3150)),
        ("1000000000000", None),
        ("0", None),
        ("000", None),
        ("999999999999999999999999999999999999999999999999", None),
    ] {
        let areq = Message::payment(V220).set("purchaseAmount", digits).areq();
        let amount = areq.purchase.unwrap().amount();
        assert_eq!(amount.map(|amount| amount.minor()), minor, "{digits}");
    }
    let longer = "0".repeat(49);
    finds(&Message::payment(V220).set("purchaseAmount", &longer), "203", "purchaseAmount");
}

#[test]
fn a_merchant_counts_under_what_its_acquirer_calls_it() {
    let seller = |message: &Message| message.areq().seller.counts_as().unwrap();
    let payment = Message::payment(V220);
    let first = seller(&payment);
    assert_eq!(seller(&payment.clone().set("threeDSRequestorID", "another")), first);
    assert_eq!(seller(&payment.clone().set("merchantName", "another")), first);
    assert_ne!(seller(&payment.clone().set("acquirerBIN", "400552")), first);
    assert_ne!(seller(&payment.clone().set("acquirerMerchantID", "another")), first);
    let split =
        payment.clone().set("acquirerBIN", "4005").set("acquirerMerchantID", "51merchant-1");
    assert_ne!(seller(&split), first);
    let requestor = Message::non_payment(V220);
    assert_ne!(seller(&requestor), first);
    assert_ne!(seller(&requestor.clone().set("threeDSRequestorID", "another")), seller(&requestor));
    // Counters of merchants are kept under it.
    assert_eq!(first.as_str(), "3ds_CNb9efuUm9nkUHgnyxcZSmxKDfAJwolSHKsLHrcHOEg");
}

#[test]
fn a_name_is_shown_without_what_disturbs_the_line() {
    let name = |text: &str| {
        let areq = Message::payment(V220).set("merchantName", text).areq();
        areq.seller.shown_name().unwrap().as_str().to_owned()
    };
    assert_eq!(name("Shop\u{202e}gnp"), "Shopgnp");
    assert_eq!(name("\u{202e}\u{2066}"), "Maru Shop Online");
}

#[test]
fn the_language_is_the_browser_s_first() {
    for (language, locale) in [
        ("ja", Locale::Ja),
        ("JA-jp", Locale::Ja),
        ("en", Locale::En),
        ("fr", Locale::En),
        ("jav", Locale::En),
    ] {
        let areq = Message::payment(V220).set("browserLanguage", language).areq();
        assert_eq!(areq.locale(), locale, "{language}");
        let list = format!(r#"["{language};q=0.9","de"]"#);
        let areq = Message::payment(V231)
            .set("browserLanguage", "en")
            .json("acceptLanguage", &list)
            .areq();
        assert_eq!(areq.locale(), locale, "{language}");
    }
}

#[test]
fn a_repeat_is_known_by_the_directory_server_s_ids_and_a_changed_one_by_every_element() {
    let payment =
        Message::payment(V220).set("acctID", "a").json("acctInfo", r#"{"chAccAgeInd":"01"}"#);
    let key = card_key();
    let of = |message: &Message| {
        let areq = message.areq();
        (areq.transaction("ds"), areq.content(&areq.pan.digest(&key)))
    };
    let (transaction, content) = of(&payment);
    let mut turned = payment.clone();
    turned.0.reverse();
    let upper = payment.clone().set("dsTransID", "F25084F0-5B16-4C0A-AE5D-B24808A95E4B");
    assert_eq!(of(&turned), (transaction, content));
    assert_eq!(of(&payment.clone().set("unknown", "x")), (transaction, content));
    assert_eq!(of(&upper).0, transaction);
    assert_ne!(payment.areq().transaction("other"), transaction);
    for (name, changed) in [
        ("purchaseAmount", "3151"),
        ("merchantName", "another"),
        ("notificationURL", "https://evil.example/"),
        ("acctNumber", "4111111111111129"),
        ("acctID", "b"),
    ] {
        let changed = of(&payment.clone().set(name, changed));
        assert_eq!(changed.0, transaction, "{name}");
        assert_ne!(changed.1, content, "{name}");
    }
    let inner = payment.clone().json("acctInfo", r#"{"chAccAgeInd":"02"}"#);
    assert_ne!(of(&inner).1, content);
    for name in ["dsTransID", "threeDSServerTransID"] {
        let another = payment.clone().set(name, "00000000-0000-4000-8000-000000000000");
        assert_ne!(of(&another).0, transaction, "{name}");
    }
    let erro = payment.areq().is_changed_repeat();
    assert_eq!(
        (erro.code.as_str(), erro.detail.as_str()),
        ("301", "threeDSServerTransID,dsTransID")
    );
}

#[test]
fn an_error_says_what_the_protocol_asks_for() {
    let erro = Message::payment(V231).without("mcc").erro();
    assert_eq!(
        erro.json(),
        r#"{"threeDSServerTransID":"8a880dc0-d2d2-4067-bcb1-b08d1690b26e","dsTransID":"f25084f0-5b16-4c0a-ae5d-b24808a95e4b","errorCode":"201","errorComponent":"A","errorDescription":"Required data element missing","errorDetail":"mcc","errorMessageType":"AReq","messageType":"Erro","messageVersion":"2.3.1"}"#
    );
}

#[test]
fn a_card_number_in_escapes_is_none() {
    let text = Message::payment(V220).text().replace(CARD, r"411111111111111\u0031");
    let Err(Refusal::Erro(erro)) =
        AReq::read(Zeroizing::new(text.into_bytes()), &directory_server())
    else {
        panic!("taken")
    };
    assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("203", "acctNumber"));
}
