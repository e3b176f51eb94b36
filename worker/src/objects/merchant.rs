//! The object of one merchant: how often it was told that a cardholder is unknown or not enrolled,
//! which cardholders it knows, and its newest challenges.

use warifu_core::{
    merchant_answers::{AnswerCommand, MerchantAnswers},
    rules::Rules,
    storage::Due,
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, counter::Counter};

/// Decides what a merchant may learn of its creates, and notes them.
#[durable_object(alarm)]
pub struct MerchantObject {
    object: ObjectState,
}

impl DurableObject for MerchantObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        self.object.count::<MerchantAnswers>(&mut request, wire::read_asked).await
    }

    /// Forgets what counts no more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.object.forget::<MerchantAnswers>().await;
        self.object.end_alarm(forgotten).await
    }
}

impl Counter for MerchantAnswers {
    const KEY: &'static str = "answers";
    type Command = AnswerCommand;

    fn decided(
        self,
        command: AnswerCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, String), Unreadable> {
        let (after, reply) = self.decide(command, rules, now);
        Ok((after, wire::write_answer(&reply)?))
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
