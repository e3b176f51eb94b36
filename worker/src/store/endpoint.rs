//! A merchant's receiver of events, as KV keeps it.

use warifu_core::time::Timestamp;

/// The address of a merchant's events, and what the secret that signs them is derived from. Nothing
/// of it is secret.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    /// Which of `EVENT_KEYS` derives the secret.
    pub(crate) key: String,
    /// The random part that the secret is derived from.
    pub(crate) salt: String,
    pub(crate) former: Option<Former>,
}

impl Endpoint {
    /// The former secret, as long as it signs.
    pub(crate) fn former_at(&self, now: Timestamp) -> Option<&Former> {
        self.former.as_ref().filter(|former| now < former.until)
    }
}

/// The secret before the present one, which signs too for a while.
pub(crate) struct Former {
    pub(crate) key: String,
    pub(crate) salt: String,
    pub(crate) until: Timestamp,
}
