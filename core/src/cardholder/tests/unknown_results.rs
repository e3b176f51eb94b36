//! Providers that may have sent a message and did not say so: they timed out, broke the connection
//! or failed.

use super::{
    Command, DeliveryState, EventKind, MINUTE, Refusal, ReplyKind, Seconds, SendChannel, Shell,
    TriesLeft, accepted, accepted_by, cancel, deliveries::texted, limited, open, present, receipt,
    receipt_of, refused_by_provider, resend, unknown,
};
use crate::cardholder::Status;

const LOST: [DeliveryState; 2] = [DeliveryState::Bounced, DeliveryState::Failed];
const ARRIVING: [DeliveryState; 2] = [DeliveryState::Sent, DeliveryState::Delivered];

impl Shell {
    /// Taro, whose first code provider 1 may have sent.
    fn unconfirmed() -> Self {
        let mut shell = Self::presented();
        shell.rules.events = true;
        shell.must(unknown(1, 1, 1, &[]), &ReplyKind::Seen);
        shell
    }

    #[track_caller]
    fn stands(&mut self, delivery: DeliveryState) {
        assert_eq!(self.delivery(), Some(delivery));
    }

    #[track_caller]
    fn queues_failures_of(&mut self, failed: &[u32]) {
        let kinds = failed.iter().map(|number| EventKind::DeliveryFailed(*number)).collect();
        self.must(Command::Wake, &ReplyKind::Woken(kinds));
    }
}

#[test]
fn a_code_that_may_have_been_sent_verifies() {
    let mut shell = Shell::unconfirmed();
    let view = shell.view(1);
    assert_eq!((view.delivery, view.send), (Some(DeliveryState::Unconfirmed), 1));
    assert_eq!((view.code_expires_in, view.resends_left), (10 * MINUTE, 3));
    shell.queues_failures_of(&[]);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
}

#[test]
fn it_stays_unconfirmed_until_somebody_knows_better() {
    let mut shell = Shell::unconfirmed();
    shell.wait(5 * MINUTE);
    shell.stands(DeliveryState::Unconfirmed);
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.stands(DeliveryState::Unconfirmed);
}

#[test]
fn the_next_send_may_be_asked_for_at_once_and_each_counts() {
    let mut shell = Shell::unconfirmed();
    let too_soon = |seconds| Refusal::ResendTooSoon(Seconds(seconds));
    let usual = [(2, too_soon(60)), (3, too_soon(120)), (4, Refusal::NoResendsLeft)];
    for (number, refusal) in usual {
        assert_eq!(shell.view(1).resend_in, 0);
        shell.must(resend(1), &ReplyKind::Sent(number));
        // Until its result is reported, a send makes the next one wait as any send does.
        shell.refuses(resend(1), refusal);
        shell.must(unknown(1, number, 1, &[]), &ReplyKind::Seen);
    }
    shell.refuses(resend(1), Refusal::NoResendsLeft);
    assert_eq!((shell.view(1).send, shell.view(1).resends_left), (4, 0));
    for (tries_left, older) in [(4, 1), (3, 2), (2, 3)] {
        shell.refuses(shell.right(1, older), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    shell.must(shell.right(1, 4), &ReplyKind::Verified);
}

#[test]
fn a_late_receipt_is_believed_and_the_usual_wait_holds_after_one_that_it_was_sent() {
    for state in ARRIVING {
        let mut shell = Shell::unconfirmed();
        shell.wait(10);
        shell.must(receipt(1, 1, state), &ReplyKind::Seen);
        shell.stands(state);
        shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(20)));
        shell.queues_failures_of(&[]);
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }
    for state in LOST {
        let mut shell = Shell::unconfirmed();
        shell.must(receipt(1, 1, state), &ReplyKind::Seen);
        shell.stands(state);
        shell.queues_failures_of(&[1]);
        shell.must(resend(1), &ReplyKind::Sent(2));
    }
}

#[test]
fn a_receipt_of_any_provider_that_may_have_sent_it_is_believed_and_of_no_other() {
    for by in [1, 2, 3] {
        for state in ARRIVING {
            let mut shell = Shell::presented();
            shell.must(unknown(1, 1, 1, &[2, 3]), &ReplyKind::Seen);
            shell.changes_nothing(receipt_of(4, 1, 1, state));
            shell.must(receipt_of(by, 1, 1, state), &ReplyKind::Seen);
            shell.stands(state);
        }
    }
}

#[test]
fn it_is_lost_when_every_provider_that_may_have_sent_it_says_so_and_told_once() {
    for last in LOST {
        let mut shell = Shell::presented();
        shell.rules.events = true;
        shell.must(unknown(1, 1, 1, &[0, 2]), &ReplyKind::Seen);
        for by in [2, 1] {
            shell.must(receipt_of(by, 1, 1, DeliveryState::Failed), &ReplyKind::Seen);
            shell.stands(DeliveryState::Unconfirmed);
        }
        shell.queues_failures_of(&[]);
        shell.must(receipt_of(0, 1, 1, last), &ReplyKind::Seen);
        shell.stands(last);
        shell.changes_nothing(receipt_of(0, 1, 1, last));
        shell.changes_nothing(receipt_of(2, 1, 1, DeliveryState::Failed));
        shell.queues_failures_of(&[1]);
    }
}

#[test]
fn one_that_arrived_stays_so_whatever_the_other_provider_says() {
    for state in LOST {
        let mut shell = Shell::presented();
        shell.rules.events = true;
        shell.must(unknown(1, 1, 1, &[2]), &ReplyKind::Seen);
        shell.must(receipt_of(2, 1, 1, DeliveryState::Delivered), &ReplyKind::Seen);
        shell.must(receipt_of(1, 1, 1, state), &ReplyKind::Seen);
        shell.stands(DeliveryState::Delivered);
        shell.queues_failures_of(&[]);
    }
}

#[test]
fn after_one_that_may_have_sent_it_another_that_accepts_makes_it_sent_and_both_are_believed() {
    let after = |receipts: &[(u8, DeliveryState)]| {
        let mut shell = Shell::presented();
        shell.rules.events = true;
        shell.must(accepted_by(2, 1, 1, &[1]), &ReplyKind::Seen);
        for (by, state) in receipts {
            shell.must(receipt_of(*by, 1, 1, *state), &ReplyKind::Seen);
        }
        shell
    };
    let mut shell = after(&[]);
    shell.stands(DeliveryState::Sent);
    shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(30)));
    for by in [1, 2] {
        after(&[(by, DeliveryState::Delivered)]).stands(DeliveryState::Delivered);
        after(&[(by, DeliveryState::Delivered), (3 - by, DeliveryState::Failed)])
            .stands(DeliveryState::Delivered);
    }
    after(&[(1, DeliveryState::Failed)]).stands(DeliveryState::Sent);
    // The provider that accepted the message state that it failed; the other provider may have sent
    // it.
    let mut shell = after(&[(2, DeliveryState::Failed)]);
    shell.stands(DeliveryState::Unconfirmed);
    shell.queues_failures_of(&[]);
    assert_eq!(shell.view(1).resend_in, 0);
    let mut shell = after(&[(2, DeliveryState::Failed), (1, DeliveryState::Bounced)]);
    shell.stands(DeliveryState::Bounced);
    shell.queues_failures_of(&[1]);
}

#[test]
fn a_receipt_that_was_faster_than_the_report_counts_as_one_that_came_after_it() {
    for state in [
        DeliveryState::Sent,
        DeliveryState::Delivered,
        DeliveryState::Bounced,
        DeliveryState::Failed,
    ] {
        for report in [unknown(1, 1, 1, &[]), accepted(1, 1, &[])] {
            let mut shell = Shell::presented();
            shell.rules.events = true;
            shell.must(receipt(1, 1, state), &ReplyKind::Seen);
            shell.must(report, &ReplyKind::Seen);
            shell.stands(state);
            shell.queues_failures_of(if state.is_lost() { &[1] } else { &[] });
        }
    }
    let mut shell = Shell::presented();
    shell.must(receipt_of(1, 1, 1, DeliveryState::Failed), &ReplyKind::Seen);
    shell.must(unknown(1, 1, 1, &[2]), &ReplyKind::Seen);
    shell.stands(DeliveryState::Unconfirmed);
}

#[test]
fn a_second_report_changes_nothing() {
    let reports =
        || [unknown(1, 1, 1, &[]), accepted(1, 1, &[]), refused_by_provider(1, 1)].into_iter();
    for first in [unknown(1, 1, 1, &[]), accepted(1, 1, &[2])] {
        let mut shell = Shell::presented();
        shell.must(first, &ReplyKind::Seen);
        for second in reports() {
            shell.changes_nothing(second);
        }
        // A report that the destination has no slot takes back nothing either: the message may have
        // arrived already.
        let before = shell.state.clone();
        let refusal = Refusal::DestinationLimited(Seconds(0));
        shell.refuses(limited(1, 1, shell.now), refusal);
        assert!(shell.state == before);
    }
}

#[test]
fn a_text_message_that_may_have_been_sent_goes_by_no_other_way_until_it_is_known_to_be_lost() {
    let mut shell = texted();
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(unknown(1, 1, 1, &[]), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.diverted, view.diverts), (false, false));
    assert_eq!(shell.clone().ordered(resend(1)).to.channel(), SendChannel::Sms);
    shell.must(receipt(1, 1, DeliveryState::Failed), &ReplyKind::Seen);
    assert!(shell.view(1).diverts);
    assert_eq!(shell.ordered(resend(1)).to.channel(), SendChannel::Email);
}

#[test]
fn a_mail_in_place_of_a_refused_text_message_can_be_unconfirmed_too() {
    let mut shell = texted();
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!(shell.ordered(refused_by_provider(1, 1)).number, 2);
    shell.must(unknown(1, 2, 2, &[]), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.delivery, view.diverted), (Some(DeliveryState::Unconfirmed), true));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
}

#[test]
fn it_is_noted_of_an_ended_challenge_and_of_an_older_send_as_well() {
    let mut shell = Shell::presented();
    shell.must(cancel(1), &ReplyKind::Canceled);
    shell.must(unknown(1, 1, 1, &[]), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.status, view.delivery), (Status::Canceled, Some(DeliveryState::Unconfirmed)));

    let mut shell = Shell::presented();
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    let before = shell.view(1);
    shell.must(unknown(1, 1, 1, &[]), &ReplyKind::Seen);
    assert!(shell.view(1) == before, "only the newest is shown");
    shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(60)));
}

#[test]
fn an_unconfirmed_delivery_is_one_of_the_eight() {
    let mut shell = Shell::opened();
    for number in 1..=7 {
        shell.must(present(1), &ReplyKind::Sent(1));
        shell.must(refused_by_provider(1, number), &ReplyKind::Seen);
    }
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(unknown(1, 8, 1, &[]), &ReplyKind::Seen);
    assert_eq!(shell.view(1).resends_left, 0);
    shell.refuses(resend(1), Refusal::NoResendsLeft);
    shell.must(shell.right(1, 8), &ReplyKind::Verified);
    shell.must(open(2), &ReplyKind::Opened);
}
