//! What form and merchant see of a challenge.

use minicbor::{Decode, Encode};

use super::{DeliveryState, Outcome, Status, ThreeDsView};
use crate::{contact::Via, optional, text::PersonalMessage, time::Timestamp};

/// A challenge as its form and its merchant may see it. No `Debug`: it holds the personal message.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct View {
    /// Where it stands.
    #[n(0)]
    pub status: Status,
    /// When it was created.
    #[n(1)]
    pub opened_at: Timestamp,
    /// When it ends by itself.
    #[n(2)]
    pub expires_at: Timestamp,
    /// How it ended.
    #[cbor(n(3), with = "optional", has_nil)]
    pub outcome: Option<Outcome>,
    /// Whether the challenge is verified and its attestation can still be redeemed.
    #[n(4)]
    pub redeemable: bool,
    /// Whether the attestation was redeemed.
    #[n(5)]
    pub redeemed: bool,
    /// Host of the page that first showed the form.
    #[cbor(n(6), with = "optional", has_nil)]
    pub hostname: Option<String>,
    /// How the newest code came; before the first send, how it will come; `None` when no channel
    /// counts. The app while its code is asked for.
    #[cbor(n(7), with = "optional", has_nil)]
    pub via: Option<Via>,
    /// How the newest delivery stands; `None` before the first, and for the app.
    #[cbor(n(8), with = "optional", has_nil)]
    pub delivery: Option<DeliveryState>,
    /// Whether the newest send went by e-mail because text messages failed.
    #[cbor(n(9), default)]
    pub diverted: bool,
    /// Whether the next send will go by e-mail, because the newest one, a text message, was lost.
    #[cbor(n(10), default)]
    pub diverts: bool,
    /// How long ago the newest send was ordered, in seconds.
    #[n(11)]
    pub send_age: u64,
    /// The cardholder's own words. Only for the form of an open challenge.
    #[cbor(n(12), with = "optional", has_nil)]
    pub personal_message: Option<PersonalMessage>,
    /// Number of the newest send; 0 before the first.
    #[n(13)]
    pub send: u32,
    /// Codes compared so far.
    #[n(14)]
    pub tries: u32,
    /// How many more codes will be compared.
    #[n(15)]
    pub tries_left: u32,
    /// How many resends are left.
    #[n(16)]
    pub resends_left: u32,
    /// How long the newest code lives, in seconds; 0 for no living code.
    #[n(17)]
    pub code_expires_in: u64,
    /// How long until the next send is allowed, in seconds.
    #[n(18)]
    pub resend_in: u64,
    /// Until when wrong codes keep it from sending and comparing codes.
    #[cbor(n(19), with = "optional", has_nil)]
    pub locked_until: Option<Timestamp>,
    /// When the cardholder first said that the purchase is not theirs.
    #[cbor(n(30), with = "optional", has_nil)]
    pub fraud_reported_at: Option<Timestamp>,
    /// Whether it neither sends nor compares codes before the cardholder has signed in at the member
    /// site, or the issuer unlocks.
    #[cbor(n(20), default)]
    pub sign_in_needed: bool,
    /// Since when the destination was registered whose code verified the challenge, if that is known.
    #[cbor(n(21), with = "optional", has_nil)]
    pub destination_since: Option<Timestamp>,
    /// Whether the form was shown.
    #[cbor(n(22), default)]
    pub shown: bool,
    /// What it has besides where a directory server asked for it.
    #[cbor(n(31), with = "optional", has_nil)]
    pub three_ds: Option<ThreeDsView>,
    /// Whether it was said that one has to wait.
    #[cfg(feature = "next-version")]
    #[cbor(n(100), default)]
    pub told_to_wait: bool,
}
