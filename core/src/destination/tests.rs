use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    contact::{EmailAddress, PhoneNumber},
    wire::{self, frozen},
};

const DAY: u64 = 86_400;

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

    /// A destination with these two quotas.
    fn with(burst: usize, day: usize) -> Self {
        let mut door = Self::new();
        door.rules.destination_burst.count = burst;
        door.rules.destination_day.count = day;
        door
    }

    /// Asks as the Worker does: the question, the answer and the stored state pass through
    /// their bytes.
    fn ask(&mut self, command: &QuotaCommand) -> Option<u64> {
        let written = wire::write_quota_command(command, self.now).unwrap();
        let (now, command) = wire::read_quota_command(&written).unwrap();
        let stored = wire::write_destination(&self.slots).unwrap();
        let slots = wire::read_destination(&stored).unwrap();
        let (slots, until) = slots.decide(command, &self.rules, now);
        self.slots = slots;
        let answer = wire::write_limit(until).unwrap();
        wire::read_limit(&answer).unwrap().map(|until| until.seconds_from(now))
    }

    /// Asks for a slot; returns how many seconds to wait where there is none.
    fn send(&mut self, delivery_ref: u64) -> Option<u64> {
        self.ask(&QuotaCommand::Reserve(DeliveryRef(delivery_ref)))
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

#[test]
fn five_in_ten_minutes() {
    let mut door = Door::new();
    for second in [0, 0, 0, 30, 30] {
        door.at(second);
        assert_eq!(door.send(1), None);
    }
    assert_eq!(door.send(1), Some(570));
    door.at_millis(599_999);
    assert_eq!(door.send(1), Some(1));
    door.at(600);
    for _ in 0..3 {
        assert_eq!(door.send(1), None);
    }
    assert_eq!(door.send(1), Some(30));
}

#[test]
fn twenty_in_a_day() {
    let mut door = Door::new();
    for send in 0..20 {
        door.at(send * 200);
        assert_eq!(door.send(1), None);
    }
    door.at(4000);
    assert_eq!(door.send(1), Some(DAY - 4000));
    door.at_millis(DAY * 1000 - 1);
    assert_eq!(door.send(1), Some(1));
    door.at(DAY);
    assert_eq!(door.send(1), None);
    assert_eq!(door.send(1), Some(200));
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
fn each_kind_of_notification_is_counted_in_an_object_of_its_own() {
    let key = MasterKey::parse(&"A".repeat(43)).unwrap();
    let mail = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    let mut names = vec![name(&key, &mail("taro@mail.jp"))];
    for kind in NotificationKind::ALL {
        for is_former in [false, true] {
            let named = |text| notification_name(&key, &mail(text), kind, is_former);
            assert_eq!(named("taro@mail.jp"), named("TARO@MAIL.jp"));
            names.extend([named("taro@mail.jp"), named("hana@mail.jp")]);
        }
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_notification_has_a_reference_of_its_own() {
    let of = DeliveryRef::of_notification;
    assert_eq!(of("a", 1, 1), of("a", 1, 1));
    for other in [of("b", 1, 1), of("a", 2, 1), of("a", 1, 2)] {
        assert_ne!(of("a", 1, 1), other);
    }
}

#[test]
fn the_longer_of_two_limits_is_reported() {
    let mut door = Door::with(5, 5);
    for _ in 0..5 {
        assert_eq!(door.send(1), None);
    }
    assert_eq!(door.send(1), Some(DAY));
}

#[test]
fn a_lowered_quota_counts_what_was_sent_before_it() {
    let mut door = Door::new();
    for send in 0..5 {
        door.at(send * 10);
        assert_eq!(door.send(1), None);
    }
    // Of the sends at 0 to 40 s, all but one must leave the window before a second may come.
    door.rules.destination_burst.count = 2;
    door.at(50);
    assert_eq!(door.send(1), Some(580));
}

#[test]
fn what_no_provider_took_gives_back_its_own_place_once() {
    let mut door = Door::with(2, 20);
    assert_eq!(door.send(1), None);
    door.at(10);
    assert_eq!(door.send(2), None);
    door.at(20);
    for _ in 0..2 {
        door.give_back(1);
    }
    door.give_back(3);
    assert_eq!(door.send(4), None);
    // The next slot to be free is that of message 2, which was sent at 10 s.
    assert_eq!(door.send(5), Some(590));
}

#[test]
fn a_refused_send_takes_no_place() {
    let mut door = Door::with(1, 20);
    assert_eq!(door.send(1), None);
    for second in 1..600 {
        door.at(second);
        assert_eq!(door.send(1), Some(600 - second));
    }
    door.at(600);
    assert_eq!(door.send(1), None);
}

#[test]
fn after_a_day_nothing_is_left() {
    let mut door = Door::new();
    assert!(door.slots.forgotten_at(&door.rules).is_none());
    for second in [0, 100] {
        door.at(second);
        assert_eq!(door.send(1), None);
    }
    let forgotten = door.slots.forgotten_at(&door.rules).unwrap();
    assert_eq!(forgotten.seconds_from(door.start), DAY + 100);
    door.slots.forget(&door.rules, door.start.plus(Duration::from_millis(DAY * 1000)));
    assert_eq!(door.slots.forgotten_at(&door.rules), Some(forgotten));
    door.slots.forget(&door.rules, forgotten);
    assert!(door.slots == DestinationQuota::default());
}

#[test]
fn a_destination_has_one_name_however_it_is_written() {
    let master = |letter: &str| MasterKey::parse(&letter.repeat(43)).unwrap();
    let mail = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    let sms = |text| Destination::Sms(PhoneNumber::parse(text).unwrap());
    let named = |to: &Destination| name(&master("A"), to);
    let taro = named(&mail("taro@mail.jp"));
    assert_eq!(taro, named(&mail("taro@MAIL.jp")));
    assert_eq!(taro, named(&mail("Taro@mail.jp")));
    assert_eq!(taro, named(&mail("\"taro\"@mail.jp")));
    let old = named(&mail("taro..k@docomo.ne.jp"));
    assert_eq!(old, named(&mail("\"Taro..K\"@docomo.ne.jp")));
    let others =
        [mail("taro@other.jp"), mail("jiro@mail.jp"), sms("+819012341234"), sms("+819012341235")];
    let mut names: Vec<_> = others.iter().map(named).collect();
    names.extend([taro, name(&master("E"), &mail("taro@mail.jp"))]);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 6, "two have one name");
}

#[test]
fn every_provider_s_message_of_every_delivery_has_a_delivery_ref_of_its_own() {
    let ids = [1, 2].map(|byte| ChallengeId::random([byte; 32]).0);
    let numbers = (1..=9).flat_map(|number| (0..4).map(move |others| (number, others)));
    let of = |id| numbers.clone().map(move |(number, others)| DeliveryRef::of(id, number, others));
    let mut delivery_refs: Vec<_> =
        ids.iter().flat_map(of).map(|delivery_ref| delivery_ref.0).collect();
    assert_eq!(delivery_refs[0], DeliveryRef::of(&ids[0], 1, 0).0);
    delivery_refs.sort_unstable();
    delivery_refs.dedup();
    assert_eq!(delivery_refs.len(), 72);
}

/// `core/fixtures/frozen.txt` says what a change costs.
#[test]
fn stored_form_and_protocol_are_frozen() {
    let mut door = Door::new();
    let empty = wire::write_destination(&door.slots).unwrap();
    door.send(1);
    door.send(u64::MAX);
    let two = wire::write_destination(&door.slots).unwrap();
    let command = |command| wire::write_quota_command(&command, door.now).unwrap();
    let limit = |until| wire::write_limit(until).unwrap();
    frozen::hold(&[
        ("places.none", empty),
        ("places.two", two),
        ("wanted.place", command(QuotaCommand::Reserve(DeliveryRef(1)))),
        ("wanted.notification", command(QuotaCommand::ReserveNotification(DeliveryRef(1)))),
        ("wanted.return", command(QuotaCommand::Release(DeliveryRef(1)))),
        ("limit.none", limit(None)),
        ("limit.until", limit(Some(door.now))),
    ]);
    assert!(wire::read_destination(frozen::text("places.two")) == Ok(door.slots));
    assert!(wire::read_destination(frozen::text("places.none")) == Ok(DestinationQuota::default()));
    let slot = wire::read_quota_command(frozen::text("wanted.place"));
    assert!(matches!(slot, Ok((now, QuotaCommand::Reserve(DeliveryRef(1)))) if now == door.now));
    let back = wire::read_quota_command(frozen::text("wanted.return"));
    assert!(matches!(back, Ok((now, QuotaCommand::Release(DeliveryRef(1)))) if now == door.now));
    assert_eq!(wire::read_limit(frozen::text("limit.none")), Ok(None));
    assert_eq!(wire::read_limit(frozen::text("limit.until")), Ok(Some(door.now)));
}

proptest! {
    /// Compared with books that are kept from the answers alone.
    #[test]
    fn no_window_has_more_than_its_quota(
        (burst, day) in (1..6_usize, 1..12_usize),
        steps in prop::collection::vec((0..4_usize, 0..8_usize), 1..200),
    ) {
        const WAITS: [u64; 4] = [0, 1, 299_999, 6 * 3600 * 1000];
        let mut door = Door::with(burst, day);
        let quotas = door.rules.quotas();
        let mut sent: Vec<(u64, Timestamp)> = Vec::new();
        for (number, (wait, what)) in (0..).zip(steps) {
            door.now = door.now.plus(Duration::from_millis(WAITS[wait]));
            // Mostly a slot is reserved; else one of the last slots is released, or one that is
            // not held.
            if what > 5 {
                let index = sent.len().saturating_sub(what - 5);
                let delivery_ref = sent.get(index).map_or(u64::MAX, |(number, _)| *number);
                door.give_back(delivery_ref);
                sent.retain(|(other, _)| *other != delivery_ref);
                continue;
            }
            let now = door.now;
            let within = |quota: &Quota, at: Timestamp| {
                sent.iter().filter(|(_, then)| at < then.plus(quota.window)).count()
            };
            let full = |at| quotas.iter().any(|quota| within(quota, at) >= quota.count);
            let (slots, until) =
                door.slots.clone().decide(QuotaCommand::Reserve(DeliveryRef(number)), &door.rules, now);
            prop_assert_eq!(until.is_some(), full(now));
            if let Some(until) = until {
                // The time of the answer is exact to the millisecond.
                prop_assert!(now < until && !full(until));
                prop_assert!(full(Timestamp::from_millis(until.millis() - 1)));
                let mut forgotten = door.slots.clone();
                forgotten.forget(&door.rules, now);
                prop_assert!(slots == forgotten);
            } else {
                sent.push((number, now));
            }
            prop_assert!(slots.0.len() <= day.max(burst));
            door.slots = slots;
        }
    }
}
