//! The objects that have the times of what was sent to destinations, for all cardholders together: a
//! bucket for many destinations, and the object of one destination, which the release before buckets
//! asks. An object is one of the two from its first command on, by its name.

use warifu_core::{
    destination::{DestinationQuota, QuotaCommand, ROWS},
    rules::Rules,
    storage::Due,
    time::Timestamp,
    wire::{self, QuotaCall, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, bucket::Row, counter::Counter, request_of, unreadable};

/// Decides whether a destination takes one more message.
#[durable_object(alarm)]
pub struct DestinationObject {
    object: ObjectState,
}

impl DurableObject for DestinationObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let outcome = match wire::read_quota_call(&request.text().await?) {
            Ok((now, QuotaCall::InBucket(name, command))) => {
                let decide = |quota: DestinationQuota, rules: &Rules| {
                    let (after, until) = quota.decide(command, rules, now);
                    (after, wire::write_limit(until))
                };
                self.object.decide_in_bucket(&name.key(), now, decide).await
            }
            Ok((now, QuotaCall::Early(name, message, sender))) => {
                let decide = |quota: DestinationQuota, rules: &Rules| {
                    let (after, reply) = quota.reserve_early(message, sender, rules, now);
                    (after, wire::write_answer(&reply))
                };
                self.object.decide_in_bucket(&name.key(), now, decide).await
            }
            Ok((now, QuotaCall::Own(command))) => {
                self.object.decide::<DestinationQuota>(command, now).await
            }
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Forgets the slots that no quota counts any more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.forget().await;
        self.object.end_alarm(forgotten).await
    }
}

impl DestinationObject {
    async fn forget(&self) -> Result<(), String> {
        // A bucket never has this value.
        match self.object.load(DestinationQuota::KEY).await? {
            Some(_) => self.object.forget::<DestinationQuota>().await,
            None => self.object.sweep::<DestinationQuota>().await,
        }
    }
}

impl Row for DestinationQuota {
    const ROWS: &'static str = ROWS;

    fn over_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.forgotten_at(rules)
    }
}

impl Counter for DestinationQuota {
    const KEY: &'static str = "destination";
    type Command = QuotaCommand;

    fn decided(
        self,
        command: QuotaCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, String), Unreadable> {
        let (after, reply) = self.decide(command, rules, now);
        Ok((after, wire::write_limit(reply)?))
    }

    fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.forget(rules, now);
    }

    /// The first entry sets the alarm. When that goes off, it is set to when the last one counts no
    /// more.
    fn due(&self, rules: &Rules) -> Due {
        self.forgotten_at(rules).map_or(Due::Never, Due::Sweep)
    }
}
