//! The object of one cardholder: load, decide in core, save, answer.

use std::cell::RefCell;

use warifu_core::{
    cardholder::{Cardholder, Command, DueEvent, Reply, Teller},
    ids::ChallengeId,
    saving::TakenOver,
    storage::KnownAlarm,
    time::Timestamp,
    wire::{self, CardholderCall},
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, request_of, unreadable};
#[cfg(feature = "trap-on-demand")]
use crate::traps;
use crate::{
    events,
    log::{self, LogEvent},
    problem::Problem,
};

const STATE: &str = "cardholder";

/// Decides everything that must be exact about one cardholder.
#[durable_object(alarm)]
pub struct CardholderObject {
    object: ObjectState,
    /// The object's own id. Unlike the cardholder's, it is known in an alarm too, and says nothing of
    /// the cardholder to anybody else.
    id: String,
    env: Env,
    /// The cardholder's id, for the log.
    name: String,
    taken_over: RefCell<TakenOver>,
    #[cfg(feature = "trap-on-demand")]
    traps: traps::OnDemand,
}

impl DurableObject for CardholderObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: ObjectState::new(&state, &env),
            id: state.id().to_string(),
            env,
            name: state.id().name().unwrap_or_default(),
            taken_over: RefCell::default(),
            #[cfg(feature = "trap-on-demand")]
            traps: traps::OnDemand::new(&state),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let call = wire::read_cardholder_call(&request.text().await?);
        let outcome = match call {
            Ok(CardholderCall::Decide(now, command, teller)) => {
                self.decide(command, now, teller, id.as_deref()).await
            }
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Ends what ran out, and puts events that are due into the queue. An event stays stored until
    /// the queue's consumer has taken it over.
    async fn alarm(&self) -> worker::Result<Response> {
        let woken = self.wake().await;
        self.object.end_alarm(woken).await
    }
}

impl CardholderObject {
    async fn decide(
        &self,
        command: Command,
        now: Timestamp,
        teller: Teller,
        request: Option<&str>,
    ) -> Result<String, String> {
        self.object.note_clock(now).await?;
        let (reply, due) = self.apply(command, now, teller, request).await?;
        wire::write_reply_with(&reply, &due).map_err(unreadable)
    }

    /// Decides and saves, and logs a lock or a wait that the decision began.
    async fn apply(
        &self,
        command: Command,
        now: Timestamp,
        teller: Teller,
        request: Option<&str>,
    ) -> Result<(Reply, Vec<DueEvent>), String> {
        #[cfg(feature = "trap-on-demand")]
        let name = traps::name(&command);
        #[cfg(feature = "trap-on-demand")]
        self.traps.meet(traps::Moment::Before, name).await;
        let rules = self.object.rules()?;
        let stored = self.object.load(STATE).await?;
        let mut cardholder = match &stored {
            Some(state) => wire::read_state(state).map_err(unreadable)?,
            None => Cardholder::default(),
        };
        if self.taken_over.borrow_mut().note(&cardholder, &command, rules, now) {
            return Ok((Reply::Settled, Vec::new()));
        }
        let before = self.taken_over.borrow().leave(&mut cardholder, &command);
        let before = before.map_err(unreadable)?.or(stored);
        let about = challenge_of(&command);
        let waits = |cardholder: &Cardholder| {
            about.as_ref().and_then(|id| cardholder.merchant_waits_until(id, rules, now))
        };
        let waited_until = waits(&cardholder);
        let was_locked = cardholder.locked_at(rules, now).is_some();
        let known = match self.object.alarm.get() {
            KnownAlarm::Unknown => cardholder.known_alarm(rules, now),
            known => known,
        };
        let (mut cardholder, reply) = cardholder.decide(command, rules, now);
        let due = match teller {
            Teller::Alarm => Vec::new(),
            Teller::Caller => cardholder.hand_out_with_reply(rules, now),
        };
        let plan = cardholder.storage_plan(before.as_deref(), rules, now, known);
        let plan = plan.map_err(unreadable)?;
        self.object.alarm.set(known);
        self.object.carry_out(&plan, STATE, now).await?;
        self.taken_over.borrow_mut().saved(&plan);
        if let Some(locked) = cardholder.locked_at(rules, now).filter(|_| !was_locked) {
            let (cardholder, until) = (&self.name, locked.locked_until().map(Timestamp::rfc3339));
            let locked_until = until.as_deref();
            log::write_of(request, &LogEvent::CardholderLocked { cardholder, locked_until });
        }
        let wait = waits(&cardholder).filter(|until| waited_until.is_none_or(|then| then < *until));
        if let (Some(challenge), Some(until)) = (&about, wait.map(Timestamp::rfc3339)) {
            let (cardholder, locked_until) = (self.name.as_str(), until.as_str());
            let line = LogEvent::MerchantWaits { cardholder, challenge, locked_until };
            log::write_of(request, &line);
        }
        #[cfg(feature = "trap-on-demand")]
        self.traps.meet(traps::Moment::After, name).await;
        Ok((reply, due))
    }

    async fn wake(&self) -> Result<(), String> {
        let now = self.object.alarm_time().await?;
        let (reply, _) = self.apply(Command::Wake, now, Teller::Alarm, None).await?;
        let Reply::Woken(due, notified) = reply else {
            return Err("woken to something else".to_owned());
        };
        for event in &due {
            if let Err(problem) = events::queue(&self.env, event).await {
                not_queued(&problem);
                return Ok(());
            }
        }
        for number in notified {
            let queued = events::queue_notification(&self.env, &self.id, number).await;
            if let Err(problem) = queued {
                not_queued(&problem);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The challenge that a command is about.
fn challenge_of(command: &Command) -> Option<ChallengeId> {
    match command {
        Command::Challenge { id, .. } => Some(id.clone()),
        Command::Register(_)
        | Command::Describe
        | Command::Unlock
        | Command::Challenges
        | Command::Forget
        | Command::Wake
        | Command::Settled(_)
        | Command::AddCard(_)
        | Command::RemoveCard(_)
        | Command::ExpectPurchase(_)
        | Command::ExpectNothing
        | Command::Notify(_)
        | Command::Notified(..)
        | Command::Enrollment { .. }
        | Command::Audit { .. } => None,
    }
}

/// Logs that the queue took nothing. What it did not take stays stored, and is handed out again.
fn not_queued(problem: &Problem) {
    log::write(&LogEvent::EventNotQueued { why: problem.cause().unwrap_or_default() });
}
