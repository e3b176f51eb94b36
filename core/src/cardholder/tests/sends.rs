//! Resends, what a destination takes, and sends that no provider took.

use std::ops::RangeInclusive;

use super::{
    Act, Carried, Channel, Command, DAY, Duration, MINUTE, Refusal, Registration, Reply, Said,
    Seconds, Shell, TriesLeft, act, cancel, open, present, refused_by_provider, resend, submit,
    taro,
};
use crate::contact::EmailAddress;

fn limited(seconds: u64) -> Refusal {
    Refusal::DestinationLimited(Seconds(seconds))
}

/// Sends one code of a challenge of its own.
fn send(shell: &mut Shell, number: u32) -> Said {
    assert_eq!(shell.say(open(number)), Said::Opened);
    shell.say(present(number))
}

#[test]
fn resends_wait_30_60_and_120_seconds() {
    let mut shell = Shell::presented();
    for (sent, wait) in [(1, 30), (2, 60), (3, 120)] {
        let start = shell.now;
        let too_soon = |seconds| Refusal::ResendTooSoon(Seconds(seconds));
        assert_eq!(shell.view(1).wait_seconds, wait);
        shell.refuses(resend(1), too_soon(wait));
        shell.wait_until(start, 1);
        shell.refuses(resend(1), too_soon(wait));
        shell.wait_until(start, 1000);
        shell.refuses(resend(1), too_soon(wait - 1));
        shell.wait_until(start, wait * 1000 - 1);
        shell.refuses(resend(1), too_soon(1));
        assert_eq!(shell.view(1).send, sent);
        shell.wait_until(start, wait * 1000);
        shell.must(resend(1), &Said::Sent(sent + 1));
        assert_eq!(shell.view(1).resends_left, 3 - sent);
    }
}

#[test]
fn a_challenge_has_three_resends() {
    let mut shell = Shell::presented();
    for (wait, sent) in [(30, 2), (60, 3), (120, 4)] {
        shell.wait(wait);
        shell.must(resend(1), &Said::Sent(sent));
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
    shell.must(resend(1), &Said::Sent(1));
    shell.must(present(1), &Said::Seen);
}

#[test]
fn a_destination_takes_five_codes_in_ten_minutes_over_all_challenges() {
    let mut shell = Shell::new();
    let start = shell.now;
    for number in [1, 2, 3] {
        assert_eq!(send(&mut shell, number), Said::Sent(1));
    }
    shell.wait(30);
    shell.must(resend(1), &Said::Sent(2));
    shell.must(resend(2), &Said::Sent(2));
    shell.refuses(resend(3), limited(570));
    assert_eq!(shell.view(3).send, 1);
    shell.must(cancel(1), &Said::Canceled);
    assert_eq!(send(&mut shell, 4), Said::No(limited(570)));
    shell.wait_until(start, 599_999);
    shell.refuses(resend(3), limited(1));
    shell.wait_until(start, 600_000);
    shell.must(resend(3), &Said::Sent(2));
    shell.must(present(4), &Said::Sent(1));
    shell.must(cancel(2), &Said::Canceled);
    assert_eq!(send(&mut shell, 5), Said::Sent(1));
    shell.must(cancel(3), &Said::Canceled);
    assert_eq!(send(&mut shell, 6), Said::No(limited(30)));
}

#[test]
fn a_destination_takes_twenty_codes_a_day() {
    let mut shell = Shell::new();
    let start = shell.now;
    for number in 1..=20 {
        assert_eq!(send(&mut shell, number), Said::Sent(1), "send {number}");
        shell.wait(200);
    }
    assert_eq!(send(&mut shell, 21), Said::No(limited(DAY - 4000)));
    shell.wait_until(start, DAY * 1000 - 1);
    assert_eq!(send(&mut shell, 22), Said::No(limited(1)));
    shell.wait_until(start, DAY * 1000);
    assert_eq!(send(&mut shell, 23), Said::Sent(1));
    assert_eq!(send(&mut shell, 24), Said::No(limited(200)));
}

#[test]
fn the_longer_of_two_limits_is_reported() {
    let mut shell = Shell::new();
    shell.rules.destination_day.count = 5;
    for number in 1..=5 {
        assert_eq!(send(&mut shell, number), Said::Sent(1));
    }
    assert_eq!(send(&mut shell, 6), Said::No(limited(DAY)));
}

#[test]
fn a_lowered_quota_counts_what_was_sent_before_it() {
    let mut shell = Shell::new();
    for number in 1..=5 {
        assert_eq!(send(&mut shell, number), Said::Sent(1));
        shell.wait(10);
    }
    // Of the sends at 0 to 40 s, two must leave the window before the second of two is free.
    shell.rules.destination_burst.count = 2;
    assert_eq!(send(&mut shell, 6), Said::No(limited(580)));
}

#[test]
fn another_destination_is_counted_from_the_start() {
    let moved = || Registration { email: EmailAddress::parse("taro@other.jp").ok(), ..taro() };
    let texted = || Registration { channel: Some(Channel::Sms), ..taro() };
    for other in [moved, texted] {
        let mut shell = Shell::new();
        for number in 1..=5 {
            assert_eq!(send(&mut shell, number), Said::Sent(1));
        }
        assert_eq!(send(&mut shell, 6), Said::No(limited(600)));
        shell.wait(MINUTE);
        shell.ask(Command::Register(other()));
        for number in 7..=11 {
            assert_eq!(send(&mut shell, number), Said::Sent(1));
        }
        assert_eq!(send(&mut shell, 12), Said::No(limited(600)));
        shell.ask(Command::Register(taro()));
        assert_eq!(send(&mut shell, 13), Said::No(limited(540)));
    }
}

#[test]
fn a_first_send_that_no_provider_took_is_taken_back() {
    let mut shell = Shell::presented();
    shell.must(refused_by_provider(1, 1), &Said::Seen);
    let view = shell.view(1);
    assert_eq!((view.send, view.code_seconds, view.wait_seconds), (0, 0, 0));
    shell.refuses(shell.right(1, 1), Refusal::CodeNotSent);
    shell.must(present(1), &Said::Sent(1));
    shell.must(shell.right(1, 2), &Said::Verified);
}

#[test]
fn a_resend_that_no_provider_took_gives_back_wait_and_the_older_code() {
    let mut shell = Shell::presented();
    shell.wait(30);
    for delivery in 2..=5 {
        shell.must(resend(1), &Said::Sent(2));
        shell.must(refused_by_provider(1, delivery), &Said::Seen);
        assert_eq!(shell.view(1).resends_left, 3);
    }
    shell.must(shell.right(1, 1), &Said::Verified);
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
        shell.must(refused_by_provider(1, order.number), &Said::Seen);
    }
}

#[test]
fn a_report_said_twice_does_not_take_back_what_was_ordered_since() {
    let mut shell = Shell::presented();
    shell.wait(30);
    for send in [1, 2] {
        shell.must(refused_by_provider(1, send), &Said::Seen);
        shell.must(resend(1), &Said::Sent(1));
        let before = shell.state.clone();
        shell.must(refused_by_provider(1, send), &Said::Seen);
        assert!(shell.state == before, "delivery {send} was taken back twice");
    }
    shell.must(shell.right(1, 3), &Said::Verified);
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
        shell.must(resend(1), &Said::Sent(send));
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
        shell.must(command(1), &Said::Sent(send));
        shell.must(refused_by_provider(1, number), &Said::Seen);
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
        assert_eq!(send(&mut shell, 2), Said::Sent(1));
    }
}

#[test]
fn deliveries_that_a_provider_took_count_as_well() {
    let mut shell = Shell::presented();
    shell.must(act(1, Act::Carried(1, Carried::Accepted)), &Said::Seen);
    shell.wait(30);
    order_in_vain(&mut shell, resend, 2, 2..=8);
    shell.refuses(resend(1), Refusal::NoResendsLeft);
    shell.must(shell.right(1, 1), &Said::Verified);
}

#[test]
fn four_deliveries_in_vain_leave_every_send() {
    let mut shell = Shell::opened();
    order_in_vain(&mut shell, present, 1, 1..=4);
    for (wait, sent) in [(0, 1), (30, 2), (60, 3), (120, 4)] {
        shell.wait(wait);
        shell.must(resend(1), &Said::Sent(sent));
    }
    shell.must(shell.right(1, 8), &Said::Verified);
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
    shell.must(resend(1), &Said::Sent(2));
    shell.must(refused_by_provider(1, 2), &Said::Seen);
    shell.refuses(shell.right(1, 1), Refusal::CodeExpired(TriesLeft(5)));
}

#[test]
fn a_send_that_no_provider_took_gives_back_its_own_place_in_the_quota() {
    let mut shell = Shell::new();
    let start = shell.now;
    for number in 1..=5 {
        assert_eq!(send(&mut shell, number), Said::Sent(1));
        shell.wait(10);
    }
    // Challenges 3, 4 and 5 are open; 3 was sent at 20 s.
    shell.must(refused_by_provider(3, 1), &Said::Seen);
    shell.must(present(3), &Said::Sent(1));
    shell.wait_until(start, 100_000);
    shell.refuses(resend(4), limited(500));
    // The places of 1 and 2 are free at 610 s, the next is that of 4 at 630 s.
    shell.wait_until(start, 610_000);
    shell.must(resend(4), &Said::Sent(2));
    shell.must(resend(5), &Said::Sent(2));
    shell.refuses(resend(3), limited(20));
}

#[test]
fn a_send_taken_back_frees_no_place_of_another_destination_at_the_same_time() {
    let choose = |channel| Command::Register(Registration { channel: Some(channel), ..taro() });
    let (mail, sms) = (Channel::Email, Channel::Sms);
    for (refused, freed, kept) in [(1, mail, sms), (2, sms, mail)] {
        let mut shell = Shell::new();
        shell.rules.destination_burst.count = 1;
        for (number, channel) in [(1, mail), (2, sms)] {
            shell.ask(choose(channel));
            assert_eq!(send(&mut shell, number), Said::Sent(1));
        }
        shell.must(refused_by_provider(refused, 1), &Said::Seen);
        shell.ask(choose(kept));
        assert_eq!(send(&mut shell, 3), Said::No(limited(600)));
        shell.ask(choose(freed));
        shell.must(present(3), &Said::Sent(1));
    }
}

#[test]
fn a_report_about_anything_but_the_newest_send_changes_nothing() {
    let mut shell = Shell::presented();
    shell.wait(30);
    shell.must(resend(1), &Said::Sent(2));
    for send in [0, 1, 3, u32::MAX] {
        let before = shell.view(1);
        shell.must(refused_by_provider(1, send), &Said::Seen);
        assert!(shell.view(1) == before, "send {send}");
    }
    let before = shell.state.clone();
    shell.must(act(1, Act::Carried(2, Carried::Accepted)), &Said::Seen);
    assert!(shell.state == before, "an accepted send changed something");
    shell.must(refused_by_provider(1, 2), &Said::Seen);
    shell.must(refused_by_provider(1, 2), &Said::Seen);
    assert_eq!(shell.view(1).send, 1);
}

#[test]
fn a_report_before_any_send_changes_nothing() {
    let mut shell = Shell::opened();
    let before = shell.state.clone();
    for send in [0, 1] {
        shell.must(refused_by_provider(1, send), &Said::Seen);
        assert!(shell.state == before, "send {send}");
    }
}
