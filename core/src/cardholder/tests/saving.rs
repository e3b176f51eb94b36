//! What an object writes, counted: it loads, decides and carries out the plan as the Worker's does,
//! sleeps until its alarm goes off, and can be started anew at any time.

use super::{
    Cardholder, Command, DAY, MINUTE, Registration, Reply, ReplyKind, Rules, SendChannel, Shell,
    Timestamp, accepted, cancel, open, present, read, taro,
};
use crate::{
    storage::{AlarmStep, KnownAlarm, StoragePlan},
    wire,
};

/// The object of one cardholder, with its storage and its alarm.
pub(super) struct Object {
    rules: Rules,
    now: Timestamp,
    stored: Option<String>,
    /// When the platform wakes it.
    alarm: Option<Timestamp>,
    /// What this life of it knows of that.
    known: KnownAlarm,
    written: Written,
}

/// How many rows were written, and how often the object was woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    states: u32,
    alarms: u32,
    woken: u32,
}

impl Object {
    /// Taro's.
    fn new(events: bool) -> Self {
        let Shell { state: _, rules, now } = Shell::empty();
        let mut object = Self {
            rules: Rules { events, ..rules },
            now,
            stored: None,
            alarm: None,
            known: KnownAlarm::Unknown,
            written: Written::default(),
        };
        object.ask(Command::Register(taro()));
        object.written = Written::default();
        object
    }

    /// The next life of it.
    fn restart(&mut self) {
        self.known = KnownAlarm::Unknown;
    }

    fn state(&self) -> Cardholder {
        self.stored
            .as_deref()
            .map_or_else(Cardholder::default, |state| wire::read_state(state).unwrap())
    }

    /// The state to look into; what is asked of it is not stored.
    fn shell(&self) -> Shell {
        Shell { state: self.state(), rules: self.rules.clone(), now: self.now }
    }

    fn ask(&mut self, command: Command) -> Reply {
        let state = self.state();
        let known = match self.known {
            KnownAlarm::Unknown => state.known_alarm(&self.rules, self.now),
            known => known,
        };
        let (mut state, reply) = state.decide(command, &self.rules, self.now);
        let plan = state.storage_plan(self.stored.as_deref(), &self.rules, known).unwrap();
        self.known = known.after(&plan);
        match plan {
            StoragePlan::Clear => (self.stored, self.alarm) = (None, None),
            StoragePlan::Save { put, alarm } => {
                if let Some(state) = put {
                    self.stored = Some(state.into_owned());
                    self.written.states += 1;
                }
                if let AlarmStep::Set(at) = alarm {
                    self.alarm = Some(at);
                    self.written.alarms += 1;
                }
            }
        }
        // What a life that knows nothing would take for the alarm is not later than the alarm is.
        if let Some(told) = self.state().known_alarm(&self.rules, self.now).time() {
            assert!(self.alarm.is_some_and(|alarm| alarm <= told), "{:?} {told:?}", self.alarm);
        }
        reply
    }

    #[track_caller]
    fn must(&mut self, command: Command, expected: &ReplyKind) {
        assert_eq!(ReplyKind::from(&self.ask(command)), *expected);
    }

    /// Lets so many seconds go by, in which the object is woken. Answers what its alarms handed out.
    fn sleep(&mut self, seconds: u64) -> Vec<u32> {
        let end = self.now.plus(std::time::Duration::from_secs(seconds));
        let mut told = Vec::new();
        while let Some(at) = self.alarm.filter(|at| *at <= end) {
            self.now = self.now.max(at);
            (self.alarm, self.known) = (None, KnownAlarm::Off);
            self.written.woken += 1;
            assert!(self.written.woken < 1000, "an alarm that does nothing is set again and again");
            if let Reply::Woken(events, _) = self.ask(Command::Wake) {
                told.extend(events.iter().map(|event| event.number));
            }
        }
        self.now = end;
        told
    }

    fn has(&mut self, states: u32, alarms: u32, woken: u32) {
        let written = std::mem::take(&mut self.written);
        assert_eq!(written, Written { states, alarms, woken });
    }
}

/// From the create to the redeemed attestation; the object may start anew between any two steps.
fn buys(object: &mut Object, number: u32, restarts: bool) {
    let step = |object: &mut Object, seconds: u64| {
        assert_eq!(object.sleep(seconds), Vec::<u32>::new());
        if restarts {
            object.restart();
        }
    };
    object.must(open(number), &ReplyKind::Opened);
    step(object, 2);
    object.must(present(number), &ReplyKind::Sent(1));
    step(object, 1);
    object.must(accepted(number, 1, &[]), &ReplyKind::Seen);
    step(object, 30);
    let right = object.shell().right(number, 1);
    object.must(right, &ReplyKind::Verified);
    step(object, 0);
    let redeem = object.shell().redeem(number, None);
    object.must(redeem, &ReplyKind::Redeemed);
}

#[test]
fn a_life_that_set_no_alarm_reads_when_it_goes_off() {
    for restarts in [false, true] {
        let mut object = Object::new(false);
        buys(&mut object, 1, restarts);
        // The only alarm is the one that forgets.
        object.has(5, 1, 0);
        // The next purchase is forgotten later, and moves no alarm.
        object.sleep(MINUTE);
        buys(&mut object, 2, restarts);
        object.has(5, 0, 0);
        // Both are over within ten minutes.
        object.sleep(2 * DAY);
        object.has(1, 0, 1);
        assert_eq!(object.alarm, None);
    }
}

#[test]
fn an_alarm_that_goes_off_too_early_is_set_for_what_is_due_then() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    let ends = object.alarm;
    object.sleep(MINUTE);
    object.must(open(2), &ReplyKind::Opened);
    object.restart();
    object.must(cancel(2), &ReplyKind::Canceled);
    object.sleep(0);
    object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    object.written = Written::default();
    // The minute after which the event would be handed out again is over, and there is nothing.
    assert_eq!(object.sleep(MINUTE), Vec::<u32>::new());
    object.has(0, 1, 1);
    assert_eq!(object.alarm, ends);
}

#[test]
fn what_is_due_earlier_moves_the_alarm_also_in_a_later_life() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    let ends = object.alarm.unwrap();
    object.restart();
    object.must(cancel(1), &ReplyKind::Canceled);
    assert_eq!(object.alarm, Some(object.now));
    assert!(object.now < ends);
}

#[test]
fn a_state_that_says_nothing_of_the_alarm_has_it_set_again() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    // As the version before stores it.
    object.stored = Some(wire::write_state(&Cardholder { alarm: None, ..object.state() }).unwrap());
    object.restart();
    object.written = Written::default();
    object.must(read(1), &ReplyKind::Seen);
    object.has(0, 0, 0);
    object.must(present(1), &ReplyKind::Sent(1));
    object.has(1, 1, 0);
    object.restart();
    object.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    object.has(1, 0, 0);
}

#[test]
fn a_time_of_an_alarm_alone_is_nothing_that_is_kept() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    object.must(Command::Forget, &ReplyKind::Forgotten);
    assert_eq!((object.stored, object.alarm), (None, None));
}

#[test]
fn a_change_that_needs_no_alarm_sets_none() {
    let mut object = Object::new(true);
    let by_sms = Registration { channel: Some(SendChannel::Sms), ..taro() };
    object.must(Command::Register(by_sms), &ReplyKind::Registered { new: false });
    object.has(1, 0, 0);
}
