//! What must be there, and when.

use super::*;

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
        assert_eq!(areq.seller.shown_name.as_str(), "Maru Shop Online");
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
