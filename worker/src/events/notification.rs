//! A notification as the queue carries it.

use serde::{Deserialize, Serialize};

/// A message of the queue, as JSON. It says neither what happened nor to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueuedNotification {
    /// The number of the notification.
    pub(crate) notification: u32,
    /// The id of the cardholder's object.
    pub(crate) object: String,
}

impl QueuedNotification {
    /// Reads a message; `None` for one that is an event's.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn written(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests;
