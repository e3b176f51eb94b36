//! Stored values, read field by field as bodies are: one reader of JSON is less to load.

use warifu_core::{
    ids::{CardholderId, ChallengeId, KeyId, MerchantId, Salt},
    locale::Locale,
    money::{Amount, Currency},
    record::ChallengeRecord,
    text::{MerchantName, Reference},
    time::Timestamp,
    transaction::{CardLast4, Transaction},
};

use super::{KeyOwner, Merchant};
use crate::{
    events::{Endpoint, Former},
    http::Fields,
    problem::Problem,
};

/// Reads a challenge record; whether it is the one that was written is checked by its digest.
pub(super) fn record(mut fields: Fields) -> Result<ChallengeRecord, Problem> {
    Ok(ChallengeRecord {
        id: good(ChallengeId::parse(&fields.text("id")?))?,
        cardholder: good(CardholderId::parse(&fields.text("cardholder")?))?,
        transaction: transaction(fields.object("transaction")?)?,
        salt: Salt::stored(fields.text("salt")?),
        master_key: fields.text("master_key")?,
        locale: Locale::from_tag(&fields.text("locale")?),
        return_url: fields.optional_text("return_url")?,
        origins: fields.texts("origins")?,
    })
}

fn transaction(mut fields: Fields) -> Result<Transaction, Problem> {
    let mut amount = fields.object("amount")?;
    let currency = good(Currency::parse(&amount.text("currency")?))?;
    let reference = fields.optional_text("reference")?;
    Ok(Transaction {
        merchant: good(MerchantId::parse(&fields.text("merchant")?))?,
        merchant_name: good(MerchantName::parse(&fields.text("merchant_name")?))?,
        amount: good(Amount::new(amount.integer("minor")?, currency))?,
        purchased_at: Timestamp::from_millis(
            fields.integer("purchased_at")?.try_into().unwrap_or_default(),
        ),
        card_last4: CardLast4::parse(&fields.text("card_last4")?).ok_or_else(misfit)?,
        reference: good(reference.as_deref().map(Reference::parse).transpose())?,
    })
}

/// Reads a merchant.
pub(super) fn merchant(mut fields: Fields) -> Result<Merchant, Problem> {
    Ok(Merchant {
        name: good(MerchantName::parse(&fields.text("name")?))?,
        origins: fields.texts("origins")?,
    })
}

/// Reads where a merchant's events go.
pub(super) fn endpoint(mut fields: Fields) -> Result<Endpoint, Problem> {
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

/// Reads whose key a key is.
pub(super) fn key_owner(mut fields: Fields) -> Result<KeyOwner, Problem> {
    Ok(KeyOwner {
        merchant: good(MerchantId::parse(&fields.text("merchant")?))?,
        id: good(KeyId::parse(&fields.text("id")?))?,
    })
}

fn good<T, E>(parsed: Result<T, E>) -> Result<T, Problem> {
    parsed.map_err(|_| misfit())
}

fn misfit() -> Problem {
    Problem::invalid("A stored value does not fit.")
}

#[cfg(test)]
mod tests;
