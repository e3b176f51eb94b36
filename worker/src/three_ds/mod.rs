//! Challenges that directory servers ask for: what they add to an ordinary challenge. The messages and
//! their rules are in the crate `warifu-three-ds`, the rules of the challenge in core.

mod outcome;
mod result;
mod value;

pub(crate) use outcome::{ended, told};
pub(crate) use result::{tell_queued, tell_with_answer};

use warifu_core::record::ChallengeRecord;
use warifu_three_ds::transaction::Transaction;

use crate::problem::Problem;

/// The transaction of a directory server's challenge.
///
/// # Errors
/// A merchant's challenge, or a record that this version cannot read.
pub(crate) fn transaction(record: &ChallengeRecord) -> Result<Transaction, Problem> {
    let stored = record.three_ds.as_ref();
    let stored = stored.ok_or_else(|| Problem::internal("the challenge is a merchant's"))?;
    Transaction::read(&stored.transaction)
        .map_err(|_| Problem::unavailable("a transaction of another version"))
}
