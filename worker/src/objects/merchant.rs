//! The object of one merchant: how often it was told that a cardholder is unknown or not enrolled,
//! and which cardholders it knows.

use warifu_core::{
    merchant_answers::{AnswerCommand, MerchantAnswers},
    storage::{Due, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, request_of, unreadable};

const STATE: &str = "answers";

/// Decides what a merchant may learn of its creates.
#[durable_object(alarm)]
pub struct MerchantObject {
    object: ObjectState,
}

impl DurableObject for MerchantObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let command = wire::read_answer_command(&request.text().await?);
        let outcome = match command {
            Ok((now, command)) => self.decide(command, now).await,
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Forgets what counts no more.
    async fn alarm(&self) -> worker::Result<Response> {
        let forgotten = self.forget().await;
        self.object.end_alarm(forgotten).await
    }
}

impl MerchantObject {
    async fn decide(&self, command: AnswerCommand, now: Timestamp) -> Result<String, String> {
        self.object.note_clock(now).await?;
        let rules = self.object.rules()?;
        let stored = self.object.load(STATE).await?;
        let (answers, leave) = read(stored.as_deref())?.decide(command, rules, now);
        self.save(&answers, stored.as_deref(), now).await?;
        wire::write_leave(leave).map_err(unreadable)
    }

    async fn forget(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let stored = self.object.load(STATE).await?;
        let mut answers = read(stored.as_deref())?;
        answers.forget(self.object.rules()?, now);
        self.save(&answers, stored.as_deref(), now).await
    }

    /// Saves what changed. The first entry sets the alarm; when that goes off, it is set to when the
    /// last one counts no more.
    async fn save(
        &self,
        answers: &MerchantAnswers,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let forgotten_at = answers.forgotten_at(self.object.rules()?);
        let state = forgotten_at.map(|_| wire::write_answers(answers)).transpose();
        let state = state.map_err(unreadable)?;
        let due = forgotten_at.map_or(Due::Never, Due::Sweep);
        let plan = StoragePlan::of(stored, state.as_deref(), due, self.object.alarm.get());
        self.object.carry_out(plan, STATE, now).await
    }
}

fn read(stored: Option<&str>) -> Result<MerchantAnswers, String> {
    let answers: Result<_, Unreadable> =
        stored.map_or(Ok(MerchantAnswers::default()), wire::read_answers);
    answers.map_err(unreadable)
}
