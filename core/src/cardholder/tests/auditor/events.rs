//! The books of events: which have to be handed out, and which were.

use super::{
    super::{Duration, EventKind, Shell, id},
    Auditor, Command, Reply, Timestamp,
};
use crate::cardholder::{DueEvent, Event};

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

    /// Whether the result of a challenge was taken over.
    pub(super) fn is_told(&self, challenge: u32) -> bool {
        let results = self.handed_out.iter().map(|(event, ..)| event).filter(|event| {
            event.kind == EventKind::ThreeDsResult && event.challenge == id(challenge)
        });
        results.map(|event| event.number).any(|number| self.settled.contains(&number))
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
        let is_other = |event: &Event| event.kind != EventKind::ThreeDsResult;
        assert!(events.is_sorted_by_key(|event| (is_other(event), event.number)));
        for event in &events {
            self.book_event(event);
        }
        events.len()
    }

    /// Hands out what comes with a reply.
    pub(in super::super) fn hand_out(&mut self) {
        let Shell { rules, now, .. } = self.shell.clone();
        for DueEvent { event, facts } in self.shell.state.hand_out_with_reply(&rules, now) {
            let result = facts.view().three_ds.as_ref().map(|it| it.conclusion.is_some());
            assert!(event.kind != EventKind::ThreeDsResult || result == Some(true));
            self.book_event(&event);
        }
    }

    fn book_event(&mut self, event: &Event) {
        let (now, books) = (self.shell.now, &mut self.event_books);
        assert!(!books.settled.contains(&event.number), "handed out again after it was settled");
        let known = books.handed_out.iter_mut().find(|(known, ..)| known.number == event.number);
        let times = known.as_ref().map_or(0, |(.., times)| *times);
        let wait = match event.kind {
            EventKind::ThreeDsResult => 10 * 2_u64.pow(times.min(8)),
            _ => 60 * 2_u64.pow(times.min(6)),
        };
        // A second early at most.
        let due = now.plus(Duration::from_secs(wait - 1));
        match known {
            Some(known) => {
                assert_eq!(known.0, *event);
                assert!(known.1 <= now, "handed out again too early");
                (known.1, known.2) = (due, times + 1);
            }
            None => books.handed_out.push((event.clone(), due, 1)),
        }
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
