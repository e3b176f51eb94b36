//! What an isolate knows of challenges that ended: it refuses as the object does, or not at all.

use super::{
    Command, MINUTE, Refusal, Refused, Reply, ReplyKind, Shell, TriesLeft, cancel, ended::ENDINGS,
    id, record, resend, three_ds::to_three_ds,
};
use crate::{
    attempt::AttemptId,
    cardholder::{ChallengeCommand, Ended, KnownEnds, Post, Status},
    digest::Digest,
    ids::ChallengeId,
};

/// What is kept beside an end here: the number of codes that were compared.
type Known = KnownEnds<u32>;

/// The attempts that are told apart: without a name, and by three names.
const NAMES: [Option<u8>; 4] = [None, Some(1), Some(2), Some(3)];

/// What is asked of challenge 1 with its own record.
fn asked(id: &ChallengeId, attempt: Option<Digest>) -> Post<'_> {
    Post { id, record: record(1), attempt }
}

/// Submits a wrong code to challenge 1 under a name.
fn attempt(shell: &Shell, name: Option<u8>) -> (Command, Option<Digest>) {
    let mut wrong = shell.wrong(1);
    let Command::Challenge { command: ChallengeCommand::Verify { attempt, code, .. }, .. } =
        &mut wrong
    else {
        panic!("no code is submitted");
    };
    *attempt = name.map(|name| AttemptId::random([name; 16]).digest(id(1).as_str(), code));
    let digest = *attempt;
    (wrong, digest)
}

/// Submits it, and has the reply learned from.
fn try_code(shell: &mut Shell, known: &mut Known, name: Option<u8>) -> Reply {
    let (command, digest) = attempt(shell, name);
    let reply = shell.ask(command);
    known.learn(&asked(&id(1), digest), &reply, &shell.rules, shell.now, |view| view.tries);
    reply
}

fn send_again(shell: &mut Shell, known: &mut Known) {
    let reply = shell.ask(resend(1));
    known.learn(&asked(&id(1), None), &reply, &shell.rules, shell.now, |view| view.tries);
}

/// Which of the attempts are refused without the object, and that the object refuses each of these
/// with the same.
#[track_caller]
fn refused(shell: &Shell, known: &Known) -> Vec<Option<u8>> {
    let is_refused = |name: &Option<u8>| {
        let (command, digest) = attempt(shell, *name);
        let Some((ended, _)) = known.find(&asked(&id(1), digest), shell.now) else { return false };
        shell.clone().refuses(command, Refusal::Ended(ended));
        true
    };
    NAMES.into_iter().filter(is_refused).collect()
}

#[test]
fn an_end_is_learned_from_its_refusal_and_refuses_what_the_object_refuses() {
    let unnamed = vec![None];
    for ((status, end), expected) in
        ENDINGS.into_iter().zip([Vec::new(), unnamed, NAMES.to_vec(), NAMES.to_vec()])
    {
        for learn in [send_again, |shell: &mut Shell, known: &mut Known| {
            try_code(shell, known, None);
        }] {
            let (mut shell, mut known) = (Shell::presented(), Known::default());
            try_code(&mut shell, &mut known, None);
            assert!(refused(&shell, &known).is_empty(), "{status:?}: it has not ended");
            // The way of failing takes five.
            if status == Status::Failed {
                shell = Shell::presented();
            }
            end(&mut shell);
            assert!(refused(&shell, &known).is_empty(), "{status:?}: nobody told");
            learn(&mut shell, &mut known);
            assert_eq!(refused(&shell, &known), expected, "{status:?}");
        }
    }
}

/// The attempt that failed a challenge gets its own answer again. Whoever saw that answer knows which
/// one it was, and that every other one is refused.
#[test]
fn the_attempt_that_failed_a_challenge_is_left_to_the_object() {
    let others = vec![None, Some(1), Some(3)];
    for (last, expected) in [(None, NAMES.to_vec()), (Some(2), others)] {
        let (mut shell, mut known) = (Shell::presented(), Known::default());
        for name in [Some(1), Some(3), None, Some(1), last] {
            assert!(refused(&shell, &known).is_empty());
            // A named attempt that is repeated is not compared again.
            try_code(&mut shell, &mut known, name);
        }
        assert_eq!(shell.view(1).status, Status::Failed);
        assert_eq!(refused(&shell, &known), expected, "{last:?}");
        // Its own answer again is as good to learn from.
        let again = try_code(&mut shell, &mut known, last);
        let answer = match last {
            Some(_) => Refusal::WrongCode(TriesLeft(0)),
            None => Refusal::Ended(Ended::Failed),
        };
        assert!(matches!(again, Reply::Refused(Refused::Rule(refusal), _) if refusal == answer));
    }
}

#[test]
fn an_end_is_remembered_for_a_minute_and_not_after_the_object_forgot_it() {
    let (mut shell, mut known) = (Shell::presented(), Known::default());
    shell.must(cancel(1), &ReplyKind::Canceled);
    try_code(&mut shell, &mut known, None);
    let learned = shell.now;
    shell.wait_until(learned, MINUTE * 1000 - 1);
    assert_eq!(refused(&shell, &known), NAMES);
    shell.wait_until(learned, MINUTE * 1000);
    assert!(refused(&shell, &known).is_empty());

    let expires_at = shell.view(1).expires_at;
    let forgotten_at = shell.rules.forgotten_at(expires_at);
    shell.wait_until(learned, forgotten_at.millis() - learned.millis() - 1);
    try_code(&mut shell, &mut known, None);
    assert_eq!(refused(&shell, &known), NAMES);
    shell.wait_millis(1);
    assert!(refused(&shell, &known).is_empty());
    shell.refuses(resend(1), Refusal::UnknownChallenge);
}

#[test]
fn a_challenge_that_was_erased_is_known_no_more() {
    let (mut shell, mut known) = (Shell::presented(), Known::default());
    shell.must(cancel(1), &ReplyKind::Canceled);
    try_code(&mut shell, &mut known, None);
    known.forget(&id(1));
    assert!(refused(&shell, &known).is_empty());
}

/// Who shows another record is a stranger, who learns nothing of the challenge.
#[test]
fn a_stranger_is_left_to_the_object() {
    let (mut shell, mut known) = (Shell::presented(), Known::default());
    shell.must(cancel(1), &ReplyKind::Canceled);
    try_code(&mut shell, &mut known, None);
    let stranger = Post { id: &id(1), record: record(2), attempt: None };
    assert!(known.find(&stranger, shell.now).is_none());
    assert_eq!(refused(&shell, &known), NAMES);
}

/// Its requestor and its directory server are told the end.
#[test]
fn an_end_that_a_directory_server_is_told_is_not_remembered() {
    let (mut shell, mut known) = (Shell::shown_to_requestor(), Known::default());
    shell.must(to_three_ds(1, ChallengeCommand::Cancel), &ReplyKind::Canceled);
    let end = shell.ask(to_three_ds(1, ChallengeCommand::Resend));
    assert_eq!(ReplyKind::from(&end), ReplyKind::No(Refusal::Ended(Ended::Canceled)));
    known.learn(&asked(&id(1), None), &end, &shell.rules, shell.now, |view| view.tries);
    assert!(known.find(&asked(&id(1), None), shell.now).is_none());
}

#[test]
fn of_more_ends_than_there_is_room_for_none_is_pushed_out_before_its_time() {
    let (mut shell, mut known) = (Shell::presented(), Known::default());
    shell.must(cancel(1), &ReplyKind::Canceled);
    let end = shell.ask(resend(1));
    let learn = |known: &mut Known, number: u32, now| {
        known.learn(&asked(&id(number), None), &end, &shell.rules, now, |view| view.tries);
        known.find(&asked(&id(number), None), now).is_some()
    };
    let start = shell.now;
    let mut late = shell.clone();
    late.wait(MINUTE);
    assert!((1..=1_000).all(|number| learn(&mut known, number, start)));
    assert!(!learn(&mut known, 1_001, start), "there is no room");
    assert!(learn(&mut known, 1, start), "one that is known is learned again");
    assert!((1..=1_000).all(|number| known.find(&asked(&id(number), None), start).is_some()));
    assert!(learn(&mut known, 1_001, late.now), "there is room again");
}
