//! A session whose token was shown.

use warifu_core::{
    cardholder::{Command, Refusal, Reply, SessionCommand, SessionEnd, SessionView},
    enrollment::{EnrollmentToken, SessionId},
    ids::CardholderId,
};

use crate::{
    cardholder_client,
    http::Incoming,
    limits,
    log::Caller,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    routes::unexpected,
};

/// A session whose token was shown. Whether it is still open is for the cardholder object.
pub(super) struct Entered {
    pub(super) session: SessionId,
    pub(super) cardholder: CardholderId,
    /// The pages' address, which their posts go below.
    pub(super) action: String,
}

/// Why the procedure does not go on, and how the session stands, if there is one.
pub(super) struct Stop {
    pub(super) problem: Problem,
    pub(super) session: Option<SessionView>,
}

impl Stop {
    /// The stop of a session that is over.
    pub(super) fn over(end: SessionEnd, session: SessionView) -> Self {
        Self { problem: Problem::refused(Refusal::SessionOver(end)), session: Some(session) }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self { problem, session: None }
    }
}

impl Entered {
    /// Checks a token. Calls with a token of ours are limited by its session, others by their
    /// address; nothing is looked up for them.
    pub(super) async fn by(
        ctx: &RequestContext,
        incoming: &Incoming,
        token: &str,
    ) -> Result<Self, Problem> {
        let ours = |presented: &EnrollmentToken| {
            let (session, cardholder) = (presented.session(), presented.cardholder());
            let mut keys = ctx.config.master_keys();
            keys.any(|key| EnrollmentToken::derive(key, session, cardholder).matches(presented))
        };
        let Some(presented) = EnrollmentToken::parse(token).ok().filter(ours) else {
            limits::address(ctx, incoming).await?;
            return Err(ProblemCode::EnrollmentSessionNotFound.problem());
        };
        let (session, cardholder) = (presented.session(), presented.cardholder());
        limits::form(ctx, session.as_str()).await?;
        ctx.called_by(Caller::Cardholder);
        ctx.is_about(cardholder);
        Ok(Self {
            session: session.clone(),
            cardholder: cardholder.clone(),
            action: format!("/enrollment/{token}"),
        })
    }

    /// Has a command decided in this session. The state behind the reply is durable.
    pub(super) async fn ask(
        &self,
        ctx: &RequestContext,
        command: SessionCommand,
    ) -> Result<SessionView, Stop> {
        let command = Command::Enrollment { session: self.session.clone(), command };
        match cardholder_client::ask(ctx, &self.cardholder, command).await? {
            Reply::Session(session) => Ok(session),
            // The cardholder was erased meanwhile, and the session with them.
            Reply::NotEnrolling(Refusal::UnknownCardholder, _) => {
                Err(ProblemCode::EnrollmentSessionNotFound.problem().into())
            }
            Reply::NotEnrolling(refusal, session) => {
                Err(Stop { problem: Problem::refused(refusal), session })
            }
            other => Err(unexpected(other).into()),
        }
    }
}

#[cfg(test)]
mod tests;
