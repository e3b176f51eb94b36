//! The object of one budget of text messages: of a country, or of a merchant.

use warifu_core::{
    sms_budget::{BudgetCommand, BudgetEvent, BudgetOwner, SmsBudget},
    storage::{Due, StoragePlan},
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, request_of, unreadable};
use crate::{
    events,
    log::{self, LogEvent},
};

const STATE: &str = "sms_budget";

/// Counts the text messages of a day whose codes nobody typed.
#[durable_object(alarm)]
pub struct SmsBudgetObject {
    object: ObjectState,
    env: Env,
}

impl DurableObject for SmsBudgetObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env), env }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let command = wire::read_budget_command(&request.text().await?);
        let outcome = match command {
            Ok((now, command)) => self.decide(command, now).await,
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Tells what was reached, and forgets the sends that count no more. An event stays stored until
    /// the queue has taken it.
    async fn alarm(&self) -> worker::Result<Response> {
        let woken = self.wake().await;
        self.object.end_alarm(woken).await
    }
}

impl SmsBudgetObject {
    async fn decide(&self, command: BudgetCommand, now: Timestamp) -> Result<String, String> {
        self.object.note_clock(now).await?;
        let rules = self.object.rules()?;
        let stored = self.object.load(STATE).await?;
        let (budget, reply) = read(stored.as_deref())?.decide(command, rules, now);
        self.save(&budget, stored.as_deref(), now).await?;
        wire::write_budget_reply(&reply).map_err(unreadable)
    }

    async fn wake(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let rules = self.object.rules()?;
        let mut stored = self.object.load(STATE).await?;
        let mut budget = read(stored.as_deref())?;
        if let Some((owner, told)) = budget.untold() {
            for event in told {
                self.tell(owner, event, rules.events).await?;
            }
            let newest = told.last().map_or(0, |event| event.number);
            // Sends may have been counted while the queue was asked.
            stored = self.object.load(STATE).await?;
            budget = read(stored.as_deref())?;
            budget.settle(newest);
        }
        budget.forget(rules, now);
        self.save(&budget, stored.as_deref(), now).await
    }

    /// Writes an event's line, and puts the event into the queue if the deployment has it.
    async fn tell(
        &self,
        owner: &BudgetOwner,
        event: &BudgetEvent,
        queued: bool,
    ) -> Result<(), String> {
        if queued {
            let told = events::queue_budget(&self.env, owner, event).await;
            told.map_err(|problem| problem.cause().unwrap_or_default().to_owned())?;
        }
        log::write(&LogEvent::SmsBudget { owner, event });
        Ok(())
    }

    /// Saves what changed. An event sets the alarm for at once; else the first send sets it, and when
    /// it goes off, it is set to when the newest one counts no more.
    async fn save(
        &self,
        budget: &SmsBudget,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let told_at = budget.untold().and_then(|(_, events)| events.first()).map(|event| event.at);
        let due = match (told_at, budget.forgotten_at()) {
            (Some(at), _) => Due::At(at),
            (None, Some(at)) => Due::Sweep(at),
            (None, None) => Due::Never,
        };
        let kept = (due != Due::Never).then(|| wire::write_budget(budget)).transpose();
        let kept = kept.map_err(unreadable)?;
        let plan = StoragePlan::of(stored, kept.as_deref(), due, self.object.alarm.get());
        self.object.carry_out(plan, STATE, now).await
    }
}

fn read(stored: Option<&str>) -> Result<SmsBudget, String> {
    let budget: Result<_, Unreadable> = stored.map_or(Ok(SmsBudget::default()), wire::read_budget);
    budget.map_err(unreadable)
}
