//! The protocol with the cardholder object: commands in, replies out.

use serde::{Deserialize, Serialize};

use super::{Description, Event, Registration, SessionState, SessionView, Status, View};
use crate::{
    code::{CodeKey, SubmittedCode, code_key_for_object, submitted_code_for_object},
    contact::{Destination, Via},
    digest::Digest,
    enrollment::{SessionId, TermsVersion},
    ids::ChallengeId,
    locale::Locale,
    time::Timestamp,
    totp::{AppSecret, SealedSecret, app_secret_for_object},
};

/// What somebody asks of a cardholder's state.
#[derive(Serialize, Deserialize)]
pub enum Command {
    /// The issuer states the contacts.
    Register(Registration),
    /// The issuer asks what is registered.
    Describe,
    /// The issuer lifts a lock.
    Unlock,
    /// The issuer asks for the challenges that are kept.
    Challenges,
    /// The issuer erases everything.
    Forget,
    /// Time has come: what ran out ends, and events that wait are handed out.
    Wake,
    /// Somebody has taken over the events of these numbers.
    Settled(Vec<u32>),
    /// Something happens to one enrollment session.
    Enrollment {
        /// Which.
        session: SessionId,
        /// What.
        act: Enrolling,
    },
    /// Somebody acts on one challenge.
    Challenge {
        /// Which.
        id: ChallengeId,
        /// Digest of its record as the asker read it: pinned by the first, checked ever after.
        record: Digest,
        /// What to do.
        act: Act,
    },
}

/// What is done to a challenge.
#[derive(Serialize, Deserialize)]
pub enum Act {
    /// The merchant opens it.
    Open,
    /// Somebody asks how it stands.
    Read,
    /// Its form is shown, by a page on this host if that is known: sends the first code, once.
    Present(Option<String>),
    /// The cardholder asks for another code.
    Resend,
    /// The providers were asked to carry the delivery of this number.
    Carried(u32, Carried),
    /// A provider tells later how the delivery of this number stands.
    Receipt(u32, Carrier, Delivery),
    /// The cardholder submits a code.
    Verify {
        /// Derives the right code, if one was sent.
        #[serde(with = "code_key_for_object")]
        key: CodeKey,
        /// Makes the right code, if it is the app's and the asker knows that.
        app: Option<AppProof>,
        /// What was typed.
        #[serde(with = "submitted_code_for_object")]
        code: SubmittedCode,
        /// Stands for this attempt, if it was named: the same again gets the same answer.
        attempt: Option<Digest>,
    },
    /// The cardholder or the merchant gives up.
    Cancel,
    /// The merchant spends an attestation.
    Redeem {
        /// Its `iat`: when the challenge was verified, in seconds.
        issued_at: u64,
        /// Digest of the merchant's idempotency key.
        idempotency: Option<Digest>,
    },
}

/// The secret of an app, unsealed to check a code.
#[derive(Serialize, Deserialize)]
pub struct AppProof {
    /// The secret.
    #[serde(with = "app_secret_for_object")]
    pub secret: AppSecret,
    /// What it was sealed as: an app enrolled meanwhile has another.
    pub sealed: SealedSecret,
    /// The same secret sealed with a newer key, to be stored in its place.
    pub resealed: Option<SealedSecret>,
}

/// What is done in an enrollment session.
#[derive(Serialize, Deserialize)]
pub enum Enrolling {
    /// The issuer's member site sends the cardholder to the pages.
    Start {
        /// The language of the pages.
        locale: Locale,
        /// Where they go back to.
        return_url: Option<String>,
    },
    /// A page is shown.
    Show,
    /// The cardholder looks at the app: this is its secret, unless there is one already.
    OfferApp(SealedSecret),
    /// The cardholder confirms.
    Change {
        /// What to.
        to: Choice,
        /// The terms they were shown.
        terms: TermsVersion,
    },
    /// The cardholder gives up.
    Cancel,
}

/// What a cardholder changes to.
#[derive(Serialize, Deserialize)]
pub enum Choice {
    /// Codes by e-mail.
    Email,
    /// Codes by text message.
    Sms,
    /// Codes of the app that was offered, proved by one of them.
    App {
        /// Its secret.
        proof: AppProof,
        /// What was typed.
        #[serde(with = "submitted_code_for_object")]
        code: SubmittedCode,
    },
}

/// A provider, by a number that the shell gives it: the same when it takes a message as when it
/// tells of it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carrier(pub u8);

/// How the providers took a message. They are asked one after the other, until one accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carried {
    /// A provider accepted it.
    Accepted {
        /// Which one.
        by: Carrier,
        /// Those asked before it that may have sent the message too: they timed out, broke the
        /// connection or failed (5xx).
        may_have_sent: Vec<Carrier>,
    },
    /// No provider accepted it, and at least one may have sent it. The send counts, its code is
    /// accepted, and nobody has to wait for the next one.
    Unknown {
        /// The first that may have sent it.
        first: Carrier,
        /// The others, in the order in which they were asked.
        others: Vec<Carrier>,
    },
    /// Every provider refused it: the send does not count and nobody waits for it.
    NotTaken,
    /// Every provider that was asked refused it, the last because the destination takes no
    /// messages. The same as `NotTaken`.
    BadDestination,
    /// None was asked: the destination got too many codes lately.
    ///
    /// Until when.
    Limited(Timestamp),
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// It was ordered.
    Sending,
    /// No provider accepted it, but one or more may have sent it: it may still arrive.
    Unconfirmed,
    /// A provider accepted it.
    Sent,
    /// It is where it should be.
    Delivered,
    /// It came back. Final.
    Bounced,
    /// It did not arrive. Final.
    Failed,
}

impl Delivery {
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

    /// Whether it is known not to arrive.
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

    /// How much one provider says with it. Receipts come late and out of order: one that says less
    /// than was known changes nothing.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Sending => 0,
            Self::Unconfirmed => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Bounced | Self::Failed => 4,
        }
    }

    /// How likely the cardholder has the message. Of several providers that may have sent the same
    /// one, the best counts.
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOrder {
    /// When its challenge was opened, which derives its code too.
    pub opened_at: Timestamp,
    /// Number of the delivery, which derives its code.
    pub number: u32,
    /// Number of the send, as people read it.
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
        /// Destinations that were registered before and are not any more.
        replaced: Vec<Destination>,
    },
    /// What is registered.
    Described(Description),
    /// Nothing is left.
    Forgotten,
    /// The events that wait; each until it is settled.
    Woken(Vec<Event>),
    /// They will not be handed out again.
    Settled,
    /// A challenge is open; also when it was opened before with the same record.
    Opened {
        /// How its codes will come.
        via: Via,
        /// When it ends by itself.
        expires_at: Timestamp,
        /// Where it stands: `Pending`, but for one that was opened before.
        status: Status,
    },
    /// How a challenge stands.
    Seen(View),
    /// The challenges that are kept, newest first.
    Challenges(Vec<(ChallengeId, View)>),
    /// A challenge stands so, and a code has to be delivered.
    Send(View, SendOrder),
    /// The code is the app's: ask again with the secret that is sealed here. Nothing was spent.
    Unseal(SealedSecret),
    /// The code was right.
    Verified(View),
    /// The challenge is canceled, now or before.
    Canceled(View),
    /// The attestation is spent, now or before with the same idempotency key.
    Redeemed(View),
    /// How an enrollment session stands.
    Session(SessionView),
    /// No: why, and how the challenge stands if there is one.
    Refused(Refusal, Option<View>),
    /// No to something in an enrollment session: why, and how the session stands if there is one.
    NotEnrolling(Refusal, Option<SessionView>),
}

/// Why not. Each is one problem code of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The issuer has not registered this cardholder.
    UnknownCardholder,
    /// No channel with a destination is chosen.
    NotEnrolled,
    /// Too many wrong codes in a row.
    ///
    /// Holds until when.
    Locked(Timestamp),
    /// The id is open with another record.
    RecordConflict,
    /// No such challenge here.
    UnknownChallenge,
    /// The record is not the one that was pinned.
    RecordAltered,
    /// The challenge is over. Never `Pending`.
    Ended(Status),
    /// The code is wrong. No tries left ended the challenge.
    WrongCode(TriesLeft),
    /// The newest code is too old. Not a try.
    CodeExpired(TriesLeft),
    /// No code was sent yet.
    CodeNotSent,
    /// The app's code was accepted before, or an older one than that. A try.
    CodeUsed(TriesLeft),
    /// The code is one of the cardholder's app: nothing is sent.
    AppCodeExpected,
    /// The wait after the newest send is not over.
    ResendTooSoon(Seconds),
    /// All sends of this challenge are used.
    NoResendsLeft,
    /// The destination got too many codes lately.
    DestinationLimited(Seconds),
    /// So many challenges ended lately that no further one is opened yet.
    TooManyChallenges(Seconds),
    /// There is nothing to redeem: not verified, too late, or spent.
    NotRedeemable,
    /// No such enrollment session here.
    UnknownSession,
    /// The enrollment session is over. Never `Open`.
    SessionOver(SessionState),
    /// The cardholder has no destination for this channel, or was offered no app.
    ChannelNotOffered,
}

/// How many more codes a challenge compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TriesLeft(pub u32);

/// How long until it is allowed, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);
