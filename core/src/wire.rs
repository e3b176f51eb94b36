//! The bytes of what travels to an object and of what it stores: CBOR (RFC 8949) by minicbor's
//! derive, as base64url text.
//!
//! While a deployment rolls out, and after a roll back, a reader meets bytes of another version.
//! Every field and variant has a number that is never given to another. Every struct and every
//! variant's content is a map from these numbers, not an array by position, so that a field can be
//! added or retired anywhere:
//!
//! - A field that the reader does not know is ignored.
//! - An option that is missing is `None`. Any other field that is added after the first release is
//!   marked `default`; one that is missing without being marked makes the bytes unreadable.
//! - A variant that the reader does not know makes the whole command, reply or state unreadable,
//!   wherever in it the variant is: acting on a guess could be unsafe. minicbor itself reads such
//!   a variant in an `Option` as `None`, so each `Option` is read by [`crate::optional`]; a test holds
//!   the sources to it.
//!
//! Unit variants are maps too, so that they can get fields. Not JSON: its readers were a quarter
//! of the Worker's code.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode, bytes::ByteVec, decode};

use crate::{
    cardholder::{Cardholder, Command, DueEvent, Reply, Teller},
    cardholder_index::{IndexCommand, IndexReply},
    destination::{
        DeliveryRef, DestinationName, DestinationQuota, EarlyReply, QuotaCommand, Sender,
    },
    known_request::{KnownRequest, Repetition, Request},
    merchant_answers::{AnswerCommand, Leave, MerchantAnswers},
    sms_budget::{BudgetCommand, BudgetReply, SmsBudget},
    sparse,
    time::Timestamp,
};

/// The first byte of everything that is written here: a CBOR item with numbered fields follows. A
/// new field does not change it. 1 stood for fields by position (postcard).
const FORMAT: u8 = 2;

/// Why bytes were not read. The caller must then decide nothing and must not overwrite them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The bytes hold something that this version does not know: a newer version wrote them.
    Newer,
    /// No version writes such bytes.
    Damaged,
}

impl Unreadable {
    /// The words for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newer => "bytes of a newer version",
            Self::Damaged => "damaged bytes",
        }
    }
}

#[cfg(test)]
pub(crate) mod frozen;
#[cfg(test)]
pub(crate) mod item;

/// What is asked of a destination, and the time at which it is decided.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Timed<T> {
    #[n(0)]
    now: Timestamp,
    #[n(1)]
    asked: T,
}

/// A reply, in a struct, so that a later version can add a field beside every reply.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Answer<T> {
    #[n(0)]
    reply: T,
}

/// What a cardholder's object answers.
#[derive(Encode, Decode)]
#[cbor(map)]
struct CardholderAnswer<R> {
    #[n(0)]
    reply: R,
    /// Not an event's own form but its bytes: one of a kind that the reader does not know must not make
    /// the reply unreadable.
    #[cbor(n(1), with = "sparse", has_nil)]
    due: Vec<ByteVec>,
}

/// What a destination answers. It is an enumeration and not an option, because bytes with something
/// missing must never mean that the message may be sent.
#[derive(Encode, Decode)]
#[cbor(map)]
enum Limit {
    #[n(0)]
    Free,
    #[n(1)]
    Until(#[n(0)] Timestamp),
}

/// What is asked of an object of the destinations' class.
pub enum QuotaCall {
    /// Of the object of one destination, as the release before buckets asks.
    Own(QuotaCommand),
    /// Of a bucket, about the destination of this name.
    InBucket(DestinationName, QuotaCommand),
    /// Of a bucket, a slot for a message of which it is not known yet whether it is ordered.
    Early(DestinationName, DeliveryRef, Sender),
}

/// A command to a bucket, in the place of a [`QuotaCommand`] and with numbers that none of these has.
/// An object of a release before buckets does not know it, and refuses it. A name in a field of its
/// own would be ignored there, and all destinations of the bucket would share the quota of one.
#[derive(Encode, Decode)]
#[cbor(map)]
enum InBucket<T> {
    #[n(11)]
    Row(#[n(0)] DestinationName, #[n(1)] T),
    #[n(13)]
    Early(#[n(0)] DestinationName, #[n(1)] DeliveryRef, #[n(2)] Sender),
}

/// What is asked of an object of the cardholders' class. Number 1 is retired: it was a line of the
/// log.
#[derive(Decode)]
#[cbor(map)]
pub enum CardholderCall {
    /// To decide a command at this time, and hand out the events that are due.
    #[n(0)]
    Decide(#[n(0)] Timestamp, #[n(1)] Command, #[cbor(n(2), with = "teller", has_nil)] Teller),
}

/// The same, as it is written.
#[derive(Encode)]
#[cbor(map)]
enum WrittenCall<'a> {
    #[n(0)]
    Decide(#[n(0)] Timestamp, #[n(1)] &'a Command, #[cbor(n(2), with = "teller", has_nil)] Teller),
}

/// Writes a command and the time it is decided at. Events that it finds due are told by the alarm.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_command(command: &Command, now: Timestamp) -> Result<String, Unreadable> {
    write_call(command, now, Teller::Alarm)
}

/// Writes a command, the time it is decided at, and who tells the events that it finds due.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_call(command: &Command, now: Timestamp, teller: Teller) -> Result<String, Unreadable> {
    write(&WrittenCall::Decide(now, command, teller))
}

/// Reads what is asked of an object of the cardholders' class.
///
/// # Errors
/// [`Unreadable`].
pub fn read_cardholder_call(text: &str) -> Result<CardholderCall, Unreadable> {
    read(text)
}

/// Writes a reply.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_reply(reply: &Reply) -> Result<String, Unreadable> {
    write_reply_with(reply, &[])
}

/// Writes a reply, and the events that are handed out with it.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_reply_with(reply: &Reply, due: &[DueEvent]) -> Result<String, Unreadable> {
    let bytes = |event| minicbor::to_vec(event).map(ByteVec::from);
    let due: Result<Vec<_>, _> = due.iter().map(bytes).collect();
    let due = due.map_err(|_: minicbor::encode::Error<_>| Unreadable::Damaged)?;
    write(&CardholderAnswer { reply, due })
}

/// Reads a reply.
///
/// # Errors
/// [`Unreadable`].
pub fn read_reply(text: &str) -> Result<Reply, Unreadable> {
    read_reply_with(text).map(|(reply, _)| reply)
}

/// Reads a reply, and the events that are handed out with it. One that only a newer version knows is
/// left out: the object still has it.
///
/// # Errors
/// [`Unreadable`].
pub fn read_reply_with(text: &str) -> Result<(Reply, Vec<DueEvent>), Unreadable> {
    let CardholderAnswer { reply, due } = read(text)?;
    let mut events = Vec::new();
    for bytes in due {
        match minicbor::decode(&bytes).map_err(|error| why(&error)) {
            Ok(event) => events.push(event),
            Err(Unreadable::Newer) => {}
            Err(Unreadable::Damaged) => return Err(Unreadable::Damaged),
        }
    }
    Ok((reply, events))
}

/// What an object is asked, with the time at which it decides.
pub trait Asked: Encode<()> + for<'b> Decode<'b, ()> {}
impl Asked for AnswerCommand {}
impl Asked for BudgetCommand {}
impl Asked for Request {}

/// What an object answers; of the index, what it is asked too, since it decides by no time.
pub trait Answered: Encode<()> + for<'b> Decode<'b, ()> {}
impl Answered for BudgetReply {}
impl Answered for EarlyReply {}
impl Answered for IndexCommand {}
impl Answered for IndexReply {}
impl Answered for Leave {}
impl Answered for Repetition {}

/// What an object stores, or a record has in it.
pub trait State: Encode<()> + for<'b> Decode<'b, ()> {
    /// The first byte of the stored form, by which a reader knows what follows.
    const FORMAT: u8 = FORMAT;
}
impl State for Cardholder {}
impl State for DestinationQuota {}
impl State for KnownRequest {}
impl State for MerchantAnswers {}
impl State for SmsBudget {}

/// Writes what is asked of an object, and the time it is decided at.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_asked<T: Asked>(asked: &T, now: Timestamp) -> Result<String, Unreadable> {
    write(&Timed { now, asked })
}

/// Reads what is asked of an object, and the time it is decided at.
///
/// # Errors
/// [`Unreadable`].
pub fn read_asked<T: Asked>(text: &str) -> Result<(Timestamp, T), Unreadable> {
    read(text).map(|Timed { now, asked }| (now, asked))
}

/// Writes what an object answers.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_answer<T: Answered>(reply: &T) -> Result<String, Unreadable> {
    write(&Answer { reply })
}

/// Reads what an object answers.
///
/// # Errors
/// [`Unreadable`].
pub fn read_answer<T: Answered>(text: &str) -> Result<T, Unreadable> {
    read(text).map(|Answer { reply }| reply)
}

/// Writes what is stored.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_state<T: State>(state: &T) -> Result<String, Unreadable> {
    write_as(T::FORMAT, state)
}

/// Reads what is stored.
///
/// # Errors
/// [`Unreadable`].
pub fn read_state<T: State>(text: &str) -> Result<T, Unreadable> {
    read_as(T::FORMAT, text)
}

/// Writes a command for the object of one destination, and the time it is decided at.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_quota_command(command: &QuotaCommand, now: Timestamp) -> Result<String, Unreadable> {
    write(&Timed { now, asked: command })
}

/// Writes a command for a destination that is counted in a bucket, and the time it is decided at.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_bucket_command(
    name: DestinationName,
    command: &QuotaCommand,
    now: Timestamp,
) -> Result<String, Unreadable> {
    write(&Timed { now, asked: InBucket::Row(name, command) })
}

/// Writes what asks a bucket for a slot early ([`DestinationQuota::reserve_early`]), and the time it is
/// decided at.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_early_command(
    name: DestinationName,
    message: DeliveryRef,
    sender: Sender,
    now: Timestamp,
) -> Result<String, Unreadable> {
    write(&Timed { now, asked: InBucket::<QuotaCommand>::Early(name, message, sender) })
}

/// Reads what is asked of an object of the destinations' class, and its time.
///
/// # Errors
/// [`Unreadable`].
pub fn read_quota_call(text: &str) -> Result<(Timestamp, QuotaCall), Unreadable> {
    let in_bucket = read(text).map(|Timed { now, asked }| match asked {
        InBucket::Row(name, command) => (now, QuotaCall::InBucket(name, command)),
        InBucket::Early(name, message, sender) => (now, QuotaCall::Early(name, message, sender)),
    });
    in_bucket.or_else(|why| match why {
        Unreadable::Newer => {
            read_quota_command(text).map(|(now, command)| (now, QuotaCall::Own(command)))
        }
        Unreadable::Damaged => Err(why),
    })
}

/// Reads a command for the object of one destination: all that the release before buckets reads.
pub(crate) fn read_quota_command(text: &str) -> Result<(Timestamp, QuotaCommand), Unreadable> {
    read(text).map(|Timed { now, asked }| (now, asked))
}

/// Writes until when a destination takes nothing.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_limit(until: Option<Timestamp>) -> Result<String, Unreadable> {
    write(&Answer { reply: until.map_or(Limit::Free, Limit::Until) })
}

/// Reads until when a destination takes nothing.
///
/// # Errors
/// [`Unreadable`].
pub fn read_limit(text: &str) -> Result<Option<Timestamp>, Unreadable> {
    read(text).map(|Answer { reply }| match reply {
        Limit::Free => None,
        Limit::Until(until) => Some(until),
    })
}

/// Reads and writes who tells, which is not written while it is the default.
mod teller {
    use super::Teller;
    pub(super) use crate::sparse::{decode, encode};

    pub(super) fn nil() -> Option<Teller> {
        Some(Teller::default())
    }

    pub(super) fn is_nil(teller: &Teller) -> bool {
        *teller == Teller::default()
    }
}

fn write<T: Encode<()>>(value: &T) -> Result<String, Unreadable> {
    write_as(FORMAT, value)
}

fn write_as<T: Encode<()>>(format: u8, value: &T) -> Result<String, Unreadable> {
    let mut bytes = vec![format];
    minicbor::encode(value, &mut bytes).map_err(|_| Unreadable::Damaged)?;
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

fn read<T: for<'b> Decode<'b, ()>>(text: &str) -> Result<T, Unreadable> {
    read_as(FORMAT, text)
}

fn read_as<T: for<'b> Decode<'b, ()>>(format: u8, text: &str) -> Result<T, Unreadable> {
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unreadable::Damaged)?;
    let (first, item) = bytes.split_first().ok_or(Unreadable::Damaged)?;
    if *first != format {
        return Err(Unreadable::Newer);
    }
    let mut decoder = minicbor::Decoder::new(item);
    let value = decoder.decode().map_err(|error| why(&error))?;
    let whole = decoder.position() == item.len();
    whole.then_some(value).ok_or(Unreadable::Damaged)
}

/// What an error of the reader says about the bytes. [`crate::optional`] may have wrapped the error
/// several times.
fn why(error: &decode::Error) -> Unreadable {
    if error.is_unknown_variant() {
        return Unreadable::Newer;
    }
    let inner = std::error::Error::source(error).and_then(|inner| inner.downcast_ref());
    inner.map_or(Unreadable::Damaged, why)
}
