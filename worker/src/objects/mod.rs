//! The Durable Objects: one class for each subject that something must be exact about.

pub(crate) mod cardholder;
