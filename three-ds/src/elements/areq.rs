//! The elements of an AReq as it comes to an access control server: EMV 3-D Secure 2.2.0 table A.1,
//! and for 2.3.1 the field tables of 3dsecure.io, which are public.
//!
//! Of the app's and the requestor's own elements only the form is checked: such an AReq is answered
//! without a challenge, whatever they say.

use super::{
    Element,
    areq_objects::{
        ACCOUNT, AUTHENTICATION, EXTENSION, PHONE, PRIOR, PRIOR_231, RECURRING, RISK, SELLER,
    },
    condition,
    form::Form::{
        self, AccountNumber, Any, AnyObject, Boolean, Codes, Date, DateSecond, Digits, Email,
        HttpsUrl, IpAddress, List, Number, Object, OneOf, Text, TimeZone, TransId, True, Url,
        YearMonth,
    },
    known::Known,
};
use crate::version::Version::{V220, V231};

const fn required(name: &'static str, form: Form) -> Element {
    Element::required(name, form)
}

const fn when(name: &'static str, form: Form, condition: fn(&Known<'_>) -> bool) -> Element {
    Element::when(name, form, condition)
}

const fn optional(name: &'static str, form: Form) -> Element {
    Element::optional(name, form)
}

/// Every element, in the order in which an error lists them.
pub(crate) const AREQ: &[Element] = &[
    // Message and transaction.
    required("messageType", OneOf(&["AReq"])),
    required("messageVersion", Text(5, 8)),
    required("messageCategory", Codes(&["01", "02"])),
    required("deviceChannel", Codes(&["01", "02", "03"])),
    required("threeDSServerTransID", TransId),
    required("dsTransID", TransId),
    required("dsReferenceNumber", Text(1, 32)),
    required("dsURL", Url(2048)),
    // Server and requestor.
    required("threeDSServerRefNumber", Text(1, 32)),
    optional("threeDSServerOperatorID", Text(1, 32)),
    required("threeDSServerURL", Url(2048)),
    required("threeDSRequestorID", Text(1, 35)),
    required("threeDSRequestorName", Text(1, 40)),
    required("threeDSRequestorURL", Url(2048)).only(V220),
    required("threeDSRequestorURL", HttpsUrl(2048)).only(V231),
    required("threeDSRequestorAuthenticationInd", AUTHENTICATION_220).with_cardholder().only(V220),
    required("threeDSRequestorAuthenticationInd", AUTHENTICATION_231).with_cardholder().only(V231),
    optional("threeDSRequestorChallengeInd", CHALLENGE_220).with_cardholder().only(V220),
    optional("threeDSRequestorChallengeInd", List(&CHALLENGE_231, 99)).with_cardholder().only(V231),
    optional("threeDSRequestorAuthenticationInfo", Object(AUTHENTICATION)).only(V220),
    optional("threeDSRequestorAuthenticationInfo", List(&Object(AUTHENTICATION), 99)).only(V231),
    optional("threeDSRequestorPriorAuthenticationInfo", Object(PRIOR)).only(V220),
    optional("threeDSRequestorPriorAuthenticationInfo", List(&Object(PRIOR_231), 99)).only(V231),
    optional("threeDSRequestorDecReqInd", OneOf(&["Y", "N"])).only(V220),
    optional("threeDSRequestorDecReqInd", OneOf(&["Y", "N", "F", "B"])).only(V231),
    optional("threeDSRequestorDecMaxTime", Number(5, 1, 10_080)).only(V220),
    when("threeDSRequestorDecMaxTime", Number(5, 1, 10_080), condition::decoupled).only(V231),
    optional("threeDSReqAuthMethodInd", SIGNATURE_220).with_cardholder().only(V220),
    optional("threeDSReqAuthMethodInd", SIGNATURE_231).with_cardholder().only(V231),
    optional("threeDSRequestorSpcSupport", OneOf(&["Y"])).browser().only(V231),
    required("threeDSCompInd", OneOf(&["Y", "N", "U"])).browser(),
    optional("threeDSMethodId", TransId).browser().only(V231),
    optional("threeRIInd", REQUESTOR).requestor_initiated(),
    // Card and cardholder.
    required("acctNumber", AccountNumber),
    optional("acctID", Text(1, 64)),
    optional("acctInfo", Object(ACCOUNT)),
    optional("acctType", Codes(&["01", "02", "03"])),
    optional("cardExpiryDate", YearMonth),
    optional("cardholderName", Text(2, 45)),
    optional("email", Email),
    optional("homePhone", Object(PHONE)),
    optional("mobilePhone", Object(PHONE)),
    optional("workPhone", Object(PHONE)),
    optional("addrMatch", OneOf(&["Y", "N"])).with_cardholder(),
    optional("billAddrCity", Text(1, 50)),
    when("billAddrCountry", Digits(3, 3), |known| known.has("billAddrState")),
    optional("billAddrLine1", Text(1, 50)),
    optional("billAddrLine2", Text(1, 50)),
    optional("billAddrLine3", Text(1, 50)),
    optional("billAddrPostCode", Text(1, 16)),
    optional("billAddrState", Text(1, 3)),
    optional("shipAddrCity", Text(1, 50)),
    when("shipAddrCountry", Digits(3, 3), |known| known.has("shipAddrState")),
    optional("shipAddrLine1", Text(1, 50)),
    optional("shipAddrLine2", Text(1, 50)),
    optional("shipAddrLine3", Text(1, 50)),
    optional("shipAddrPostCode", Text(1, 16)),
    optional("shipAddrState", Text(1, 3)),
    optional("payTokenInd", True),
    when("payTokenSource", Codes(&["01", "02"]), |known| known.is_true("payTokenInd")),
    optional("payTokenInfo", Any(10_000)).only(V231),
    optional("whiteListStatus", OneOf(&["Y", "N"])).only(V220),
    when("whiteListStatusSource", SOURCE, |known| known.has("whiteListStatus")).only(V220),
    optional("trustListStatus", OneOf(&["Y", "N"])).only(V231),
    when("trustListStatusSource", SOURCE, |known| known.has("trustListStatus")).only(V231),
    optional("cardSecurityCodeStatus", OneOf(&["Y", "N", "U"])).only(V231),
    when("cardSecurityCodeStatusSource", Codes(&["01", "02"]), |known| {
        known.has("cardSecurityCodeStatus")
    })
    .only(V231),
    optional("cardSecurityCode", Digits(3, 4)).only(V231),
    optional("taxId", Text(1, 45)).only(V231),
    // Merchant and purchase.
    when("acquirerBIN", Text(1, 11), condition::payment),
    when("acquirerMerchantID", Text(1, 35), condition::payment),
    optional("acquirerCountryCode", Digits(3, 3)).only(V231),
    // 3dsecure.io has a pattern for it and no list: any two digits.
    optional("acquirerCountryCodeSource", Digits(2, 2)).only(V231),
    when("mcc", Text(4, 4), condition::payment),
    when("merchantCountryCode", Digits(3, 3), condition::payment),
    when("merchantName", Text(1, 40), condition::payment),
    optional("merchantRiskIndicator", Object(RISK)),
    when("purchaseAmount", Digits(1, 48), condition::purchase),
    when("purchaseCurrency", Digits(3, 3), condition::purchase),
    when("purchaseExponent", Digits(1, 1), condition::purchase),
    when("purchaseDate", DateSecond, condition::purchase),
    when("purchaseInstalData", Number(3, 2, 999), condition::instalment),
    optional("transType", OneOf(&["01", "03", "10", "11", "28"])),
    when("recurringExpiry", Date, condition::recurring).only(V220),
    optional("recurringExpiry", Date).only(V231),
    when("recurringFrequency", Digits(1, 4), condition::recurring).only(V220),
    when("recurringFrequency", Digits(1, 4), condition::fixed_frequency).only(V231),
    when("recurringInd", Object(RECURRING), condition::recurring).only(V231),
    when("recurringAmount", Digits(1, 48), condition::fixed_amount).only(V231),
    when("recurringCurrency", Digits(3, 3), |known| known.has("recurringAmount")).only(V231),
    when("recurringExponent", Digits(1, 1), |known| known.has("recurringAmount")).only(V231),
    when("recurringDate", Date, condition::fixed_frequency).only(V231),
    optional("multiTransaction", Any(10_000)).only(V231),
    optional("sellerInfo", List(&Object(SELLER), 50)).only(V231),
    when("payeeOrigin", Url(2048), |known| known.says("threeDSRequestorSpcSupport", "Y"))
        .browser()
        .only(V231),
    optional("spcIncompInd", OneOf(&["01", "02", "03"])).browser().only(V231),
    // Browser.
    required("notificationURL", Url(256)).browser().only(V220),
    required("notificationURL", HttpsUrl(256)).browser().only(V231),
    required("acceptLanguage", List(&Text(1, 100), 99)).browser().only(V231),
    required("browserAcceptHeader", Text(1, 2048)).browser(),
    required("browserUserAgent", Text(1, 2048)).browser(),
    required("browserLanguage", Text(1, 8)).browser().only(V220),
    when("browserLanguage", Text(1, 8), condition::javascript).browser().only(V231),
    required("browserJavascriptEnabled", Boolean).browser(),
    when("browserJavaEnabled", Boolean, condition::javascript).browser(),
    when("browserColorDepth", COLOR_DEPTH, condition::javascript).browser(),
    when("browserScreenHeight", Digits(1, 6), condition::javascript).browser(),
    when("browserScreenWidth", Digits(1, 6), condition::javascript).browser(),
    when("browserTZ", TimeZone, condition::javascript).browser(),
    optional("browserIP", IpAddress).browser(),
    optional("deviceId", Text(1, 64)).browser().only(V231),
    optional("userId", Text(1, 64)).browser().only(V231),
    optional("deviceBindingStatus", BINDING).only(V231),
    when("deviceBindingStatusSource", SOURCE, |known| known.has("deviceBindingStatus")).only(V231),
    // App.
    optional("deviceInfo", Text(1, 64_000)).app(),
    optional("deviceRenderOptions", AnyObject(64_000)).app(),
    optional("sdkAppID", TransId).app(),
    optional("sdkEphemPubKey", AnyObject(256)).app(),
    optional("sdkMaxTimeout", Number(2, 5, 99)).app(),
    optional("sdkReferenceNumber", Text(1, 32)).app(),
    optional("sdkTransID", TransId).app(),
    optional("appIp", IpAddress).app().only(V231),
    // What the directory server adds of its own.
    optional("broadInfo", AnyObject(4096)),
    optional("messageExtension", List(&Object(EXTENSION), 10)).only(V220),
    optional("messageExtension", List(&Object(EXTENSION), 15)).only(V231),
];

/// 07 is of 3dsecure.io's table for 2.2.0, which EMVCo's text of 2.2.0 reserves.
const AUTHENTICATION_220: Form = Codes(&["01", "02", "03", "04", "05", "06", "07"]);
const AUTHENTICATION_231: Form =
    Codes(&["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]);
const CHALLENGE_220: Form = Codes(&["01", "02", "03", "04", "05", "06", "07", "08", "09"]);
/// 15 is of 3dsecure.io's pattern, which its list of meanings reserves.
const CHALLENGE_231: Form = Codes(&[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15",
]);
const SIGNATURE_220: Form = Codes(&["01", "02", "03"]);
/// 3dsecure.io's list for 2.3.1. Its comparison of the versions says that 2.3.1 has the element no more.
const SIGNATURE_231: Form = Codes(&["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]);
/// The codes of 2.3.1. EMVCo's text of 2.2.0 has 11 of them, 3dsecure.io's table for it 12. The answer is
/// the same for all, so 2.2.0 takes them too.
const REQUESTOR: Form = Codes(&[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19",
]);
const SOURCE: Form = Codes(&["01", "02", "03"]);
const BINDING: Form = Codes(&["01", "02", "03", "04", "05", "11", "12", "13", "14", "15"]);
const COLOR_DEPTH: Form = OneOf(&["1", "4", "8", "15", "16", "24", "32", "48"]);
