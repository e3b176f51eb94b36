//! Error messages: what was wrong with a message, as the protocol says it.
//!
//! Nothing of the message is in an error but its transaction ids, where they are ids. Elements are
//! named with the names of our tables, never with those that the sender wrote.

use crate::{
    ids::TransId,
    json::{Value, object},
    version::Version,
};

/// What is wrong (EMV 3-D Secure 2.2.0, table A.4; 207 in 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// 101: no message, or none that an access control server takes.
    MessageInvalid,
    /// 102: a version that is not spoken.
    VersionNotSupported,
    /// 201: a required element is missing, null or empty.
    RequiredElementMissing,
    /// 202: an extension that must be understood is not known.
    ExtensionNotRecognised,
    /// 203: an element has not its form, or not its value.
    FormatInvalid,
    /// 204: an element is given twice.
    DuplicateElement,
    /// 207: a value that has no meaning yet (2.3.1).
    ValueReserved,
    /// 301: a transaction id that is not known, or that another message had.
    TransactionIdNotRecognised,
    /// 303: not who may ask, or not where an answer may go.
    AccessDenied,
    /// 304: a country or currency that ISO does not list or the protocol excludes.
    IsoCodeInvalid,
    /// 305: a message that was not to be sent to us, or not now.
    TransactionDataInvalid,
    /// 402: too late.
    TimedOut,
    /// 403: a failure that will pass.
    TransientFailure,
}

impl ErrorCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::MessageInvalid,
        Self::VersionNotSupported,
        Self::RequiredElementMissing,
        Self::ExtensionNotRecognised,
        Self::FormatInvalid,
        Self::DuplicateElement,
        Self::ValueReserved,
        Self::TransactionIdNotRecognised,
        Self::AccessDenied,
        Self::IsoCodeInvalid,
        Self::TransactionDataInvalid,
        Self::TimedOut,
        Self::TransientFailure,
    ];

    /// `errorCode`
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageInvalid => "101",
            Self::VersionNotSupported => "102",
            Self::RequiredElementMissing => "201",
            Self::ExtensionNotRecognised => "202",
            Self::FormatInvalid => "203",
            Self::DuplicateElement => "204",
            Self::ValueReserved => "207",
            Self::TransactionIdNotRecognised => "301",
            Self::AccessDenied => "303",
            Self::IsoCodeInvalid => "304",
            Self::TransactionDataInvalid => "305",
            Self::TimedOut => "402",
            Self::TransientFailure => "403",
        }
    }

    /// `errorDescription`
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::MessageInvalid => "Message received invalid",
            Self::VersionNotSupported => "Message version number not supported",
            Self::RequiredElementMissing => "Required data element missing",
            Self::ExtensionNotRecognised => "Critical message extension not recognised",
            Self::FormatInvalid => "Format or value of a data element invalid",
            Self::DuplicateElement => "Duplicate data element",
            Self::ValueReserved => "Value of a data element reserved and not recognised",
            Self::TransactionIdNotRecognised => "Transaction ID not recognised",
            Self::AccessDenied => "Access denied, invalid endpoint",
            Self::IsoCodeInvalid => "ISO code invalid",
            Self::TransactionDataInvalid => "Transaction data not valid",
            Self::TimedOut => "Transaction timed out",
            Self::TransientFailure => "Transient system failure",
        }
    }
}

/// The types of messages (`messageType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the protocol's own names")]
pub enum MessageType {
    AReq,
    ARes,
    CReq,
    CRes,
    PReq,
    PRes,
    RReq,
    RRes,
    Erro,
}

impl MessageType {
    /// Every type.
    pub const ALL: [Self; 9] = [
        Self::AReq,
        Self::ARes,
        Self::CReq,
        Self::CRes,
        Self::PReq,
        Self::PRes,
        Self::RReq,
        Self::RRes,
        Self::Erro,
    ];

    /// Its text in `messageType`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AReq => "AReq",
            Self::ARes => "ARes",
            Self::CReq => "CReq",
            Self::CRes => "CRes",
            Self::PReq => "PReq",
            Self::PRes => "PRes",
            Self::RReq => "RReq",
            Self::RRes => "RRes",
            Self::Erro => "Erro",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The transaction ids that a message is known to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownIds {
    /// `threeDSServerTransID`
    pub three_ds_server: Option<TransId>,
    /// `dsTransID`
    pub ds: Option<TransId>,
    /// `acsTransID`
    pub acs: Option<TransId>,
    /// `sdkTransID`
    pub sdk: Option<TransId>,
}

/// An error message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erro {
    /// What is wrong.
    pub code: ErrorCode,
    /// Names of elements, or what the code's description asks for.
    pub detail: String,
    /// The type of the message that was wrong, if it could be recognised.
    pub about: Option<MessageType>,
    /// The version in which the error is said.
    pub version: Version,
    /// The transaction.
    pub ids: KnownIds,
}

impl Erro {
    /// In the browser's form post: the field with an error message. The protocol names none.
    pub const FIELD: &'static str = "erro";

    /// The version in which an error is said when the message had none that is spoken: the older one,
    /// which every peer of today reads.
    pub(crate) const FALLBACK: Version = Version::V220;

    const COMPONENT: &'static str = "A";
    const LONGEST: usize = 2048;

    /// The error that names these elements, each once.
    pub(crate) fn naming(
        code: ErrorCode,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> (ErrorCode, String) {
        let mut listed: Vec<String> = Vec::new();
        let mut length = 0;
        for name in names.into_iter().map(Into::into) {
            length += name.chars().count() + 1;
            if !listed.contains(&name) && length <= Self::LONGEST {
                listed.push(name);
            }
        }
        (code, listed.join(","))
    }

    /// The message's text.
    #[must_use]
    pub fn json(&self) -> String {
        let mut members = Vec::new();
        let ids = [
            ("threeDSServerTransID", &self.ids.three_ds_server),
            ("acsTransID", &self.ids.acs),
            ("dsTransID", &self.ids.ds),
            ("sdkTransID", &self.ids.sdk),
        ];
        for (name, id) in ids {
            members.extend(id.as_ref().map(|id| (name, Value::from(id.as_str()))));
        }
        members.push(("errorCode", self.code.as_str().into()));
        members.push(("errorComponent", Self::COMPONENT.into()));
        members.push(("errorDescription", self.code.description().into()));
        members.push(("errorDetail", self.detail.as_str().into()));
        members.extend(self.about.map(|about| ("errorMessageType", about.as_str().into())));
        members.push(("messageType", MessageType::Erro.as_str().into()));
        members.push(("messageVersion", self.version.as_str().into()));
        object(members)
    }
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is answered with an error message.
    Erro(Box<Erro>),
    /// It is an error message itself, which is never answered with another.
    WasErro,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_each_has_words() {
        let codes: Vec<_> = ErrorCode::ALL.map(ErrorCode::as_str).into();
        assert!(codes.is_sorted());
        for code in ErrorCode::ALL {
            assert!(!code.description().is_empty());
        }
        for kind in MessageType::ALL {
            assert_eq!(MessageType::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_detail_lists_each_name_once_and_ends_before_it_is_too_long() {
        let (_, detail) = Erro::naming(ErrorCode::FormatInvalid, ["mcc", "email", "mcc"]);
        assert_eq!(detail, "mcc,email");
        let many = (0..100).map(|number| format!("{number:064}"));
        let (_, detail) = Erro::naming(ErrorCode::ExtensionNotRecognised, many);
        assert!(detail.len() <= 2048 && detail.len() > 1900);
    }
}
