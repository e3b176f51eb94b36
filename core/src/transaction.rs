//! What the cardholder is asked to confirm.

use serde::{Deserialize, Serialize};

use crate::{
    digest::{Digest, Hasher},
    ids::MerchantId,
    money::Amount,
    text::{MerchantName, Reference},
    time::Timestamp,
};

/// The last four digits of a card number, which PCI DSS 3.4.1 allows to be shown. We never get more
/// of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardLast4(String);

impl CardLast4 {
    /// Checks four ASCII digits; `None` for anything else, above all a whole card number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CardLast4 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not four digits")
    }
}

impl From<CardLast4> for String {
    fn from(digits: CardLast4) -> Self {
        digits.0
    }
}

/// Merchant, amount, time and card of one purchase. Fixed when the challenge is created. A code
/// belongs to exactly one transaction (PSD2 RTS Art. 5, OWASP ASVS 5 6.6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The merchant who is paid.
    pub merchant: MerchantId,
    /// The name shown, from the merchant's registration.
    pub merchant_name: MerchantName,
    /// The amount. `None` where a card is confirmed and nothing is paid, which only a directory server
    /// asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// When the purchase was made, as the merchant says.
    pub purchased_at: Timestamp,
    /// The card.
    pub card_last4: CardLast4,
    /// The merchant's own name for the transaction.
    pub reference: Option<Reference>,
}

impl Transaction {
    /// A digest of every field, from which the code's key is derived: an amount that differs by one
    /// yen has other codes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let hasher = Hasher::new("warifu/transaction/v1")
            .field(self.merchant.as_str().as_bytes())
            .field(self.merchant_name.as_str().as_bytes());
        let hasher = match &self.amount {
            Some(amount) => hasher
                .field(&amount.minor().to_be_bytes())
                .field(amount.currency().code().as_bytes()),
            // No amount in the minor unit has so many bytes.
            None => hasher.field(b"no payment"),
        };
        hasher
            .field(&self.purchased_at.millis().to_be_bytes())
            .field(self.card_last4.as_str().as_bytes())
            .optional(self.reference.as_ref().map(|text| text.as_str().as_bytes()))
            .finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::money::Currency;

    pub(crate) fn coffee() -> Transaction {
        Transaction {
            merchant: MerchantId::parse("maru-shop").unwrap(),
            merchant_name: MerchantName::parse("●●shop").unwrap(),
            amount: Amount::new(3150, Currency::parse("JPY").unwrap()).ok(),
            purchased_at: Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap(),
            card_last4: CardLast4::parse("1234").unwrap(),
            reference: Some(Reference::parse("order-1").unwrap()),
        }
    }

    #[test]
    fn every_fact_changes_the_digest() {
        let original = coffee().digest();
        let yen = Currency::parse("JPY").unwrap();
        let changes: [fn(&mut Transaction, Currency); 8] = [
            |t, _| t.amount = None,
            |t, _| t.merchant = MerchantId::parse("other").unwrap(),
            |t, _| t.merchant_name = MerchantName::parse("other").unwrap(),
            |t, yen| t.amount = Amount::new(3151, yen).ok(),
            |t, _| t.amount = Amount::new(3150, Currency::parse("USD").unwrap()).ok(),
            |t, _| t.purchased_at = Timestamp::from_millis(1),
            |t, _| t.card_last4 = CardLast4::parse("1235").unwrap(),
            |t, _| t.reference = None,
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = coffee();
            change(&mut changed, yen);
            assert_ne!(changed.digest(), original, "change {index}");
        }
        assert_eq!(coffee().digest(), original);
    }

    #[test]
    fn a_card_number_is_not_taken_for_four_digits() {
        for bad in ["", "123", "12345", "3540123412341234", "12a4", "１２３４"] {
            assert_eq!(CardLast4::parse(bad), None, "{bad}");
        }
    }
}
