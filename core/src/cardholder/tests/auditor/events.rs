//! The books of events: what has to be told, and what was.

use super::{
    super::{EventKind, id},
    Auditor, Command, Reply, Timestamp,
};
use crate::cardholder::Event;

/// What has to be told.
#[derive(Default)]
pub(super) struct Told {
    expected: Vec<(EventKind, u32, Timestamp)>,
    /// Everything that was handed out, in the order of its numbers.
    handed_out: Vec<Event>,
    settled: Vec<u32>,
}

impl Told {
    pub(super) fn expect(&mut self, kind: EventKind, challenge: u32, at: Timestamp) {
        self.expected.push((kind, challenge, at));
    }
}

impl Auditor {
    /// Wakes the cardholder: everything that was not settled is handed out, and nothing else.
    pub(in super::super) fn wake(&mut self) {
        let Reply::Woken(events) = self.ask(Command::Wake) else { panic!("not woken") };
        // What ran out is noticed by this, if by nothing before.
        self.audit();
        let kept = self.shell.rules.challenge_life + self.shell.rules.retention;
        let told = &mut self.told;
        for event in &events {
            assert!(!told.settled.contains(&event.number), "told again after it was settled");
            match told.handed_out.iter().find(|other| other.number == event.number) {
                Some(same) => assert_eq!(same, event),
                None => told.handed_out.push(event.clone()),
            }
        }
        assert!(events.is_sorted_by_key(|event| event.number));
        let now = self.shell.now;
        let mut expected: Vec<_> = told
            .expected
            .iter()
            .filter(|(.., at)| self.shell.rules.events && now < at.plus(kept))
            .map(|(kind, challenge, at)| format!("{kind:?} {:?} {at:?}", id(*challenge)))
            .collect();
        let fresh =
            |event: &&Event| told.settled.contains(&event.number) && now < event.at.plus(kept);
        let settled = told.handed_out.iter().filter(fresh);
        let mut known: Vec<_> = events
            .iter()
            .chain(settled)
            .map(|event| format!("{:?} {:?} {:?}", event.kind, event.challenge, event.at))
            .collect();
        expected.sort();
        known.sort();
        assert_eq!(known, expected, "told is not what happened");
    }

    /// Takes the oldest events over that were handed out.
    pub(in super::super) fn settle(&mut self, count: usize) {
        let waiting = |event: &&Event| !self.told.settled.contains(&event.number);
        let numbers: Vec<_> =
            self.told.handed_out.iter().filter(waiting).map(|event| event.number).collect();
        let numbers: Vec<_> = numbers.into_iter().take(count).collect();
        self.told.settled.extend(&numbers);
        assert!(matches!(self.ask(Command::Settled(numbers)), Reply::Settled));
    }
}
