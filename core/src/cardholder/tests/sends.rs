//! Resends, and sends that no provider took.

use std::ops::RangeInclusive;

use super::{
    Command, DAY, Duration, MINUTE, Refusal, Reply, ReplyKind, Seconds, Shell, Timestamp,
    TriesLeft, accepted, limited, open, present, refused_by_provider, resend, submit,
};

/// Sends one code of a challenge of its own.
fn send(shell: &mut Shell, number: u32) -> ReplyKind {
    assert_eq!(shell.reply_kind(open(number)), ReplyKind::Opened);
    shell.reply_kind(present(number))
}

#[test]
fn resends_wait_30_60_and_120_seconds() {
    let mut shell = Shell::presented();
    for (sent, wait) in [(1, 30), (2, 60), (3, 120)] {
        let start = shell.now;
        let too_soon = |seconds| Refusal::ResendTooSoon(Seconds(seconds));
        shell.must(accepted(1, sent, &[]), &ReplyKind::Seen);
        assert_eq!(shell.view(1).resend_in, wait);
        shell.refuses(resend(1), too_soon(wait));
        shell.wait_until(start, 1);
        shell.refuses(resend(1), too_soon(wait));
        shell.wait_until(start, 1000);
        shell.refuses(resend(1), too_soon(wait - 1));
        shell.wait_until(start, wait * 1000 - 1);
        shell.refuses(resend(1), too_soon(1));
        assert_eq!(shell.view(1).send, sent);
        shell.wait_until(start, wait * 1000);
        shell.must(resend(1), &ReplyKind::Sent(sent + 1));
        assert_eq!(shell.view(1).resends_left, 3 - sent);
    }
}

/// The clocks of two machines differ, and one can step back.
#[test]
fn by_a_clock_that_is_behind_no_wait_and_no_life_is_longer_than_it_is() {
    for behind in [1, 999, 1_000, 5_000] {
        let mut shell = Shell::presented();
        shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
        shell.now = Timestamp::from_millis(shell.now.millis() - behind);
        let view = shell.view(1);
        assert_eq!((view.code_expires_in, view.resend_in), (600, 30), "{behind} ms");
        shell.refuses(resend(1), Refusal::ResendTooSoon(Seconds(30)));
    }
}

#[test]
fn by_a_clock_that_is_behind_a_destination_is_full_for_no_longer_than_a_day() {
    let mut shell = Shell::presented();
    let until = shell.now.plus(Duration::from_millis(DAY * 1000 + 500));
    shell.refuses(limited(1, 1, until), Refusal::DestinationLimited(Seconds(DAY)));
}

#[test]
fn by_a_clock_that_is_behind_the_first_code_is_sent_at_once() {
    let mut shell = Shell::opened();
    shell.now = Timestamp::from_millis(shell.now.millis() - 1_000);
    shell.must(present(1), &ReplyKind::Sent(1));
}

#[test]
fn a_challenge_has_three_resends() {
    let mut shell = Shell::presented();
    for (wait, sent) in [(30, 2), (60, 3), (120, 4)] {
        shell.wait(wait);
        shell.must(resend(1), &ReplyKind::Sent(sent));
    }
    for wait in [0, 120, 600] {
        shell.wait(wait);
        shell.refuses(resend(1), Refusal::NoResendsLeft);
    }
    assert_eq!(shell.view(1).resends_left, 0);
}

#[test]
fn a_resend_before_the_form_was_shown_is_the_first_send() {
    let mut shell = Shell::opened();
    shell.must(resend(1), &ReplyKind::Sent(1));
    shell.must(present(1), &ReplyKind::Seen);
}

#[test]
fn a_first_send_that_no_provider_took_is_taken_back() {
    let mut shell = Shell::presented();
    shell.must(refused_by_provider(1, 1), &ReplyKind::Seen);
    let view = shell.view(1);
    assert_eq!((view.send, view.code_expires_in, view.resend_in), (0, 0, 0));
    shell.refuses(shell.right(1, 1), Refusal::CodeNotSent);
    shell.must(present(1), &ReplyKind::Sent(1));
    shell.must(shell.right(1, 2), &ReplyKind::Verified);
}

#[test]
fn a_resend_that_no_provider_took_gives_back_wait_and_the_older_code() {
    let mut shell = Shell::presented();
    shell.wait(30);
    for delivery in 2..=5 {
        shell.must(resend(1), &ReplyKind::Sent(2));
        shell.must(refused_by_provider(1, delivery), &ReplyKind::Seen);
        assert_eq!(shell.view(1).resends_left, 3);
    }
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
}

#[test]
fn a_send_ordered_again_has_another_number_and_another_code() {
    let mut shell = Shell::opened();
    let mut codes: Vec<String> = Vec::new();
    for number in 1..=8 {
        let Reply::Send(_, order) = shell.ask(present(1)) else {
            panic!("{number} was not sent");
        };
        assert_eq!((order.number, order.send), (number, 1));
        for old in &codes {
            let mut tried = shell.clone();
            tried.refuses(submit(1, old), Refusal::WrongCode(TriesLeft(4)));
        }
        codes.push(shell.code(1, order.number));
        shell.must(refused_by_provider(1, order.number), &ReplyKind::Seen);
    }
}

#[test]
fn a_report_said_twice_does_not_take_back_what_was_ordered_since() {
    let mut shell = Shell::presented();
    shell.wait(30);
    for send in [1, 2] {
        shell.must(refused_by_provider(1, send), &ReplyKind::Seen);
        shell.must(resend(1), &ReplyKind::Sent(1));
        let before = shell.state.clone();
        shell.must(refused_by_provider(1, send), &ReplyKind::Seen);
        assert!(shell.state == before, "delivery {send} was taken back twice");
    }
    shell.must(shell.right(1, 3), &ReplyKind::Verified);
}

#[test]
fn no_more_resends_are_shown_than_deliveries_are_left() {
    let mut shell = Shell::opened();
    for number in 1..=8 {
        order_in_vain(&mut shell, present, 1, number..=number);
        assert_eq!(shell.view(1).resends_left, (8 - number).min(3), "{number} in vain");
    }

    let mut shell = Shell::presented();
    shell.wait(30);
    order_in_vain(&mut shell, resend, 2, 2..=6);
    for (wait, send, left) in [(0, 2, 1), (60, 3, 0)] {
        assert_eq!(shell.view(1).resends_left, left + 1);
        shell.wait(wait);
        shell.must(resend(1), &ReplyKind::Sent(send));
        assert_eq!(shell.view(1).resends_left, left);
    }
    shell.wait(120);
    shell.refuses(resend(1), Refusal::NoResendsLeft);
}

/// Orders send `send` by every delivery of `numbers`, none of which a provider takes.
#[track_caller]
fn order_in_vain(
    shell: &mut Shell,
    command: fn(u32) -> Command,
    send: u32,
    numbers: RangeInclusive<u32>,
) {
    for number in numbers {
        shell.must(command(1), &ReplyKind::Sent(send));
        shell.must(refused_by_provider(1, number), &ReplyKind::Seen);
    }
}

#[test]
fn a_challenge_orders_eight_deliveries_with_those_that_no_provider_took() {
    for command in [present, resend] {
        let mut shell = Shell::opened();
        order_in_vain(&mut shell, command, 1, 1..=8);
        shell.refuses(command(1), Refusal::NoResendsLeft);
        shell.wait(10 * MINUTE);
        shell.refuses(command(1), Refusal::NoResendsLeft);
        shell.refuses(shell.right(1, 1), Refusal::CodeNotSent);
        // Each challenge has its own.
        assert_eq!(send(&mut shell, 2), ReplyKind::Sent(1));
    }
}

#[test]
fn deliveries_that_a_provider_took_count_as_well() {
    let mut shell = Shell::presented();
    shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
    shell.wait(30);
    order_in_vain(&mut shell, resend, 2, 2..=8);
    shell.refuses(resend(1), Refusal::NoResendsLeft);
    shell.must(shell.right(1, 1), &ReplyKind::Verified);
}

#[test]
fn four_deliveries_in_vain_leave_every_send() {
    let mut shell = Shell::opened();
    order_in_vain(&mut shell, present, 1, 1..=4);
    for (wait, sent) in [(0, 1), (30, 2), (60, 3), (120, 4)] {
        shell.wait(wait);
        shell.must(resend(1), &ReplyKind::Sent(sent));
    }
    shell.must(shell.right(1, 8), &ReplyKind::Verified);
}

#[test]
fn the_fewer_resends_the_fewer_deliveries() {
    for (waits, deliveries) in [(0, 2), (1, 4), (5, 12)] {
        let mut shell = Shell::opened();
        shell.rules.resend_waits = vec![Duration::from_secs(30); waits];
        order_in_vain(&mut shell, present, 1, 1..=deliveries);
        shell.refuses(present(1), Refusal::NoResendsLeft);
    }
}

#[test]
fn a_taken_back_resend_does_not_revive_a_dead_code() {
    let mut shell = Shell::presented();
    shell.wait(10 * MINUTE);
    shell.must(resend(1), &ReplyKind::Sent(2));
    shell.must(refused_by_provider(1, 2), &ReplyKind::Seen);
    shell.refuses(shell.right(1, 1), Refusal::CodeExpired(TriesLeft(5)));
}

#[test]
fn a_report_before_any_send_changes_nothing() {
    let mut shell = Shell::opened();
    let before = shell.state.clone();
    for send in [0, 1] {
        shell.must(refused_by_provider(1, send), &ReplyKind::Seen);
        assert!(shell.state == before, "send {send}");
    }
}
