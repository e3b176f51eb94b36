//! EMV 3-D Secure for an issuer's access control server: what the messages say, which rules hold for
//! them by version, and how a challenge's outcome is told.
//!
//! In scope: AReq, ARes, CReq, CRes, RReq, RRes and Erro of the browser channel, in versions 2.2.0 and
//! 2.3.1. Out of scope: the network, clocks, randomness and the platform; the app's channel, whose
//! AReqs are answered without a challenge.

pub mod areq;
pub mod ares;
pub mod authentication_value;
pub mod client_certificate;
pub mod codes;
pub mod creq;
pub mod directory_server;
mod elements;
pub mod erro;
mod extension;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod given_back;
pub mod ids;
mod iso;
mod json;
mod message;
#[cfg(test)]
mod mutations;
pub mod outcome;
pub mod pan;
pub mod patience;
pub mod rres;
#[cfg(test)]
mod rules;
mod shared_key;
pub mod transaction;
pub mod version;

pub use elements::Channel;
