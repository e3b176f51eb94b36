//! The rules of Warifu: what a challenge is, how its code is derived, and what one cardholder's
//! state allows next.
//!
//! Not here: clocks, randomness, the platform's storage, HTTP, and the sentences that people read.
//! Time and random bytes are arguments, so that every rule is tested natively.
//!
//! Without the feature `rules` only [`normalize`] and [`pasted`] are compiled. The widget in the
//! browser uses them so, without std.
#![cfg_attr(not(feature = "rules"), no_std)]

extern crate alloc;

pub mod normalize;
pub mod pasted;

#[cfg(feature = "rules")]
pub mod attempt;
#[cfg(feature = "rules")]
pub mod attestation;
#[cfg(feature = "rules")]
pub mod bucket;
#[cfg(feature = "rules")]
pub mod cardholder;
#[cfg(feature = "rules")]
pub mod cardholder_index;
#[cfg(feature = "rules")]
pub mod client_secret;
#[cfg(feature = "rules")]
pub mod code;
#[cfg(feature = "rules")]
pub mod contact;
#[cfg(feature = "rules")]
pub mod cursor;
#[cfg(feature = "rules")]
pub mod destination;
#[cfg(feature = "rules")]
pub mod digest;
#[cfg(feature = "rules")]
pub mod display;
#[cfg(feature = "rules")]
pub mod enrollment;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
#[cfg(feature = "rules")]
pub mod fraud_report;
#[cfg(feature = "rules")]
pub mod ids;
#[cfg(feature = "rules")]
pub mod known_browser;
#[cfg(feature = "rules")]
pub mod known_network;
#[cfg(feature = "rules")]
pub mod known_request;
#[cfg(feature = "rules")]
pub mod locale;
#[cfg(feature = "rules")]
pub mod merchant_answers;
#[cfg(feature = "rules")]
pub mod money;
#[cfg(feature = "rules")]
pub mod object_clock;
#[cfg(feature = "rules")]
pub(crate) mod optional;
#[cfg(feature = "rules")]
pub mod record;
#[cfg(feature = "rules")]
pub mod rules;
#[cfg(feature = "rules")]
pub mod saving;
#[cfg(feature = "rules")]
pub mod secret;
#[cfg(feature = "rules")]
pub mod sign_in;
#[cfg(feature = "rules")]
pub mod sms_budget;
#[cfg(feature = "rules")]
pub(crate) mod sparse;
#[cfg(feature = "rules")]
pub mod storage;
#[cfg(feature = "rules")]
mod test_cardholder;
#[cfg(feature = "rules")]
pub mod test_mode;
#[cfg(feature = "rules")]
pub mod text;
#[cfg(feature = "rules")]
pub mod time;
#[cfg(feature = "rules")]
pub mod totp;
#[cfg(feature = "rules")]
pub mod transaction;
#[cfg(feature = "rules")]
pub mod webhook;
#[cfg(feature = "rules")]
pub mod wire;
