//! One file a resource: parse, decide, answer.

pub(crate) mod cardholders;
pub(crate) mod challenges;
mod described;
pub(crate) mod endpoints;
pub(crate) mod enrollment;
pub(crate) mod form;
pub(crate) mod front;
pub(crate) mod keys;
pub(crate) mod merchants;
pub(crate) mod own_merchant;
pub(crate) mod problems;
pub(crate) mod receipts;
pub(crate) mod siteverify;
pub(crate) mod three_ds;
pub(crate) mod well_known;

use warifu_core::{
    cardholder::{Refused, Reply, View},
    money::{Amount, Currency},
    text::TextError,
};

use crate::{cardholder_client::unexpected, problem::Problem};

/// The problem of an id in an address that has not the form of an id.
fn bad_id<E>(_error: E) -> Problem {
    Problem::field("id", "be 1 to 64 letters, digits, dots, underscores or hyphens")
}

/// The problem of a short text that was not taken.
fn bad_text(field: &str, error: TextError) -> Problem {
    match error {
        TextError::Empty => Problem::field(field, "not be empty"),
        TextError::TooLong { max } => {
            Problem::field(field, format!("have at most {max} characters"))
        }
        TextError::Forbidden => {
            Problem::field(field, "be one line without control characters or direction overrides")
        }
        TextError::Invisible(letter) => {
            let code = u32::from(letter);
            Problem::field(
                field,
                format!("have no character that shows nothing, such as U+{code:04X}"),
            )
        }
    }
}

/// Reads an amount in the minor unit of its currency, from these two fields.
fn amount([amount, currency]: [&str; 2], minor: i64, code: &str) -> Result<Amount, Problem> {
    let found = Currency::parse(code);
    let found = found.map_err(|_| Problem::field(currency, "be an ISO 4217 code such as JPY"))?;
    Amount::new(minor, found).map_err(|_| {
        let most = Amount::MAX;
        Problem::field(amount, format!("be from 1 to {most} in the currency's minor unit"))
    })
}

/// What a command answers that shows a challenge.
fn seen(reply: Reply) -> Result<View, Problem> {
    match reply {
        Reply::Seen(view) => Ok(view),
        other => Err(refused(other)),
    }
}

/// The problem of a reply that is no success: a rule refused the command, or it cannot have the reply.
fn refused(reply: Reply) -> Problem {
    match reply {
        Reply::Refused(Refused::Rule(refusal), _) => Problem::refused(refusal),
        other => unexpected(other),
    }
}
