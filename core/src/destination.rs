//! How many sends one destination takes in a time, over all cardholders who registered it. Decided
//! by the destination's object, which every send to it asks.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};

use crate::{
    contact::Destination,
    digest::{self, Hasher},
    ids::ChallengeId,
    rules::{Quota, Rules},
    secret::MasterKey,
    time::Timestamp,
};

/// Stands for one provider's message of a delivery in the list of sends. It is a digest, so it does
/// not say of which challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct DeliveryRef(#[n(0)] u64);

impl DeliveryRef {
    /// The reference of one provider's message of a delivery. `number` is the delivery's, and
    /// `others` counts the providers that were asked before and may have sent it.
    #[must_use]
    pub fn of(id: &ChallengeId, number: u32, others: u32) -> Self {
        let hasher = Hasher::new("warifu/ticket/v1").field(id.as_str().as_bytes());
        let hasher = hasher.field(&number.to_be_bytes()).field(&others.to_be_bytes());
        let digest = hasher.finish();
        Self(
            digest
                .bytes()
                .iter()
                .take(8)
                .fold(0, |delivery_ref, byte| delivery_ref << 8 | u64::from(*byte)),
        )
    }
}

/// What the Worker asks of a destination.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum QuotaCommand {
    /// A slot for one message.
    #[n(0)]
    Reserve(#[n(0)] DeliveryRef),
    /// To give the slot of a message back: a provider refused it, or none was asked.
    #[n(1)]
    Release(#[n(0)] DeliveryRef),
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Slot {
    #[n(0)]
    delivery_ref: DeliveryRef,
    #[n(1)]
    at: Timestamp,
}

/// Times of the sends to one destination, as far back as the longest quota reaches. The destination
/// itself is not stored.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DestinationQuota(#[n(0)] Vec<Slot>);

impl DestinationQuota {
    /// Decides what was asked at one time. Beside the new state it returns `None`, or the time from
    /// which a slot is free: then the quotas are used up and no slot was taken.
    #[must_use]
    pub fn decide(
        mut self,
        command: QuotaCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Option<Timestamp>) {
        self.forget(rules, now);
        let limit = match command {
            QuotaCommand::Reserve(delivery_ref) => {
                let limit = self.blocked_until(rules, now);
                if limit.is_none() {
                    self.0.push(Slot { delivery_ref, at: now });
                }
                limit
            }
            QuotaCommand::Release(delivery_ref) => {
                if let Some(index) =
                    self.0.iter().rposition(|slot| slot.delivery_ref == delivery_ref)
                {
                    self.0.remove(index);
                }
                None
            }
        };
        (self, limit)
    }

    /// Forgets the sends that no quota counts any more.
    pub fn forget(&mut self, rules: &Rules, now: Timestamp) {
        let kept = rules.destination_day.window.max(rules.destination_burst.window);
        self.0.retain(|slot| now < slot.at.plus(kept));
    }

    /// When the last of the sends can be forgotten; `None` when there is none.
    #[must_use]
    pub fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        let kept = rules.destination_day.window.max(rules.destination_burst.window);
        self.0.last().map(|slot| slot.at.plus(kept))
    }

    fn blocked_until(&self, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
        let opens = |quota: &Quota| {
            let recent = |slot: &&Slot| now < slot.at.plus(quota.window);
            let surplus = self.0.iter().filter(recent).count().checked_sub(quota.count)?;
            // A slot is free when the oldest of the last `count` sends leaves the window.
            self.0.iter().filter(recent).nth(surplus).map(|slot| slot.at.plus(quota.window))
        };
        opens(&rules.destination_burst).max(opens(&rules.destination_day))
    }
}

/// The name of a destination's object. It is a MAC, so that the name tells the destination to
/// nobody without the key.
#[must_use]
pub fn name(key: &MasterKey, to: &Destination) -> String {
    // Nearly every mail server delivers upper and lower case to one mailbox.
    let normal = to.reveal().to_ascii_lowercase();
    let fields = [to.channel().as_str().as_bytes(), normal.as_bytes()];
    let mac = digest::mac(key.bytes(), "warifu/destination/v1", &fields);
    Base64UrlUnpadded::encode_string(&mac)
}

#[cfg(test)]
mod tests {
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
        let others = [
            mail("taro@other.jp"),
            mail("jiro@mail.jp"),
            sms("+819012341234"),
            sms("+819012341235"),
        ];
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
        let of =
            |id| numbers.clone().map(move |(number, others)| DeliveryRef::of(id, number, others));
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
            ("wanted.return", command(QuotaCommand::Release(DeliveryRef(1)))),
            ("limit.none", limit(None)),
            ("limit.until", limit(Some(door.now))),
        ]);
        assert!(wire::read_destination(frozen::text("places.two")) == Ok(door.slots));
        assert!(
            wire::read_destination(frozen::text("places.none")) == Ok(DestinationQuota::default())
        );
        let slot = wire::read_quota_command(frozen::text("wanted.place"));
        assert!(
            matches!(slot, Ok((now, QuotaCommand::Reserve(DeliveryRef(1)))) if now == door.now)
        );
        let back = wire::read_quota_command(frozen::text("wanted.return"));
        assert!(
            matches!(back, Ok((now, QuotaCommand::Release(DeliveryRef(1)))) if now == door.now)
        );
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
            let quotas = [door.rules.destination_burst, door.rules.destination_day];
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
}
