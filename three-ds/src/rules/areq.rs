//! AReqs: when elements must be there, what their values lead to, what is ignored.

use super::{Body, answer, hold};
use crate::version::Version::{self, V220, V231};

const REQUIRED: [&str; 29] = [
    "messageVersion",
    "messageCategory",
    "deviceChannel",
    "threeDSServerTransID",
    "dsTransID",
    "dsReferenceNumber",
    "dsURL",
    "threeDSServerRefNumber",
    "threeDSServerURL",
    "threeDSRequestorID",
    "threeDSRequestorName",
    "threeDSRequestorURL",
    "threeDSRequestorAuthenticationInd",
    "threeDSCompInd",
    "acctNumber",
    "notificationURL",
    "browserAcceptHeader",
    "browserUserAgent",
    "browserJavascriptEnabled",
    "acquirerBIN",
    "acquirerMerchantID",
    "mcc",
    "merchantCountryCode",
    "merchantName",
    "purchaseAmount",
    "purchaseCurrency",
    "purchaseExponent",
    "purchaseDate",
    "browserLanguage",
];

const WITH_JAVASCRIPT: [&str; 5] = [
    "browserJavaEnabled",
    "browserColorDepth",
    "browserScreenHeight",
    "browserScreenWidth",
    "browserTZ",
];

#[test]
fn what_is_required_is_201_absent_null_or_empty() {
    for version in Version::ALL {
        let required = REQUIRED.iter().chain(&WITH_JAVASCRIPT);
        for name in required.chain((version == V231).then_some(&"acceptLanguage")) {
            for change in [format!("-{name}"), format!("{name}=null"), format!("{name}=''")] {
                let body = Body::payment(version).changed(&change).text();
                assert_eq!(answer(body.as_bytes()), format!("201 {name}"), "{version:?} {change}");
            }
        }
    }
}

#[test]
fn what_is_required_by_a_condition() {
    let without = "-browserJavaEnabled & -browserColorDepth & -browserScreenHeight & \
        -browserScreenWidth & -browserTZ";
    hold(
        &Version::ALL,
        &[
            (&format!("browserJavascriptEnabled=false & {without}"), "C"),
            ("browserJavascriptEnabled=false & browserTZ='x'", "203 browserTZ"),
            ("purchaseInstalData='2'", "C"),
            ("purchaseInstalData='001'", "203 purchaseInstalData"),
            ("purchaseInstalData='012'", "C"),
            ("purchaseInstalData='1000'", "203 purchaseInstalData"),
            ("recurringExpiry='20240229'", "C"),
            ("recurringExpiry='20230229'", "203 recurringExpiry"),
            ("recurringFrequency='0028'", "C"),
            ("recurringFrequency='00028'", "203 recurringFrequency"),
        ],
    );
    let recurring = "threeDSRequestorAuthenticationInd='02'";
    let instalment = "threeDSRequestorAuthenticationInd='03'";
    let both = "recurringExpiry='20300101' & recurringFrequency='28'";
    hold(
        &[V220],
        &[
            (recurring, "201 recurringExpiry,recurringFrequency"),
            (&format!("{recurring} & {both}"), "C"),
            (&format!("{recurring} & recurringFrequency='28'"), "201 recurringExpiry"),
            (instalment, "201 purchaseInstalData,recurringExpiry,recurringFrequency"),
            (&format!("{instalment} & {both}"), "201 purchaseInstalData"),
            (&format!("{instalment} & {both} & purchaseInstalData='12'"), "C"),
        ],
    );
}

#[test]
fn without_a_payment_the_purchase_is_optional_but_for_recurring_ones() {
    let recurring = "threeDSRequestorAuthenticationInd='02' & recurringExpiry='20300101' & \
        recurringFrequency='28'";
    let purchase = "201 purchaseAmount,purchaseCurrency,purchaseExponent,purchaseDate";
    for (changes, expected) in [
        ("", "C"),
        (recurring, purchase),
        ("purchaseAmount='x'", "203 purchaseAmount"),
        ("purchaseCurrency='999'", "304 purchaseCurrency"),
        ("purchaseAmount='0' & purchaseCurrency='392' & purchaseExponent='0'", "C"),
        ("mcc='1'", "203 mcc"),
        ("merchantCountryCode='999'", "304 merchantCountryCode"),
        ("threeDSRequestorAuthenticationInd='06'", "C"),
        ("-threeDSRequestorID", "201 threeDSRequestorID"),
    ] {
        let body = Body::non_payment(V220).changed(changes).text();
        assert_eq!(answer(body.as_bytes()), expected, "{changes}");
    }
    assert_eq!(answer(Body::non_payment(V231).text().as_bytes()), "C");
}

#[test]
fn challenge_indicators() {
    for indicator in ["01", "02", "03", "04", "05", "07", "08", "09"] {
        hold(&[V220], &[(&format!("threeDSRequestorChallengeInd='{indicator}'"), "C")]);
        hold(&[V231], &[(&format!("threeDSRequestorChallengeInd=['{indicator}']"), "C")]);
    }
    const INVALID: &str = "203 threeDSRequestorChallengeInd";
    hold(
        &[V220],
        &[
            ("threeDSRequestorChallengeInd='06'", "I"),
            ("threeDSRequestorChallengeInd='06' & purchaseAmount='0'", "I"),
            ("threeDSRequestorChallengeInd='10'", INVALID),
            ("threeDSRequestorChallengeInd='00'", INVALID),
            ("threeDSRequestorChallengeInd=['01']", INVALID),
            ("threeDSRequestorChallengeInd=6", INVALID),
            ("threeDSRequestorChallengeInd='80'", "C"),
        ],
    );
    hold(
        &[V231],
        &[
            ("threeDSRequestorChallengeInd=['06']", "I"),
            ("threeDSRequestorChallengeInd=['02','06']", "I"),
            ("threeDSRequestorChallengeInd='01'", INVALID),
            ("threeDSRequestorChallengeInd=['00']", INVALID),
            ("threeDSRequestorChallengeInd=['80']", "207 threeDSRequestorChallengeInd"),
            ("threeDSRequestorChallengeInd=['01','']", INVALID),
        ],
    );
}

#[test]
fn values_that_are_reserved() {
    hold(
        &[V220],
        &[
            ("threeDSRequestorAuthenticationInd='80'", "C"),
            ("threeDSRequestorAuthenticationInd='08'", "203 threeDSRequestorAuthenticationInd"),
            ("messageCategory='03'", "203 messageCategory"),
            ("deviceChannel='04'", "203 deviceChannel"),
            ("messageCategory='85'", "U 20"),
            ("deviceChannel='99'", "U 03"),
        ],
    );
    hold(
        &[V231],
        &[
            ("threeDSRequestorAuthenticationInd='80'", "207 threeDSRequestorAuthenticationInd"),
            ("messageCategory='03'", "207 messageCategory"),
            ("deviceChannel='04'", "207 deviceChannel"),
            ("deviceChannel='85'", "207 deviceChannel"),
        ],
    );
}

#[test]
fn the_app_s_channel_and_the_requestor_s_own() {
    hold(
        &Version::ALL,
        &[
            ("deviceChannel='01'", "U 03"),
            ("deviceChannel='03'", "U 21"),
            (
                "deviceChannel='03' & messageCategory='02' & -notificationURL & -threeDSCompInd",
                "U 21",
            ),
            ("deviceChannel='03' & threeRIInd='00'", "203 threeRIInd"),
            ("deviceChannel='03' & threeRIInd='1'", "203 threeRIInd"),
            ("deviceChannel='01' & sdkTransID='x'", "203 sdkTransID"),
            ("deviceChannel='01' & browserTZ='x'", "U 03"),
            ("deviceChannel='01' & acctNumber='1'", "203 acctNumber"),
            ("deviceChannel='01' & -mcc", "201 mcc"),
        ],
    );
    // A code of any version, with nothing of what a browser's message of its kind must have.
    for code in 1..=19 {
        let begun = format!("deviceChannel='03' & threeRIInd='{code:02}'");
        let without_payment = format!(
            "{begun} & messageCategory='02' & -purchaseAmount & -purchaseCurrency & \
            -purchaseExponent & -purchaseDate"
        );
        hold(&Version::ALL, &[(&begun, "U 21"), (&without_payment, "U 21")]);
    }
    hold(&[V220], &[("deviceChannel='03' & threeRIInd='20'", "203 threeRIInd")]);
    hold(&[V231], &[("deviceChannel='03' & threeRIInd='20'", "207 threeRIInd")]);
}

#[test]
fn unknown_elements_are_ignored_and_those_of_another_channel_or_version() {
    hold(
        &Version::ALL,
        &[
            ("option={'a':[1,null,'']}", "C"),
            ("option='' & +option=''", "C"),
            ("sdkTransID='x'", "C"),
            ("sdkAppID=null", "C"),
            ("threeRIInd='xx'", "C"),
            ("acctInfo={'unknown':null}", "C"),
        ],
    );
    hold(&[V220], &[("acceptLanguage=''", "C"), ("trustListStatus='x'", "C")]);
    hold(&[V231], &[("whiteListStatus='x'", "C")]);
}
