//! The protocol with the cardholder object: commands in, replies out.

use serde::{Deserialize, Serialize};

use super::{Description, Registration, Status, View};
use crate::{
    code::{CodeKey, SubmittedCode, code_key_for_object, submitted_code_for_object},
    contact::{Channel, Destination, MaskedDestination},
    digest::Digest,
    ids::ChallengeId,
    time::Timestamp,
};

/// What somebody asks of a cardholder's state. `record` is the digest of the challenge record as
/// the asker read it.
#[derive(Serialize, Deserialize)]
pub enum Command {
    /// The issuer states the contacts.
    Register(Registration),
    /// The issuer asks what is registered.
    Describe,
    /// The issuer lifts a lock.
    Unlock,
    /// The issuer erases everything.
    Forget,
    /// The merchant opens a challenge.
    Open {
        /// Which.
        challenge: ChallengeId,
        /// Pins the record.
        record: Digest,
    },
    /// Somebody asks how a challenge stands.
    Read {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
    },
    /// The form is shown: sends the first code, once.
    Present {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
        /// Host of the page that frames the form, if it is known.
        hostname: Option<String>,
    },
    /// The cardholder asks for another code.
    Resend {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
    },
    /// A send's delivery came to an end.
    Delivered {
        /// Which.
        challenge: ChallengeId,
        /// Number of the send.
        send: u32,
        /// How it ended.
        delivery: Delivery,
    },
    /// The cardholder submits a code.
    Verify {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
        /// Derives the right code.
        #[serde(with = "code_key_for_object")]
        key: CodeKey,
        /// What was typed.
        #[serde(with = "submitted_code_for_object")]
        code: SubmittedCode,
    },
    /// The cardholder or the merchant gives up.
    Cancel {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
    },
    /// The merchant spends the attestation.
    Redeem {
        /// Which.
        challenge: ChallengeId,
        /// Must be the pinned one.
        record: Digest,
        /// Digest of the merchant's idempotency key.
        idempotency: Option<Digest>,
    },
}

/// How a provider took a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// A provider accepted it.
    Accepted,
    /// None did: the send does not count and nobody waits for it.
    Refused,
}

/// A code to be delivered now. No `Debug`: it names the destination.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOrder {
    /// Number of the send, which derives its code.
    pub send: u32,
    /// Where to.
    pub to: Destination,
}

/// What was decided. Durable before it leaves the object.
#[derive(Serialize, Deserialize)]
pub enum Reply {
    /// The contacts are stored.
    Registered {
        /// Whether the cardholder was unknown before.
        new: bool,
        /// What is registered now.
        description: Description,
    },
    /// What is registered.
    Described(Description),
    /// Nothing is left.
    Forgotten,
    /// A challenge is open; also when it was opened before with the same record.
    Opened {
        /// Where its codes will go.
        channel: Channel,
        /// The same, to show.
        to: MaskedDestination,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
    /// How a challenge stands.
    Seen(View),
    /// A challenge stands so, and a code has to be delivered.
    Send(View, SendOrder),
    /// The code was right.
    Verified(View),
    /// The challenge is canceled, now or before.
    Canceled(View),
    /// The attestation is spent, now or before with the same idempotency key.
    Redeemed(View),
    /// No: why, and how the challenge stands if there is one.
    Refused(Refusal, Option<View>),
}

/// Why not. Each is one problem code of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The issuer has not registered this cardholder.
    UnknownCardholder,
    /// No channel with a destination is chosen.
    NotEnrolled,
    /// Too many wrong codes in a row.
    Locked {
        /// Until when.
        until: Timestamp,
    },
    /// The id is open with another record.
    RecordConflict,
    /// No such challenge here.
    UnknownChallenge,
    /// The record is not the one that was pinned.
    RecordAltered,
    /// The challenge is over. Never `Pending`.
    Ended(Status),
    /// The code is wrong.
    WrongCode {
        /// How many more are compared; 0 ended the challenge.
        tries_left: u32,
    },
    /// The newest code is too old. Not a try.
    CodeExpired {
        /// How many more are compared.
        tries_left: u32,
    },
    /// No code was sent yet.
    CodeNotSent,
    /// The wait after the newest send is not over.
    ResendTooSoon {
        /// How long it lasts, in seconds.
        seconds: u64,
    },
    /// All sends of this challenge are used.
    NoResendsLeft,
    /// The destination got too many codes lately.
    DestinationLimited {
        /// How long until it may get one, in seconds.
        seconds: u64,
    },
    /// There is nothing to redeem: not verified, too late, or spent.
    NotRedeemable,
}
