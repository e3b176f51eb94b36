//! How a challenge ended, and what each end means to those who are told: the RReq to the directory
//! server, and what the browser posts to the requestor.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use warifu_core::cardholder::Conclusion;

use crate::{
    areq::Category,
    ares::methods,
    codes::{Method, Reason, Status},
    creq::{CReq, SESSION_DATA_FIELD},
    directory_server::Eci,
    erro::{Erro, MessageType},
    json::{Value, object},
    transaction::Transaction,
    version::Version,
};

/// How a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The cardholder entered the code.
    Verified,
    /// All tries were wrong.
    TriesUsedUp,
    /// The cardholder was locked meanwhile.
    Locked,
    /// The cardholder canceled.
    Canceled,
    /// A page was shown and nothing came for ten minutes.
    PageExpired,
    /// No CReq came.
    NeverRequested,
    /// The CReq was invalid.
    RequestInvalid,
    /// No code could be delivered, and the cardholder gave up.
    Undeliverable,
    /// Something of ours failed.
    Failed,
}

impl From<Conclusion> for Outcome {
    fn from(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Verified => Self::Verified,
            Conclusion::TriesUsedUp => Self::TriesUsedUp,
            Conclusion::Locked => Self::Locked,
            Conclusion::Canceled => Self::Canceled,
            Conclusion::PageExpired => Self::PageExpired,
            Conclusion::NeverRequested => Self::NeverRequested,
            Conclusion::RequestInvalid => Self::RequestInvalid,
            Conclusion::Undeliverable => Self::Undeliverable,
        }
    }
}

/// What the directory server is told of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// `transStatus`
    pub status: Status,
    /// `transStatusReason`
    pub reason: Option<Reason>,
    /// `challengeCancel`
    pub cancel: Option<Cancel>,
}

/// `challengeCancel`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// 01: the cardholder selected cancel.
    ByCardholder,
    /// 04: timed out.
    TimedOut,
    /// 05: timed out, the first CReq never came.
    NeverRequested,
    /// 06: transaction error.
    Error,
}

impl Cancel {
    /// Its two digits.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByCardholder => "01",
            Self::TimedOut => "04",
            Self::NeverRequested => "05",
            Self::Error => "06",
        }
    }
}

/// What the final page posts to the requestor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// A CRes with this status: Y or N alone.
    CRes(Status),
    /// An error message.
    Erro,
    /// Nothing: no browser has come. One that comes too late gets an error message.
    Nothing,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Verified,
        Self::TriesUsedUp,
        Self::Locked,
        Self::Canceled,
        Self::PageExpired,
        Self::NeverRequested,
        Self::RequestInvalid,
        Self::Undeliverable,
        Self::Failed,
    ];

    /// What the directory server is told. The codes are of 2.2.0 and of 2.3.1.
    #[must_use]
    pub fn said(self) -> Said {
        let not = |reason, cancel| Said {
            status: Status::NotAuthenticated,
            reason: Some(reason),
            cancel,
        };
        match self {
            Self::Verified => Said { status: Status::Authenticated, reason: None, cancel: None },
            Self::TriesUsedUp | Self::Locked => not(Reason::MaximumChallenges, None),
            Self::Canceled => not(Reason::AuthenticationFailed, Some(Cancel::ByCardholder)),
            Self::PageExpired => not(Reason::TimedOut, Some(Cancel::TimedOut)),
            Self::NeverRequested => not(Reason::TimedOut, Some(Cancel::NeverRequested)),
            Self::RequestInvalid | Self::Undeliverable | Self::Failed => Said {
                status: Status::NotPossible,
                reason: Some(Reason::TechnicalIssue),
                cancel: Some(Cancel::Error),
            },
        }
    }

    /// What the final page posts.
    #[must_use]
    pub fn posted(self) -> Posted {
        match self {
            Self::Verified => Posted::CRes(Status::Authenticated),
            Self::TriesUsedUp
            | Self::Locked
            | Self::Canceled
            | Self::PageExpired
            | Self::Undeliverable
            | Self::Failed => Posted::CRes(Status::NotAuthenticated),
            Self::RequestInvalid => Posted::Erro,
            Self::NeverRequested => Posted::Nothing,
        }
    }

    /// The outcome when the authentication value could not be made: a payment is not authenticated
    /// without one.
    #[must_use]
    pub fn without_value(self, category: Category) -> Self {
        match (self, category) {
            (Self::Verified, Category::Payment) => Self::Failed,
            (outcome, _) => outcome,
        }
    }

    /// Whether an authentication value is said of it.
    #[must_use]
    pub fn has_value(self, category: Category) -> bool {
        self == Self::Verified && category == Category::Payment
    }

    /// The electronic commerce indicator that is said of it, of those that the programme has.
    #[must_use]
    pub fn eci(self, programme: &Eci) -> Option<&str> {
        match self {
            Self::Verified => programme.authenticated.as_deref(),
            Self::TriesUsedUp | Self::Locked => programme.not_authenticated.as_deref(),
            Self::Canceled
            | Self::PageExpired
            | Self::NeverRequested
            | Self::RequestInvalid
            | Self::Undeliverable
            | Self::Failed => None,
        }
    }
}

/// An RReq: the outcome as the directory server is told it. Repeated, it is the same text.
pub struct RReq<'a> {
    /// The transaction.
    pub of: &'a Transaction,
    /// How it ended.
    pub outcome: Outcome,
    /// How the cardholder got codes, or would have.
    pub method: Method,
    /// How many codes were compared.
    pub tries: u32,
    /// `authenticationValue`
    pub value: Option<&'a str>,
    /// The electronic commerce indicators of the directory server.
    pub eci: &'a Eci,
}

impl RReq<'_> {
    /// The message's text.
    #[must_use]
    pub fn json(&self) -> String {
        /// The largest `interactionCounter`.
        const MOST_TRIES: u32 = 99;
        let Said { status, reason, cancel } = self.outcome.said();
        let tries = match self.outcome {
            Outcome::NeverRequested => 0,
            _ => self.tries.min(MOST_TRIES),
        };
        let mut members: Vec<(&str, Value)> = vec![
            ("threeDSServerTransID", self.of.three_ds_server_trans_id.as_str().into()),
            ("acsTransID", self.of.acs_trans_id.as_str().into()),
            ("dsTransID", self.of.ds_trans_id.as_str().into()),
            ("messageType", MessageType::RReq.as_str().into()),
            ("messageVersion", self.of.version.as_str().into()),
            ("messageCategory", self.of.category.as_str().into()),
            ("transStatus", status.as_str().into()),
        ];
        members.extend(reason.map(|reason| ("transStatusReason", reason.as_str().into())));
        members.extend(cancel.map(|cancel| ("challengeCancel", cancel.as_str().into())));
        members.push(("interactionCounter", format!("{tries:02}").as_str().into()));
        let tried = matches!(status, Status::Authenticated | Status::NotAuthenticated);
        match self.of.version {
            Version::V220 => {
                members.push(("authenticationMethod", self.method.as_str().into()));
                members.extend(tried.then(|| ("authenticationType", Method::TYPE.into())));
            }
            Version::V231 if tried => {
                members.push(("authenticationMethod", methods(&[self.method])))
            }
            Version::V231 => {}
        }
        let value = self.value.filter(|_| self.outcome.has_value(self.of.category));
        members.extend(value.map(|value| ("authenticationValue", value.into())));
        members.extend(self.outcome.eci(self.eci).map(|eci| ("eci", eci.into())));
        object(members)
    }
}

/// In the browser's form post: the field with the CRes.
const CRES_FIELD: &str = "cres";

/// The final CRes of a browser.
fn cres(of: &Transaction, status: Status) -> String {
    object(vec![
        ("threeDSServerTransID", of.three_ds_server_trans_id.as_str().into()),
        ("acsTransID", of.acs_trans_id.as_str().into()),
        ("messageType", MessageType::CRes.as_str().into()),
        ("messageVersion", of.version.as_str().into()),
        ("transStatus", status.as_str().into()),
    ])
}

/// The fields of the final page's form: the message as base64url without padding, and the requestor's
/// session data as it came. `erro` is what is wrong with the CReq that is answered, if anything is. It
/// is posted where the outcome has no CRes; without it, the error is that the CReq came too late, or
/// after the end.
#[must_use]
pub fn final_fields(
    of: &Transaction,
    outcome: Outcome,
    erro: Option<Erro>,
    session_data: Option<&str>,
) -> Vec<(&'static str, String)> {
    let error = |without: fn(&Transaction) -> Erro| {
        (Erro::FIELD, of.says(erro.unwrap_or_else(|| without(of))).json())
    };
    let (name, message) = match outcome.posted() {
        Posted::CRes(status) => (CRES_FIELD, cres(of, status)),
        Posted::Erro => error(CReq::is_over),
        Posted::Nothing => error(CReq::is_late),
    };
    let mut fields = vec![(name, Base64UrlUnpadded::encode_string(message.as_bytes()))];
    fields.extend(session_data.map(|data| (SESSION_DATA_FIELD, data.to_owned())));
    fields
}

#[cfg(test)]
mod tests;
