//! The bytes of what travels to the cardholder object and of what it stores: a version, then the
//! fields in order (postcard), as base64url text.
//!
//! Not JSON: readers of self-describing formats were a quarter of the Worker's code. Positions
//! stand for names here, so any change of these types is a new version.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    cardholder::{Cardholder, Command, Reply},
    destination::{Places, Wanted},
    time::Timestamp,
};

/// Raised with every change of [`Command`], [`Reply`] or [`Wanted`]. While a deployment rolls out, a Worker
/// and an object of different versions then refuse each other in place of misreading.
const PROTOCOL: u8 = 1;

/// Raised with every change of [`Cardholder`] or [`Places`]; the reader of the former version stays.
const STATE: u8 = 1;

/// Bytes of another version, or no such bytes at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// What is asked of an object of the cardholders' class.
#[derive(Deserialize)]
pub enum CardholderCall {
    /// To decide a command at this time.
    Decide(Timestamp, Command),
    /// To write a line of the log, which has nothing to do with the cardholder.
    WriteLine(String),
}

/// The same, as it is written.
#[derive(Serialize)]
enum WrittenCall<'a> {
    Decide(Timestamp, &'a Command),
    WriteLine(&'a str),
}

/// Writes a command and the time it is decided at.
///
/// # Errors
/// Never for these types; the format allows for others.
pub fn write_command(command: &Command, now: Timestamp) -> Result<String, Unreadable> {
    write(PROTOCOL, &WrittenCall::Decide(now, command))
}

/// Writes a line of the log that an object is asked to write.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_line(line: &str) -> Result<String, Unreadable> {
    write(PROTOCOL, &WrittenCall::WriteLine(line))
}

/// Reads what is asked of an object of the cardholders' class.
///
/// # Errors
/// [`Unreadable`].
pub fn read_cardholder_call(text: &str) -> Result<CardholderCall, Unreadable> {
    read(PROTOCOL, text)
}

/// Writes a reply.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_reply(reply: &Reply) -> Result<String, Unreadable> {
    write(PROTOCOL, reply)
}

/// Reads a reply.
///
/// # Errors
/// [`Unreadable`].
pub fn read_reply(text: &str) -> Result<Reply, Unreadable> {
    read(PROTOCOL, text)
}

/// Writes a cardholder's state.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_state(cardholder: &Cardholder) -> Result<String, Unreadable> {
    write(STATE, cardholder)
}

/// Reads a cardholder's state.
///
/// # Errors
/// [`Unreadable`].
pub fn read_state(text: &str) -> Result<Cardholder, Unreadable> {
    read(STATE, text)
}

/// Writes what is wanted of a destination, and the time it is decided at.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_wanted(wanted: &Wanted, now: Timestamp) -> Result<String, Unreadable> {
    write(PROTOCOL, &(now, wanted))
}

/// Reads what is wanted of a destination, and its time.
///
/// # Errors
/// [`Unreadable`].
pub fn read_wanted(text: &str) -> Result<(Timestamp, Wanted), Unreadable> {
    read(PROTOCOL, text)
}

/// Writes until when a destination takes nothing.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_limit(until: Option<Timestamp>) -> Result<String, Unreadable> {
    write(PROTOCOL, &until)
}

/// Reads until when a destination takes nothing.
///
/// # Errors
/// [`Unreadable`].
pub fn read_limit(text: &str) -> Result<Option<Timestamp>, Unreadable> {
    read(PROTOCOL, text)
}

/// Writes a destination's state.
///
/// # Errors
/// Never for this type; the format allows for others.
pub fn write_places(places: &Places) -> Result<String, Unreadable> {
    write(STATE, places)
}

/// Reads a destination's state.
///
/// # Errors
/// [`Unreadable`].
pub fn read_places(text: &str) -> Result<Places, Unreadable> {
    read(STATE, text)
}

fn write<T: Serialize>(version: u8, value: &T) -> Result<String, Unreadable> {
    let mut bytes = vec![version];
    let fields = postcard::to_allocvec(value).map_err(|_| Unreadable)?;
    bytes.extend(fields);
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

fn read<T: DeserializeOwned>(version: u8, text: &str) -> Result<T, Unreadable> {
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unreadable)?;
    match bytes.split_first() {
        Some((found, fields)) if *found == version => {
            let (value, rest) = postcard::take_from_bytes(fields).map_err(|_| Unreadable)?;
            rest.is_empty().then_some(value).ok_or(Unreadable)
        }
        _ => Err(Unreadable),
    }
}
