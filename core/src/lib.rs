//! The rules of Warifu: what a challenge is, how its code is derived, and what one cardholder's
//! state allows next.
//!
//! Not here: clocks, randomness, storage, HTTP, words people read. Time and random bytes are
//! arguments, so every rule is tested natively and runs the same at the edge and in the browser.

pub mod attestation;
pub mod cardholder;
pub mod code;
pub mod contact;
pub mod digest;
pub mod display;
pub mod ids;
pub mod locale;
pub mod money;
pub mod normalize;
pub mod record;
pub mod rules;
pub mod secret;
pub mod text;
pub mod time;
pub mod transaction;
