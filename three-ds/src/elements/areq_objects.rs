//! The objects in an AReq: EMV 3-D Secure 2.2.0 tables A.7 to A.11, and the field tables of
//! 3dsecure.io.

use super::{
    Element,
    form::Form::{
        self, Any, AnyObject, Boolean, Codes, Date, DateMinute, Digits, Email, List, Object, OneOf,
        Text,
    },
};
use crate::version::Version::{V220, V231};

const fn optional(name: &'static str, form: Form) -> Element {
    Element::optional(name, form)
}

const fn required(name: &'static str, form: Form) -> Element {
    Element::required(name, form)
}

const FOUR: Form = OneOf(&["01", "02", "03", "04"]);
const FIVE: Form = OneOf(&["01", "02", "03", "04", "05"]);
const TWO: Form = OneOf(&["01", "02"]);

/// `acctInfo`
pub(crate) const ACCOUNT: &[Element] = &[
    optional("chAccAgeInd", FIVE),
    optional("chAccChange", Date),
    optional("chAccChangeInd", FOUR),
    optional("chAccDate", Date),
    optional("chAccPwChange", Date),
    optional("chAccPwChangeInd", FIVE),
    optional("chAccReqID", Text(1, 64)).only(V231),
    optional("nbPurchaseAccount", Digits(1, 4)),
    optional("paymentAccAge", Date),
    optional("paymentAccInd", FIVE),
    optional("provisionAttemptsDay", Digits(1, 3)),
    optional("shipAddressUsage", Date),
    optional("shipAddressUsageInd", FOUR),
    optional("shipNameIndicator", TWO),
    optional("suspiciousAccActivity", TWO),
    optional("txnActivityDay", Digits(1, 3)),
    optional("txnActivityYear", Digits(1, 3)),
];

/// `merchantRiskIndicator`
pub(crate) const RISK: &[Element] = &[
    optional("deliveryEmailAddress", Email),
    optional("deliveryTimeframe", FOUR),
    optional("giftCardAmount", Digits(1, 15)),
    optional("giftCardCount", Digits(2, 2)),
    optional("giftCardCurr", Digits(3, 3)),
    optional("preOrderDate", Date),
    optional("preOrderPurchaseInd", TWO),
    optional("reorderItemsInd", TWO),
    // 3dsecure.io has one table of this object for all versions: 08 and 09 in it are of each.
    optional("shipIndicator", OneOf(&["01", "02", "03", "04", "05", "06", "07", "08", "09"])),
    optional("transChar", List(&TWO, 99)).only(V231),
];

/// `threeDSRequestorAuthenticationInfo`
pub(crate) const AUTHENTICATION: &[Element] = &[
    optional("threeDSReqAuthData", Text(1, 20_000)).only(V220),
    optional("threeDSReqAuthData", Any(20_000)).only(V231),
    optional("threeDSReqAuthMethod", Codes(&["01", "02", "03", "04", "05", "06", "07", "08"]))
        .only(V220),
    optional(
        "threeDSReqAuthMethod",
        Codes(&["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]),
    )
    .only(V231),
    optional("threeDSReqAuthTimestamp", DateMinute),
];

/// `threeDSRequestorPriorAuthenticationInfo` of 2.2.0
pub(crate) const PRIOR: &[Element] = &[
    optional("threeDSReqPriorAuthData", Text(1, 2048)),
    optional("threeDSReqPriorAuthMethod", Codes(&["01", "02", "03", "04"])),
    optional("threeDSReqPriorAuthTimestamp", DateMinute),
    optional("threeDSReqPriorRef", Text(1, 36)),
];

/// `threeDSRequestorPriorAuthenticationInfo` of 2.3.1
pub(crate) const PRIOR_231: &[Element] = &[
    optional("threeDSReqPriorAuthData", Any(20_000)),
    optional("threeDSReqPriorAuthMethod", Codes(&["01", "02", "03", "04", "05"])),
    optional("threeDSReqPriorAuthTimestamp", DateMinute),
    optional("threeDSReqPriorRef", Text(1, 36)),
];

/// A phone number.
pub(crate) const PHONE: &[Element] =
    &[required("cc", Digits(1, 3)), required("subscriber", Digits(1, 15))];

/// `recurringInd`
pub(crate) const RECURRING: &[Element] =
    &[optional("amountInd", Codes(&["01", "02"])), optional("frequencyInd", Codes(&["01", "02"]))];

/// `sellerInfo`
pub(crate) const SELLER: &[Element] = &[
    required("sellerName", Text(1, 100)),
    optional("sellerId", Text(1, 50)),
    optional("sellerBusinessName", Text(1, 100)),
    optional("sellerAccDate", Date),
    optional("sellerAddrLine1", Text(1, 50)),
    optional("sellerAddrLine2", Text(1, 50)),
    optional("sellerAddrLine3", Text(1, 50)),
    optional("sellerAddrCity", Text(1, 50)),
    optional("sellerAddrState", Text(1, 3)),
    optional("sellerAddrPostCode", Text(1, 16)),
    optional("sellerAddrCountry", Digits(3, 3)),
    optional("sellerEmail", Email),
    optional("sellerPhone", Object(PHONE)),
];

/// An extension of a message.
pub(crate) const EXTENSION: &[Element] = &[
    required("name", Text(1, 64)),
    required("id", Text(1, 64)),
    required("criticalityIndicator", Boolean),
    required("data", AnyObject(8059)),
];
