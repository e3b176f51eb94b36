//! What happened, as values for the templates, which have the sentences.

use warifu_core::{
    cardholder::{DeliveryState, Ended, View},
    contact::{Channel, Via},
    display,
    locale::Locale,
    time::Timestamp,
};

use super::in_both_languages;
use crate::problem::{Problem, ProblemCode};

/// Why something was refused, as far as the cardholder may know.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    WrongCode { tries_left: u32 },
    MalformedCode,
    CodeExpired,
    CodeNotSent,
    CodeUsed,
    AppCodeExpected,
    ResendTooSoon { seconds: u64 },
    NoResendsLeft,
    DestinationLimited { seconds: u64 },
    DestinationTooNew { seconds: u64 },
    RateLimited { seconds: u64 },
    Locked { until: Timestamp },
    SignInNeeded,
    NotEnrolled,
    Verified,
    Failed,
    Expired,
    Canceled,
    FraudReported,
    NotFound,
    OriginNotAllowed,
    Unsupported,
    TooLarge,
    SessionNotFound,
    SessionExpired,
    SessionOver,
    SessionChanged,
    SessionCanceled,
    SessionFailed,
    NothingOffered,
    ChannelNotOffered,
    TermsChanged,
    Elsewhere,
    Fault,
}

impl Reason {
    /// The reason that says how a challenge ended.
    pub(crate) fn of_end(ended: Ended) -> Self {
        match ended {
            Ended::Verified => Self::Verified,
            Ended::Failed => Self::Failed,
            Ended::Expired => Self::Expired,
            Ended::Canceled => Self::Canceled,
        }
    }

    /// Why wrong codes keep a challenge from sending and comparing codes, if they do.
    pub(crate) fn of_lock(seen: &View) -> Option<Self> {
        let until = seen.locked_until.map(|until| Self::Locked { until });
        until.or(seen.sign_in_needed.then_some(Self::SignInNeeded))
    }

    pub(crate) fn of(problem: &Problem) -> Self {
        let seconds = problem.facts.retry_after.unwrap_or_default();
        match problem.code {
            ProblemCode::WrongCode => {
                Self::WrongCode { tries_left: problem.facts.tries_left.unwrap_or_default() }
            }
            ProblemCode::MalformedCode => Self::MalformedCode,
            ProblemCode::CodeExpired => Self::CodeExpired,
            ProblemCode::CodeNotSent => Self::CodeNotSent,
            // The refused code spent the last try, so the challenge has failed.
            ProblemCode::CodeUsed if problem.facts.tries_left == Some(0) => Self::Failed,
            ProblemCode::CodeUsed => Self::CodeUsed,
            ProblemCode::AppCodeExpected => Self::AppCodeExpected,
            ProblemCode::ResendTooSoon => Self::ResendTooSoon { seconds },
            ProblemCode::NoResendsLeft => Self::NoResendsLeft,
            ProblemCode::DestinationLimited => Self::DestinationLimited { seconds },
            ProblemCode::RateLimited => Self::RateLimited { seconds },
            ProblemCode::DestinationTooNew => Self::DestinationTooNew { seconds },
            ProblemCode::CardholderLocked => match problem.facts.locked_until {
                Some(until) => Self::Locked { until },
                None => Self::SignInNeeded,
            },
            ProblemCode::NotEnrolled => Self::NotEnrolled,
            ProblemCode::ChallengeVerified => Self::Verified,
            ProblemCode::ChallengeFailed => Self::Failed,
            ProblemCode::ChallengeExpired => Self::Expired,
            ProblemCode::ChallengeCanceled => Self::Canceled,
            ProblemCode::ChallengeNotFound | ProblemCode::NotFound => Self::NotFound,
            ProblemCode::OriginNotAllowed => Self::OriginNotAllowed,
            ProblemCode::InvalidRequest
            | ProblemCode::UnsupportedMediaType
            | ProblemCode::MethodNotAllowed
            | ProblemCode::MisdirectedRequest => Self::Unsupported,
            ProblemCode::BodyTooLarge => Self::TooLarge,
            ProblemCode::EnrollmentSessionNotFound => Self::SessionNotFound,
            ProblemCode::EnrollmentSessionExpired => Self::SessionExpired,
            ProblemCode::EnrollmentSessionUsed => Self::SessionOver,
            ProblemCode::NoDestination => Self::NothingOffered,
            ProblemCode::ChannelNotOffered => Self::ChannelNotOffered,
            ProblemCode::TermsChanged => Self::TermsChanged,
            ProblemCode::MissingKey
            | ProblemCode::InvalidKey
            | ProblemCode::InsufficientScope
            | ProblemCode::TooManyWrongKeys
            | ProblemCode::TooManyUnknownCardholders
            | ProblemCode::InvalidSignature
            | ProblemCode::CardholderNotFound
            | ProblemCode::MerchantNotFound
            | ProblemCode::KeyNotFound
            | ProblemCode::EndpointNotFound
            | ProblemCode::EventsNotSetUp
            | ProblemCode::UnknownCardholder
            | ProblemCode::CountryNotAllowed
            | ProblemCode::TooManyCards
            | ProblemCode::IdempotencyConflict
            | ProblemCode::InsufficientUserAuthentication
            | ProblemCode::Misconfigured
            | ProblemCode::Internal
            | ProblemCode::Unavailable => Self::Fault,
        }
    }
}

/// What happened to a challenge or to its newest send.
#[derive(Clone, Copy)]
pub(crate) enum StatusMessage {
    Sending { send: u32 },
    Sent { send: u32 },
    Delivered { send: u32 },
    Diverting,
    Diverted,
    Unconfirmed { send: u32, next: Next },
    Lost { bounced: bool, next: Next },
    Verified,
    Canceled,
}

/// What the cardholder can do about a code that will not come, or perhaps will not.
#[derive(Clone, Copy)]
pub(crate) enum Next {
    Resend,
    Email,
    Nothing,
}

impl Next {
    fn can_resend(self) -> bool {
        match self {
            Self::Resend | Self::Email => true,
            Self::Nothing => false,
        }
    }
}

impl StatusMessage {
    /// How the newest send stands; `None` where there is none.
    pub(crate) fn of(view: &View) -> Option<Self> {
        let send = view.send;
        let next = match view.diverts {
            _ if view.resends_left == 0 => Next::Nothing,
            true => Next::Email,
            false => Next::Resend,
        };
        Some(match view.delivery? {
            DeliveryState::Sending if view.diverted => Self::Diverting,
            DeliveryState::Sending => Self::Sending { send },
            DeliveryState::Unconfirmed => Self::Unconfirmed { send, next },
            DeliveryState::Sent if view.diverted => Self::Diverted,
            DeliveryState::Sent => Self::Sent { send },
            DeliveryState::Delivered => Self::Delivered { send },
            DeliveryState::Bounced => Self::Lost { bounced: true, next },
            DeliveryState::Failed => Self::Lost { bounced: false, next },
        })
    }
}

pub(crate) struct RefusalView {
    reason: Reason,
}

pub(crate) struct EventView {
    event: StatusMessage,
}

pub(crate) struct SentView<'a> {
    phone: bool,
    to: &'a str,
    /// How the newest send stands; `None` where an app makes the codes.
    event: Option<StatusMessage>,
    /// The number of the send, as the message has it. A cardholder knows a late message by it.
    send: u32,
}

impl SentView<'_> {
    fn diverted(&self) -> bool {
        matches!(self.event, Some(StatusMessage::Diverting | StatusMessage::Diverted))
    }
}

pub(crate) struct PausedView<'a> {
    /// The host of the member site; empty where it is not said.
    site: &'a str,
}

pub(crate) struct MethodView<'a> {
    via: Option<&'a Via>,
}

in_both_languages!(render_refusal, RefusalView, "refusal.ja.txt", "refusal.en.txt");
in_both_languages!(render_event, EventView, "status.ja.txt", "status.en.txt");
in_both_languages!(render_sent, SentView<'v>, "sent.ja.txt", "sent.en.txt");
in_both_languages!(
    render_paused,
    PausedView<'v>,
    "three-ds-refused.ja.txt",
    "three-ds-refused.en.txt"
);
in_both_languages!(render_method, MethodView<'v>, "method.ja.txt", "method.en.txt");

/// A refusal in one sentence that says what to do.
pub(crate) fn refusal(locale: Locale, reason: Reason) -> Result<String, askama::Error> {
    Ok(render_refusal(locale, &RefusalView { reason })?.trim().to_owned())
}

/// What a buyer does whose purchase by 3-D Secure was refused for wrong codes: at most `most` characters. A
/// host of the member site that makes it longer is left out.
pub(crate) fn paused(locale: Locale, site: &str, most: usize) -> Result<String, askama::Error> {
    let said = |site| Ok(render_paused(locale, &PausedView { site })?.trim().to_owned());
    let with_site: String = said(site)?;
    if with_site.chars().count() <= most { Ok(with_site) } else { said("") }
}

/// What happened to a challenge or to its newest send, in one sentence.
pub(crate) fn event(locale: Locale, event: StatusMessage) -> Result<String, askama::Error> {
    Ok(render_event(locale, &EventView { event })?.trim().to_owned())
}

/// How codes come, or that they do not.
pub(crate) fn method(locale: Locale, via: Option<&Via>) -> Result<String, askama::Error> {
    Ok(unbroken(&render_method(locale, &MethodView { via })?))
}

/// The sentence that says where the cardholder finds the code; empty where none is on its way.
pub(crate) fn sent(locale: Locale, view: &View) -> Result<String, askama::Error> {
    let Some(via) = &view.via else { return Ok(String::new()) };
    let event = match StatusMessage::of(view) {
        Some(StatusMessage::Delivered { .. }) if view.diverted => Some(StatusMessage::Diverted),
        event => event,
    };
    if event.is_none() && via != &Via::App {
        return Ok(String::new());
    }
    let to = via.destination().unwrap_or_default();
    let send = match event {
        // A send that every provider refused may have been taken back, and its number is then used
        // again: it is shown without one.
        Some(StatusMessage::Lost { .. }) => 1,
        Some(
            StatusMessage::Sending { .. }
            | StatusMessage::Sent { .. }
            | StatusMessage::Delivered { .. }
            | StatusMessage::Diverting
            | StatusMessage::Diverted
            | StatusMessage::Unconfirmed { .. }
            | StatusMessage::Verified
            | StatusMessage::Canceled,
        )
        | None => view.send,
    };
    let view = SentView { phone: via.channel() == Channel::Sms, to, event, send };
    Ok(unbroken(render_sent(locale, &view)?.trim()))
}

/// A sentence in whose masked number no line ends: word joiners forbid what the hyphen in it allows
/// (UAX 14, class WJ).
pub(crate) fn unbroken(sentence: &str) -> String {
    sentence.replace("*-*", "*-\u{2060}*")
}

#[cfg(test)]
mod tests;
