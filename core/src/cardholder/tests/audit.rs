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
