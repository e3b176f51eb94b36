//! The books of events: which have to be handed out, and which were.

use super::{
    super::{Duration, EventKind, id},
    Auditor, Command, Reply, Timestamp,
};
use crate::cardholder::Event;

/// The events that have to be handed out, and what became of them.
#[derive(Default)]
pub(super) struct EventBooks {
    expected: Vec<(EventKind, u32, Timestamp)>,
    /// Everything that was handed out, and when it may come again.
    handed_out: Vec<(Event, Timestamp, u32)>,
    settled: Vec<u32>,
}

impl EventBooks {
    pub(super) fn expect(&mut self, kind: EventKind, challenge: u32, at: Timestamp) {
        self.expected.push((kind, challenge, at));
    }
}

impl Auditor {
    /// Wakes the cardholder: everything that is due and was not settled is handed out, and nothing
    /// else.
    pub(in super::super) fn wake(&mut self) {
        while self.woken() == 20 {}
        // This command ends the challenges whose time is over, if no command before did.
        self.audit();
        let kept = self.shell.rules.challenge_life + self.shell.rules.retention;
        let now = self.shell.now;
        let books = &self.event_books;
        let mut expected: Vec<_> = books
            .expected
            .iter()
            .filter(|(.., at)| self.shell.rules.events && now < at.plus(kept))
            .map(|(kind, challenge, at)| format!("{kind:?} {:?} {at:?}", id(*challenge)))
            .collect();
        let fresh = books.handed_out.iter().filter(|(event, ..)| now < event.at.plus(kept));
        let mut known: Vec<_> = fresh
            .map(|(event, due, _)| {
                let is_settled = books.settled.contains(&event.number);
                assert!(is_settled || now < *due, "{} is late", event.number);
                format!("{:?} {:?} {:?}", event.kind, event.challenge, event.at)
            })
            .collect();
        expected.sort();
        known.sort();
        assert_eq!(known, expected, "the events are not what happened");
    }

    /// How many events were handed out.
    fn woken(&mut self) -> usize {
        let Reply::Woken(events, _) = self.ask(Command::Wake) else { panic!("not woken") };
        assert!(events.is_sorted_by_key(|event| event.number));
        let now = self.shell.now;
        for event in &events {
            let books = &mut self.event_books;
            assert!(
                !books.settled.contains(&event.number),
                "handed out again after it was settled"
            );
            let known =
                books.handed_out.iter_mut().find(|(known, ..)| known.number == event.number);
            let times = known.as_ref().map_or(0, |(.., times)| *times);
            // A second early at most.
            let due = now.plus(Duration::from_secs(60 * 2_u64.pow(times.min(6)) - 1));
            match known {
                Some(known) => {
                    assert_eq!(known.0, *event);
                    assert!(known.1 <= now, "handed out again too early");
                    (known.1, known.2) = (due, times + 1);
                }
                None => books.handed_out.push((event.clone(), due, 1)),
            }
        }
        events.len()
    }

    /// Takes the oldest events over that were handed out.
    pub(in super::super) fn settle(&mut self, count: usize) {
        let handed_out = self.event_books.handed_out.iter().map(|(event, ..)| event.number);
        let waiting = handed_out.filter(|number| !self.event_books.settled.contains(number));
        let numbers: Vec<_> = waiting.take(count).collect();
        self.event_books.settled.extend(&numbers);
        assert!(matches!(self.ask(Command::Settled(numbers)), Reply::Settled));
    }
}
