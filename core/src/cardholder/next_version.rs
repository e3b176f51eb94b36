//! What only the stand-in for the next release does: a resend that comes too soon is answered by a
//! reply of its own, once for each challenge, and an event tells of it. Nothing is spent by it.

use super::{Cardholder, EventKind, Refusal, Reply, decide::Ruled};
use crate::{ids::ChallengeId, rules::Rules, time::Timestamp};

impl Cardholder {
    pub(super) fn told_to_wait(
        &mut self,
        id: &ChallengeId,
        resent: Ruled<Reply>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let Err(Refusal::ResendTooSoon(wait)) = resent else { return resent };
        let challenge = self.opened(id)?;
        if challenge.told_to_wait {
            return resent;
        }
        challenge.told_to_wait = true;
        self.events.push(EventKind::Waited, id.clone(), rules, now);
        self.seen(id, rules, now, |view| Reply::Waiting(view, wait))
    }
}
