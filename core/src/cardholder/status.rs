//! How a challenge stands, and how it ended.

use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::time::Timestamp;

/// Where a challenge stands. All but `Pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
#[cbor(map)]
pub enum Status {
    /// Open: a right code verifies it.
    #[n(0)]
    Pending,
    /// The right code came in time.
    #[n(1)]
    Verified,
    /// Every try was spent on a wrong code.
    #[n(2)]
    Failed,
    /// Its time ran out.
    #[n(3)]
    Expired,
    /// The cardholder, the merchant or a newer challenge ended it.
    #[n(4)]
    Canceled,
}

impl Status {
    /// How a challenge of this status ended; `None` for one that has not.
    #[must_use]
    pub fn ended(self) -> Option<Ended> {
        match self {
            Self::Pending => None,
            Self::Verified => Some(Ended::Verified),
            Self::Failed => Some(Ended::Failed),
            Self::Expired => Some(Ended::Expired),
            Self::Canceled => Some(Ended::Canceled),
        }
    }

    /// The status in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }
}

/// How a challenge ended: a [`Status`] that is final. In stored bytes both have the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Ended {
    /// The right code came in time.
    #[n(1)]
    Verified,
    /// Every try was spent on a wrong code.
    #[n(2)]
    Failed,
    /// Its time ran out.
    #[n(3)]
    Expired,
    /// The cardholder, the merchant or a newer challenge ended it.
    #[n(4)]
    Canceled,
}

impl From<Ended> for Status {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Verified => Self::Verified,
            Ended::Failed => Self::Failed,
            Ended::Expired => Self::Expired,
            Ended::Canceled => Self::Canceled,
        }
    }
}

/// How and when a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Outcome {
    /// How.
    #[n(0)]
    pub status: Ended,
    /// When.
    #[n(1)]
    pub at: Timestamp,
}
