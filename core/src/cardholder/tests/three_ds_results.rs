//! The result of a directory server's challenge: who is told of it, when, and until when.

use super::{
    ChallengeCommand, Command, DAY, EventKind, ReplyKind, Shell, cancel, open, present,
    saving::Object,
    three_ds::{card, open_three_ds, requested, to_three_ds},
};
use crate::{
    cardholder::{Conclusion, DueEvent, Pinned, Telling, View},
    storage::Due,
    wire::{self, frozen},
};

impl Shell {
    fn telling(&mut self) -> Option<Telling> {
        self.view(1).three_ds.map(|it| it.telling)
    }

    fn handed_out(&mut self) -> Vec<DueEvent> {
        self.state.hand_out_with_reply(&self.rules, self.now)
    }

    /// When the alarm is needed, at the latest, in seconds from now.
    fn alarm_in(&self) -> Option<u64> {
        match self.state.due(&self.rules, self.now) {
            Due::Never => None,
            Due::At(at) | Due::Within(_, at) | Due::Sweep(at) => Some(at.seconds_from(self.now)),
        }
    }
}

/// The kinds of the events that the alarm hands out.
fn woken(shell: &mut Shell) -> Vec<EventKind> {
    shell.woken().iter().map(|event| event.kind).collect()
}

/// The first attempt is the caller's; then the alarm's, after 10 seconds, 20, 40.
#[test]
fn a_result_is_handed_out_until_it_was_taken_over() {
    let mut shell = Shell::shown_to_requestor();
    let right = shell.right(1, 1);
    shell.must(right, &ReplyKind::Verified);
    let due = shell.handed_out();
    let kinds: Vec<_> = due.iter().map(|due| due.event.kind).collect();
    assert_eq!(kinds[0], EventKind::ThreeDsResult);
    assert_eq!(kinds.len(), 2);
    let concluded = |view: &View| view.three_ds.as_ref().unwrap().conclusion;
    assert_eq!(concluded(due[0].facts.view()), Some(Conclusion::Verified));
    let number = due[0].event.number;
    shell.ask(Command::Settled(vec![due[1].event.number]));
    for wait in [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 2560] {
        assert_eq!(shell.telling(), Some(Telling::Due));
        assert_eq!(shell.alarm_in(), Some(wait));
        shell.wait(wait - 2);
        assert_eq!(woken(&mut shell), []);
        shell.wait(2);
        assert_eq!(woken(&mut shell), [EventKind::ThreeDsResult]);
    }
    shell.must(Command::Settled(vec![number]), &ReplyKind::Settled);
    assert_eq!(shell.telling(), Some(Telling::Told));
    shell.wait(10_000);
    assert_eq!(woken(&mut shell), []);
}

#[test]
fn an_end_by_time_is_told_by_the_alarm_or_whoever_comes_first() {
    let mut shell = Shell::asked_by_directory_server();
    shell.wait(30);
    assert_eq!(
        woken(&mut shell),
        [EventKind::ThreeDsResult, EventKind::Ended(crate::cardholder::Ended::Expired)]
    );
    let mut shell = Shell::shown_to_requestor();
    shell.wait(600);
    shell.must(present(1), &ReplyKind::Seen);
    let due = shell.handed_out();
    assert!(due.iter().any(|due| due.event.kind == EventKind::ThreeDsResult));
}

#[test]
fn what_the_issuer_s_service_answered_first_is_kept() {
    let mut shell = Shell::shown_to_requestor();
    let right = shell.right(1, 1);
    shell.must(right, &ReplyKind::Verified);
    let pin =
        |value: Option<&str>| to_three_ds(1, ChallengeCommand::PinValue(value.map(str::to_owned)));
    shell.must(pin(None), &ReplyKind::Seen);
    shell.must(pin(Some("later")), &ReplyKind::Seen);
    assert_eq!(shell.view(1).three_ds.unwrap().value, Some(Pinned(None)));
}

/// The object's own alarm: it goes off when the first CReq is late, and for each repetition, although
/// it was set for a later time before.
#[test]
fn the_alarm_goes_off_to_the_second() {
    for restarts in [false, true] {
        let mut object = Object::new(true);
        let step = |object: &mut Object| {
            if restarts {
                object.restart();
            }
        };
        object.must(Command::AddCard(card(1)), &ReplyKind::Described);
        object.must(open(2), &ReplyKind::Opened);
        step(&mut object);
        object.must(open_three_ds(1), &ReplyKind::Opened);
        step(&mut object);
        assert_eq!(object.sleep(29), [0_u32; 0]);
        let told = object.sleep(1);
        assert_eq!(told.len(), 2);
        object.must(Command::Settled(vec![told[1]]), &ReplyKind::Settled);
        step(&mut object);
        for wait in [10, 20, 40, 80] {
            assert_eq!(object.sleep(wait - 1), [0_u32; 0]);
            assert_eq!(object.sleep(1), [told[0]]);
            step(&mut object);
        }
        object.must(Command::Settled(vec![told[0]]), &ReplyKind::Settled);
        assert!(!object.sleep(2 * DAY).contains(&told[0]));
    }
}

/// Whoever gets it with a reply and dies is followed by the alarm.
#[test]
fn a_result_that_came_with_a_reply_comes_again_after_ten_seconds() {
    let mut object = Object::new(true);
    object.must(Command::AddCard(card(1)), &ReplyKind::Described);
    object.must(open_three_ds(1), &ReplyKind::Opened);
    object.must(requested(1, None), &ReplyKind::Seen);
    object.must(present(1), &ReplyKind::Sent(1));
    object.sleep(5);
    let right = object.shell().right(1, 1);
    let told = object.tells(right, &ReplyKind::Verified);
    assert_eq!(told.len(), 2);
    object.must(Command::Settled(vec![told[1]]), &ReplyKind::Settled);
    assert_eq!(object.sleep(9), [0_u32; 0]);
    assert_eq!(object.sleep(1), [told[0]]);
}

#[test]
fn a_result_goes_before_other_events() {
    let mut shell = Shell::with_card();
    for number in 2..=30 {
        shell.must(open(number), &ReplyKind::Opened);
        shell.must(cancel(number), &ReplyKind::Canceled);
    }
    shell.must(open_three_ds(1), &ReplyKind::Opened);
    shell.must(to_three_ds(1, ChallengeCommand::RequestInvalid), &ReplyKind::Seen);
    assert_eq!(shell.handed_out()[0].event.kind, EventKind::ThreeDsResult);
    shell.wait(10);
    assert_eq!(woken(&mut shell)[0], EventKind::ThreeDsResult);
}

/// A day after the challenge nobody is told any more, and nothing is kept of it.
#[test]
fn a_result_that_nobody_takes_over_is_forgotten_with_its_challenge() {
    let mut shell = Shell::asked_by_directory_server();
    let mut times = 0;
    while let Some(at) = shell.state.next_wake(&shell.rules) {
        shell.now = at;
        times += woken(&mut shell).iter().filter(|kind| **kind == EventKind::ThreeDsResult).count();
        assert!(times < 100);
    }
    // Nine times within the first hour and a half, then each 2560 seconds.
    assert!((30..50).contains(&times), "{times} times");
    assert!(shell.keeps_only_what_is_registered());
}

#[test]
fn where_no_queue_is_nobody_is_told() {
    let mut shell = Shell::asked_by_directory_server();
    shell.rules.events = false;
    shell.wait(30);
    assert_eq!(shell.conclusion(), Some(Conclusion::NeverRequested));
    assert_eq!((shell.handed_out().len(), woken(&mut shell)), (0, vec![]));
    assert_eq!(shell.telling(), Some(Telling::Due));
}

/// A Worker of the release before reads the reply, and none of the events.
#[test]
fn a_result_that_comes_with_a_reply_is_frozen() {
    let mut shell = Shell::shown_to_requestor();
    let reply = shell.ask(cancel(1));
    let due = shell.handed_out();
    frozen::hold(&[("handing.three_ds", wire::write_reply_with(&reply, &due).unwrap())]);
    let (read, handed) = wire::read_reply_with(frozen::text("handing.three_ds")).unwrap();
    assert!(handed == due && handed[0].event.kind == EventKind::ThreeDsResult);
    assert_eq!(ReplyKind::from(&read), ReplyKind::Canceled);
    assert!(wire::read_reply(frozen::text("handing.three_ds")).is_ok());
}
