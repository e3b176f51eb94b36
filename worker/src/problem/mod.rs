//! Every refusal on the wire: the one place that knows status codes (RFC 9457).

mod code;

pub(crate) use code::ProblemCode;

use std::ops::Deref;

use warifu_core::{
    cardholder::{Ended, Refusal, Seconds, SessionEnd, Status, TriesLeft},
    contact::Country,
    time::Timestamp,
    wire::Unreadable,
};
use warifu_delivery::{
    json::{Json, Misfit},
    settings::SettingError,
};

use crate::response::Response;

/// What a problem says beyond its code.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) field: Option<String>,
    /// The narrowest scope of an issuer's key that allows what was asked.
    pub(crate) scope: Option<&'static str>,
    pub(crate) tries_left: Option<u32>,
    pub(crate) challenge_status: Option<Status>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) locked_until: Option<Timestamp>,
    /// Where a form's browser goes on, once its challenge has ended.
    pub(crate) return_to: Option<String>,
}

/// A refusal, or a fault of ours. Boxed: every fallible function returns it, and a small error
/// type is a fifth of the Worker's code.
pub(crate) struct Problem(Box<Particulars>);

pub(crate) struct Particulars {
    pub(crate) code: ProblemCode,
    pub(crate) facts: Facts,
    /// In place of the code's own sentence.
    detail: Option<String>,
    allow: Option<&'static str>,
    /// For the log only.
    cause: Option<String>,
}

impl ProblemCode {
    /// The problem that says nothing but this code.
    pub(crate) fn problem(self) -> Problem {
        Problem(Box::new(Particulars {
            code: self,
            facts: Facts::default(),
            detail: None,
            allow: None,
            cause: None,
        }))
    }

    /// The problem of this code in words of the occasion.
    pub(crate) fn saying(self, detail: &str) -> Problem {
        let mut problem = self.problem();
        problem.0.detail = Some(detail.to_owned());
        problem
    }
}

impl Deref for Problem {
    type Target = Particulars;

    fn deref(&self) -> &Particulars {
        &self.0
    }
}

impl Problem {
    /// A field that cannot be taken, and what it must be.
    pub(crate) fn field(field: &str, must: impl Into<String>) -> Self {
        let mut problem = ProblemCode::InvalidRequest.problem();
        problem.0.facts.field = Some(field.to_owned());
        problem.0.detail = Some(format!("{field} must {}.", must.into()));
        problem
    }

    /// A number of a country that no text messages are sent to; `allowed` are those that get them.
    pub(crate) fn country_not_allowed(allowed: &[Country]) -> Self {
        let allowed: Vec<_> = allowed.iter().map(Country::as_str).collect();
        let allowed = allowed.join(", ");
        let mut problem = ProblemCode::CountryNotAllowed
            .saying(&format!("phone must be a number of one of these countries: {allowed}."));
        problem.0.facts.field = Some("phone".to_owned());
        problem
    }

    pub(crate) fn invalid(detail: &str) -> Self {
        ProblemCode::InvalidRequest.saying(detail)
    }

    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        let mut problem = ProblemCode::MethodNotAllowed.problem();
        problem.0.allow = Some(allow);
        problem
    }

    pub(crate) fn rate_limited(seconds: u64) -> Self {
        ProblemCode::RateLimited.problem().after(seconds)
    }

    /// The address of a wrong key has sent too many of them.
    pub(crate) fn too_many_wrong_keys(seconds: u64) -> Self {
        ProblemCode::TooManyWrongKeys.problem().after(seconds)
    }

    /// The merchant was told of too many cardholders that they are unknown or not enrolled.
    pub(crate) fn too_many_unknown_cardholders(seconds: u64) -> Self {
        ProblemCode::TooManyUnknownCardholders.problem().after(seconds)
    }

    /// A key of the issuer is right, and its scope is too narrow for this.
    pub(crate) fn insufficient_scope(needed: &'static str) -> Self {
        let mut problem = ProblemCode::InsufficientScope.problem();
        problem.0.facts.scope = Some(needed);
        problem
    }

    /// Our storage did not answer. Nothing was decided, or it is unknown whether something was.
    pub(crate) fn unavailable(cause: impl ToString) -> Self {
        ProblemCode::Unavailable.problem().caused_by(cause.to_string()).after(1)
    }

    pub(crate) fn internal(cause: impl ToString) -> Self {
        ProblemCode::Internal.problem().caused_by(cause.to_string())
    }

    /// The deployment lacks something; only the log says what.
    pub(crate) fn misconfigured(name: &str, must: &str) -> Self {
        ProblemCode::Misconfigured.problem().caused_by(format!("{name} must {must}"))
    }

    /// A binding of this name is missing, or is of another kind.
    pub(crate) fn unbound(name: &str) -> Self {
        Self::misconfigured(name, "be bound")
    }

    /// Nobody would see the answer: the browser looked ahead, or asked for no page. Nothing is wrong,
    /// and it asks again when somebody looks.
    pub(crate) fn not_shown() -> Self {
        ProblemCode::Unavailable.problem().after(1)
    }

    /// What went wrong with us, for the log only.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    fn caused_by(mut self, cause: String) -> Self {
        self.0.cause = Some(cause);
        self
    }

    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.0.facts.retry_after = Some(seconds);
        self
    }

    fn tries(mut self, tries_left: u32) -> Self {
        self.0.facts.tries_left = Some(tries_left);
        self
    }

    pub(crate) fn malformed_code(tries_left: u32) -> Self {
        ProblemCode::MalformedCode.problem().tries(tries_left)
    }

    /// Says where a browser goes on, if anywhere.
    pub(crate) fn leading_to(mut self, address: Option<String>) -> Self {
        self.0.facts.return_to = address;
        self
    }

    /// The challenge is over, so what was asked came too late.
    pub(crate) fn ended(ended: Ended) -> Self {
        let code = match ended {
            Ended::Verified => ProblemCode::ChallengeVerified,
            Ended::Failed => ProblemCode::ChallengeFailed,
            Ended::Expired => ProblemCode::ChallengeExpired,
            Ended::Canceled => ProblemCode::ChallengeCanceled,
        };
        let mut problem = code.problem();
        problem.0.facts.challenge_status = Some(ended.into());
        problem
    }

    /// The problem of a rule's refusal.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownCardholder => ProblemCode::UnknownCardholder.problem(),
            // No caller of the API asks by a card.
            Refusal::UnknownCard => ProblemCode::UnknownCardholder.problem(),
            Refusal::TooManyCards => ProblemCode::TooManyCards.problem(),
            Refusal::NotEnrolled => ProblemCode::NotEnrolled.problem(),
            Refusal::Locked(until) => Self::locked(Some(until)),
            Refusal::SignInNeeded => Self::locked(None),
            Refusal::DestinationTooNew(Seconds(seconds)) => {
                ProblemCode::DestinationTooNew.problem().after(seconds)
            }
            Refusal::RecordConflict => ProblemCode::IdempotencyConflict.problem(),
            Refusal::UnknownChallenge => ProblemCode::ChallengeNotFound.problem(),
            // A merchant cannot alter a record, and must not learn that the difference was noticed.
            Refusal::RecordAltered => {
                ProblemCode::ChallengeNotFound.problem().caused_by("record altered".to_owned())
            }
            Refusal::Ended(ended) => Self::ended(ended),
            Refusal::WrongCode(tries_left) => Self::not_taken(ProblemCode::WrongCode, tries_left),
            Refusal::CodeExpired(TriesLeft(tries_left)) => {
                ProblemCode::CodeExpired.problem().tries(tries_left)
            }
            Refusal::CodeNotSent => ProblemCode::CodeNotSent.problem(),
            Refusal::ResendTooSoon(Seconds(seconds)) => {
                ProblemCode::ResendTooSoon.problem().after(seconds)
            }
            Refusal::NoResendsLeft => ProblemCode::NoResendsLeft.problem(),
            Refusal::DestinationLimited(Seconds(seconds)) => {
                ProblemCode::DestinationLimited.problem().after(seconds)
            }
            Refusal::TooManyChallenges(Seconds(seconds)) => Self::rate_limited(seconds),
            Refusal::CodeUsed(tries_left) => Self::not_taken(ProblemCode::CodeUsed, tries_left),
            Refusal::AppCodeExpected => ProblemCode::AppCodeExpected.problem(),
            Refusal::UnknownSession => ProblemCode::EnrollmentSessionNotFound.problem(),
            Refusal::SessionOver(SessionEnd::Expired) => {
                ProblemCode::EnrollmentSessionExpired.problem()
            }
            Refusal::SessionOver(
                SessionEnd::Changed | SessionEnd::Canceled | SessionEnd::Failed,
            ) => ProblemCode::EnrollmentSessionUsed.problem(),
            Refusal::ChannelNotOffered => ProblemCode::ChannelNotOffered.problem(),
            Refusal::SignInNotEnough => ProblemCode::InsufficientUserAuthentication.problem(),
        }
    }

    /// The problem of a code that spent a try and verified nothing.
    fn not_taken(code: ProblemCode, TriesLeft(tries_left): TriesLeft) -> Self {
        let mut problem = code.problem().tries(tries_left);
        let status = if tries_left == 0 { Status::Failed } else { Status::Pending };
        problem.0.facts.challenge_status = Some(status);
        problem
    }

    /// The cardholder is locked until this time, or until they sign in at the member site.
    fn locked(until: Option<Timestamp>) -> Self {
        let mut problem = ProblemCode::CardholderLocked.problem();
        problem.0.facts.locked_until = until;
        problem
    }

    /// What to do about it.
    pub(crate) fn detail(&self) -> String {
        let (_, _, advice) = self.code.row();
        self.detail.clone().unwrap_or_else(|| advice.to_owned())
    }

    /// Writes the problem; `detail` is the sentence in the reader's language, if it has one.
    pub(crate) fn answer(&self, origin: &str, detail: Option<String>) -> Response {
        let (status, title, _) = self.code.row();
        let detail = detail.unwrap_or_else(|| self.detail());
        let slug = self.code.slug();
        let facts = &self.facts;
        let members = [
            ("type", format!("{origin}/problems/{slug}").into()),
            ("title", title.into()),
            ("status", u64::from(status).into()),
            ("code", self.code.name().into()),
            ("detail", detail.into()),
            ("field", facts.field.as_deref().into()),
            ("scope", facts.scope.into()),
            ("tries_left", facts.tries_left.map(u64::from).into()),
            ("challenge_status", facts.challenge_status.map(|status| status.as_str()).into()),
            ("retry_after", facts.retry_after.into()),
            ("locked_until", facts.locked_until.map(|until| until.rfc3339()).into()),
            ("return_to", facts.return_to.as_deref().into()),
        ];
        let known = members.into_iter().filter(|(_, fact)| !matches!(fact, Json::Null));
        let body = Json::object(known).written();
        self.mark(Response::with_body(status, "application/problem+json", body))
    }

    /// Adds what belongs to this problem whatever its body is: status and headers.
    pub(crate) fn mark(&self, response: Response) -> Response {
        let mut response = response.with_status(self.code.status());
        if let Some(seconds) = self.facts.retry_after {
            response = response.with_header("Retry-After", seconds.to_string());
        }
        if let Some(allow) = self.allow {
            response = response.with_header("Allow", allow);
        }
        if self.code.status() == 401 {
            response = response.with_header("WWW-Authenticate", "Bearer");
        }
        response
    }
}

impl From<serde_json::Error> for Problem {
    fn from(_: serde_json::Error) -> Self {
        // The error's text can quote the value that was written.
        Self::internal("JSON of our own could not be written")
    }
}

impl From<worker::Error> for Problem {
    fn from(_: worker::Error) -> Self {
        // The error's text can quote what was asked for, such as a key of KV.
        Self::unavailable("a binding of the platform failed")
    }
}

impl From<worker::KvError> for Problem {
    fn from(error: worker::KvError) -> Self {
        worker::Error::from(error).into()
    }
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        // A deployment is rolling out: Worker and object are of one version again in a moment.
        Self::unavailable(format!("an object's answer is {}", why.as_str()))
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<SettingError> for Problem {
    fn from(error: SettingError) -> Self {
        ProblemCode::Misconfigured.problem().caused_by(error.to_string())
    }
}

impl From<Misfit> for Problem {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Field { name, must } => Self::field(&name, must),
            Misfit::Body(detail) => Self::invalid(detail),
        }
    }
}

#[cfg(test)]
mod tests;
