//! What the issuer does: every act that is a line of the log, and an event to the issuer's endpoint.

use warifu_core::{
    enrollment::SessionId,
    ids::{CardholderId, ChallengeId, KeyId, MerchantId},
    secret::KeyMode,
};

/// An act of the issuer's systems, carried out by one of its keys.
pub(crate) enum Act<'a> {
    /// An unknown cardholder was registered.
    CardholderRegistered { cardholder: &'a CardholderId },
    /// What is registered of a cardholder was stated anew. `replaced`: the channels whose destination
    /// is another one since, or none. `changed`: what is another than before, of `email`, `phone` and
    /// `channel`, or nothing.
    CardholderChanged { cardholder: &'a CardholderId, replaced: &'a str, changed: &'a str },
    /// A card of a cardholder was registered. No line has its digest.
    CardRegistered { cardholder: &'a CardholderId },
    /// A card of a cardholder is registered no more.
    CardRemoved { cardholder: &'a CardholderId },
    /// What blocks a cardholder was cleared, or would have been.
    CardholderUnlocked { cardholder: &'a CardholderId },
    /// A cardholder let a purchase in at the member site.
    ChallengeReleased { cardholder: &'a CardholderId, challenge: &'a ChallengeId },
    /// A cardholder said at the member site what they are about to pay. No line has the amount.
    PurchaseExpected { cardholder: &'a CardholderId },
    /// A cardholder expects no purchase any more.
    ExpectationRemoved { cardholder: &'a CardholderId },
    /// A cardholder is erased.
    CardholderErased { cardholder: &'a CardholderId },
    /// A cardholder was sent to the enrollment pages.
    EnrollmentStarted { cardholder: &'a CardholderId, session: &'a SessionId },
    /// Some lines of an import were carried out, and are answered next. The ids of those who were
    /// unknown before, and of those whose destination or channel is another one since.
    ImportApplied { registered: &'a str, changed: &'a str },
    /// An import is over, or its answer broke off: then some lines are neither imported nor refused.
    ImportFinished { lines: usize, imported: usize, refused: usize },
    /// A merchant was registered, or its name and origins were stated anew.
    MerchantRegistered { merchant: &'a MerchantId },
    /// A merchant is removed, with its keys and its endpoint.
    MerchantRemoved { merchant: &'a MerchantId },
    /// A key of a merchant is made.
    KeyCreated { merchant: &'a MerchantId, key: &'a KeyId, mode: KeyMode },
    /// A key of a merchant is revoked.
    KeyRevoked { merchant: &'a MerchantId, key: &'a KeyId },
    /// A merchant's endpoint is registered, or another address takes its place.
    EndpointRegistered { merchant: &'a MerchantId, mode: KeyMode },
    /// A merchant's endpoint has a new secret.
    EndpointRotated { merchant: &'a MerchantId, mode: KeyMode },
    /// A merchant's endpoint is removed.
    EndpointRemoved { merchant: &'a MerchantId, mode: KeyMode },
}

/// What an act is about, or how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact<'a> {
    Text(&'a str),
    Count(usize),
}

impl<'a> Act<'a> {
    /// Its line's name, and the `type` of its event.
    pub(crate) fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::CardholderRegistered { .. } => {
                ("cardholder_registered", "audit.cardholder.registered")
            }
            Self::CardholderChanged { .. } => ("cardholder_changed", "audit.cardholder.changed"),
            Self::CardRegistered { .. } => ("card_registered", "audit.card.registered"),
            Self::CardRemoved { .. } => ("card_removed", "audit.card.removed"),
            Self::CardholderUnlocked { .. } => ("cardholder_unlocked", "audit.cardholder.unlocked"),
            Self::ChallengeReleased { .. } => ("challenge_released", "audit.challenge.released"),
            Self::PurchaseExpected { .. } => ("purchase_expected", "audit.purchase.expected"),
            Self::ExpectationRemoved { .. } => ("expectation_removed", "audit.expectation.removed"),
            Self::CardholderErased { .. } => ("cardholder_erased", "audit.cardholder.erased"),
            Self::EnrollmentStarted { .. } => ("enrollment_started", "audit.enrollment.started"),
            Self::ImportApplied { .. } => ("import_applied", "audit.import.applied"),
            Self::ImportFinished { .. } => ("import_finished", "audit.import.finished"),
            Self::MerchantRegistered { .. } => ("merchant_registered", "audit.merchant.registered"),
            Self::MerchantRemoved { .. } => ("merchant_removed", "audit.merchant.removed"),
            Self::KeyCreated { .. } => ("key_created", "audit.key.created"),
            Self::KeyRevoked { .. } => ("key_revoked", "audit.key.revoked"),
            Self::EndpointRegistered { .. } => ("endpoint_registered", "audit.endpoint.registered"),
            Self::EndpointRotated { .. } => ("endpoint_rotated", "audit.endpoint.rotated"),
            Self::EndpointRemoved { .. } => ("endpoint_removed", "audit.endpoint.removed"),
        }
    }

    /// What it is about, in the order of the line.
    pub(crate) fn facts(&self) -> Vec<(&'static str, Fact<'a>)> {
        let cardholder = |id: &'a CardholderId| ("cardholder", Fact::Text(id.as_str()));
        let merchant = |id: &'a MerchantId| ("merchant", Fact::Text(id.as_str()));
        // An act about real purchases says what it always said.
        let of_tests = |mode| (mode == KeyMode::Test).then_some(("mode", Fact::Text("test")));
        match *self {
            Self::CardholderRegistered { cardholder: id }
            | Self::CardRegistered { cardholder: id }
            | Self::CardRemoved { cardholder: id }
            | Self::CardholderUnlocked { cardholder: id }
            | Self::PurchaseExpected { cardholder: id }
            | Self::ExpectationRemoved { cardholder: id }
            | Self::CardholderErased { cardholder: id } => vec![cardholder(id)],
            Self::CardholderChanged { cardholder: id, replaced, changed } => vec![
                cardholder(id),
                ("replaced", Fact::Text(replaced)),
                ("changed", Fact::Text(changed)),
            ],
            Self::ChallengeReleased { cardholder: id, challenge } => {
                vec![cardholder(id), ("challenge", Fact::Text(challenge.as_str()))]
            }
            Self::EnrollmentStarted { cardholder: id, session } => {
                vec![cardholder(id), ("session", Fact::Text(session.as_str()))]
            }
            Self::ImportApplied { registered, changed } => vec![
                ("cardholders_registered", Fact::Text(registered)),
                ("cardholders_changed", Fact::Text(changed)),
            ],
            Self::ImportFinished { lines, imported, refused } => vec![
                ("lines", Fact::Count(lines)),
                ("imported", Fact::Count(imported)),
                ("refused", Fact::Count(refused)),
            ],
            Self::MerchantRegistered { merchant: id } | Self::MerchantRemoved { merchant: id } => {
                vec![merchant(id)]
            }
            Self::EndpointRegistered { merchant: id, mode }
            | Self::EndpointRotated { merchant: id, mode }
            | Self::EndpointRemoved { merchant: id, mode } => {
                [merchant(id)].into_iter().chain(of_tests(mode)).collect()
            }
            Self::KeyCreated { merchant: id, key, mode } => {
                let about = [merchant(id), ("key", Fact::Text(key.as_str()))];
                about.into_iter().chain(of_tests(mode)).collect()
            }
            Self::KeyRevoked { merchant: id, key } => {
                vec![merchant(id), ("key", Fact::Text(key.as_str()))]
            }
        }
    }
}
