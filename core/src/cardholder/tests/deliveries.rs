//! What becomes of a delivery: accepted or refused by the providers, sent by e-mail instead,
//! limited by its destination, and changed by receipts.

use super::{
    ChallengeCommand, Channel, Command, DAY, DeliveryReport, DeliveryState, Duration, EventKind,
    MINUTE, Refusal, Refused, Registration, Reply, ReplyKind, Seconds, SendChannel, Shell,
    TriesLeft, accepted, accepted_by, cancel, limited, open, present, read, receipt, receipt_of,
    refused_by_provider, resend, taro, to_challenge,
};
use crate::cardholder::{DeliveryOrder, Status};

const LOST: [DeliveryState; 2] = [DeliveryState::Bounced, DeliveryState::Failed];

/// Something that happens to Taro in between.
type Change = fn(&mut Shell);

/// Taro, who chose text messages, which fall back to e-mail; challenge 1 is open.
pub(super) fn texted() -> Shell {
    let mut shell = Shell::empty();
    shell.rules.sms_to_email = true;
    shell.ask(Command::Register(by_sms()));
    shell.must(open(1), &ReplyKind::Opened);
    shell
}

fn by_sms() -> Registration {
    Registration { channel: Some(SendChannel::Sms), ..taro() }
}

impl Shell {
    /// What a command orders.
    #[track_caller]
    pub(super) fn ordered(&mut self, command: Command) -> DeliveryOrder {
        match self.ask(command) {
            Reply::Send(_, order) => order,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    #[track_caller]
    pub(super) fn delivery(&mut self) -> Option<DeliveryState> {
        self.view(1).delivery
    }

    #[track_caller]
    pub(super) fn changes_nothing(&mut self, command: Command) {
        let before = self.state.clone();
        self.must(command, &ReplyKind::Seen);
        assert!(self.state == before, "something changed");
    }
}

#[test]
fn a_text_message_that_nobody_took_goes_by_mail_as_the_same_send_with_another_code() {
    for report in [DeliveryReport::NotTaken, DeliveryReport::BadDestination] {
        let mut shell = texted();
        shell.rules.events = true;
        let sms = shell.ordered(present(1));
        assert_eq!((sms.number, sms.send, sms.to.channel()), (1, 1, SendChannel::Sms));
        assert!(!shell.view(1).diverted);
        let mail = shell.ordered(to_challenge(1, ChallengeCommand::Report(1, report)));
        assert_eq!((mail.number, mail.send, mail.to.channel()), (2, 1, SendChannel::Email));
        let view = shell.view(1);
        assert_eq!((view.send, view.resends_left, view.resend_in), (1, 3, 30));
        assert_eq!((view.diverted, view.delivery), (true, Some(DeliveryState::Sending)));
        assert_eq!(view.via.unwrap().channel(), Channel::Email);
        // The delivery is under way: nothing has failed yet.
        shell.must(Command::Wake, &ReplyKind::Woken(vec![]));
        shell.refuses(shell.right(1, 1), Refusal::WrongCode(TriesLeft(4)));
        shell.must(shell.right(1, 2), &ReplyKind::Verified);
    }
}

#[test]
fn a_diverted_resend_leaves_one_living_code() {
    let mut shell = texted();
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    let mail = shell.ordered(refused_by_provider(1, 2));
    assert_eq!((mail.number, mail.send), (3, 2));
    for (tries_left, dead) in [(4, 1), (3, 2)] {
        shell.refuses(shell.right(1, dead), Refusal::WrongCode(TriesLeft(tries_left)));
    }
    shell.must(shell.right(1, 3), &ReplyKind::Verified);
}

#[test]
fn a_text_message_is_not_diverted_where_there_is_no_other_way() {
    let cases: [(&str, Change); 8] = [
        ("switched off", |shell| shell.rules.sms_to_email = false),
        ("no mail is reached", |shell| shell.rules.available.email = false),
        ("no address", |shell| {
            drop(shell.ask(Command::Register(Registration { email: None, ..by_sms() })))
        }),
        ("not enrolled any more", |shell| {
            drop(shell.ask(Command::Register(Registration { phone: None, ..by_sms() })))
        }),
        ("locked", |shell| {
            shell.locks_after(0);
        }),
        ("canceled", |shell| shell.must(cancel(1), &ReplyKind::Canceled)),
        ("verified", |shell| shell.must(shell.right(1, 1), &ReplyKind::Verified)),
        ("expired", |shell| shell.wait(30 * MINUTE)),
    ];
    for (why, prevent) in cases {
        let mut shell = texted();
        shell.rules.events = true;
        shell.must(present(1), &ReplyKind::Sent(1));
        prevent(&mut shell);
        let ended = shell.view(1).status != Status::Pending;
        shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
        let view = shell.view(1);
        assert_eq!(view.delivery, Some(DeliveryState::Failed), "{why}");
        // An ended challenge keeps its history.
        assert_eq!(view.send, u32::from(ended), "{why}");
        let ReplyKind::Woken(events) = shell.reply_kind(Command::Wake) else { panic!("{why}") };
        let failures = events.iter().filter(|kind| **kind == EventKind::DeliveryFailed(1));
        assert_eq!(failures.count(), 1, "{why}");
    }
}

#[test]
fn mail_that_nobody_took_is_not_diverted() {
    let mut shell = Shell::presented();
    shell.rules.sms_to_email = true;
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    // A text message that went by e-mail already is not diverted again.
    let mut shell = texted();
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(refused_by_provider(1, 1), &ReplyKind::Sent(1));
    shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.send, view.resend_in, view.resends_left), (0, 0, 3));
    assert_eq!((view.delivery, view.diverted), (Some(DeliveryState::Failed), false));
    // The next showing tries both SMS and e-mail again.
    assert_eq!(shell.ordered(present(1)).to.channel(), SendChannel::Sms);
    assert_eq!(shell.ordered(refused_by_provider(1, 3)).to.channel(), SendChannel::Email);
}

#[test]
fn diverted_deliveries_are_some_of_the_eight() {
    let mut shell = texted();
    for number in [1, 3, 5, 7] {
        assert_eq!(shell.ordered(resend(1)).number, number);
        assert_eq!(shell.ordered(refused_by_provider(1, number)).number, number + 1);
        shell.must(refused_by_provider(1, number + 1), &ReplyKind::Seen);
    }
    shell.refuses(resend(1), Refusal::NoResendsLeft);

    let mut shell = texted();
    for number in [1, 3, 5] {
        shell.ordered(resend(1));
        shell.ordered(refused_by_provider(1, number));
        shell.must(refused_by_provider(1, number + 1), &ReplyKind::Seen);
    }
    shell.must(resend(1), &ReplyKind::Sent(1));
    shell.must(accepted(1, 7, &[]), &ReplyKind::Seen);
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    // That was the eighth and last delivery: no mail follows.
    shell.must(refused_by_provider(1, 8), &ReplyKind::Seen);
}

#[test]
fn after_a_lost_text_message_the_next_send_is_a_mail_and_then_a_text_message_again() {
    for lost in LOST {
        let mut shell = texted();
        shell.must(present(1), &ReplyKind::Sent(1));
        shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
        shell.must(receipt(1, 1, lost), &ReplyKind::Seen);
        let mail = shell.ordered(resend(1));
        assert_eq!((mail.send, mail.to.channel()), (2, SendChannel::Email));
        assert!(shell.view(1).diverted);
        shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
        let sms = shell.ordered(resend(1));
        assert_eq!((sms.send, sms.to.channel()), (2, SendChannel::Sms));
        shell.must(receipt(1, 3, DeliveryState::Delivered), &ReplyKind::Seen);
        shell.wait(60);
        assert_eq!(shell.ordered(resend(1)).to.channel(), SendChannel::Sms);
        assert!(!shell.view(1).diverted);
    }
}

#[test]
fn without_the_other_way_a_lost_text_message_is_followed_by_another() {
    let mut shell = texted();
    shell.rules.sms_to_email = false;
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    shell.must(receipt(1, 1, DeliveryState::Failed), &ReplyKind::Seen);
    assert_eq!(shell.ordered(resend(1)).to.channel(), SendChannel::Sms);
}

#[test]
fn what_nobody_took_is_shown_as_failed_until_the_next_send() {
    let mut shell = Shell::opened();
    assert_eq!(shell.delivery(), None);
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!(shell.delivery(), Some(DeliveryState::Sending));
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    shell.wait(MINUTE);
    assert_eq!(shell.delivery(), Some(DeliveryState::Failed));
    shell.must(present(1), &ReplyKind::Sent(1));
    assert_eq!(shell.delivery(), Some(DeliveryState::Sending));
    shell.must(accepted(1, 2, &[]), &ReplyKind::Seen);
    assert_eq!(shell.delivery(), Some(DeliveryState::Sent));

    // A resend that every provider refused is shown as failed too, although the older code is the
    // newest again.
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.must(refused_by_provider(1, 3), &ReplyKind::Seen);
    assert_eq!(shell.delivery(), Some(DeliveryState::Failed));
    shell.must(receipt(1, 2, DeliveryState::Delivered), &ReplyKind::Seen);
    assert_eq!(shell.delivery(), Some(DeliveryState::Failed));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
}

#[test]
fn a_report_about_an_older_send_is_noted_and_not_shown() {
    let mut shell = Shell::presented();
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    let before = shell.view(1);
    for number in [0, 3, u32::MAX] {
        shell.changes_nothing(refused_by_provider(1, number));
        shell.changes_nothing(receipt(1, number, DeliveryState::Bounced));
    }
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    assert!(shell.view(1) == before);
    shell.changes_nothing(refused_by_provider(1, 1));
    // When the newer send is taken back because of its destination's quota, the older send is
    // shown, as failed.
    shell.must(limited(1, 2, shell.now), &ReplyKind::No(Refusal::DestinationLimited(Seconds(0))));
    let view = shell.view(1);
    assert_eq!((view.send, view.delivery, view.resend_in), (1, Some(DeliveryState::Failed), 0));
}

#[test]
fn a_report_of_nobody_does_not_undo_what_a_provider_told_before_it() {
    // A provider took the message and did not answer in time. Its receipt came before the couriers'
    // report.
    for state in [
        DeliveryState::Sent,
        DeliveryState::Delivered,
        DeliveryState::Bounced,
        DeliveryState::Failed,
    ] {
        let mut shell = texted();
        shell.must(present(1), &ReplyKind::Sent(1));
        shell.must(receipt(1, 1, state), &ReplyKind::Seen);
        shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
        shell.changes_nothing(refused_by_provider(1, 1));
        assert_eq!(shell.delivery(), Some(state));
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
    }
}

#[test]
fn a_lost_send_counts_and_nobody_waits_for_it() {
    for lost in LOST {
        let mut shell = Shell::presented();
        shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
        shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(30)));
        shell.must(receipt(1, 1, DeliveryState::Delivered), &ReplyKind::Seen);
        shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(30)));
        shell.must(receipt(1, 1, lost), &ReplyKind::Seen);
        let view = shell.view(1);
        assert_eq!((view.send, view.resend_in, view.resends_left), (1, 0, 3));
        // The code of the lost send is still accepted: a provider can be wrong.
        let mut other = shell.clone();
        other.must(other.right(1, 1), &ReplyKind::Verified);
        for (number, sent) in [(2, 2), (3, 3), (4, 4)] {
            shell.must(resend(1), &ReplyKind::Sent(sent));
            shell.must(accepted(1, number, &[]), &ReplyKind::Seen);
            shell.must(receipt(1, number, lost), &ReplyKind::Seen);
        }
        shell.refuses(resend(1), Refusal::NoResendsLeft);
    }
}

#[test]
fn a_receipt_of_an_older_send_does_not_shorten_the_wait_after_the_newest() {
    let mut shell = Shell::presented();
    shell.wait(30);
    shell.must(resend(1), &ReplyKind::Sent(2));
    let before = shell.view(1);
    shell.must(receipt(1, 1, DeliveryState::Bounced), &ReplyKind::Seen);
    assert!(shell.view(1) == before);
    shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(60)));
}

#[test]
fn a_receipt_after_the_end_changes_nothing_but_what_is_known_of_the_delivery() {
    let ends: [Change; 3] = [
        |shell| shell.must(shell.right(1, 1), &ReplyKind::Verified),
        |shell| shell.must(cancel(1), &ReplyKind::Canceled),
        |shell| shell.wait(30 * MINUTE),
    ];
    for end in ends {
        for state in [
            DeliveryState::Sent,
            DeliveryState::Delivered,
            DeliveryState::Bounced,
            DeliveryState::Failed,
        ] {
            for reported_first in [true, false] {
                let mut shell = Shell::presented();
                end(&mut shell);
                let before = shell.view(1);
                let (report, receipt) = (accepted(1, 1, &[]), receipt(1, 1, state));
                let both = if reported_first { [report, receipt] } else { [receipt, report] };
                for command in both {
                    shell.must(command, &ReplyKind::Seen);
                }
                let mut after = shell.view(1);
                assert_eq!(after.delivery, Some(state));
                after.delivery = before.delivery;
                assert!(after == before, "{state:?} changed an ended challenge");
            }
        }
    }
}

#[test]
fn a_receipt_for_a_challenge_that_is_not_there_is_refused() {
    let mut shell = Shell::presented();
    shell.refuses(receipt(2, 1, DeliveryState::Bounced), Refusal::UnknownChallenge);
    shell.wait(DAY + 30 * MINUTE);
    shell.refuses(receipt(1, 1, DeliveryState::Bounced), Refusal::UnknownChallenge);
}

#[test]
fn a_delivery_that_nobody_reports_is_unconfirmed_after_30_seconds_and_the_next_is_free() {
    let mut shell = Shell::presented();
    shell.wait_millis(29_999);
    assert_eq!(shell.delivery(), Some(DeliveryState::Sending));
    shell.wait_millis(1);
    assert_eq!(shell.delivery(), Some(DeliveryState::Unconfirmed));
    // The wait after the second send would be a minute.
    let mut again = shell.clone();
    again.must(resend(1), &ReplyKind::Sent(2));
    again.wait_millis(29_999);
    again.refuses(resend(1), Refusal::ResendTooSoon(Seconds(31)));
    again.wait_millis(1);
    again.must(resend(1), &ReplyKind::Sent(3));
    // A report that comes all the same is believed.
    let mut late = shell.clone();
    late.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    assert_eq!(late.delivery(), Some(DeliveryState::Failed));
    shell.must(receipt(1, 1, DeliveryState::Bounced), &ReplyKind::Seen);
    assert_eq!(shell.delivery(), Some(DeliveryState::Bounced));
}

#[test]
fn while_the_app_is_asked_no_delivery_is_shown() {
    let mut shell = Shell::asked_for_app();
    assert_eq!(shell.delivery(), None);
    let mut shell = Shell::presented();
    shell.choose(1, Channel::App);
    assert_eq!(shell.delivery(), None);
}

#[test]
fn a_send_that_its_destination_does_not_take_leaves_everything_as_it_was() {
    let starts: [fn() -> Shell; 4] = [
        || Shell::opened(),
        || {
            let mut shell = Shell::presented();
            shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
            shell.wait(30);
            shell
        },
        || {
            let mut shell = Shell::presented();
            shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
            shell
        },
        || {
            let mut shell = texted();
            shell.must(present(1), &ReplyKind::Sent(1));
            shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
            shell.must(receipt(1, 1, DeliveryState::Failed), &ReplyKind::Seen);
            shell
        },
    ];
    for start in starts {
        let mut shell = start();
        // The state as any command leaves it: what ran out is ended.
        shell.ask(read(1));
        // But for what is noted for its audit record, that it was refused.
        let untold = |shell: &Shell| {
            let mut state = shell.state.clone();
            state.forget_trails();
            state
        };
        let before = untold(&shell);
        let number = shell.ordered(resend(1)).number;
        let until = shell.now.plus(Duration::from_millis(90_001));
        let reply = shell.ask(limited(1, number, until));
        let Reply::Refused(Refused::Rule(Refusal::DestinationLimited(Seconds(91))), Some(view)) =
            reply
        else {
            panic!("{:?}", ReplyKind::from(&reply));
        };
        assert!(untold(&shell) == before, "something was left of it");
        assert!(view == shell.view(1));
        // The same report once more takes back nothing else.
        shell.refuses(limited(1, number, until), Refusal::DestinationLimited(Seconds(91)));
        assert!(untold(&shell) == before);
        // Sends that a destination limits use up no delivery, however many there are.
        for _ in 0..20 {
            assert_eq!(shell.ordered(resend(1)).number, number);
            shell.ask(limited(1, number, until));
        }
        assert_eq!(shell.ordered(resend(1)).number, number);
    }
}

#[test]
fn a_limited_send_is_no_event() {
    let mut shell = Shell::opened();
    shell.rules.events = true;
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.ask(limited(1, 1, shell.now));
    shell.must(Command::Wake, &ReplyKind::Woken(vec![]));
    assert_eq!(shell.delivery(), None);
}

/// A provider that refused the message has sent none, so its receipts are ignored.
#[test]
fn only_who_may_have_sent_a_delivery_tells_how_it_stands() {
    let receipt_by = |by, state| receipt_of(by, 1, 1, state);
    let taken = |by| accepted_by(by, 1, 1, &[]);
    for state in [DeliveryState::Delivered, DeliveryState::Bounced, DeliveryState::Failed] {
        let mut shell = Shell::presented();
        shell.must(taken(2), &ReplyKind::Seen);
        shell.must(receipt_by(1, state), &ReplyKind::Seen);
        assert_eq!(shell.view(1).delivery, Some(DeliveryState::Sent));
        shell.must(receipt_by(2, state), &ReplyKind::Seen);
        assert_eq!(shell.view(1).delivery, Some(state));

        // The receipt came before the couriers' report of who accepted.
        let mut shell = Shell::presented();
        shell.must(receipt_by(1, state), &ReplyKind::Seen);
        shell.must(taken(2), &ReplyKind::Seen);
        let view = shell.view(1);
        assert_eq!((view.delivery, view.resend_in), (Some(DeliveryState::Sent), 30));

        let mut shell = Shell::presented();
        shell.must(receipt_by(1, state), &ReplyKind::Seen);
        shell.must(taken(1), &ReplyKind::Seen);
        assert_eq!(shell.view(1).delivery, Some(state));
    }
}
