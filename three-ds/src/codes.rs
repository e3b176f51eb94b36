//! Codes of outcomes that several messages have.

/// `transStatus`, as far as we say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Y
    Authenticated,
    /// N
    NotAuthenticated,
    /// U
    NotPossible,
    /// C
    Challenge,
    /// I
    Informational,
}

impl Status {
    /// Its letter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authenticated => "Y",
            Self::NotAuthenticated => "N",
            Self::NotPossible => "U",
            Self::Challenge => "C",
            Self::Informational => "I",
        }
    }
}

/// `transStatusReason`, as far as we say it. All are of 2.2.0 or older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// 01: card authentication failed.
    AuthenticationFailed,
    /// 03: unsupported device.
    UnsupportedDevice,
    /// 04: exceeds authentication frequency limit.
    FrequencyLimit,
    /// 07: invalid transaction.
    InvalidTransaction,
    /// 08: no card record.
    NoCardRecord,
    /// 12: transaction not permitted to cardholder.
    NotPermitted,
    /// 13: cardholder not enrolled in service.
    NotEnrolled,
    /// 14: transaction timed out at the access control server.
    TimedOut,
    /// 19: exceeds the access control server's maximum of challenges.
    MaximumChallenges,
    /// 20: non-payment transaction not supported.
    NonPaymentNotSupported,
    /// 21: 3RI transaction not supported.
    RequestorInitiatedNotSupported,
    /// 22: technical issue of the access control server.
    TechnicalIssue,
}

impl Reason {
    /// Its two digits.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthenticationFailed => "01",
            Self::UnsupportedDevice => "03",
            Self::FrequencyLimit => "04",
            Self::InvalidTransaction => "07",
            Self::NoCardRecord => "08",
            Self::NotPermitted => "12",
            Self::NotEnrolled => "13",
            Self::TimedOut => "14",
            Self::MaximumChallenges => "19",
            Self::NonPaymentNotSupported => "20",
            Self::RequestorInitiatedNotSupported => "21",
            Self::TechnicalIssue => "22",
        }
    }
}

/// How a cardholder gets codes, as `authenticationMethod` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// 02: a text message.
    Sms,
    /// 04: an authenticator app.
    App,
    /// 05: another way, here e-mail.
    Email,
}

impl Method {
    /// `authenticationType` of every method: dynamic.
    pub const TYPE: &'static str = "02";

    /// Its two digits.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "02",
            Self::App => "04",
            Self::Email => "05",
        }
    }
}
