//! Test mode: what a merchant's test key makes. Each thing has a type of its own, which nothing that
//! handles live challenges takes.
//!
//! The rules are those of live challenges: [`crate::cardholder::Cardholder::decide`] applies them to a
//! test cardholder, too.

mod client_secret;
mod record;
#[cfg(test)]
mod tests;

pub use client_secret::{PresentedTest, TestClientSecret, TestLocator};
pub use record::{TestChallengeId, TestRecord};

pub use crate::test_cardholder::{TestCardholder, TestCode};
