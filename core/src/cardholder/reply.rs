//! What a cardholder's object answers: what was decided, or why not.

use minicbor::{
    Decode, Decoder, Encode, Encoder, decode,
    encode::{self, Write},
};

use super::{
    ChallengeAudit, Changes, DeliveryOrder, Description, Ended, Event, Notification, SessionEnd,
    SessionView, Status, View,
};
use crate::{
    contact::{Destination, Via},
    ids::ChallengeId,
    optional, sparse,
    time::Timestamp,
    totp::SealedSecret,
};

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
        /// What the registration changed; `None` from a version before this field.
        #[cbor(n(3), with = "optional", has_nil)]
        changes: Option<Changes>,
    },
    /// What is registered; after unlocking also the destinations, whose sends are to be forgotten.
    #[n(1)]
    Described(#[n(0)] Description, #[cbor(n(1), default)] Vec<Destination>),
    /// Everything about the cardholder is erased.
    #[n(2)]
    Forgotten,
    /// The events that are due, and the numbers of the notifications that are. Each stays stored
    /// until it is settled or told.
    #[n(3)]
    Woken(#[n(0)] Vec<Event>, #[cbor(n(1), with = "sparse::list", has_nil)] Vec<u32>),
    /// What was named is not waiting: events and notifications are handed out no more.
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
        /// Its id, which an idempotency key may have got before; `None` from a version before this
        /// field.
        #[cbor(n(3), with = "optional", has_nil)]
        id: Option<ChallengeId>,
        /// When it was opened.
        #[cbor(n(4), with = "optional", has_nil)]
        opened_at: Option<Timestamp>,
        /// A challenge that was forgotten for it. Its record is to be deleted.
        #[cbor(n(5), with = "optional", has_nil)]
        forgotten: Option<ChallengeId>,
        /// Where its first code would be sent now. `None` for an app's, and from a version before this
        /// field.
        #[cbor(n(6), with = "optional", has_nil)]
        to: Option<Destination>,
    },
    /// How a challenge stands.
    #[n(6)]
    Seen(#[n(0)] View),
    /// The challenges that are kept, newest first.
    #[n(7)]
    Challenges(#[n(0)] Vec<(ChallengeId, View)>),
    /// How a challenge stands; a code has to be delivered.
    #[n(8)]
    Send(#[n(0)] View, #[n(1)] DeliveryOrder),
    /// The code to compare with is the app's. The Worker opens this sealed secret and asks again
    /// with it. No try was spent.
    #[n(9)]
    Unseal(#[n(0)] SealedSecret),
    /// The code was right. The destinations are those that codes of the challenge went to: their slots
    /// are to be given back.
    #[n(10)]
    Verified(#[n(0)] View, #[cbor(n(1), default)] Vec<Destination>),
    /// The challenge is canceled, by this command or by an earlier one.
    #[n(11)]
    Canceled(#[n(0)] View),
    /// The attestation is spent, by this command or by an earlier one with the same idempotency
    /// key.
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
    /// A notification to tell.
    #[n(20)]
    Notification(#[n(0)] Notification),
    /// The audit record of a challenge.
    #[n(24)]
    Audited(#[n(0)] ChallengeAudit),
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
    /// There is nothing to redeem: the challenge is not verified, its attestation is too old, or it
    /// was spent. No command but [`super::ChallengeCommand::Redeem`] is refused so. It has no problem
    /// code, because `siteverify` answers with none.
    NotRedeemable,
}

/// The bytes of [`Refused::NotRedeemable`], which has a number among those of [`Refusal`].
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

/// Why a rule refused a command. Each reason has one problem code of the API. The number 16 belongs
/// to [`Refused::NotRedeemable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Refusal {
    /// The issuer has not registered this cardholder.
    #[n(0)]
    UnknownCardholder,
    /// No channel with a destination is chosen.
    #[n(1)]
    NotEnrolled,
    /// Too many wrong codes: the challenge neither sends nor compares codes until this time.
    #[n(2)]
    Locked(#[n(0)] Timestamp),
    /// A challenge with this id was opened with another record.
    #[n(3)]
    RecordConflict,
    /// The cardholder has no challenge with this id.
    #[n(4)]
    UnknownChallenge,
    /// The caller's record differs from the one that the challenge was opened with.
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
    /// The cardholder has no enrollment session with this id.
    #[n(17)]
    UnknownSession,
    /// The enrollment session has ended.
    #[n(18)]
    SessionOver(#[n(0)] SessionEnd),
    /// The cardholder has no destination for this channel, or was offered no app.
    #[n(19)]
    ChannelNotOffered,
    /// The member has not signed in as this deployment demands before an enrollment session.
    #[n(30)]
    SignInNotEnough,
    /// Too many wrong codes in a row: the challenge neither sends nor compares codes before the
    /// cardholder has let it in at the member site, or the issuer unlocks.
    #[n(24)]
    SignInNeeded,
    /// The card of a directory server's request is not the cardholder's.
    #[n(31)]
    UnknownCard,
    /// As many cards are registered as can be.
    #[n(32)]
    TooManyCards,
    /// The destination was changed so lately that no code is sent there for this long.
    #[n(25)]
    DestinationTooNew(#[n(0)] Seconds),
}

impl Refusal {
    /// Until when wrong codes refuse, if there is such a time.
    #[must_use]
    pub fn locked_until(self) -> Option<Timestamp> {
        if let Self::Locked(until) = self { Some(until) } else { None }
    }
}

/// How many more codes a challenge compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct TriesLeft(#[n(0)] pub u32);

/// How long until it is allowed, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Seconds(#[n(0)] pub u64);
