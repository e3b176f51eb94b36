//! The protocol with the cardholder object: commands in, replies out.

use minicbor::{
    Decode, Decoder, Encode, Encoder, decode,
    encode::{self, Write},
};

use super::{Description, Ended, Event, Registration, SessionEnd, SessionView, Status, View};
use crate::{
    code::{CodeKey, SubmittedCode, code_key_for_object, submitted_code_for_object},
    contact::{Destination, Via},
    digest::Digest,
    enrollment::{SessionId, TermsVersion},
    ids::ChallengeId,
    locale::Locale,
    optional,
    time::Timestamp,
    totp::{AppSecret, SealedSecret, app_secret_for_object},
};

/// What the Worker asks of a cardholder's object.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum Command {
    /// The issuer registers the contacts.
    #[n(0)]
    Register(#[n(0)] Registration),
    /// The issuer asks what is registered.
    #[n(1)]
    Describe,
    /// The issuer lifts a lock.
    #[n(2)]
    Unlock,
    /// The issuer asks for the challenges that are kept.
    #[n(3)]
    Challenges,
    /// The issuer erases everything.
    #[n(4)]
    Forget,
    /// The alarm went off: what ran out ends, and events that are due are handed out.
    #[n(5)]
    Wake,
    /// The Worker has taken over the events of these numbers.
    #[n(6)]
    Settled(#[n(0)] Vec<u32>),
    /// A command to one enrollment session.
    #[n(7)]
    Enrollment {
        /// Which.
        #[n(0)]
        session: SessionId,
        /// What.
        #[n(1)]
        command: SessionCommand,
    },
    /// A command to one challenge.
    #[n(8)]
    Challenge {
        /// Which.
        #[n(0)]
        id: ChallengeId,
        /// The digest of the record as the caller read it. The command that opens the challenge
        /// pins it; every later one is checked against it.
        #[n(1)]
        record: Digest,
        /// What to do.
        #[n(2)]
        command: ChallengeCommand,
    },
}

/// What is done to a challenge.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum ChallengeCommand {
    /// The merchant opens it.
    #[n(0)]
    Open,
    /// Somebody asks how it stands.
    #[n(1)]
    Read,
    /// The form is shown, in a page on this host if that is known. The first showing sends the
    /// first code.
    #[n(2)]
    Present(#[cbor(n(0), with = "optional", has_nil)] Option<String>),
    /// The cardholder asks for another code.
    #[n(3)]
    Resend,
    /// The couriers report how the providers took the delivery of this number.
    #[n(4)]
    Report(#[n(0)] u32, #[n(1)] DeliveryReport),
    /// A provider tells later how the delivery of this number stands.
    #[n(5)]
    Receipt(#[n(0)] u32, #[n(1)] ProviderId, #[n(2)] DeliveryState),
    /// The cardholder submits a code.
    #[n(6)]
    Verify {
        /// Derives the right code, if one was sent.
        #[cbor(n(0), with = "code_key_for_object")]
        key: CodeKey,
        /// The secret that makes the app's code, if the caller was asked for it (`Reply::Unseal`).
        #[cbor(n(1), with = "optional", has_nil)]
        app: Option<AppProof>,
        /// What was typed.
        #[cbor(n(2), with = "submitted_code_for_object")]
        code: SubmittedCode,
        /// The digest of the attempt, if it was named. The same attempt again gets the same answer.
        #[cbor(n(3), with = "optional", has_nil)]
        attempt: Option<Digest>,
        /// Which version asks.
        #[cfg(feature = "next-version")]
        #[cbor(n(100), default)]
        by_next: bool,
    },
    /// The cardholder or the merchant gives up.
    #[n(7)]
    Cancel,
    /// The merchant spends an attestation.
    #[n(8)]
    Redeem {
        /// Its `iat`: when the challenge was verified, in seconds.
        #[n(0)]
        issued_at: u64,
        /// Digest of the merchant's idempotency key.
        #[cbor(n(1), with = "optional", has_nil)]
        idempotency: Option<Digest>,
    },
}

/// The secret of an app, unsealed to check a code.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct AppProof {
    /// The secret.
    #[cbor(n(0), with = "app_secret_for_object")]
    pub secret: AppSecret,
    /// The sealed form that was opened. An app that was enrolled meanwhile has another one, and is
    /// then asked for again.
    #[n(1)]
    pub sealed: SealedSecret,
    /// The same secret sealed with a newer key, to be stored in its place.
    #[cbor(n(2), with = "optional", has_nil)]
    pub resealed: Option<SealedSecret>,
}

/// What is done in an enrollment session.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum SessionCommand {
    /// The issuer's member site sends the cardholder to the pages.
    #[n(0)]
    Start {
        /// The language of the pages.
        #[n(0)]
        locale: Locale,
        /// Where the cardholder goes back to.
        #[cbor(n(1), with = "optional", has_nil)]
        return_url: Option<String>,
    },
    /// A page is shown.
    #[n(1)]
    Show,
    /// The page that sets up an app is shown. The session keeps this secret, unless it has one
    /// already.
    #[n(2)]
    OfferApp(#[n(0)] SealedSecret),
    /// The cardholder confirms.
    #[n(3)]
    Change {
        /// What to.
        #[n(0)]
        to: Choice,
        /// The version of the terms that the cardholder was shown.
        #[n(1)]
        terms: TermsVersion,
    },
    /// The cardholder gives up.
    #[n(4)]
    Cancel,
}

/// What a cardholder changes to.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum Choice {
    /// Codes by e-mail.
    #[n(0)]
    Email,
    /// Codes by text message.
    #[n(1)]
    Sms,
    /// Codes of the app that was offered, proved by one of them.
    #[n(2)]
    App {
        /// Its secret.
        #[n(0)]
        proof: AppProof,
        /// What was typed.
        #[cbor(n(1), with = "submitted_code_for_object")]
        code: SubmittedCode,
    },
}

/// A provider, by the number that the Worker gives it. A receipt has the same number as the report
/// that the provider took the message.
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
    /// No provider was asked: the destination's quota is used up.
    ///
    /// Until when.
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
    /// It did not arrive. Final.
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

    /// How much a provider's state tells. Receipts come late and out of order: a state of a lower
    /// rank than the stored one changes nothing.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Sending => 0,
            Self::Unconfirmed => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Bounced | Self::Failed => 4,
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
}

/// What was decided. It leaves the object only when the new state is durable.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum Reply {
    /// The contacts are stored.
    #[n(0)]
    Registered {
        /// Whether the cardholder was unknown before.
        #[n(0)]
        new: bool,
        /// What is registered now.
        #[n(1)]
        description: Description,
        /// Destinations that were registered before and are not any more.
        #[n(2)]
        replaced: Vec<Destination>,
    },
    /// What is registered.
    #[n(1)]
    Described(#[n(0)] Description),
    /// Nothing is left.
    #[n(2)]
    Forgotten,
    /// The events that are due. Each stays stored until it is settled.
    #[n(3)]
    Woken(#[n(0)] Vec<Event>),
    /// The events will not be handed out again.
    #[n(4)]
    Settled,
    /// A challenge is open; also when it was opened before with the same record.
    #[n(5)]
    Opened {
        /// How its codes will come.
        #[n(0)]
        via: Via,
        /// When it ends by itself.
        #[n(1)]
        expires_at: Timestamp,
        /// Where it stands: `Pending`, but for one that was opened before.
        #[n(2)]
        status: Status,
    },
    /// How a challenge stands.
    #[n(6)]
    Seen(#[n(0)] View),
    /// The challenges that are kept, newest first.
    #[n(7)]
    Challenges(#[n(0)] Vec<(ChallengeId, View)>),
    /// A challenge stands so, and a code has to be delivered.
    #[n(8)]
    Send(#[n(0)] View, #[n(1)] DeliveryOrder),
    /// The code to compare with is the app's. The Worker opens this sealed secret and asks again
    /// with it. No try was spent.
    #[n(9)]
    Unseal(#[n(0)] SealedSecret),
    /// The code was right.
    #[n(10)]
    Verified(#[n(0)] View),
    /// The challenge is canceled, now or before.
    #[n(11)]
    Canceled(#[n(0)] View),
    /// The attestation is spent, now or before with the same idempotency key.
    #[n(12)]
    Redeemed(#[n(0)] View),
    /// How an enrollment session stands.
    #[n(13)]
    Session(#[n(0)] SessionView),
    /// A refusal, and how the challenge stands if there is one.
    #[n(14)]
    Refused(#[n(0)] Refused, #[cbor(n(1), with = "optional", has_nil)] Option<View>),
    /// A refusal in an enrollment session, and how the session stands if there is one.
    #[n(15)]
    NotEnrolling(#[n(0)] Refusal, #[cbor(n(1), with = "optional", has_nil)] Option<SessionView>),
    /// One has to wait: how the challenge stands, and how long.
    #[cfg(feature = "next-version")]
    #[n(100)]
    Waiting(#[n(0)] View, #[n(1)] Seconds),
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A rule refused it.
    Rule(Refusal),
    /// There is nothing to redeem: not verified, too late, or spent. No command but [`ChallengeCommand::Redeem`]
    /// is refused so, and `siteverify` has no problem codes.
    NotRedeemable,
}

/// The bytes of [`Refused::NotRedeemable`]: it stands among the refusals, with a number of its own.
#[derive(Encode, Decode)]
#[cbor(map)]
enum WrittenNotRedeemable {
    #[n(16)]
    NotRedeemable,
}

impl<Ctx> Encode<Ctx> for Refused {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Rule(refusal) => refusal.encode(encoder, ctx),
            Self::NotRedeemable => WrittenNotRedeemable::NotRedeemable.encode(encoder, ctx),
        }
    }
}

impl<'b, Ctx> Decode<'b, Ctx> for Refused {
    fn decode(decoder: &mut Decoder<'b>, ctx: &mut Ctx) -> Result<Self, decode::Error> {
        let start = decoder.position();
        match WrittenNotRedeemable::decode(decoder, ctx) {
            Ok(WrittenNotRedeemable::NotRedeemable) => Ok(Self::NotRedeemable),
            Err(error) if error.is_unknown_variant() => {
                decoder.set_position(start);
                Refusal::decode(decoder, ctx).map(Self::Rule)
            }
            Err(error) => Err(error),
        }
    }
}

/// Why a rule said no. Each is one problem code of the API. 16 is [`Refused::NotRedeemable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Refusal {
    /// The issuer has not registered this cardholder.
    #[n(0)]
    UnknownCardholder,
    /// No channel with a destination is chosen.
    #[n(1)]
    NotEnrolled,
    /// Too many wrong codes in a row.
    ///
    /// Holds until when.
    #[n(2)]
    Locked(#[n(0)] Timestamp),
    /// The id is open with another record.
    #[n(3)]
    RecordConflict,
    /// No such challenge here.
    #[n(4)]
    UnknownChallenge,
    /// The record differs from the one that was pinned.
    #[n(5)]
    RecordAltered,
    /// The challenge has ended.
    #[n(6)]
    Ended(#[n(0)] Ended),
    /// The code is wrong. With no tries left, the challenge has ended.
    #[n(7)]
    WrongCode(#[n(0)] TriesLeft),
    /// The newest code is too old. No try was spent.
    #[n(8)]
    CodeExpired(#[n(0)] TriesLeft),
    /// No code was sent yet.
    #[n(9)]
    CodeNotSent,
    /// A code of this time step of the app, or of a later one, was accepted before. It spent a try.
    #[n(10)]
    CodeUsed(#[n(0)] TriesLeft),
    /// The cardholder's app makes the codes: nothing is sent.
    #[n(11)]
    AppCodeExpected,
    /// The wait after the newest send is not over.
    #[n(12)]
    ResendTooSoon(#[n(0)] Seconds),
    /// All sends of this challenge are used.
    #[n(13)]
    NoResendsLeft,
    /// The destination got too many codes lately.
    #[n(14)]
    DestinationLimited(#[n(0)] Seconds),
    /// Too many ended challenges are kept. A further one can be opened after this time.
    #[n(15)]
    TooManyChallenges(#[n(0)] Seconds),
    /// No such enrollment session here.
    #[n(17)]
    UnknownSession,
    /// The enrollment session has ended.
    #[n(18)]
    SessionOver(#[n(0)] SessionEnd),
    /// The cardholder has no destination for this channel, or was offered no app.
    #[n(19)]
    ChannelNotOffered,
}

/// How many more codes a challenge compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct TriesLeft(#[n(0)] pub u32);

/// How long until it is allowed, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Seconds(#[n(0)] pub u64);
