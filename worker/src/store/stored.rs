//! Stored values, read field by field as bodies are: one reader of JSON is less to load.
//!
//! A value may be of another version: members that are not known are ignored, and optional ones may
//! be missing. A language or a currency that is not known is not guessed.

use warifu_core::{
    ids::{CardholderId, ChallengeId, KeyId, MerchantId, Salt},
    locale::Locale,
    money::{Amount, Currency},
    record::{ChallengeRecord, ThreeDsRecord},
    test_mode::{TestCardholder, TestChallengeId, TestRecord},
    text::{MerchantName, Reference},
    time::Timestamp,
    transaction::{CardLast4, Transaction},
};
use warifu_delivery::json::{Fields, Misfit};

use super::{Endpoint, Former, KeyOwner, Merchant, Removal};

/// Why a stored value was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misread {
    /// The value has something that only a newer version knows.
    Newer,
    /// No version writes such a value.
    Damaged,
}

impl From<Misfit> for Misread {
    fn from(_: Misfit) -> Self {
        // The misfit's sentence is for callers of the API. A broken stored value is a fault of
        // ours.
        Self::Damaged
    }
}

/// Reads a challenge record; whether it is the one that was written is checked by its digest.
pub(super) fn record(mut fields: Fields) -> Result<ChallengeRecord, Misread> {
    let three_ds = fields.optional_object("three_ds")?.map(three_ds).transpose()?;
    let transaction = transaction(fields.object("transaction")?)?;
    // Only a directory server asks for a challenge without a payment.
    if transaction.amount.is_none() && three_ds.is_none() {
        return Err(Misread::Damaged);
    }
    Ok(ChallengeRecord {
        id: good(ChallengeId::parse(&fields.text("id")?))?,
        cardholder: good(CardholderId::parse(&fields.text("cardholder")?))?,
        transaction,
        salt: Salt::stored(fields.text("salt")?),
        master_key: fields.text("master_key")?,
        locale: locale(&fields.text("locale")?)?,
        return_url: fields.optional_text("return_url")?,
        origins: fields.texts("origins")?,
        three_ds,
    })
}

/// Reads the record of a test challenge. A test cardholder that is not known is of a newer version.
pub(super) fn test_record(mut fields: Fields) -> Result<TestRecord, Misread> {
    let transaction = transaction(fields.object("transaction")?)?;
    if transaction.amount.is_none() {
        return Err(Misread::Damaged);
    }
    Ok(TestRecord {
        id: good(TestChallengeId::parse(&fields.text("id")?))?,
        cardholder: TestCardholder::parse(&fields.text("cardholder")?).ok_or(Misread::Newer)?,
        transaction,
        locale: locale(&fields.text("locale")?)?,
        return_url: fields.optional_text("return_url")?,
        origins: fields.texts("origins")?,
    })
}

fn locale(tag: &str) -> Result<Locale, Misread> {
    Some(Locale::from_tag(tag)).filter(|locale| locale.as_str() == tag).ok_or(Misread::Newer)
}

fn amount(mut fields: Fields) -> Result<Amount, Misread> {
    let currency = Currency::stored(&fields.text("currency")?).map_err(|_| Misread::Newer)?;
    good(Amount::new(fields.integer("minor")?, currency))
}

fn three_ds(mut fields: Fields) -> Result<ThreeDsRecord, Misread> {
    Ok(ThreeDsRecord {
        transaction: fields.text("transaction")?,
        content: fields.text("content")?,
        value_key: fields.optional_text("value_key")?,
    })
}

fn transaction(mut fields: Fields) -> Result<Transaction, Misread> {
    let amount = fields.optional_object("amount")?.map(amount).transpose()?;
    let reference = fields.optional_text("reference")?;
    Ok(Transaction {
        merchant: good(MerchantId::parse(&fields.text("merchant")?))?,
        merchant_name: good(MerchantName::stored(&fields.text("merchant_name")?))?,
        amount,
        purchased_at: Timestamp::from_millis(
            fields.integer("purchased_at")?.try_into().unwrap_or_default(),
        ),
        card_last4: CardLast4::parse(&fields.text("card_last4")?).ok_or(Misread::Damaged)?,
        reference: good(reference.as_deref().map(Reference::stored).transpose())?,
    })
}

/// Reads a merchant.
pub(super) fn merchant(mut fields: Fields) -> Result<Merchant, Misread> {
    Ok(Merchant {
        name: good(MerchantName::stored(&fields.text("name")?))?,
        origins: fields.texts("origins")?,
        removed_at: time(&mut fields, "removed_at")?,
    })
}

/// Reads that a merchant was removed.
pub(super) fn removal(mut fields: Fields) -> Result<Removal, Misread> {
    Ok(Removal { at: time(&mut fields, "at")?.ok_or(Misread::Damaged)? })
}

/// A time that may be missing.
fn time(fields: &mut Fields, name: &str) -> Result<Option<Timestamp>, Misread> {
    let millis = fields.optional_integer(name)?;
    Ok(millis.map(|millis| Timestamp::from_millis(millis.try_into().unwrap_or_default())))
}

/// Reads where a merchant's events go.
pub(super) fn endpoint(mut fields: Fields) -> Result<Endpoint, Misread> {
    let former = match fields.optional_text("former_key")? {
        Some(key) => {
            let salt = fields.text("former_salt")?;
            let until = fields.integer("former_until")?.try_into().unwrap_or_default();
            Some(Former { key, salt, until: Timestamp::from_millis(until) })
        }
        None => None,
    };
    Ok(Endpoint {
        url: fields.text("url")?,
        key: fields.text("key")?,
        salt: fields.text("salt")?,
        former,
    })
}

/// Reads the owner of a key.
pub(super) fn key_owner(mut fields: Fields) -> Result<KeyOwner, Misread> {
    Ok(KeyOwner {
        merchant: good(MerchantId::parse(&fields.text("merchant")?))?,
        id: good(KeyId::parse(&fields.text("id")?))?,
        created_at: time(&mut fields, "created_at")?,
    })
}

fn good<T, E>(parsed: Result<T, E>) -> Result<T, Misread> {
    parsed.map_err(|_| Misread::Damaged)
}

#[cfg(test)]
mod tests;
