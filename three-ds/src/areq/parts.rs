//! The parts of an AReq that are more than a text.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use warifu_core::{
    digest::Hasher,
    ids::MerchantId,
    money::{Amount, Currency},
    text::{MerchantName, undisturbing},
    time::Timestamp,
};

use crate::{
    elements::{Channel, areq::AREQ, form::parse_moment, known::Known},
    iso,
    json::Value,
};

/// Who sells: the merchant, or the requestor where the message has no merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Under which limits and counters count: the acquirer's name for the merchant, or the requestor
    /// where the message has none. It is never the directory server.
    pub counts_as: MerchantId,
    /// The name that the cardholder reads: the merchant's, or the requestor's. Characters that disturb
    /// the line are left out; where nothing is left, it is the acquirer's id, or the requestor's.
    pub shown_name: MerchantName,
}

/// What is paid, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    digits: String,
    /// `purchaseCurrency`
    pub currency: Currency,
    /// `purchaseDate`; one before 1970 is the beginning of 1970.
    pub at: Timestamp,
}

impl Purchase {
    /// `purchaseAmount`; `None` for zero, and for more digits than an authorisation has.
    #[must_use]
    pub fn amount(&self) -> Option<Amount> {
        Amount::new(self.digits.trim_start_matches('0').parse().ok()?, self.currency).ok()
    }
}

/// What the message says of the cardholder's browser, as far as an answer depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    /// `acceptLanguage`, or `browserLanguage` alone.
    pub languages: Vec<String>,
    /// `browserIP`
    pub ip: Option<String>,
}

pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::List(values)) => {
            values.iter().filter_map(Value::as_text).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn purchase(known: &Known<'_>) -> Option<Purchase> {
    let moment = parse_moment(known.text("purchaseDate")?)?.and_utc();
    Some(Purchase {
        digits: known.text("purchaseAmount")?.to_owned(),
        currency: iso::currency(known.text("purchaseCurrency")?)?,
        at: Timestamp::from_millis(moment.timestamp_millis().try_into().unwrap_or_default()),
    })
}

pub(super) fn browser(known: &Known<'_>) -> Option<Browser> {
    let languages = match texts(known.get("acceptLanguage")) {
        languages if languages.is_empty() => texts(known.get("browserLanguage")),
        languages => languages,
    };
    let ip = known.text("browserIP").map(str::to_owned);
    (known.channel == Channel::Browser).then_some(Browser { languages, ip })
}

/// Who sells, if one of the names can be read.
pub(super) fn seller(known: &Known<'_>) -> Option<Seller> {
    let hasher = Hasher::new("warifu/three-ds-merchant/v1");
    let hasher = match (known.text("acquirerBIN"), known.text("acquirerMerchantID")) {
        (Some(bin), Some(id)) => hasher.field(bin.as_bytes()).field(id.as_bytes()),
        _ => hasher.field(known.text("threeDSRequestorID")?.as_bytes()),
    };
    let digest = Base64UrlUnpadded::encode_string(hasher.finish().bytes());
    let mut names = SHOWN.into_iter().filter_map(|name| known.text(name));
    let counts_as = format!("{}{digest}", MerchantId::OF_DIRECTORY_SERVER);
    Some(Seller {
        counts_as: MerchantId::parse(&counts_as).ok()?,
        shown_name: names.find_map(|name| MerchantName::parse(&undisturbing(name)).ok())?,
    })
}

/// The elements that a cardholder could know the seller by, the best first.
const SHOWN: [&str; 4] =
    ["merchantName", "threeDSRequestorName", "acquirerMerchantID", "threeDSRequestorID"];

/// Those of them that the message has, in the order in which an error lists elements.
pub(super) fn names(known: &Known<'_>) -> impl Iterator<Item = &'static str> {
    let names = AREQ.iter().map(|element| element.name);
    names.filter(|name| SHOWN.contains(name) && known.has(name))
}
