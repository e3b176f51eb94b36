//! The object of one destination: the times of what was sent there, for all cardholders together.

use warifu_core::{
    destination::{DestinationQuota, QuotaCommand},
    rules::Rules,
    storage::Due,
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, counter::Counter};

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
        self.object.count::<DestinationQuota>(&mut request).await
    }

    /// Forgets the slots that no quota counts any more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.object.forget::<DestinationQuota>().await;
        self.object.end_alarm(forgotten).await
    }
}

impl Counter for DestinationQuota {
    const KEY: &'static str = "destination";
    type Command = QuotaCommand;

    fn read_command(text: &str) -> Result<(Timestamp, QuotaCommand), Unreadable> {
        wire::read_quota_command(text)
    }

    fn read(text: &str) -> Result<Self, Unreadable> {
        wire::read_destination(text)
    }

    fn written(&self) -> Result<String, Unreadable> {
        wire::write_destination(self)
    }

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
