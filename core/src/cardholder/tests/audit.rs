//! Audit records: what is told of a challenge that ended, and what never is.

use super::{
    ChallengeCommand, Command, DeliveryState, MINUTE, Refusal, Reply, ReplyKind, Shell, audit,
    cancel, id, limited, open, present, read, receipt, record, refused_by_provider, resend,
    to_challenge, with_record,
};
use crate::cardholder::{ChallengeAudit, Ended, RefusedByRule, Status};

impl Shell {
    #[track_caller]
    fn audit(&mut self, number: u32) -> ChallengeAudit {
        match self.ask(audit(number)) {
            Reply::Audited(audit) => audit,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    /// The name of the rule that refused something in a challenge last.
    fn rule(&mut self, number: u32) -> Option<String> {
        self.audit(number).refused.map(|refused| refused.rule)
    }
}

#[test]
fn the_record_has_the_times_of_everything_that_happened() {
    let mut shell = Shell::opened();
    let opened_at = shell.now;
    assert_eq!(shell.audit(1).shown_at, None);
    shell.wait(3);
    let shown_at = shell.now;
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.wait(40);
    // A second showing is not the first.
    shell.must(present(1), &ReplyKind::Seen);
    let resent_at = shell.now;
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.must(receipt(1, 2, DeliveryState::Delivered), &ReplyKind::Seen);
    shell.wait(5);
    let tried_at = shell.now;
    shell.ask(shell.wrong(1));
    shell.wait(6);
    let ended_at = shell.now;
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
    shell.wait(60);

    let audit = shell.audit(1);
    assert_eq!(audit.view.opened_at, opened_at);
    assert_eq!(audit.shown_at, Some(shown_at));
    let sends: Vec<_> = audit.sends.iter().map(|send| (send.delivery, send.at)).collect();
    assert_eq!(sends, [(1, shown_at), (2, resent_at)]);
    assert_eq!(audit.sends[1].state, DeliveryState::Delivered);
    assert_eq!(audit.sends[0].via.destination(), Some("***@mail.jp"));
    assert_eq!(audit.deliveries_ordered, 2);
    assert_eq!(audit.tried_at, [tried_at, ended_at]);
    assert_eq!(audit.view.outcome.unwrap().at, ended_at);
    assert_eq!(audit.view.tries, 2);
    assert!(!audit.superseded);
    let wrong = RefusedByRule { rule: "wrong_code".to_owned(), at: tried_at };
    assert_eq!(audit.refused, Some(wrong));
}

#[test]
fn a_try_of_an_app_is_noted_once_and_asking_for_its_secret_is_none() {
    let mut shell = Shell::asked_for_app();
    shell.must(present(1), &ReplyKind::Seen);
    shell.must(super::submit(1, "012345"), &ReplyKind::Unseal);
    assert_eq!(shell.audit(1).tried_at, []);
    let now = shell.now;
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    assert_eq!(shell.audit(1).tried_at, [now]);
    assert!(shell.audit(1).sends.is_empty());
}

/// The same attempt again spends no try, so it is none.
#[test]
fn as_many_times_are_noted_as_tries_were_spent() {
    let mut shell = Shell::presented();
    for _ in 0..7 {
        shell.wait(1);
        let wrong = shell.wrong(1);
        shell.ask(wrong);
        let audit = shell.audit(1);
        assert_eq!(audit.tried_at.len(), audit.view.tries as usize);
    }
    assert_eq!(shell.audit(1).view.tries, 5);
    assert_eq!(shell.audit(1).view.status, Status::Failed);
}

#[test]
fn the_rule_that_refused_last_is_named_and_what_comes_after_the_end_changes_nothing() {
    let mut shell = Shell::presented();
    assert_eq!(shell.rule(1), None);
    shell.must(resend(1), &ReplyKind::No(Refusal::ResendTooSoon(super::Seconds(30))));
    let at = shell.now;
    shell.wait(1);
    shell.ask(resend(1));
    let first = RefusedByRule { rule: "resend_too_soon".to_owned(), at };
    assert_eq!(shell.audit(1).refused, Some(first));
    shell.wait(11 * MINUTE);
    shell.ask(shell.right(1, 1));
    assert_eq!(shell.rule(1).as_deref(), Some("code_expired"));
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.ask(limited(1, 2, shell.now));
    assert_eq!(shell.rule(1).as_deref(), Some("destination_limited"));
    // A caller whose record is another one is a stranger, and no part of the story.
    let stranger = with_record(read(1), record(2));
    shell.must(stranger, &ReplyKind::No(Refusal::RecordAltered));
    assert_eq!(shell.rule(1).as_deref(), Some("destination_limited"));
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.refuses(resend(1), Refusal::Ended(Ended::Canceled));
    assert_eq!(shell.rule(1).as_deref(), Some("destination_limited"));
}

#[test]
fn a_button_that_is_pressed_again_and_again_writes_nothing() {
    let mut shell = Shell::presented();
    shell.ask(resend(1));
    let before = shell.state.clone();
    shell.wait(1);
    shell.ask(resend(1));
    assert!(shell.state == before);
}

#[test]
fn a_wait_at_a_merchant_is_known_as_long_as_it_lasts() {
    let mut shell = Shell::presented();
    for wrong in 1..=5 {
        let until = shell.state.merchant_waits_until(&id(1), &shell.rules, shell.now);
        assert_eq!(until, None, "{wrong}");
        let wrong = shell.wrong(1);
        shell.ask(wrong);
    }
    let until = shell.state.merchant_waits_until(&id(1), &shell.rules, shell.now).unwrap();
    assert_eq!(until.seconds_from(shell.now), 15 * MINUTE);
    assert_eq!(shell.state.merchant_waits_until(&id(9), &shell.rules, shell.now), None);
    shell.now = until;
    assert_eq!(shell.state.merchant_waits_until(&id(1), &shell.rules, shell.now), None);
}

#[test]
fn who_was_ended_by_a_newer_challenge_is_told_apart() {
    let mut shell = Shell::opened();
    for number in 2..=201 {
        shell.must(open(number), &ReplyKind::Opened);
    }
    assert_eq!(shell.audit(1).view.status, Status::Canceled);
    assert!(shell.audit(1).superseded);
    shell.must(cancel(2), &ReplyKind::Canceled);
    assert!(!shell.audit(2).superseded);
    // One that ran out when another was opened was not ended by it.
    shell.wait(31 * MINUTE);
    shell.must(open(301), &ReplyKind::Opened);
    assert_eq!(shell.audit(3).view.status, Status::Expired);
    assert!(!shell.audit(3).superseded);
}

#[test]
fn only_whoever_has_the_record_is_told_and_never_the_personal_message() {
    let mut shell = Shell::presented();
    shell.refuses(Command::Audit { id: id(1), record: record(2) }, Refusal::RecordAltered);
    shell.refuses(audit(9), Refusal::UnknownChallenge);
    assert!(shell.view(1).personal_message.is_some());
    assert!(shell.audit(1).view.personal_message.is_none());
    let before = shell.state.clone();
    shell.audit(1);
    assert!(shell.state == before);
}

/// A record that is posted later must not tell of a destination that no code went to.
#[test]
fn a_challenge_without_a_code_names_no_way_whatever_is_enrolled_since() {
    let mut shell = Shell::opened();
    shell.must(cancel(1), &ReplyKind::Canceled);
    assert!(shell.view(1).via.is_some());
    assert!(shell.audit(1).view.via.is_none());
    let mut shell = Shell::presented();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.enroll_app(1, 1);
    let via = shell.audit(1).view.via;
    assert_eq!(via.unwrap().destination(), Some("***@mail.jp"));
}

/// An order that every provider refused is no send, and is counted all the same.
#[test]
fn what_was_taken_back_is_counted_as_ordered() {
    let mut shell = Shell::presented();
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    let audit = shell.audit(1);
    assert_eq!((audit.sends.len(), audit.deliveries_ordered), (0, 1));
    shell.must(to_challenge(1, ChallengeCommand::Resend), &ReplyKind::Sent(1));
    let audit = shell.audit(1);
    assert_eq!((audit.sends[0].delivery, audit.deliveries_ordered), (2, 2));
    shell.ask(read(1));
}
