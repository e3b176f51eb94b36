//! What a merchant can learn, in random sequences of creates.

use proptest::prelude::*;

use super::*;

/// Of whom a merchant learned within an hour: each once, from when it was new.
#[derive(Default)]
struct Learned(Vec<(u64, u64)>);

impl Learned {
    fn note(&mut self, cardholder: u64, seconds: u64) {
        self.0.retain(|(_, at)| seconds < at + HOUR);
        if self.0.iter().all(|(of, _)| *of != cardholder) {
            self.0.push((cardholder, seconds));
        }
    }

    fn within(&self, seconds: u64) -> usize {
        self.0.iter().filter(|(_, at)| seconds < at + HOUR).count()
    }
}

proptest! {
    /// Two shops that differ in whether one cardholder, whom neither knows, is enrolled: while the
    /// quota is used up they read the same. And in no hour the merchant is told of more unknown ones
    /// than the quota.
    #[test]
    fn past_the_quota_nothing_tells_who_is_enrolled(
        count in 1..5_usize,
        steps in prop::collection::vec((0..4_usize, 0..8_u64), 1..60),
    ) {
        const WAITS: [u64; 4] = [0, 1, 600, 2_000];
        let mut shop = Shop::new([0, 1, 2]);
        shop.rules.unknown_answers.count = count;
        let mut told = Learned::default();
        let mut seconds = 0;
        for (wait, cardholder) in steps {
            seconds += WAITS[wait];
            shop.at(seconds);
            let mut twin = Shop { answers: shop.answers.clone(), enrolled: shop.enrolled.clone(), rules: shop.rules.clone(), ..shop };
            if !twin.enrolled.remove(&cardholder) {
                twin.enrolled.insert(cardholder);
            }
            let known = shop.answers.acquaintances.iter().any(|a| a.cardholder == CardholderRef(cardholder));
            let read = shop.create(cardholder);
            let other = twin.create(cardholder);
            if let Read::Limited(wait) = read {
                prop_assert!((1..=HOUR).contains(&wait));
                prop_assert!(known || other == read, "{other:?} {read:?}");
            }
            if read == Read::Unknown {
                told.note(cardholder, seconds);
            }
            let within = told.within(seconds);
            prop_assert!(within <= count);
            if read == Read::Unknown || shop.enrolled.contains(&cardholder) { continue; }
            // Refused only where an answer would have been one too many.
            prop_assert_eq!(within, count);
        }
    }

    /// Bursts of creates, answered in any order: in no hour the merchant is told of more cardholders
    /// than the quota, and it learns of at most 20 more, from refusals after the first question.
    #[test]
    fn creates_at_once_tell_of_no_more_than_the_quota_and_twenty_can_be_inferred(
        count in 1..25_usize,
        bursts in prop::collection::vec((0..3_usize, 0..200_u64, 1..25_u64, 0..4_usize), 1..14),
    ) {
        const WAITS: [u64; 3] = [5, 900, 1_800];
        let mut shop = Shop::new((0..230).filter(|n| n % 5 == 0));
        shop.rules.unknown_answers.count = count;
        let (mut told, mut learned) = (Learned::default(), Learned::default());
        let mut under_way: Vec<(u64, u64, (CreateRef, Leave))> = Vec::new();
        let mut seconds = 0;
        for (wait, first, size, stay) in bursts {
            seconds += WAITS[wait];
            shop.at(seconds);
            // The Worker waits no longer.
            under_way.retain(|(_, since, _)| seconds < since + 15);
            for cardholder in first..first + size {
                let begun = shop.begin(cardholder);
                under_way.push((cardholder, seconds, begun));
            }
            while under_way.len() > stay {
                let next = first as usize % under_way.len();
                let (cardholder, _, begun) = under_way.swap_remove(next);
                let leave = begun.1.clone();
                let read = shop.end(cardholder, begun);
                if read == Read::Unknown {
                    told.note(cardholder, seconds);
                }
                let infers = matches!(read, Read::Limited(_)) && leave == Leave::Granted;
                if read == Read::Unknown || infers {
                    learned.note(cardholder, seconds);
                }
            }
            prop_assert!(told.within(seconds) <= count);
            prop_assert!(learned.within(seconds) <= count + 20);
        }
    }
}
