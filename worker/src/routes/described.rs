//! A challenge as merchant and issuer read it.

use serde::Serialize;
use warifu_core::{
    cardholder::{DeliveryState, View},
    contact::Channel,
    money::Amount,
    transaction::Transaction,
};

/// How far a challenge has come. No destination: a merchant reads this too.
#[derive(Serialize)]
pub(super) struct Progress {
    channel: Option<Channel>,
    delivery: Option<&'static str>,
    sends: u32,
    tries: u32,
    created_at: String,
    expires_at: String,
    ended_at: Option<String>,
    redeemed: bool,
}

impl Progress {
    pub(super) fn of(view: &View) -> Self {
        Self {
            channel: view.via.as_ref().map(|via| via.channel()),
            delivery: view.delivery.map(DeliveryState::as_str),
            sends: view.send,
            tries: view.tries,
            created_at: view.opened_at.rfc3339(),
            expires_at: view.expires_at.rfc3339(),
            ended_at: view.outcome.map(|outcome| outcome.at.rfc3339()),
            redeemed: view.redeemed,
        }
    }
}

/// What is paid.
#[derive(Serialize)]
pub(super) struct DescribedTransaction<'a> {
    amount: Option<u64>,
    currency: Option<String>,
    purchased_at: String,
    card_last4: &'a str,
    reference: Option<&'a str>,
}

impl<'a> DescribedTransaction<'a> {
    pub(super) fn of(transaction: &'a Transaction) -> Self {
        let amount = transaction.amount.as_ref();
        Self {
            amount: amount.map(Amount::minor),
            currency: amount.map(|amount| amount.currency().code().to_owned()),
            purchased_at: transaction.purchased_at.rfc3339(),
            card_last4: transaction.card_last4.as_str(),
            reference: transaction.reference.as_ref().map(|text| text.as_str()),
        }
    }
}
