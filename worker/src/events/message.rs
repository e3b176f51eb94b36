//! Events as the queue carries them.

use serde::{Deserialize, Serialize};
use warifu_core::{
    cardholder::{Ended, Event, EventKind},
    digest::Hasher,
    ids::ChallengeId,
    test_mode::TestChallengeId,
};

/// What happened. The names are those in the queue's messages.
///
/// A message of another kind, which a newer version wrote, is not read: see [`QueuedMessage::read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Verified,
    Failed,
    Expired,
    Canceled,
    Delivery,
    Locked,
    Reported,
    /// What a directory server is told.
    Result,
    #[cfg(feature = "next-version")]
    Waited,
}

impl Kind {
    /// The `type` that receivers read.
    pub(super) fn event_type(self) -> &'static str {
        match self {
            Self::Verified => "challenge.verified",
            Self::Failed => "challenge.failed",
            Self::Expired => "challenge.expired",
            Self::Canceled => "challenge.canceled",
            Self::Delivery => "delivery.failed",
            Self::Locked => "cardholder.locked",
            Self::Reported => "challenge.reported",
            Self::Result => "three_ds.result",
            #[cfg(feature = "next-version")]
            Self::Waited => "challenge.waited",
        }
    }

    /// Whether it is the end of a challenge, of which the issuer gets an audit record too.
    pub(super) fn ends(self) -> bool {
        match self {
            Self::Verified | Self::Failed | Self::Expired | Self::Canceled => true,
            Self::Delivery | Self::Locked | Self::Reported | Self::Result => false,
            #[cfg(feature = "next-version")]
            Self::Waited => false,
        }
    }

    /// Whether merchants receive events of this kind. A lock and a fraud report are between the
    /// issuer and the cardholder, and a result is the directory server's.
    pub(super) fn concerns_merchant(self) -> bool {
        match self {
            Self::Verified | Self::Failed | Self::Expired | Self::Canceled | Self::Delivery => true,
            Self::Locked | Self::Reported | Self::Result => false,
            #[cfg(feature = "next-version")]
            Self::Waited => true,
        }
    }
}

/// A receiver of events, or of audit records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum To {
    Merchant,
    Issuer,
    /// The issuer, for a challenge's audit record.
    Audit,
}

impl To {
    /// The receiver's name in the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Issuer | Self::Audit => "issuer",
        }
    }
}

/// A message of the queue.
pub(super) enum QueuedMessage {
    /// Of a challenge.
    Event(QueuedEvent),
    /// Of an act of the issuer, or of a budget of text messages: for the issuer alone.
    Act(QueuedAct),
}

impl QueuedMessage {
    /// Reads a message. Members that are not known are ignored, and an optional one may be missing.
    ///
    /// `None` for anything else, and for a kind or a receiver that this version does not know: such
    /// a message comes again, until a version that knows it has taken it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let event = serde_json::from_str(text).map(Self::Event);
        event.or_else(|_| serde_json::from_str(text).map(Self::Act)).ok()
    }
}

/// An event of a challenge, as JSON. Its receivers are looked up when it comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueuedEvent {
    /// The event's number, never used again for its cardholder.
    pub(super) number: u32,
    pub(super) kind: Kind,
    /// Number of the delivery that did not arrive.
    pub(super) delivery: Option<u32>,
    pub(super) challenge: ChallengeId,
    /// When it happened (RFC 3339).
    pub(super) at: String,
    /// The one receiver of a repetition; `None` in an event's first message, which is for every
    /// receiver.
    pub(super) to: Option<To>,
    /// Whether it is of a test challenge. The id is then the one that its object knows it by, under
    /// which no record is: a version before this member tells nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) test: bool,
}

impl QueuedEvent {
    /// The message of an event.
    pub(super) fn of(event: &Event) -> Self {
        let (kind, delivery) = match event.kind {
            EventKind::Ended(Ended::Verified) => (Kind::Verified, None),
            EventKind::Ended(Ended::Failed) => (Kind::Failed, None),
            EventKind::Ended(Ended::Expired) => (Kind::Expired, None),
            EventKind::Ended(Ended::Canceled) => (Kind::Canceled, None),
            EventKind::DeliveryFailed(delivery) => (Kind::Delivery, Some(delivery)),
            EventKind::Locked => (Kind::Locked, None),
            EventKind::FraudReported => (Kind::Reported, None),
            EventKind::ThreeDsResult => (Kind::Result, None),
            #[cfg(feature = "next-version")]
            EventKind::Waited => (Kind::Waited, None),
        };
        Self {
            number: event.number,
            kind,
            delivery,
            challenge: event.challenge.clone(),
            at: event.at.rfc3339(),
            to: None,
            test: event.test,
        }
    }

    pub(super) fn written(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The repetition for one receiver.
    pub(super) fn again_to(&self, to: To) -> Self {
        Self { to: Some(to), ..self.clone() }
    }

    /// The id of the event, the same in every copy, by which a receiver drops the second one. The
    /// audit record has an id of its own.
    pub(super) fn id_to(&self, to: To) -> String {
        let domain = match to {
            To::Merchant | To::Issuer => "warifu/event/v1",
            To::Audit => "warifu/audit/v1",
        };
        let test = self.test.then(|| TestChallengeId::of_object(&self.challenge));
        let challenge = test.as_ref().map_or(self.challenge.as_str(), TestChallengeId::as_str);
        let digest = Hasher::new(domain)
            .field(challenge.as_bytes())
            .field(&self.number.to_be_bytes())
            .field(self.at.as_bytes())
            .finish();
        format!("evt_{}", digest.hex().get(..32).unwrap_or_default())
    }
}

/// An act of the issuer or an event of a budget, as JSON. Its payload is whole, so a version that does
/// not know the act tells it all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueuedAct {
    /// The `type` that the issuer reads.
    pub(super) act: String,
    /// The id of the event, the same in every copy.
    pub(super) id: String,
    /// The body.
    pub(super) payload: String,
    /// The issuer in a repetition; `None` in the first message.
    pub(super) to: Option<To>,
}

impl QueuedAct {
    pub(super) fn written(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The repetition.
    pub(super) fn again_to(&self, to: To) -> Self {
        Self { to: Some(to), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
