//! A delivery as the Worker and the object speak of it: what is ordered, what the providers reported,
//! and how it stands.

use minicbor::{Decode, Encode};

use crate::{contact::Destination, time::Timestamp};

/// A provider, by its number. A provider that sends receipts has a number of its own, by which a
/// receipt is matched with the report of who took the message. All others share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct ProviderId(#[n(0)] pub u8);

/// How the providers took a message. They are asked one after the other, until one accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum DeliveryReport {
    /// A provider accepted it.
    #[n(0)]
    Accepted {
        /// Which one.
        #[n(0)]
        by: ProviderId,
        /// Those asked before it that may have sent the message too: they timed out, broke the
        /// connection or failed (5xx).
        #[n(1)]
        may_have_sent: Vec<ProviderId>,
    },
    /// No provider accepted it, and at least one may have sent it. The send counts, its code is
    /// accepted, and nobody has to wait for the next one.
    #[n(1)]
    Unknown {
        /// The first that may have sent it.
        #[n(0)]
        first: ProviderId,
        /// The others, in the order in which they were asked.
        #[n(1)]
        others: Vec<ProviderId>,
    },
    /// Every provider refused it. The send does not count, and the next one may be asked for at
    /// once.
    #[n(2)]
    NotTaken,
    /// Every provider that was asked refused it, the last because the destination takes no
    /// messages. The same as `NotTaken`.
    #[n(3)]
    BadDestination,
    /// No provider was asked, because the destination's quota is used up until this time.
    #[n(4)]
    Limited(#[n(0)] Timestamp),
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum DeliveryState {
    /// It was ordered.
    #[n(0)]
    Sending,
    /// No provider accepted it, but one or more may have sent it: it may still arrive.
    #[n(5)]
    Unconfirmed,
    /// A provider accepted it.
    #[n(1)]
    Sent,
    /// The provider says that it arrived.
    #[n(2)]
    Delivered,
    /// It came back. Final.
    #[n(3)]
    Bounced,
    /// It was not sent, or every provider refused it. Final, unless a provider says that it came
    /// back.
    #[n(4)]
    Failed,
}

impl DeliveryState {
    /// Its name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Unconfirmed => "unconfirmed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
        }
    }

    /// Whether the message is known not to arrive.
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Bounced | Self::Failed)
    }

    /// Whether the cardholder has to wait before the next send is allowed: not after one that is
    /// known not to arrive, or that perhaps was never sent.
    pub(super) fn is_worth_a_wait(self) -> bool {
        match self {
            Self::Sending | Self::Sent | Self::Delivered => true,
            Self::Unconfirmed | Self::Bounced | Self::Failed => false,
        }
    }

    /// How much a provider's state tells. Receipts come twice, late and out of order. Each state
    /// has a rank of its own, and one of a lower rank than the stored one changes nothing, so the
    /// order of the receipts does not count.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Sending => 0,
            Self::Unconfirmed => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Failed => 4,
            Self::Bounced => 5,
        }
    }

    /// How likely it is that the cardholder has the message. Of the states that several providers
    /// reported, the most likely one counts.
    pub(super) fn likelihood(self) -> u8 {
        match self {
            Self::Failed => 0,
            Self::Bounced => 1,
            Self::Sending => 2,
            Self::Unconfirmed => 3,
            Self::Sent => 4,
            Self::Delivered => 5,
        }
    }
}

/// A code to be delivered now. No `Debug`: it names the destination.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeliveryOrder {
    /// When the challenge was opened. The code is derived from it and from `number`.
    #[n(0)]
    pub opened_at: Timestamp,
    /// The number of the delivery.
    #[n(1)]
    pub number: u32,
    /// The number of the send, as the message and the form show it.
    #[n(2)]
    pub send: u32,
    /// Where to.
    #[n(3)]
    pub to: Destination,
    /// Which of the destination's places the message may take.
    #[cbor(n(4), default)]
    pub places: Places,
}

/// Which of a destination's places for unverified sends a message may take. The common ones first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Places {
    /// Those for whoever comes.
    #[default]
    #[n(0)]
    Common,
    /// Those, and those that are kept.
    #[n(1)]
    All,
    /// Those that are kept for known browsers and challenges that the owner let in.
    #[n(2)]
    Kept,
}
