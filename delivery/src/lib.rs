//! What Warifu says to providers and what they say to it: messages, their wording, providers and
//! their receipts, signatures, and JSON.
//!
//! Not here: the network, clocks and the platform. Time is an argument and an answer is a value, so
//! that everything is tested natively.

pub mod bound_line;
pub mod couriers;
#[cfg(test)]
mod fixtures;
pub mod json;
pub mod message;
pub mod notification;
pub mod provider;
pub mod provider_name;
mod providers;
pub mod receipts;
pub mod segments;
pub mod settings;
mod template;
pub mod wording;

pub use providers::cloudflare_email::CloudflareEmail;
