//! Receipts in every order: twice, late, before the couriers' report, and of two providers.

use super::{
    Command, DeliveryState, EventKind, MINUTE, ReplyKind, Shell, accepted, accepted_by, cancel,
    receipt, receipt_of, resend,
};

const STATES: &str = "SDBF";

/// How a delivery stands after two receipts of one provider: a row for the first, a column for the
/// second. The receipts are `S`ent, `D`elivered, `B`ounced, `F`ailed.
const PAIRS: [(&str, &str); 4] = [
    //    SDBF
    ("S", "SDBF"),
    ("D", "DDBF"),
    ("B", "BBBB"),
    ("F", "FFBF"),
];

/// The same after three receipts: a row for the first two, a column for the third.
const TRIPLES: [(&str, &str); 16] = [
    //     SDBF
    ("SS", "SDBF"),
    ("SD", "DDBF"),
    ("SB", "BBBB"),
    ("SF", "FFBF"),
    ("DS", "DDBF"),
    ("DD", "DDBF"),
    ("DB", "BBBB"),
    ("DF", "FFBF"),
    ("BS", "BBBB"),
    ("BD", "BBBB"),
    ("BB", "BBBB"),
    ("BF", "BBBB"),
    ("FS", "FFBF"),
    ("FD", "FFBF"),
    ("FB", "BBBB"),
    ("FF", "FFBF"),
];

/// How a delivery stands that provider 1 may have sent and provider 2 accepted: a row for what
/// provider 1 says, a column for what provider 2 says; `-` is nothing, and `U` unconfirmed.
const TWO_PROVIDERS: [(char, &str); 5] = [
    //    -SDBF
    ('-', "SSDUU"),
    ('S', "SSDSS"),
    ('D', "DDDDD"),
    ('B', "SSDBB"),
    ('F', "SSDBF"),
];

fn state(letter: char) -> DeliveryState {
    match letter {
        'U' => DeliveryState::Unconfirmed,
        'S' => DeliveryState::Sent,
        'D' => DeliveryState::Delivered,
        'B' => DeliveryState::Bounced,
        'F' => DeliveryState::Failed,
        other => panic!("{other} is no state"),
    }
}

/// The rows of both tables: the receipts, and how the delivery stands after them.
fn sequences() -> Vec<(String, DeliveryState)> {
    let rows = PAIRS.iter().chain(&TRIPLES);
    let all = rows.flat_map(|(first, ends)| {
        let last = STATES.chars().zip(ends.chars());
        last.map(move |(last, end)| (format!("{first}{last}"), state(end)))
    });
    all.collect()
}

/// A first code was sent, and nobody has reported it yet.
fn ordered() -> Shell {
    let mut shell = Shell::presented();
    shell.rules.events = true;
    shell
}

impl Shell {
    fn hears(&mut self, receipts: &str) {
        for letter in receipts.chars() {
            self.must(receipt(1, 1, state(letter)), &ReplyKind::Seen);
        }
    }

    /// The delivery stands so, its loss is told once, and nobody waits for the next send after a
    /// loss.
    #[track_caller]
    fn ends_as(&mut self, end: DeliveryState, what: &str) {
        let view = self.view(1);
        assert_eq!(view.delivery, Some(end), "{what}");
        let waits = !matches!(
            end,
            DeliveryState::Bounced | DeliveryState::Failed | DeliveryState::Unconfirmed
        );
        assert_eq!(view.resend_in, if waits { 30 } else { 0 }, "{what}");
        assert_eq!(self.told_of_losses(), usize::from(end.is_lost()), "{what}");
    }

    /// How many losses of the first delivery were told since the events were asked for.
    fn told_of_losses(&mut self) -> usize {
        let ReplyKind::Woken(events) = self.reply_kind(Command::Wake) else { panic!("not woken") };
        events.iter().filter(|kind| **kind == EventKind::DeliveryFailed(1)).count()
    }
}

/// The tables have every pair and triple once, and the order of the receipts makes no difference.
#[test]
fn the_tables_are_whole_and_no_order_counts() {
    let all = sequences();
    let mut names: Vec<_> = all.iter().map(|(receipts, _)| receipts.clone()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 16 + 64);
    for (receipts, end) in &all {
        let sorted = |text: &str| {
            let mut letters: Vec<_> = text.chars().collect();
            letters.sort_unstable();
            letters
        };
        for (other, other_end) in &all {
            if sorted(receipts) == sorted(other) {
                assert_eq!(end, other_end, "{receipts} and {other}");
            }
        }
    }
}

#[test]
fn every_pair_and_triple_of_receipts_comes_to_what_the_tables_say() {
    for (receipts, end) in sequences() {
        // The couriers' report comes before all receipts, between two of them, or after all.
        for before in 0..=receipts.len() {
            let (early, late) = receipts.split_at(before);
            let what = format!("{early}, the report, {late}");
            let mut shell = ordered();
            shell.hears(early);
            shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
            shell.hears(late);
            shell.ends_as(end, &what);
            // All of them once more, and each of them twice.
            shell.hears(&receipts);
            shell.hears(&receipts.chars().flat_map(|letter| [letter; 2]).collect::<String>());
            assert_eq!(shell.view(1).delivery, Some(end), "{what}, again");
            assert_eq!(shell.told_of_losses(), 0, "{what}, again");
        }
    }
}

#[test]
fn duplicates_on_the_way_change_nothing() {
    for (receipts, end) in sequences() {
        let mut shell = ordered();
        shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
        for letter in receipts.chars() {
            shell.hears(&letter.to_string());
            let before = shell.state.clone();
            shell.hears(&letter.to_string());
            assert!(shell.state == before, "{letter} of {receipts}, again");
        }
        shell.ends_as(end, &receipts);
    }
}

/// Late: after the challenge's end, and after a newer send, which the form then shows.
#[test]
fn late_receipts_come_to_the_same_and_change_nothing_else() {
    for (receipts, end) in sequences() {
        let mut shell = ordered();
        shell.must(accepted(1, 1, &[]), &ReplyKind::Seen);
        let mut newer = shell.clone();

        shell.must(cancel(1), &ReplyKind::Canceled);
        assert_eq!(shell.told_of_losses(), 0);
        let mut expected = shell.view(1);
        shell.hears(&receipts);
        expected.delivery = Some(end);
        assert!(shell.view(1) == expected, "{receipts} changed an ended challenge");
        assert_eq!(shell.told_of_losses(), usize::from(end.is_lost()), "{receipts}, ended");

        newer.wait(30);
        newer.must(resend(1), &ReplyKind::Sent(2));
        newer.must(accepted(1, 2, &[]), &ReplyKind::Seen);
        let before = newer.view(1);
        newer.hears(&receipts);
        assert!(newer.view(1) == before, "{receipts} changed a newer send");
        assert_eq!(newer.told_of_losses(), usize::from(end.is_lost()), "{receipts}, resent");
    }
}

/// The couriers' report and one receipt of each provider, in all six orders.
#[test]
fn two_providers_come_to_what_the_table_says_in_whatever_order_they_are_heard() {
    for (first, ends) in TWO_PROVIDERS {
        for (second, end) in "-SDBF".chars().zip(ends.chars()) {
            let receipt_by =
                |by, letter| (letter != '-').then(|| receipt_of(by, 1, 1, state(letter)));
            let commands =
                || [Some(accepted_by(2, 1, 1, &[1])), receipt_by(1, first), receipt_by(2, second)];
            for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let mut shell = ordered();
                let mut all = commands();
                for at in order {
                    if let Some(command) = all[at].take() {
                        shell.must(command, &ReplyKind::Seen);
                    }
                }
                shell.ends_as(state(end), &format!("{first}{second} in the order {order:?}"));
            }
        }
    }
}

/// Until the couriers report, another provider may still be asked.
#[test]
fn a_loss_counts_once_it_is_known_who_was_asked_or_nobody_can_report_any_more() {
    for lost in [DeliveryState::Bounced, DeliveryState::Failed] {
        let mut shell = ordered();
        shell.must(receipt(1, 1, lost), &ReplyKind::Seen);
        let view = shell.view(1);
        assert_eq!((view.delivery, view.resend_in), (Some(DeliveryState::Sending), 30));
        assert_eq!(shell.told_of_losses(), 0);
        let mut other = shell.clone();
        other.must(accepted_by(2, 1, 1, &[1]), &ReplyKind::Seen);
        other.ends_as(DeliveryState::Sent, "the next provider took it");
        // The report was lost.
        shell.wait_millis(29_999);
        assert_eq!(shell.view(1).delivery, Some(DeliveryState::Sending));
        shell.wait_millis(1);
        assert_eq!(shell.view(1).delivery, Some(lost));
        shell.must(resend(1), &ReplyKind::Sent(2));
        shell.wait(MINUTE);
        assert_eq!(shell.told_of_losses(), 0, "nobody knows whether another provider was asked");
    }
}
