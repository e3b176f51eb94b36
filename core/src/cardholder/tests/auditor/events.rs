//! The books of events: what has to be told, and what was.

use std::time::Duration;

use super::{
    super::{EventKind, id},
    Auditor, Command, Reply, Timestamp,
};
use crate::cardholder::Event;

/// One that was handed out: how often, and when it comes again.
struct HandedOut {
    event: Event,
    times: u32,
    due: Timestamp,
}

/// What has to be told.
#[derive(Default)]
pub(super) struct Told {
    expected: Vec<(EventKind, u32, Timestamp)>,
    /// Everything that was handed out, in the order of its numbers.
    handed_out: Vec<HandedOut>,
    settled: Vec<u32>,
}

impl Told {
    pub(super) fn expect(&mut self, kind: EventKind, challenge: u32, at: Timestamp) {
        self.expected.push((kind, challenge, at));
    }
}

impl Auditor {
    /// Wakes the cardholder: all that is new is handed out, and what was not settled when its time
    /// has come again, a minute after the first time and then twice as long.
    pub(in super::super) fn wake(&mut self) {
        let Reply::Woken(events) = self.ask(Command::Wake) else { panic!("not woken") };
        // What ran out is noticed by this, if by nothing before.
        self.audit();
        assert!(events.len() < 20, "as many as are handed out at a time: this reckons with all");
        assert!(events.is_sorted_by_key(|event| event.number));
        let (now, rules) = (self.shell.now, &self.shell.rules);
        let kept = rules.challenge_life + rules.retention;
        let told = &mut self.told;
        for other in &mut told.handed_out {
            let settled = told.settled.contains(&other.event.number);
            let waits = rules.events && !settled && now < other.event.at.plus(kept);
            let due = waits && other.due <= now.plus(Duration::from_secs(1));
            assert_eq!(events.contains(&other.event), due, "{:?}", other.event);
            if due {
                other.due = now.plus(Duration::from_secs(60) * (1 << other.times.min(6)));
                other.times += 1;
            }
        }
        let known = |event: &Event| told.handed_out.iter().any(|other| other.event == *event);
        let new: Vec<_> = events.into_iter().filter(|event| !known(event)).collect();
        let due = now.plus(Duration::from_secs(60));
        told.handed_out.extend(new.into_iter().map(|event| HandedOut { event, times: 1, due }));
        let mut expected: Vec<_> = told
            .expected
            .iter()
            .filter(|(.., at)| rules.events && now < at.plus(kept))
            .map(|(kind, challenge, at)| format!("{kind:?} {:?} {at:?}", id(*challenge)))
            .collect();
        let mut known: Vec<_> = told
            .handed_out
            .iter()
            .map(|other| &other.event)
            .filter(|event| rules.events && now < event.at.plus(kept))
            .map(|event| format!("{:?} {:?} {:?}", event.kind, event.challenge, event.at))
            .collect();
        expected.sort();
        known.sort();
        assert_eq!(known, expected, "told is not what happened");
    }

    /// Takes the oldest events over that were handed out.
    pub(in super::super) fn settle(&mut self, count: usize) {
        let numbers = self.told.handed_out.iter().map(|other| other.event.number);
        let waiting = numbers.filter(|number| !self.told.settled.contains(number));
        let numbers: Vec<_> = waiting.take(count).collect();
        self.told.settled.extend(&numbers);
        assert!(matches!(self.ask(Command::Settled(numbers)), Reply::Settled));
    }
}
