//! The CReq: a browser opens the challenge, with a form of the requestor's.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use percent_encoding::percent_decode;

use crate::{
    elements::challenge::CREQ,
    erro::{Erro, ErrorCode, MessageType, Refusal},
    extension,
    ids::TransId,
    json::Members,
    message::Opened,
    transaction::Transaction,
    version::Version,
};

/// `threeDSSessionData`: what the requestor gets back with the CRes, unchanged.
pub const SESSION_DATA_FIELD: &str = "threeDSSessionData";

/// The form that a requestor's page posts. Fields that nobody knows are ignored.
pub struct ChallengePost {
    creq: Vec<u8>,
    session_data: Option<Result<String, Unfit>>,
}

/// Why a post opens no challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPost {
    /// It has no field `creq`.
    NoCreq,
    /// It has one of its fields twice.
    FieldTwice,
}

/// Session data that cannot be given back: too long, or no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unfit;

impl ChallengePost {
    /// More bytes than a body has. All extensions at their longest are 427 KiB in base64.
    pub const MOST_BYTES: usize = 1 << 19;

    const CREQ_FIELD: &'static str = "creq";
    /// In bytes, as it was sent.
    const LONGEST_SESSION_DATA: usize = 1024;

    /// Reads a body of `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// A body without a CReq, or with a field twice: readers disagree about which of the two counts.
    pub fn read(body: &[u8]) -> Result<Self, BadPost> {
        let mut creq = None;
        let mut session_data = None;
        for field in body.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
            let (name, value) = match field.iter().position(|byte| *byte == b'=') {
                Some(at) => (field.get(..at), field.get(at + 1..)),
                None => (Some(field), None),
            };
            let value = decoded(value.unwrap_or_default());
            let place = match decoded(name.unwrap_or_default()) {
                name if name == Self::CREQ_FIELD.as_bytes() => &mut creq,
                name if name == SESSION_DATA_FIELD.as_bytes() => &mut session_data,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(BadPost::FieldTwice);
            }
        }
        let session_data = session_data.filter(|data| !data.is_empty()).map(|data| {
            let fits = data.len() <= Self::LONGEST_SESSION_DATA;
            String::from_utf8(data).ok().filter(|_| fits).ok_or(Unfit)
        });
        let creq = creq.filter(|creq| !creq.is_empty()).ok_or(BadPost::NoCreq)?;
        Ok(Self { creq, session_data })
    }

    /// What the requestor gets back, also with an error.
    #[must_use]
    pub fn session_data(&self) -> Option<&str> {
        self.session_data.as_ref().and_then(|data| data.as_deref().ok())
    }

    /// The CReq in it.
    ///
    /// # Errors
    /// The first rule that does not hold. The error's `ids.acs` says for which transaction, if that
    /// could be read.
    pub fn creq(&self) -> Result<CReq, Refusal> {
        let message = message(&self.creq).unwrap_or_default();
        let opened = Opened::open(&message, MessageType::CReq, CREQ, &Version::ALL)?;
        let known = opened.known(CREQ)?;
        extension::check(&known).map_err(|found| opened.refuse(found))?;
        let invalid = |name| opened.refuse(Erro::naming(ErrorCode::FormatInvalid, [name]));
        if let Some(Err(Unfit)) = self.session_data {
            return Err(invalid(SESSION_DATA_FIELD));
        }
        let session_data = self.session_data().map(str::to_owned);
        let id = |name| known.text(name).and_then(TransId::parse);
        let ids = id("threeDSServerTransID").zip(id("acsTransID"));
        // Both were required and checked above.
        let (three_ds_server_trans_id, acs_trans_id) =
            ids.ok_or_else(|| invalid("threeDSServerTransID"))?;
        let version = opened.version;
        Ok(CReq { version, three_ds_server_trans_id, acs_trans_id, session_data })
    }
}

/// A CReq whose elements have their form. Its `challengeWindowSize` is a wish that clients do not keep:
/// the form looks at its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CReq {
    /// `messageVersion`
    pub version: Version,
    /// `threeDSServerTransID`
    pub three_ds_server_trans_id: TransId,
    /// `acsTransID`
    pub acs_trans_id: TransId,
    /// What the requestor gets back.
    pub session_data: Option<String>,
}

impl CReq {
    /// Whether it is of this transaction.
    ///
    /// # Errors
    /// Another version than that of the AReq, or ids of another transaction.
    pub fn is_of(&self, transaction: &Transaction) -> Result<(), Box<Erro>> {
        let refuse = |code, name: &str| {
            let (code, detail) = Erro::naming(code, [name]);
            let (about, ids) = (Some(MessageType::CReq), transaction.ids());
            Box::new(Erro { code, detail, about, version: transaction.version, ids })
        };
        if self.version != transaction.version {
            return Err(refuse(ErrorCode::FormatInvalid, "messageVersion"));
        }
        if self.acs_trans_id != transaction.acs_trans_id {
            return Err(refuse(ErrorCode::TransactionIdNotRecognised, "acsTransID"));
        }
        if self.three_ds_server_trans_id != transaction.three_ds_server_trans_id {
            return Err(refuse(ErrorCode::TransactionIdNotRecognised, "threeDSServerTransID"));
        }
        Ok(())
    }

    /// The error about a CReq that came after its time.
    #[must_use]
    pub fn is_late(transaction: &Transaction) -> Erro {
        Self::erro(transaction, ErrorCode::TimedOut, "The first CReq came too late")
    }

    /// The error about a CReq that came after another one, which was invalid, has ended the challenge.
    #[must_use]
    pub fn is_over(transaction: &Transaction) -> Erro {
        Self::erro(transaction, ErrorCode::TransactionDataInvalid, "The challenge has ended")
    }

    fn erro(of: &Transaction, code: ErrorCode, detail: &str) -> Erro {
        let (detail, about) = (detail.to_owned(), Some(MessageType::CReq));
        Erro { code, detail, about, version: of.version, ids: of.ids() }
    }
}

/// The bytes of a field's name or value.
fn decoded(field: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        field.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

/// The message in the field. By rule it is base64url without padding; requestors send the standard
/// alphabet, padding and white space too. A space can also be a `+` that was not escaped.
fn message(field: &[u8]) -> Option<Vec<u8>> {
    let field = std::str::from_utf8(field).ok()?.trim_ascii();
    let unspaced = field.replace(|c: char| c.is_ascii_whitespace(), "");
    let meant = field.replace(' ', "+").replace(|c: char| c.is_ascii_whitespace(), "");
    let mut decoded = [unspaced, meant].into_iter().filter_map(|text| {
        let text = text.trim_end_matches('=');
        Base64UrlUnpadded::decode_vec(&text.replace('+', "-").replace('/', "_")).ok()
    });
    let first = decoded.next();
    let is_message = |message: &Vec<u8>| Members::read(message).is_some();
    if first.as_ref().is_some_and(is_message) {
        return first;
    }
    decoded.find(is_message).or(first)
}

#[cfg(test)]
mod tests;
