//! What a destination takes. How it and others are named is in names.rs, its bytes in frozen.rs.

mod frozen;
mod names;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::wire::{self, QuotaCall};

const DAY: u64 = 86_400;

/// A destination's name.
const TARO: DestinationName = DestinationName([7; 32]);

/// One destination, with the clock in the test's hand.
struct Door {
    slots: DestinationQuota,
    rules: Rules,
    start: Timestamp,
    now: Timestamp,
}

impl Door {
    fn new() -> Self {
        let start = Timestamp::from_millis(1_800_000_000_000);
        Self { slots: DestinationQuota::default(), rules: Rules::default(), start, now: start }
    }

    /// Asks as the Worker does: the question, the answer and the stored state pass through
    /// their bytes.
    fn ask(&mut self, command: &QuotaCommand) -> Option<u64> {
        let asked = wire::write_bucket_command(TARO, command, self.now).unwrap();
        let Ok((now, QuotaCall::InBucket(TARO, command))) = wire::read_quota_call(&asked) else {
            panic!("{asked} is read otherwise");
        };
        let stored = wire::write_state(&self.slots).unwrap();
        let slots: DestinationQuota = wire::read_state(&stored).unwrap();
        let (slots, until) = slots.decide(command, &self.rules, now);
        self.slots = slots;
        let answer = wire::write_limit(until).unwrap();
        wire::read_limit(&answer).unwrap().map(|until| until.seconds_from(now))
    }

    /// Asks for a slot for a message of merchant `merchant`; returns how many seconds to wait where
    /// there is none.
    fn send(&mut self, merchant: u64) -> Option<u64> {
        self.send_in(merchant, Places::Common)
    }

    /// The same, for one of these places. The message is named by its time.
    fn send_in(&mut self, merchant: u64, places: Places) -> Option<u64> {
        let delivery_ref = DeliveryRef(self.now.millis());
        self.ask(&QuotaCommand::Reserve(delivery_ref, Some(sender(merchant, places))))
    }

    /// Sends one message of each of these merchants.
    #[track_caller]
    fn filled(&mut self, merchants: impl IntoIterator<Item = u64>) {
        for merchant in merchants {
            assert_eq!(self.send(merchant), None, "{merchant}");
        }
    }

    /// Asks for the slot of message `message` of merchant `merchant` before it is known whether it is
    /// ordered.
    fn early(&mut self, message: u64, merchant: u64) -> EarlyReply {
        let sender = sender(merchant, Places::Common);
        let asked = wire::write_early_command(TARO, DeliveryRef(message), sender, self.now);
        let call = wire::read_quota_call(&asked.unwrap());
        let Ok((now, QuotaCall::Early(TARO, message, sender))) = call else {
            panic!("it is read otherwise");
        };
        let stored = wire::write_state(&self.slots).unwrap();
        let slots: DestinationQuota = wire::read_state(&stored).unwrap();
        let (slots, reply) = slots.reserve_early(message, sender, &self.rules, now);
        self.slots = slots;
        wire::read_answer(&wire::write_answer(&reply).unwrap()).unwrap()
    }

    /// The slots that are taken.
    fn taken(&self) -> usize {
        self.slots.0.len()
    }

    fn give_back(&mut self, delivery_ref: u64) {
        assert_eq!(self.ask(&QuotaCommand::Release(DeliveryRef(delivery_ref))), None);
    }

    fn at(&mut self, seconds: u64) {
        self.at_millis(seconds * 1000);
    }

    fn at_millis(&mut self, millis: u64) {
        self.now = self.start.plus(Duration::from_millis(millis));
    }
}

/// A sender of merchant `merchant`, with challenge 100 + `merchant`.
fn sender(merchant: u64, places: Places) -> Sender {
    Sender { challenge: ChallengeRef(100 + merchant), merchant, places }
}

#[test]
fn a_merchant_has_five_and_all_have_ten() {
    let mut door = Door::new();
    for second in 0..5 {
        door.at(second);
        door.filled([1]);
    }
    door.at(10);
    assert_eq!(door.send(1), Some(DAY - 10));
    door.filled([2, 2, 2, 2, 3]);
    // All ten are taken: neither the fifth of 2 nor the second of 3 has a place before second 86400.
    assert_eq!(door.send(2), Some(DAY - 10));
    assert_eq!(door.send(3), Some(DAY - 10));
    door.at_millis(DAY * 1000 - 1);
    assert_eq!(door.send(3), Some(1));
    door.at(DAY);
    door.filled([3]);
    assert_eq!(door.send(3), Some(1));
}

/// What a Worker does about a form's first message, one step after the other.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Asks early.
    Early,
    /// The message was ordered, and its Worker had not got the slot: it asks as ever.
    Reserve,
    /// It was not ordered for this Worker, which gives the slot back.
    ReleaseEarly,
    /// A provider refused the message.
    Release,
}

/// Two Workers show one form at once, and the message is ordered for one of them. However their calls
/// meet, the message has one slot, and without a message there is none.
#[test]
fn a_message_has_one_slot_whoever_asked_for_it_early() {
    use Step::{Early, Release, ReleaseEarly, Reserve};
    let cases: [(&[Step], usize); 11] = [
        (&[Early], 1),
        (&[Early, Early], 1),
        // The Worker that did not get the slot has to send the message.
        (&[Early, Early, Reserve, ReleaseEarly], 1),
        (&[Early, Early, ReleaseEarly, Reserve], 1),
        (&[Early, Reserve, Early, ReleaseEarly], 1),
        // A form that is not let in.
        (&[Early, ReleaseEarly], 0),
        (&[Early, ReleaseEarly, ReleaseEarly], 0),
        (&[ReleaseEarly], 0),
        // The message was refused, and its form is loaded again.
        (&[Early, Release, Early, ReleaseEarly], 0),
        (&[Early, Reserve, Release], 0),
        // A message of which the release before asked.
        (&[Reserve, Early, ReleaseEarly], 1),
    ];
    for (steps, slots) in cases {
        let mut door = Door::new();
        for step in steps {
            let message = DeliveryRef(7);
            let sender = Some(sender(1, Places::Common));
            let asked = match step {
                Early => {
                    let held = door.taken() > 0;
                    let reply = door.early(7, 1);
                    let expected = if held { EarlyReply::Held } else { EarlyReply::Taken };
                    assert_eq!(reply, expected, "{steps:?}");
                    continue;
                }
                Reserve => QuotaCommand::Reserve(message, sender),
                ReleaseEarly => QuotaCommand::ReleaseEarly(message),
                Release => QuotaCommand::Release(message),
            };
            assert_eq!(door.ask(&asked), None, "{steps:?}");
        }
        assert_eq!(door.taken(), slots, "{steps:?}");
    }
}

/// One that is asked for early is a common one, counts as any other, and is refused as any other.
#[test]
fn a_slot_that_is_asked_for_early_is_within_the_limits() {
    let mut door = Door::new();
    for message in 0..5 {
        assert_eq!(door.early(message, 1), EarlyReply::Taken);
    }
    let until = door.start.plus(Duration::from_secs(DAY));
    assert_eq!(door.early(5, 1), EarlyReply::Until(until));
    assert_eq!(door.send(1), Some(DAY));
    // Its message may take a kept place, and leaves the common one to another.
    let kept = Some(sender(1, Places::Kept));
    assert_eq!(door.ask(&QuotaCommand::Reserve(DeliveryRef(0), kept)), None);
    assert_eq!(door.taken(), 5);
    assert_eq!(door.early(5, 1), EarlyReply::Taken);
    // A verified challenge and an unlocked cardholder free it as any other.
    assert_eq!(door.ask(&QuotaCommand::Verified(sender(1, Places::Common).challenge)), None);
    assert_eq!(door.taken(), 0);
    assert_eq!(door.early(6, 2), EarlyReply::Taken);
    assert_eq!(door.ask(&QuotaCommand::Clear), None);
    assert_eq!(door.early(6, 2), EarlyReply::Taken);
    door.at(DAY);
    assert_eq!(door.early(6, 2), EarlyReply::Taken, "its day is over");
}

/// Where a message finds no place of its own kind, the one that was asked for early is free again.
#[test]
fn a_message_that_is_refused_keeps_no_early_slot() {
    let mut door = Door::new();
    for message in 10..20 {
        let kept = Some(sender(message, Places::Kept));
        door.ask(&QuotaCommand::Reserve(DeliveryRef(message), kept));
    }
    let full = door.taken();
    assert_eq!(door.early(1, 1), EarlyReply::Taken);
    let kept = Some(sender(1, Places::Kept));
    assert!(door.ask(&QuotaCommand::Reserve(DeliveryRef(1), kept)).is_some());
    assert_eq!(door.taken(), full);
}

#[test]
fn of_notifications_one_an_hour_and_three_a_day() {
    const HOUR: u64 = 3600;
    let mut door = Door::new();
    let mut notify = |at: u64| {
        door.at(at);
        door.ask(&QuotaCommand::ReserveNotification(DeliveryRef(1)))
    };
    assert_eq!(notify(0), None);
    assert_eq!(notify(0), Some(HOUR));
    assert_eq!(notify(HOUR - 1), Some(1));
    assert_eq!(notify(HOUR), None);
    assert_eq!(notify(3 * HOUR), None);
    assert_eq!(notify(5 * HOUR), Some(DAY - 5 * HOUR));
    assert_eq!(notify(DAY), None);
    assert_eq!(notify(DAY + HOUR), None);
    assert_eq!(notify(DAY + 2 * HOUR), Some(HOUR));
}

#[test]
fn a_notification_that_nobody_took_gives_back_its_slot() {
    let mut door = Door::new();
    let (one, other) = (DeliveryRef(1), DeliveryRef(2));
    assert_eq!(door.ask(&QuotaCommand::ReserveNotification(one)), None);
    assert_eq!(door.ask(&QuotaCommand::Release(one)), None);
    assert_eq!(door.ask(&QuotaCommand::ReserveNotification(other)), None);
    assert_eq!(door.ask(&QuotaCommand::ReserveNotification(one)), Some(3600));
}

#[test]
fn a_merchant_that_had_none_has_one_up_to_thirty_in_all() {
    let mut door = Door::new();
    door.filled([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    for merchant in 3..=22 {
        door.filled([merchant]);
        assert_eq!(door.send(merchant), Some(DAY), "{merchant} had one");
    }
    assert_eq!(door.send(23), Some(DAY));
}

#[test]
fn ten_places_are_kept_for_known_browsers_and_owners() {
    let mut door = Door::new();
    door.filled([1; 5]);
    for _ in 0..10 {
        assert_eq!(door.send_in(1, Places::Kept), None);
    }
    assert_eq!(door.send_in(1, Places::Kept), Some(DAY));
    assert_eq!(door.send_in(1, Places::All), Some(DAY));
    // They take nothing from the others.
    door.filled([2; 5]);
}

#[test]
fn who_may_take_both_takes_a_common_place_first() {
    let mut door = Door::new();
    for _ in 0..5 {
        assert_eq!(door.send_in(1, Places::All), None);
    }
    assert_eq!(door.send(1), Some(DAY), "the common places were not taken");
    for _ in 0..10 {
        assert_eq!(door.send_in(1, Places::All), None);
    }
    assert_eq!(door.send_in(1, Places::All), Some(DAY));
}

#[test]
fn a_verified_challenge_gives_its_places_back_and_no_other() {
    let mut door = Door::new();
    door.filled([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    assert_eq!(door.ask(&QuotaCommand::Verified(sender(1, Places::Common).challenge)), None);
    assert_eq!(door.send(2), Some(DAY));
    door.filled([1; 5]);
    assert_eq!(door.send(1), Some(DAY));
}

#[test]
fn unlocking_gives_every_place_back() {
    let mut door = Door::new();
    door.filled([1; 5]);
    assert_eq!(door.ask(&QuotaCommand::Clear), None);
    assert!(door.slots == DestinationQuota::default());
}

#[test]
fn a_message_of_a_version_without_senders_counts_as_one_merchant_s() {
    let mut door = Door::new();
    for _ in 0..5 {
        assert_eq!(door.ask(&QuotaCommand::Reserve(DeliveryRef(1), None)), None);
    }
    assert_eq!(door.ask(&QuotaCommand::Reserve(DeliveryRef(1), None)), Some(DAY));
    door.filled([1; 5]);
}

#[test]
fn what_no_provider_took_gives_back_its_own_place_once() {
    let mut door = Door::new();
    for second in 0..5 {
        door.at(second);
        door.filled([1]);
    }
    door.at(20);
    for _ in 0..2 {
        door.give_back(door.start.millis() + 1000);
    }
    door.give_back(3);
    door.filled([1]);
    assert_eq!(door.send(1), Some(DAY - 20));
}

#[test]
fn a_refused_send_takes_no_place() {
    let mut door = Door::new();
    door.filled([1; 5]);
    for second in 1..600 {
        door.at(second);
        assert_eq!(door.send(1), Some(DAY - second));
    }
    door.at(DAY);
    door.filled([1; 5]);
}

#[test]
fn after_a_day_nothing_is_left() {
    let mut door = Door::new();
    assert!(door.slots.forgotten_at(&door.rules).is_none());
    for second in [0, 100] {
        door.at(second);
        door.filled([1]);
    }
    let forgotten = door.slots.forgotten_at(&door.rules).unwrap();
    assert_eq!(forgotten.seconds_from(door.start), DAY + 100);
    door.slots.forget(&door.rules, door.start.plus(Duration::from_millis(DAY * 1000)));
    assert_eq!(door.slots.forgotten_at(&door.rules), Some(forgotten));
    door.slots.forget(&door.rules, forgotten);
    assert!(door.slots == DestinationQuota::default());
}

proptest! {
    /// Compared with books that are kept from the answers alone.
    #[test]
    fn no_window_has_more_than_its_limits(
        steps in prop::collection::vec((0..4_usize, 0..8_usize, 0..9_u64, 0..3_usize), 1..250),
    ) {
        const WAITS: [u64; 4] = [0, 1, 299_999, 2 * 3600 * 1000];
        const PLACES: [Places; 3] = [Places::Common, Places::All, Places::Kept];
        let mut door = Door::new();
        let limits = door.rules.unverified_sends;
        // Number, time, merchant, and whether it took a kept place.
        let mut sent: Vec<(u64, Timestamp, u64, bool)> = Vec::new();
        for (number, (wait, what, merchant, places)) in (0..).zip(steps) {
            door.now = door.now.plus(Duration::from_millis(WAITS[wait]));
            let now = door.now;
            // Mostly a slot is reserved; else one of the last slots is released, or one that is
            // not held, or all of a challenge are.
            if what == 7 {
                door.ask(&QuotaCommand::Verified(sender(merchant, Places::Common).challenge));
                sent.retain(|(_, _, other, _)| *other != merchant);
                continue;
            }
            if what == 6 {
                let delivery_ref = sent.last().map_or(u64::MAX, |(number, ..)| *number);
                door.give_back(delivery_ref);
                sent.retain(|(other, ..)| *other != delivery_ref);
                continue;
            }
            let counted = |at: Timestamp, kept: bool, of: Option<u64>| {
                let live = sent.iter().filter(|(_, then, ..)| at < then.plus(door.rules.window));
                let live = live.filter(|(.., is_kept)| *is_kept == kept);
                live.filter(|(_, _, other, _)| of.is_none_or(|merchant| *other == merchant)).count()
            };
            let common = |at| {
                let (all, here) = (counted(at, false, None), counted(at, false, Some(merchant)));
                (all < limits.common && here < limits.merchant) || (all < limits.most && here == 0)
            };
            let kept = |at| counted(at, true, None) < limits.kept;
            let free = |at| match PLACES[places] {
                Places::Common => common(at),
                Places::All => common(at) || kept(at),
                Places::Kept => kept(at),
            };
            let asked = QuotaCommand::Reserve(
                DeliveryRef(number),
                Some(sender(merchant, PLACES[places])),
            );
            let (slots, until) = door.slots.clone().decide(asked, &door.rules, now);
            prop_assert_eq!(until.is_none(), free(now));
            if let Some(until) = until {
                // The time of the answer is exact to the millisecond.
                prop_assert!(now < until && free(until));
                prop_assert!(!free(Timestamp::from_millis(until.millis() - 1)));
                let mut forgotten = door.slots.clone();
                forgotten.forget(&door.rules, now);
                prop_assert!(slots == forgotten);
            } else {
                let is_kept = PLACES[places] == Places::Kept || !common(now);
                sent.push((number, now, merchant, is_kept));
            }
            prop_assert!(slots.0.len() <= limits.most + limits.kept);
            door.slots = slots;
        }
    }
}
