//! Traps and hangs on demand, for tests of what they must not spread to. Only in a build with the
//! feature `trap-on-demand`, which is never published.
//!
//! A cardholder's id asks for one: `trap-before-verify-…` or `hang-after-alarm-…`. Each cardholder's
//! object does it once in its life, because it notes before that it did.

use warifu_core::cardholder::{ChallengeCommand, Command};
use worker::{State, Storage};

use crate::log::{self, LogEvent};

/// Before or after the decision.
pub(crate) enum Moment {
    Before,
    After,
}

/// The trap or hang that a cardholder's id asks for.
pub(crate) struct OnDemand {
    id: String,
    storage: Storage,
}

impl OnDemand {
    pub(crate) fn new(state: &State) -> Self {
        Self { id: state.id().name().unwrap_or_default(), storage: state.storage() }
    }

    /// Traps or hangs, if it is asked for at this moment of this command.
    pub(crate) async fn meet(&self, moment: Moment, command: &str) {
        const DONE: &str = "trapped";
        let moment = match moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        let asked = |how: &str| self.id.starts_with(&format!("{how}-{moment}-{command}-"));
        let (trap, hang) = (asked("trap"), asked("hang"));
        if !trap && !hang || self.storage.get::<String>(DONE).await.ok().flatten().is_some() {
            return;
        }
        drop(self.storage.put(DONE, "yes").await);
        // A reset drops what is written and not durable yet, and with it that this was done.
        drop(self.storage.sync().await);
        if hang {
            log::write(&LogEvent::Hang { hangs: &self.id });
            std::future::pending::<()>().await;
        }
        #[allow(clippy::panic, reason = "it is asked for")]
        {
            panic!("trap-on-demand");
        }
    }
}

/// The name of a command in such an id.
pub(crate) fn name(command: &Command) -> &'static str {
    match command {
        Command::Wake => "alarm",
        Command::Challenge { command: ChallengeCommand::Verify { .. }, .. } => "verify",
        Command::Challenge { command: ChallengeCommand::Present { .. }, .. } => "present",
        Command::Challenge { command: ChallengeCommand::Cancel, .. } => "cancel",
        _ => "other",
    }
}
