//! An isolate that remembers ends refuses as the object would, whose state a refusal leaves as a look
//! at the challenge does.

use crate::{
    cardholder::{
        Cardholder, ChallengeCommand, Command, Ended, KnownEnds, Post, Refusal, Refused, Reply,
    },
    digest::Digest,
    ids::ChallengeId,
};

use super::Shell;

/// What an isolate remembers.
#[derive(Default)]
pub(super) struct RememberedEnds(KnownEnds<()>);

/// A command that an isolate refuses if it knows that its challenge ended.
pub(super) struct Refusable {
    id: ChallengeId,
    record: Digest,
    attempt: Option<Digest>,
    refusal: Option<FromMemory>,
}

impl Refusable {
    fn asked(&self) -> Post<'_> {
        Post { id: &self.id, record: self.record, attempt: self.attempt }
    }
}

/// What the isolate would answer, and the state that the object would have after a look.
struct FromMemory {
    ended: Ended,
    looked_at: Cardholder,
}

impl RememberedEnds {
    /// What is known before a command is decided; `None` for one that is always decided.
    pub(super) fn before(&self, shell: &Shell, command: &Command) -> Option<Refusable> {
        let Command::Challenge { id, record, command, merchant } = command else { return None };
        let attempt = match command {
            ChallengeCommand::Verify { attempt, .. } => *attempt,
            ChallengeCommand::Resend => None,
            _ => return None,
        };
        let mut asked = Refusable { id: id.clone(), record: *record, attempt, refusal: None };
        let known = self.0.find(&asked.asked(), shell.now);
        asked.refusal = known.map(|(ended, ())| {
            let (id, record, merchant) = (id.clone(), *record, merchant.clone());
            let mut looks = shell.clone();
            looks.ask(Command::Challenge { id, record, command: ChallengeCommand::Read, merchant });
            FromMemory { ended, looked_at: looks.state }
        });
        Some(asked)
    }

    /// Compares what is known with the object's reply, and learns from that.
    pub(super) fn after(&mut self, asked: Option<Refusable>, reply: &Reply, shell: &Shell) {
        let Some(asked) = asked else { return };
        if let Some(FromMemory { ended, looked_at }) = &asked.refusal {
            let Reply::Refused(Refused::Rule(refusal), Some(_)) = reply else {
                panic!("an end was remembered of what is not refused");
            };
            assert_eq!(*refusal, Refusal::Ended(*ended), "another end was remembered");
            assert!(shell.state == *looked_at, "a refusal that was remembered changes something");
        }
        self.0.learn(&asked.asked(), reply, &shell.rules, shell.now, |_| ());
    }
}
