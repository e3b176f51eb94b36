//! What an object writes, counted: it loads, decides and carries out the plan as the Worker's does,
//! sleeps until its alarm goes off, and can be started anew at any time.

use super::{
    Cardholder, Command, DAY, MINUTE, Registration, Reply, ReplyKind, Rules, SendChannel, Shell,
    Timestamp, accepted, cancel, open, present, read, refused_by_provider, report_fraud, resend,
    taro,
};
use crate::{
    cardholder::{DueEvent, Ended, EventFacts, EventKind, Status, Teller},
    saving::TakenOver,
    storage::{AlarmStep, KnownAlarm, StoragePlan},
    wire,
};

/// No event.
const NOTHING: [u32; 0] = [];

/// The object of one cardholder, with its storage and its alarm.
pub(super) struct Object {
    rules: Rules,
    now: Timestamp,
    stored: Option<String>,
    /// When the platform wakes it.
    alarm: Option<Timestamp>,
    /// What this life of it knows of that.
    known: KnownAlarm,
    /// What this life of it was told and has not saved.
    taken_over: TakenOver,
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
    pub(super) fn new(events: bool) -> Self {
        let Shell { state: _, rules, now } = Shell::empty();
        let mut object = Self {
            rules: Rules { events, ..rules },
            now,
            stored: None,
            alarm: None,
            known: KnownAlarm::Unknown,
            taken_over: TakenOver::default(),
            written: Written::default(),
        };
        object.ask(Command::Register(taro()));
        object.written = Written::default();
        object
    }

    /// The next life of it.
    pub(super) fn restart(&mut self) {
        (self.known, self.taken_over) = (KnownAlarm::Unknown, TakenOver::default());
    }

    fn state(&self) -> Cardholder {
        self.stored
            .as_deref()
            .map_or_else(Cardholder::default, |state| wire::read_state(state).unwrap())
    }

    /// The state to look into; what is asked of it is not stored.
    pub(super) fn shell(&self) -> Shell {
        Shell { state: self.state(), rules: self.rules.clone(), now: self.now }
    }

    /// Asks what tells the events that it is handed, and answers their numbers.
    pub(super) fn tells(&mut self, command: Command, expected: &ReplyKind) -> Vec<u32> {
        let (reply, due) = self.call(command, Teller::Caller);
        assert_eq!(ReplyKind::from(&reply), *expected);
        due.iter().map(|due| due.event.number).collect()
    }

    fn ask(&mut self, command: Command) -> Reply {
        self.call(command, Teller::Alarm).0
    }

    fn call(&mut self, command: Command, teller: Teller) -> (Reply, Vec<DueEvent>) {
        let mut state = self.state();
        if self.taken_over.note(&state, &command, &self.rules, self.now) {
            return (Reply::Settled, Vec::new());
        }
        let before = self.taken_over.leave(&mut state, &command).unwrap();
        let before = before.or_else(|| self.stored.clone());
        let known = match self.known {
            KnownAlarm::Unknown => state.known_alarm(&self.rules, self.now),
            known => known,
        };
        let (mut state, reply) = state.decide(command, &self.rules, self.now);
        let due = match teller {
            Teller::Alarm => Vec::new(),
            Teller::Caller => state.hand_out_with_reply(&self.rules, self.now),
        };
        let plan = state.storage_plan(before.as_deref(), &self.rules, self.now, known).unwrap();
        self.taken_over.saved(&plan);
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
        (reply, due)
    }

    #[track_caller]
    pub(super) fn must(&mut self, command: Command, expected: &ReplyKind) {
        assert_eq!(ReplyKind::from(&self.ask(command)), *expected);
    }

    /// Lets so many seconds go by, in which the object is woken. Answers what its alarms handed out.
    pub(super) fn sleep(&mut self, seconds: u64) -> Vec<u32> {
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
/// Answers the events that were handed out with the right code.
fn buys(object: &mut Object, number: u32, restarts: bool) -> Vec<u32> {
    let step = |object: &mut Object, seconds: u64| {
        assert_eq!(object.sleep(seconds), NOTHING);
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
    let told = object.tells(right, &ReplyKind::Verified);
    step(object, 0);
    let redeem = object.shell().redeem(number, None);
    assert_eq!(object.tells(redeem, &ReplyKind::Redeemed), NOTHING);
    told
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
    let looks = object.alarm;
    object.sleep(MINUTE);
    object.must(open(2), &ReplyKind::Opened);
    object.restart();
    object.must(cancel(2), &ReplyKind::Canceled);
    object.sleep(0);
    object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    object.written = Written::default();
    // The minute after which the event would be handed out again is over, and there is nothing but the
    // first challenge, which is open.
    assert_eq!(object.sleep(MINUTE), NOTHING);
    object.has(0, 1, 1);
    assert_eq!(object.alarm, looks);
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

const LOOKED_AFTER: u64 = 3 * MINUTE;

#[test]
fn a_purchase_that_is_told_at_once_has_one_alarm_and_the_one_that_forgets() {
    for restarts in [false, true] {
        let mut object = Object::new(true);
        assert_eq!(buys(&mut object, 1, restarts), [1]);
        object.has(5, 1, 0);
        object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
        object.has(1, 0, 0);
        if restarts {
            object.restart();
        }
        // Woken to look after it, the object finds nothing to tell.
        assert_eq!(object.sleep(LOOKED_AFTER), NOTHING);
        object.has(0, 1, 1);
        assert_eq!(object.sleep(2 * DAY), NOTHING);
        object.has(1, 0, 1);
        assert_eq!(object.alarm, None);
    }
}

/// Whoever was handed the event died before it was told, or before it was said that it was.
#[test]
fn an_event_whose_teller_died_is_told_by_the_alarm_within_three_minutes() {
    // How long after the create the right code came, and how often an alarm was set until it was told.
    for (seconds, alarms) in [(5, 2), (100, 2), (175, 3), (200, 4), (1700, 3)] {
        for restarts in [false, true] {
            let mut object = Object::new(true);
            object.must(open(1), &ReplyKind::Opened);
            object.must(present(1), &ReplyKind::Sent(1));
            assert_eq!(object.sleep(seconds), NOTHING);
            if 600 < seconds {
                object.must(resend(1), &ReplyKind::Sent(2));
            }
            let delivery = if 600 < seconds { 2 } else { 1 };
            let right = object.shell().right(1, delivery);
            assert_eq!(object.tells(right, &ReplyKind::Verified), [1]);
            if restarts {
                object.restart();
            }
            assert_eq!(object.sleep(58), NOTHING, "{seconds}: still being told");
            let told = (59..=LOOKED_AFTER).find(|_| object.sleep(1) == [1]);
            assert!(told.is_some(), "{seconds}");
            assert_eq!(object.written.alarms, alarms, "{seconds}");
        }
    }
}

#[test]
fn an_event_whose_teller_died_is_handed_to_who_asks_next_after_a_minute() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    assert_eq!(object.tells(cancel(1), &ReplyKind::Canceled), [1]);
    object.sleep(58);
    assert_eq!(object.tells(read(1), &ReplyKind::Seen), NOTHING);
    object.sleep(2);
    assert_eq!(object.tells(read(1), &ReplyKind::Seen), [1]);
    object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    assert_eq!(object.sleep(DAY), NOTHING);
}

#[test]
fn who_does_not_tell_is_handed_nothing_and_the_alarm_tells_at_once() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    let (reply, due) = object.call(cancel(1), Teller::Alarm);
    assert!(due.is_empty() && matches!(reply, Reply::Canceled(_)));
    assert_eq!(object.alarm, Some(object.now));
    assert_eq!(object.sleep(0), [1]);
}

#[test]
fn with_nobody_to_tell_nothing_is_handed_out_and_one_alarm_forgets() {
    let mut object = Object::new(false);
    assert_eq!(buys(&mut object, 1, false), NOTHING);
    object.has(5, 1, 0);
}

#[test]
fn an_event_comes_with_what_is_told_of_its_challenge() {
    let mut object = Object::new(true);
    object.rules.wrong_codes.day = 5;
    object.must(open(1), &ReplyKind::Opened);
    object.must(present(1), &ReplyKind::Sent(1));
    let (_, due) = object.call(refused_by_provider(1, 1), Teller::Caller);
    let [failed] = &due[..] else { panic!("{} events", due.len()) };
    assert_eq!(failed.event.kind, EventKind::DeliveryFailed(1));
    let EventFacts::Seen(view) = &failed.facts else { panic!("an open challenge") };
    assert!(view.status == Status::Pending && view.personal_message.is_none());
    object.must(present(1), &ReplyKind::Sent(1));
    for _ in 1..=4 {
        let wrong = object.shell().wrong(1);
        object.ask(wrong);
    }
    let wrong = object.shell().wrong(1);
    let (_, due) = object.call(wrong, Teller::Caller);
    let kinds: Vec<_> = due.iter().map(|due| due.event.kind).collect();
    assert_eq!(kinds, [EventKind::Locked, EventKind::Ended(Ended::Failed)]);
    assert!(due[0].facts.view().locked_until.is_some());
    let EventFacts::Audited(audit) = &due[1].facts else { panic!("an ended challenge") };
    assert_eq!((audit.view.status, audit.tried_at.len()), (Status::Failed, 5));
    assert!(audit.view.personal_message.is_none());
}

/// What runs after an answer can post only so many. The alarm takes the rest.
#[test]
fn with_a_reply_five_are_handed_out_and_the_alarm_hands_out_the_rest() {
    let mut object = Object::new(true);
    for number in 1..=7 {
        object.must(open(number), &ReplyKind::Opened);
        object.must(cancel(number), &ReplyKind::Canceled);
    }
    // Somebody asks before the alarm.
    assert_eq!(object.tells(read(1), &ReplyKind::Seen), [1, 2, 3, 4, 5]);
    assert_eq!(object.sleep(0), [6, 7]);
}

/// The receivers took the event before the merchant redeemed.
#[test]
fn that_an_event_was_taken_over_is_saved_with_the_redemption() {
    let mut object = Object::new(true);
    object.must(open(1), &ReplyKind::Opened);
    object.must(present(1), &ReplyKind::Sent(1));
    object.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    let right = object.shell().right(1, 1);
    assert_eq!(object.tells(right, &ReplyKind::Verified), [1]);
    object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
    object.has(4, 1, 0);
    // What changes nothing is not saved for it, nor is the event handed out again.
    object.sleep(90);
    assert_eq!(object.tells(read(1), &ReplyKind::Seen), NOTHING);
    object.has(0, 0, 0);
    let redeem = object.shell().redeem(1, None);
    object.must(redeem, &ReplyKind::Redeemed);
    object.has(1, 0, 0);
    object.restart();
    assert_eq!(object.sleep(2 * DAY), NOTHING);
    object.has(1, 1, 2);
}

/// The next life of the object does not know that the event was taken over.
#[test]
fn without_a_redemption_the_alarm_saves_it_or_the_event_is_told_again() {
    for restarts in [false, true] {
        let mut object = Object::new(true);
        object.must(open(1), &ReplyKind::Opened);
        object.must(present(1), &ReplyKind::Sent(1));
        let right = object.shell().right(1, 1);
        assert_eq!(object.tells(right, &ReplyKind::Verified), [1]);
        object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
        if restarts {
            object.restart();
        }
        object.written = Written::default();
        let told = object.sleep(LOOKED_AFTER);
        assert_eq!(told, [1][..usize::from(restarts)]);
        object.has(1, 1, 1);
        object.must(Command::Settled(vec![1]), &ReplyKind::Settled);
        object.restart();
        assert_eq!(object.sleep(2 * DAY), NOTHING, "twice is saved at once");
    }
}

#[test]
fn of_what_nobody_redeems_it_is_saved_at_once() {
    for (number, ends) in [(1, cancel(1)), (2, report_fraud(2))] {
        let mut object = Object::new(true);
        object.must(open(number), &ReplyKind::Opened);
        let (_, due) = object.call(ends, Teller::Caller);
        object.written = Written::default();
        let numbers: Vec<_> = due.iter().map(|due| due.event.number).collect();
        object.must(Command::Settled(numbers), &ReplyKind::Settled);
        object.has(1, 0, 0);
        object.restart();
        assert_eq!(object.sleep(2 * DAY), NOTHING);
    }
}
