//! The course of one challenge: from the ARes to the result that the directory server has.
//!
//! A pure function decides every step, with the time as an argument. A challenge has one result,
//! whatever happens after it; telling it is repeated until the directory server has it.

use std::time::Duration;

use minicbor::{Decode, Encode};
use warifu_core::time::Timestamp;

use crate::{
    codes::Method,
    outcome::Outcome,
    rres::Acknowledgement,
    transaction::{Unreadable, read, write},
};

/// How long the first CReq may take after the ARes.
pub const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How long a page may be shown.
pub const PAGE: Duration = Duration::from_secs(600);

/// How a challenge stands. It is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Course {
    /// The first CReq has not come.
    #[n(0)]
    Waiting {
        /// Until when it may come.
        #[n(0)]
        until: Timestamp,
    },
    /// A page is shown.
    #[n(1)]
    Shown {
        /// Until when the cardholder may act on it.
        #[n(0)]
        until: Timestamp,
        /// What the requestor gets back with the result.
        #[n(1)]
        session_data: Option<String>,
        /// How many codes were compared.
        #[n(2)]
        tries: u32,
    },
    /// It has ended.
    #[n(2)]
    Ended {
        /// What the requestor gets back with the result.
        #[n(0)]
        session_data: Option<String>,
        /// Its one result.
        #[n(1)]
        result: Ended,
        /// Whether the directory server has it.
        #[n(2)]
        telling: Telling,
    },
}

/// The result of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ended {
    /// How it ended.
    #[n(0)]
    pub outcome: Outcome,
    /// How many codes were compared.
    #[n(1)]
    pub tries: u32,
    /// How the cardholder got codes, or would have.
    #[n(2)]
    pub method: Method,
    /// When.
    #[n(3)]
    pub at: Timestamp,
}

/// Whether the directory server has a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Telling {
    /// It is to be told.
    #[n(0)]
    Due {
        /// When the next attempt is made.
        #[n(0)]
        at: Timestamp,
        /// How many attempts were made.
        #[n(1)]
        attempts: u32,
    },
    /// It has acknowledged the result.
    #[n(1)]
    Told,
    /// It has refused it for good.
    #[n(2)]
    Refused,
}

/// What happens to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A valid CReq came, with what the requestor wants back.
    Requested {
        /// `threeDSSessionData`
        session_data: Option<String>,
    },
    /// A page was shown again: after a wrong code, a resend, or a refresh.
    PageShown {
        /// How many codes were compared.
        tries: u32,
    },
    /// It came to an end.
    Ended {
        /// How.
        outcome: Outcome,
        /// How many codes were compared.
        tries: u32,
    },
    /// The directory server was asked to take the result, and answered.
    Answered(Acknowledgement),
    /// It was asked and did not answer in time, or could not be reached.
    NotAnswered,
    /// Time has passed.
    Tick,
}

/// What the browser that caused an event gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The form.
    Form,
    /// The final page with this result.
    FinalPage(Ended),
    /// The final page with the error about a CReq that came too late (402).
    TooLate,
}

impl Course {
    /// The course of a challenge whose ARes is sent now.
    #[must_use]
    pub fn opened(now: Timestamp) -> Self {
        Self::Waiting { until: now.plus(FIRST_REQUEST) }
    }

    /// The course after an event. `method` is how the cardholder gets codes.
    #[must_use]
    pub fn after(self, event: Event, method: Method, now: Timestamp) -> Self {
        let course = self.settled(method, now);
        let shown = now.plus(PAGE);
        match (course, event) {
            (Self::Waiting { .. }, Event::Requested { session_data }) => {
                Self::Shown { until: shown, session_data, tries: 0 }
            }
            // The same CReq again goes on with what the first has brought.
            (Self::Shown { session_data, tries, .. }, Event::Requested { .. }) => {
                Self::Shown { until: shown, session_data, tries }
            }
            (Self::Shown { session_data, .. }, Event::PageShown { tries }) => {
                Self::Shown { until: shown, session_data, tries }
            }
            (Self::Waiting { .. }, Event::Ended { outcome, tries }) => {
                Self::ended(None, Ended { outcome, tries, method, at: now })
            }
            (Self::Shown { session_data, .. }, Event::Ended { outcome, tries }) => {
                Self::ended(session_data, Ended { outcome, tries, method, at: now })
            }
            (Self::Ended { session_data, result, telling }, event) => {
                Self::Ended { session_data, result, telling: telling.after(&event, now) }
            }
            (course, _) => course,
        }
    }

    /// Ends what ran out.
    fn settled(self, method: Method, now: Timestamp) -> Self {
        match self {
            Self::Waiting { until } if until <= now => {
                let outcome = Outcome::NeverRequested;
                Self::ended(None, Ended { outcome, tries: 0, method, at: until })
            }
            Self::Shown { until, session_data, tries } if until <= now => {
                let outcome = Outcome::PageExpired;
                Self::ended(session_data, Ended { outcome, tries, method, at: until })
            }
            course => course,
        }
    }

    /// Whoever ends it tells the result at once. What is due is for when that fails.
    fn ended(session_data: Option<String>, result: Ended) -> Self {
        let telling = Telling::Due { at: result.at.plus(wait_after(0)), attempts: 0 };
        Self::Ended { session_data, result, telling }
    }

    /// What a browser gets.
    #[must_use]
    pub fn next(&self) -> Next {
        match self {
            Self::Waiting { .. } | Self::Shown { .. } => Next::Form,
            Self::Ended { result, .. } if result.outcome == Outcome::NeverRequested => {
                Next::TooLate
            }
            Self::Ended { result, .. } => Next::FinalPage(*result),
        }
    }

    /// The result, once there is one.
    #[must_use]
    pub fn result(&self) -> Option<Ended> {
        match self {
            Self::Waiting { .. } | Self::Shown { .. } => None,
            Self::Ended { result, .. } => Some(*result),
        }
    }

    /// When something is to be done: an end by time, or an attempt to tell the result.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { until } | Self::Shown { until, .. } => Some(*until),
            Self::Ended { telling: Telling::Due { at, .. }, .. } => Some(*at),
            Self::Ended { telling: Telling::Told | Telling::Refused, .. } => None,
        }
    }

    /// Its stored form.
    ///
    /// # Errors
    /// None in practice: memory is all that is written to.
    pub fn write(&self) -> Result<String, Unreadable> {
        write(self)
    }

    /// Reads a stored form.
    ///
    /// # Errors
    /// [`Unreadable`] for bytes that this version does not know.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        read(text)
    }
}

impl Telling {
    fn after(self, event: &Event, now: Timestamp) -> Self {
        let Self::Due { attempts, .. } = self else { return self };
        match event {
            Event::Answered(Acknowledgement::Received) => Self::Told,
            Event::Answered(Acknowledgement::Refused { .. }) => Self::Refused,
            Event::Answered(Acknowledgement::Invalid(_)) | Event::NotAnswered => Self::Due {
                at: now.plus(wait_after(attempts)),
                attempts: attempts.saturating_add(1),
            },
            Event::Requested { .. }
            | Event::PageShown { .. }
            | Event::Ended { .. }
            | Event::Tick => self,
        }
    }
}

/// How long to wait after an attempt that failed, when so many were made before it: 10 seconds, 20,
/// 40, and so on, at most an hour.
#[must_use]
pub fn wait_after(attempts: u32) -> Duration {
    const FIRST: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(3600);
    let factor = 2_u32.checked_pow(attempts).unwrap_or(u32::MAX);
    FIRST.saturating_mul(factor).min(LONGEST)
}

/// The attempts to tell a result while the cardholder waits: one, and a second at once if no connection
/// could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The first.
    First,
    /// The second.
    Second,
}

impl Attempt {
    /// How long the cardholder waits in all.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// How long this attempt may take, when the cardholder has waited so long; `None` if it is not made.
    #[must_use]
    pub fn patience(self, waited: Duration) -> Option<Duration> {
        Self::PATIENCE.checked_sub(waited).filter(|left| !left.is_zero())
    }

    /// The attempt after this one, if no connection could be made.
    #[must_use]
    pub fn unconnected(self) -> Option<Self> {
        match self {
            Self::First => Some(Self::Second),
            Self::Second => None,
        }
    }
}

#[cfg(test)]
mod tests;
