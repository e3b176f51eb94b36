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

use crate::json::Json;

/// The header of every mail that says that no person wrote it (RFC 3834 §5), so that out-of-office
/// programs do not answer it.
const AUTO_SUBMITTED: (&str, &str) = ("Auto-Submitted", "auto-generated");

/// [`AUTO_SUBMITTED`] as most providers take headers: an object of names and values.
fn headers() -> Json {
    Json::object([(AUTO_SUBMITTED.0, AUTO_SUBMITTED.1.into())])
}

#[cfg(test)]
mod tests;
