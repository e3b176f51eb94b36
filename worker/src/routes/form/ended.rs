//! Codes and wishes for another send that come to a challenge of which this isolate knows that it
//! ended: refused without KV and object, as both would have them refused. A page shows more of a
//! challenge than its end, so only JSON is answered so.

use warifu_core::{
    cardholder::{Post, Refusal, Reply},
    digest::Digest,
    record::ChallengeRecord,
};

use super::{Done, No, entered::Entered, opened::Opened};
use crate::{
    form_record::FormRecord,
    http::{Format, Incoming},
    problem::Problem,
    remembered_ends::EndedChallenge,
    request_context::RequestContext,
};

/// A post that was refused, of which challenge.
type Refused = (Opened, Result<Done, No>);

impl Entered {
    /// Refuses what is wanted of a challenge that is known to have ended; hands back one of which that
    /// is not known. `attempt` is the digest of a submitted code with its name, if it has one.
    pub(super) async fn not_ended(
        self,
        ctx: &RequestContext,
        incoming: &Incoming,
        attempt: Option<Digest>,
    ) -> Result<Result<Self, Refused>, Problem> {
        let Some((id, locator)) = self.live().filter(|_| incoming.format() == Format::Json) else {
            return Ok(Ok(self));
        };
        let now = ctx.now().await?;
        let asked = Post { id, record: locator.record, attempt };
        let Some((ended, challenge)) = ctx.ends.find(&asked, now) else {
            return Ok(Ok(self));
        };
        let EndedChallenge { record, view } = challenge;
        let problem = Problem::refused(Refusal::Ended(ended));
        Ok(Err((self.with(FormRecord::Live(record)), Err((problem, Some(view))))))
    }
}

/// Remembers the end that a reply tells, if it tells one.
pub(super) async fn learn(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    attempt: Option<Digest>,
    reply: &Result<Reply, Problem>,
) -> Result<(), Problem> {
    if let Ok(reply @ Reply::Refused(..)) = reply {
        ctx.ends.learn(record, attempt, reply, &ctx.config.rules, ctx.now().await?);
    }
    Ok(())
}
