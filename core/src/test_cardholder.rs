//! The cardholders of test mode, and the code of theirs. The rules name them; what else a test has, in
//! [`crate::test_mode`], names the rules' neighbours.

use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;

use crate::code::SubmittedCode;

/// A cardholder of test mode. Each forces one course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum TestCardholder {
    /// Gets codes by e-mail.
    #[n(0)]
    Verified,
    /// Gets codes by SMS.
    #[n(1)]
    Sms,
    /// Has an authenticator app.
    #[n(2)]
    App,
    /// Every code is wrong.
    #[n(3)]
    WrongCode,
    /// The challenge expires after some seconds.
    #[n(4)]
    Expired,
    /// Wrong codes in earlier challenges keep this one out.
    #[n(5)]
    Locked,
    /// The destination takes no more messages.
    #[n(6)]
    SendLimit,
    /// The provider says that the destination cannot be reached.
    #[n(7)]
    Undeliverable,
    /// The provider does not answer in time.
    #[n(8)]
    SlowProvider,
    /// The message comes back.
    #[n(9)]
    Bounced,
    /// No channel is chosen.
    #[n(10)]
    NotEnrolled,
}

impl TestCardholder {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::Verified,
        Self::Sms,
        Self::App,
        Self::WrongCode,
        Self::Expired,
        Self::Locked,
        Self::SendLimit,
        Self::Undeliverable,
        Self::SlowProvider,
        Self::Bounced,
        Self::NotEnrolled,
    ];

    /// Its id, which a merchant names. For a live key it is an id like any other.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "test_verified",
            Self::Sms => "test_sms",
            Self::App => "test_app",
            Self::WrongCode => "test_wrong_code",
            Self::Expired => "test_expired",
            Self::Locked => "test_locked",
            Self::SendLimit => "test_send_limit",
            Self::Undeliverable => "test_undeliverable",
            Self::SlowProvider => "test_slow_provider",
            Self::Bounced => "test_bounced",
            Self::NotEnrolled => "test_not_enrolled",
        }
    }

    /// The one of this id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == id)
    }

    /// The right code; `None` where every code is wrong.
    #[must_use]
    pub fn right_code(self) -> Option<TestCode> {
        (self != Self::WrongCode).then_some(TestCode)
    }
}

/// The code of every test challenge. No message to a provider can carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestCode;

impl TestCode {
    const DIGITS: &str = "123456";

    /// The digits.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::DIGITS
    }

    /// Whether it was typed.
    #[must_use]
    pub(crate) fn matches(self, submitted: &SubmittedCode) -> bool {
        bool::from(Self::DIGITS.as_bytes().ct_eq(submitted.digits().as_bytes()))
    }
}
