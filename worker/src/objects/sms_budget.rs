//! The object of one budget of text messages: of a country, or of a merchant.

use warifu_core::{
    rules::Rules,
    sms_budget::{BudgetCommand, BudgetEvent, BudgetOwner, SmsBudget},
    storage::Due,
    time::Timestamp,
    wire::{self, Unreadable},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{
    ObjectState,
    counter::{self, Counter},
};
use crate::{
    events,
    log::{self, LogEvent},
};

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
        self.object.count::<SmsBudget>(&mut request, wire::read_asked).await
    }

    /// Tells what was reached, and forgets the sends that count no more. An event stays stored until
    /// the queue has taken it.
    async fn alarm(&self) -> worker::Result<Response> {
        let woken = self.wake().await;
        self.object.end_alarm(woken).await
    }
}

impl SmsBudgetObject {
    async fn wake(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let rules = self.object.rules()?;
        let mut stored = self.object.load(SmsBudget::KEY).await?;
        let mut budget = counter::read::<SmsBudget>(stored.as_deref())?;
        if let Some((owner, told)) = budget.untold() {
            for event in told {
                self.tell(owner, event, rules.events).await?;
            }
            let newest = told.last().map_or(0, |event| event.number);
            // Sends may have been counted while the queue was asked.
            stored = self.object.load(SmsBudget::KEY).await?;
            budget = counter::read::<SmsBudget>(stored.as_deref())?;
            budget.settle(newest);
        }
        budget.forget(rules, now);
        self.object.keep(&budget, stored.as_deref(), now).await
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
}

impl Counter for SmsBudget {
    const KEY: &'static str = "sms_budget";
    type Command = BudgetCommand;

    fn decided(
        self,
        command: BudgetCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(Self, String), Unreadable> {
        let (after, reply) = self.decide(command, rules, now);
        Ok((after, wire::write_answer(&reply)?))
    }

    fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.forget(rules, now);
    }

    /// An event sets the alarm for at once. Else the first send sets it; when it goes off, it is set to
    /// when the newest one counts no more.
    fn due(&self, _rules: &Rules) -> Due {
        let told_at = self.untold().and_then(|(_, events)| events.first()).map(|event| event.at);
        match (told_at, self.forgotten_at()) {
            (Some(at), _) => Due::At(at),
            (None, Some(at)) => Due::Sweep(at),
            (None, None) => Due::Never,
        }
    }
}
