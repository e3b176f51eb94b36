//! What is read out of a message.

use super::*;

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
        assert_eq!(areq.seller.shown_name.as_str(), "●●shop");
        assert_eq!(areq.card.last4.as_str(), "1111");
        assert_eq!(areq.locale(), Locale::Ja);
        assert_eq!(areq.browser.unwrap().ip, None);
        let ip = message.set("browserIP", "2001:db8::1").areq().browser.unwrap().ip;
        assert_eq!(ip.as_deref(), Some("2001:db8::1"));
    }
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
fn a_purchase_of_another_time_is_a_purchase() {
    for (date, at) in
        [("19691231235959", "1970-01-01T00:00:00Z"), ("99991231235959", "9999-12-31T23:59:59Z")]
    {
        let areq = Message::payment(V220).set("purchaseDate", date).areq();
        assert_eq!(areq.purchase.unwrap().at.rfc3339(), at);
    }
}

#[test]
fn a_merchant_counts_under_what_its_acquirer_calls_it() {
    let seller = |message: &Message| message.areq().seller.counts_as;
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
        areq.seller.shown_name.as_str().to_owned()
    };
    assert_eq!(name("Shop\u{202e}gnp"), "Shopgnp");
    assert_eq!(name("\u{202e}\u{2066}"), "Maru Shop Online");
}

/// A form whose seller nobody can read asks for no code.
#[test]
fn a_seller_has_a_name_that_can_be_read() {
    let names =
        ["threeDSRequestorID", "threeDSRequestorName", "acquirerMerchantID", "merchantName"];
    for (_, message) in versions() {
        for invisible in ["\u{202e}", "\u{3164}", "\u{200b}", " "] {
            let all = names.into_iter().fold(message.clone(), |it, name| it.set(name, invisible));
            finds(
                &all,
                "203",
                "threeDSRequestorID,threeDSRequestorName,acquirerMerchantID,merchantName",
            );
            for name in names {
                assert_eq!(all.clone().set(name, "Maru").areq().seller.shown_name.as_str(), "Maru");
            }
        }
    }
    let requestor = Message::non_payment(V220).set("threeDSRequestorID", "\u{3164}");
    let requestor = requestor.set("threeDSRequestorName", "\u{3164}");
    finds(&requestor, "203", "threeDSRequestorID,threeDSRequestorName");
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
    let of = |message: &Message| {
        let areq = message.areq();
        (areq.transaction("ds"), areq.content())
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
