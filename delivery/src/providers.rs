//! The providers, one file each, and what several of them share. `crate::couriers` chooses among
//! them.

pub(crate) mod aws;
pub(crate) mod cloudflare_email;
mod mailbox;
pub(crate) mod resend;
pub(crate) mod sendgrid;
pub(crate) mod ses;
pub(crate) mod sns;
pub(crate) mod twilio;
pub(crate) mod vonage;
pub(crate) mod webhook;

#[cfg(test)]
mod tests;
