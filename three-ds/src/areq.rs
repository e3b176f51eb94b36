//! The AReq: a directory server asks whether a cardholder is who they say.

mod parts;

pub use parts::{Browser, Purchase, Seller};

use parts::{browser, names, purchase, seller, texts};
use url::Url;
use warifu_core::{
    digest::{Digest, Hasher},
    locale::Locale,
};
use zeroize::Zeroizing;

use crate::{
    directory_server::DirectoryServer,
    elements::{Channel, areq::AREQ, check::pan, known::Known},
    erro::{Erro, ErrorCode, KnownIds, MessageType, Refusal},
    extension,
    ids::TransId,
    iso,
    message::Opened,
    pan::{Card, CardKey},
    version::Version,
};

/// An AReq that all rules of its version hold for. The card number is not in it.
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
    /// Who sells.
    pub seller: Seller,
    /// What is bought, where the message says it.
    pub purchase: Option<Purchase>,
    /// `threeDSRequestorChallengeInd`; in 2.2.0 at most one.
    pub challenge_indicators: Vec<String>,
    /// What is known of the browser, in its channel.
    pub browser: Option<Browser>,
    /// What is kept of `acctNumber`.
    pub card: Card,
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

impl AReq {
    /// More bytes than a directory server's AReq has. All extensions at their longest are 320 KiB.
    pub const MOST_BYTES: usize = 1 << 20;

    /// Reads an AReq that a directory server has sent. The card number becomes its digests under
    /// `keys`, and it and the body are overwritten.
    ///
    /// # Errors
    /// The first rule that does not hold, in the order of [`crate::message`], with every element for
    /// which it does not.
    pub fn read(
        body: Zeroizing<Vec<u8>>,
        from: &DirectoryServer,
        keys: &[CardKey],
    ) -> Result<Self, Refusal> {
        let opened = Opened::open(&body, MessageType::AReq, AREQ, &from.versions)?;
        let known = opened.known(AREQ)?;
        let invalid =
            |names: Vec<&str>| opened.refuse(Erro::naming(ErrorCode::FormatInvalid, names));
        if known.text("notificationURL").is_some_and(has_credentials) {
            return Err(invalid(vec!["notificationURL"]));
        }
        // Every name of the seller shows nothing: nobody would know what they confirm.
        let seller = seller(&known).ok_or_else(|| invalid(names(&known).collect()))?;
        let wrong = wrong_iso_codes(&known);
        if !wrong.is_empty() {
            return Err(opened.refuse(Erro::naming(ErrorCode::IsoCodeInvalid, wrong)));
        }
        extension::check(&known).map_err(|found| opened.refuse(found))?;

        let Some(areq) = Self::of(&opened, &known, seller, keys) else {
            // Every element that is taken here was required and checked above.
            return Err(invalid(Vec::new()));
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

    fn of(
        opened: &Opened<'_>,
        known: &Known<'_>,
        seller: Seller,
        keys: &[CardKey],
    ) -> Option<Self> {
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
            seller,
            purchase: purchase(known),
            challenge_indicators: texts(known.get("threeDSRequestorChallengeInd")),
            browser: browser(known),
            card: Card::of(&pan(known.raw(Known::CARD)?)?, keys)?,
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

    /// What the message says: another for every element of our tables that was changed, but for the
    /// card's security code. The card is in it as its digest under the first key alone.
    #[must_use]
    pub fn content(&self) -> Digest {
        let card = self.card.digests.first().map(|digest| digest.bytes().as_slice());
        Hasher::new("warifu/three-ds-content/v1")
            .field(self.content.bytes())
            .field(card.unwrap_or_default())
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

/// A digest of every element but the card number, as it was written. The card's security code is not
/// in it either: three digits could be found from a digest, and are never stored (PCI DSS 3.3.1.2).
fn content(known: &Known<'_>) -> Digest {
    const LEFT_OUT: [&str; 2] = [Known::CARD, "cardSecurityCode"];
    let mut hasher = Hasher::new("warifu/three-ds-elements/v1");
    for (name, raw) in known.all_raw().filter(|(name, _)| !LEFT_OUT.contains(name)) {
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
