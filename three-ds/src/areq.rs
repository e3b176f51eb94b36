//! The AReq: a directory server asks whether a cardholder is who they say.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use url::Url;
use warifu_core::{
    digest::{Digest, Hasher},
    ids::MerchantId,
    locale::Locale,
    money::{Amount, Currency},
    text::{MerchantName, undisturbing},
    time::Timestamp,
};
use zeroize::Zeroizing;

use crate::{
    directory_server::DirectoryServer,
    elements::{Channel, areq::AREQ, check::pan, condition, form::parse_moment},
    erro::{Erro, ErrorCode, KnownIds, MessageType, Refusal},
    extension,
    ids::TransId,
    iso,
    json::Value,
    message::{Known, Opened},
    pan::{CardDigest, Pan},
    version::Version,
};

/// An AReq that all rules of its version hold for. It can be neither printed nor stored, because the
/// card number is in it.
pub struct AReq {
    /// `messageVersion`
    pub version: Version,
    /// `deviceChannel`
    pub channel: Channel,
    /// `messageCategory`
    pub category: Category,
    /// `threeDSServerTransID`
    pub three_ds_server_trans_id: TransId,
    /// `dsTransID`
    pub ds_trans_id: TransId,
    /// `sdkTransID`, in the app's channel.
    pub sdk_trans_id: Option<TransId>,
    /// `dsReferenceNumber`
    pub ds_reference_number: String,
    /// `dsURL`: where the RReq goes.
    pub ds_url: String,
    /// `notificationURL`, in a browser: where the CRes goes.
    pub notification_url: Option<String>,
    /// Who sells, and for whom.
    pub seller: Seller,
    /// What is bought, where the message says it.
    pub purchase: Option<Purchase>,
    /// `threeDSRequestorAuthenticationInd`
    pub authentication_indicator: Option<String>,
    /// `threeDSRequestorChallengeInd`; in 2.2.0 at most one.
    pub challenge_indicators: Vec<String>,
    /// What is known of the browser, in its channel.
    pub browser: Option<Browser>,
    /// `acctNumber`
    pub pan: Pan,
    content: Digest,
}

/// `messageCategory`
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub enum Category {
    /// 01: a payment.
    #[n(0)]
    Payment,
    /// 02: no payment, such as adding a card to a wallet.
    #[n(1)]
    NonPayment,
    /// A value that the directory server reserves.
    #[n(2)]
    Other,
}

impl Category {
    /// Its text. Of [`Category::Other`] none is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "01",
            Self::NonPayment => "02",
            Self::Other => "",
        }
    }
}

/// The requestor, and the merchant where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// `threeDSRequestorID`
    pub requestor_id: String,
    /// `threeDSRequestorName`
    pub requestor_name: String,
    /// `acquirerBIN`
    pub acquirer_bin: Option<String>,
    /// `acquirerMerchantID`
    pub acquirer_merchant_id: Option<String>,
    /// `merchantName`
    pub merchant_name: Option<String>,
    /// `merchantCountryCode`
    pub merchant_country: Option<String>,
    /// `mcc`
    pub category_code: Option<String>,
}

impl Seller {
    /// Under which limits and counters count: the acquirer's name for the merchant, or the requestor
    /// where the message has none. It is never the directory server.
    #[must_use]
    pub fn counts_as(&self) -> Option<MerchantId> {
        let hasher = Hasher::new("warifu/three-ds-merchant/v1");
        let hasher = match (&self.acquirer_bin, &self.acquirer_merchant_id) {
            (Some(bin), Some(id)) => hasher.field(bin.as_bytes()).field(id.as_bytes()),
            _ => hasher.field(self.requestor_id.as_bytes()),
        };
        let digest = Base64UrlUnpadded::encode_string(hasher.finish().bytes());
        MerchantId::parse(&format!("3ds_{digest}")).ok()
    }

    /// The name that the cardholder reads: the merchant's, or the requestor's. Characters that disturb
    /// the line are left out; where nothing is left, it is the acquirer's id, or the requestor's.
    #[must_use]
    pub fn shown_name(&self) -> Option<MerchantName> {
        let names = [
            self.merchant_name.as_deref(),
            Some(self.requestor_name.as_str()),
            self.acquirer_merchant_id.as_deref(),
            Some(self.requestor_id.as_str()),
        ];
        names.into_iter().flatten().find_map(|name| MerchantName::parse(&undisturbing(name)).ok())
    }
}

/// What is paid, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    digits: String,
    /// `purchaseCurrency`
    pub currency: Currency,
    /// `purchaseDate`
    pub at: Timestamp,
}

impl Purchase {
    /// `purchaseAmount`; `None` for zero, and for more digits than an authorisation has.
    #[must_use]
    pub fn amount(&self) -> Option<Amount> {
        Amount::new(self.digits.trim_start_matches('0').parse().ok()?, self.currency).ok()
    }
}

/// What the message says of the cardholder's browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    /// `browserAcceptHeader`
    pub accept_header: String,
    /// `browserUserAgent`
    pub user_agent: String,
    /// `acceptLanguage`, or `browserLanguage` alone.
    pub languages: Vec<String>,
    /// `browserJavascriptEnabled`
    pub has_javascript: bool,
    /// `browserIP`
    pub ip: Option<String>,
    /// `browserScreenWidth` and `browserScreenHeight`
    pub screen: Option<(u32, u32)>,
    /// `browserColorDepth`
    pub color_depth: Option<u8>,
    /// `browserTZ`: minutes behind UTC.
    pub time_zone: Option<i16>,
}

impl AReq {
    /// More bytes than an AReq can have: all extensions, and every other element at its longest.
    pub const MOST_BYTES: usize = 1 << 20;

    /// Reads an AReq that a directory server has sent, and overwrites its bytes.
    ///
    /// # Errors
    /// The first rule that does not hold, in the order of [`crate::message`], with every element for
    /// which it does not.
    pub fn read(body: Zeroizing<Vec<u8>>, from: &DirectoryServer) -> Result<Self, Refusal> {
        let opened = Opened::open(&body, MessageType::AReq, AREQ, &from.versions)?;
        let known = opened.known(AREQ)?;
        let invalid = |names: &[&str]| {
            opened.refuse(Erro::naming(ErrorCode::FormatInvalid, names.iter().copied()))
        };
        if known.text("notificationURL").is_some_and(has_credentials) {
            return Err(invalid(&["notificationURL"]));
        }
        let wrong = wrong_iso_codes(&known);
        if !wrong.is_empty() {
            return Err(opened.refuse(Erro::naming(ErrorCode::IsoCodeInvalid, wrong)));
        }
        extension::check(&known).map_err(|found| opened.refuse(found))?;

        let Some(areq) = Self::of(&opened, &known) else {
            // Every element that is taken here was required and checked above.
            return Err(invalid(&[]));
        };
        let denied = [
            (!from.takes_results_at(&areq.ds_url), "dsURL"),
            (!from.has_reference_number(&areq.ds_reference_number), "dsReferenceNumber"),
        ];
        let denied: Vec<_> =
            denied.into_iter().filter(|(it, _)| *it).map(|(_, name)| name).collect();
        if !denied.is_empty() {
            return Err(opened.refuse(Erro::naming(ErrorCode::AccessDenied, denied)));
        }
        Ok(areq)
    }

    fn of(opened: &Opened<'_>, known: &Known<'_>) -> Option<Self> {
        let text = |name| known.text(name).map(str::to_owned);
        let id = |name| known.text(name).and_then(TransId::parse);
        Some(Self {
            version: opened.version,
            channel: known.channel,
            category: match known.text("messageCategory")? {
                "01" => Category::Payment,
                "02" => Category::NonPayment,
                _ => Category::Other,
            },
            three_ds_server_trans_id: id("threeDSServerTransID")?,
            ds_trans_id: id("dsTransID")?,
            sdk_trans_id: id("sdkTransID"),
            ds_reference_number: text("dsReferenceNumber")?,
            ds_url: text("dsURL")?,
            notification_url: text("notificationURL"),
            seller: Seller {
                requestor_id: text("threeDSRequestorID")?,
                requestor_name: text("threeDSRequestorName")?,
                acquirer_bin: text("acquirerBIN"),
                acquirer_merchant_id: text("acquirerMerchantID"),
                merchant_name: text("merchantName"),
                merchant_country: text("merchantCountryCode"),
                category_code: text("mcc"),
            },
            purchase: purchase(known),
            authentication_indicator: text("threeDSRequestorAuthenticationInd"),
            challenge_indicators: texts(known.get("threeDSRequestorChallengeInd")),
            browser: browser(known),
            pan: pan(known.raw(Known::CARD)?)?,
            content: content(known),
        })
    }

    /// The language in which the cardholder is addressed: Japanese where the browser asks for it
    /// first, else English.
    #[must_use]
    pub fn locale(&self) -> Locale {
        let first = self.browser.as_ref().and_then(|browser| browser.languages.first());
        let primary = first.and_then(|tag| tag.split(['-', '_', ';']).next()).unwrap_or_default();
        if primary.eq_ignore_ascii_case("ja") { Locale::Ja } else { Locale::En }
    }

    /// The name of the transaction: the same for a message that is sent again. An answer to it is made
    /// once.
    #[must_use]
    pub fn transaction(&self, directory_server: &str) -> Digest {
        Hasher::new("warifu/three-ds-transaction/v1")
            .field(directory_server.as_bytes())
            .field(&self.three_ds_server_trans_id.bytes())
            .field(&self.ds_trans_id.bytes())
            .finish()
    }

    /// What the message says: another for every element that was changed. The card is in it as its
    /// keyed digest alone.
    #[must_use]
    pub fn content(&self, card: &CardDigest) -> Digest {
        Hasher::new("warifu/three-ds-content/v1")
            .field(self.content.bytes())
            .field(card.bytes())
            .finish()
    }

    /// The transaction ids that an answer repeats.
    #[must_use]
    pub fn ids(&self) -> KnownIds {
        KnownIds {
            three_ds_server: Some(self.three_ds_server_trans_id.clone()),
            ds: Some(self.ds_trans_id.clone()),
            acs: None,
            sdk: self.sdk_trans_id.clone(),
        }
    }

    /// The answer to a message with the ids of another message.
    #[must_use]
    pub fn is_changed_repeat(&self) -> Erro {
        let names = ["threeDSServerTransID", "dsTransID"];
        self.erro(Erro::naming(ErrorCode::TransactionIdNotRecognised, names))
    }

    /// The answer when something of ours fails that will pass.
    #[must_use]
    pub fn cannot_be_answered(&self) -> Erro {
        self.erro((ErrorCode::TransientFailure, "Temporarily unavailable".to_owned()))
    }

    fn erro(&self, (code, detail): (ErrorCode, String)) -> Erro {
        let about = Some(MessageType::AReq);
        Erro { code, detail, about, version: self.version, ids: self.ids() }
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::List(values)) => {
            values.iter().filter_map(Value::as_text).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn purchase(known: &Known<'_>) -> Option<Purchase> {
    let moment = parse_moment(known.text("purchaseDate")?)?.and_utc();
    Some(Purchase {
        digits: known.text("purchaseAmount")?.to_owned(),
        currency: iso::currency(known.text("purchaseCurrency")?)?,
        at: Timestamp::from_millis(moment.timestamp_millis().try_into().ok()?),
    })
}

fn browser(known: &Known<'_>) -> Option<Browser> {
    let number = |name| known.text(name).and_then(|text| text.parse().ok());
    let languages = match texts(known.get("acceptLanguage")) {
        languages if languages.is_empty() => texts(known.get("browserLanguage")),
        languages => languages,
    };
    Some(Browser {
        accept_header: known.text("browserAcceptHeader")?.to_owned(),
        user_agent: known.text("browserUserAgent")?.to_owned(),
        languages,
        has_javascript: condition::javascript(known),
        ip: known.text("browserIP").map(str::to_owned),
        screen: number("browserScreenWidth").zip(number("browserScreenHeight")),
        color_depth: known.text("browserColorDepth").and_then(|text| text.parse().ok()),
        time_zone: known.text("browserTZ").and_then(|text| text.parse().ok()),
    })
}

/// A digest of every element but the card number, as it was written.
fn content(known: &Known<'_>) -> Digest {
    let mut hasher = Hasher::new("warifu/three-ds-elements/v1");
    for (name, raw) in known.all_raw().filter(|(name, _)| *name != Known::CARD) {
        hasher = hasher.field(name.as_bytes()).field(raw.as_bytes());
    }
    hasher.finish()
}

fn has_credentials(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
}

/// The elements whose ISO codes are wrong. Checked are those that a challenge uses: in the addresses of
/// cardholders a certified 3DS Server sends numbers that no country has.
fn wrong_iso_codes(known: &Known<'_>) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    for name in ["merchantCountryCode", "acquirerCountryCode"] {
        if known.text(name).is_some_and(|digits| !iso::is_country(digits)) {
            wrong.push(name);
        }
    }
    for (currency, exponent) in
        [("purchaseCurrency", "purchaseExponent"), ("recurringCurrency", "recurringExponent")]
    {
        let Some(digits) = known.text(currency) else { continue };
        match (iso::currency(digits), known.text(exponent)) {
            (None, _) => wrong.push(currency),
            (Some(found), Some(said)) if said != found.exponent().to_string() => {
                wrong.extend([currency, exponent]);
            }
            _ => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests;
