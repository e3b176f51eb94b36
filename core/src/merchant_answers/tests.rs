mod frozen;
mod random;
mod recent;

use std::collections::BTreeSet;

use super::*;
use crate::wire;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// One merchant whose creates are answered as the Worker does, with the clock in the test's hand.
struct Shop {
    answers: MerchantAnswers,
    rules: Rules,
    /// The cardholders who can be challenged.
    enrolled: BTreeSet<u64>,
    start: Timestamp,
    now: Timestamp,
    creates: u64,
}

/// What the merchant reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Opened,
    Unknown,
    /// The quota is used up, for so many seconds.
    Limited(u64),
}

impl Shop {
    fn new(enrolled: impl IntoIterator<Item = u64>) -> Self {
        let start = Timestamp::from_millis(1_800_000_000_000);
        Self {
            answers: MerchantAnswers::default(),
            rules: Rules::default(),
            enrolled: enrolled.into_iter().collect(),
            start,
            now: start,
            creates: 0,
        }
    }

    /// Question, answer and stored state pass through their bytes.
    fn decide(&mut self, command: &AnswerCommand) -> Leave {
        let written = wire::write_asked(command, self.now).unwrap();
        let (now, command) = wire::read_asked(&written).unwrap();
        let stored = wire::write_state(&self.answers).unwrap();
        let answers: MerchantAnswers = wire::read_state(&stored).unwrap();
        let (answers, leave) = answers.decide(command, &self.rules, now);
        self.answers = answers;
        wire::read_answer(&wire::write_answer(&leave).unwrap()).unwrap()
    }

    fn begin(&mut self, cardholder: u64) -> (CreateRef, Leave) {
        self.creates += 1;
        let create = CreateRef(self.creates);
        (create, self.decide(&AnswerCommand::Ask(create, CardholderRef(cardholder), None)))
    }

    fn end(&mut self, cardholder: u64, (create, leave): (CreateRef, Leave)) -> Read {
        let limited = |until: Timestamp, now| Read::Limited(until.seconds_from(now));
        if let Leave::Limited(until) = leave {
            return limited(until, self.now);
        }
        if !self.enrolled.contains(&cardholder) {
            return match self.decide(&AnswerCommand::Tell(create, Some(CardholderRef(cardholder))))
            {
                Leave::Limited(until) => limited(until, self.now),
                Leave::Granted | Leave::Acquainted => Read::Unknown,
                Leave::Recent(_) | Leave::Noted => panic!("no answer to this"),
            };
        }
        if leave == Leave::Granted {
            self.decide(&AnswerCommand::Opened(create, CardholderRef(cardholder)));
        }
        Read::Opened
    }

    fn create(&mut self, cardholder: u64) -> Read {
        let begun = self.begin(cardholder);
        self.end(cardholder, begun)
    }

    fn at(&mut self, seconds: u64) {
        self.now = self.start.plus(Duration::from_secs(seconds));
    }
}

/// Cardholders of whom nobody is enrolled.
const STRANGERS: u64 = 1_000_000;

#[test]
fn twenty_unknown_ones_in_an_hour_and_then_none() {
    let mut shop = Shop::new([]);
    for n in 0..20 {
        shop.at(n * 10);
        assert_eq!(shop.create(STRANGERS + n), Read::Unknown, "{n}");
    }
    assert_eq!(shop.create(STRANGERS + 20), Read::Limited(HOUR - 190));
    shop.at(HOUR - 1);
    assert_eq!(shop.create(STRANGERS + 20), Read::Limited(1));
    shop.at(HOUR);
    assert_eq!(shop.create(STRANGERS + 20), Read::Unknown);
    assert_eq!(shop.create(STRANGERS + 21), Read::Limited(10));
}

/// One card without a password, ordered again and again, closes a shop to nobody.
#[test]
fn the_same_unknown_one_again_takes_no_further_slot() {
    let mut shop = Shop::new([1]);
    for n in 0..100 {
        shop.at(n * 30);
        assert_eq!(shop.create(STRANGERS), Read::Unknown, "{n}");
    }
    assert_eq!(shop.answers.slots.len(), 1);
    assert_eq!(shop.create(1), Read::Opened);
    // The first answer counts for its hour, whatever was asked since. The next is one more.
    shop.at(HOUR);
    assert_eq!(shop.create(STRANGERS), Read::Unknown);
    assert_eq!(shop.answers.slots.len(), 1);
}

#[test]
fn past_the_quota_those_of_whom_it_was_told_are_answered_as_they_are() {
    let mut shop = Shop::new([]);
    for n in 0..20 {
        shop.create(STRANGERS + n);
    }
    assert_eq!(shop.create(STRANGERS + 20), Read::Limited(HOUR));
    assert_eq!(shop.create(STRANGERS + 7), Read::Unknown);
    shop.enrolled.insert(STRANGERS + 7);
    assert_eq!(shop.create(STRANGERS + 7), Read::Opened);
    assert_eq!(shop.create(STRANGERS + 20), Read::Limited(HOUR));
    // In the last seconds the answer could come too late to be nothing new.
    shop.at(HOUR - 15);
    assert_eq!(shop.create(STRANGERS + 8), Read::Limited(15));
}

#[test]
fn enrolled_ones_count_nothing_however_many() {
    let mut shop = Shop::new(0..100);
    for cardholder in 0..100 {
        assert_eq!(shop.create(cardholder), Read::Opened);
        assert_eq!(shop.create(cardholder), Read::Opened);
    }
}

/// The refusal says nothing of who is enrolled, and whoever bought here lately buys on.
#[test]
fn past_the_quota_who_is_new_is_refused_alike_and_who_is_known_is_served() {
    let mut shop = Shop::new([1, 2]);
    assert_eq!(shop.create(1), Read::Opened);
    for n in 0..20 {
        shop.create(STRANGERS + n);
    }
    assert_eq!(shop.create(2), Read::Limited(HOUR));
    assert_eq!(shop.create(STRANGERS + 20), Read::Limited(HOUR));
    assert_eq!(shop.create(1), Read::Opened);
    shop.at(HOUR);
    assert_eq!(shop.create(2), Read::Opened);
}

/// 100 creates at once: those that are under way hold the slots, so none learns what the quota
/// withholds from another.
#[test]
fn at_once_no_more_are_told_and_none_of_the_rest_learns_anything() {
    let mut shop = Shop::new((0..100).filter(|n| n % 2 == 0));
    let begun: Vec<_> = (0..100).map(|n| (n, shop.begin(n))).collect();
    let read: Vec<_> = begun.into_iter().map(|(n, begun)| shop.end(n, begun)).collect();
    assert_eq!(read.iter().filter(|read| **read != Read::Limited(15)).count(), 20);
    assert!(read[20..].iter().all(|read| *read == Read::Limited(15)), "{read:?}");
    // Those that were opened gave their slots back.
    assert_eq!(shop.create(42), Read::Opened);
}

/// One answer before the quota is used up, a shop still serves 20 new customers at once.
#[test]
fn near_the_quota_new_customers_do_not_wait_for_each_other() {
    let mut shop = Shop::new(0..100);
    for n in 0..19 {
        shop.create(STRANGERS + n);
    }
    let begun: Vec<_> = (0..20).map(|n| (n, shop.begin(n))).collect();
    assert_eq!(shop.create(20), Read::Limited(15));
    for (n, begun) in begun {
        assert_eq!(shop.end(n, begun), Read::Opened, "{n}");
    }
    assert_eq!(shop.create(20), Read::Opened);
}

/// Whoever reads the refusal where others at once were opened can infer what it is not told.
#[test]
fn what_a_merchant_can_infer_counts_like_what_it_is_told() {
    let mut shop = Shop::new([]);
    for n in 0..19 {
        shop.at(n * 10);
        shop.create(STRANGERS + n);
    }
    let begun: Vec<_> = (20..40).map(|n| (n, shop.begin(n))).collect();
    let read: Vec<_> = begun.into_iter().map(|(n, begun)| shop.end(n, begun)).collect();
    assert_eq!(read[0], Read::Unknown);
    assert!(read[1..].iter().all(|read| matches!(read, Read::Limited(_))), "{read:?}");
    // The refusal of these is that of everybody.
    assert_eq!(shop.create(50), *read.last().unwrap());
    // 39 count: when the first 19 are over, the merchant still knows of 20.
    shop.at(HOUR + 179);
    assert_eq!(shop.create(50), Read::Limited(1));
    // What was inferred is not what was told.
    assert_eq!(shop.create(30), Read::Limited(1));
    shop.at(HOUR + 180);
    assert_eq!(shop.create(50), Read::Unknown);
}

#[test]
fn of_a_large_quota_as_many_are_under_way_as_are_left() {
    let mut shop = Shop::new([]);
    shop.rules.unknown_answers.count = 50;
    shop.create(STRANGERS);
    let begun: Vec<_> = (0..49).map(|n| (n, shop.begin(n))).collect();
    assert_eq!(shop.create(60), Read::Limited(15));
    for (n, begun) in begun {
        assert_eq!(shop.end(n, begun), Read::Unknown);
    }
}

#[test]
fn a_create_that_was_never_answered_holds_its_slot_for_15_seconds() {
    let mut shop = Shop::new([]);
    for n in 0..20 {
        shop.begin(n);
    }
    assert_eq!(shop.create(50), Read::Limited(15));
    shop.at(15);
    assert_eq!(shop.create(50), Read::Unknown);
}

/// A Worker that came back late is not believed to hold a slot.
#[test]
fn an_answer_after_its_slot_ran_out_needs_another_one() {
    let mut shop = Shop::new([]);
    let late = shop.begin(1);
    shop.at(15);
    for n in 0..20 {
        assert_eq!(shop.create(STRANGERS + n), Read::Unknown);
    }
    assert_eq!(shop.end(1, late), Read::Limited(HOUR));
}

/// An acquaintance whose enrollment ended is told like anybody else.
#[test]
fn of_a_known_one_who_is_enrolled_no_more_an_answer_counts() {
    let mut shop = Shop::new(0..21);
    for n in 0..21 {
        assert_eq!(shop.create(n), Read::Opened);
    }
    shop.enrolled.clear();
    for n in 0..20 {
        assert_eq!(shop.create(n), Read::Unknown);
    }
    assert_eq!(shop.create(20), Read::Limited(HOUR));
    assert_eq!(shop.answers.slots.len(), 20);
}

#[test]
fn the_same_create_again_takes_one_slot_and_what_was_told_stays_counted() {
    let mut shop = Shop::new([]);
    let (create, cardholder) = (CreateRef(7), CardholderRef(7));
    for _ in 0..30 {
        assert_eq!(shop.decide(&AnswerCommand::Ask(create, cardholder, None)), Leave::Granted);
    }
    assert_eq!(shop.answers.slots.len(), 1);
    // A Worker of before does not say of whom, so each counts.
    let tell = AnswerCommand::Tell(create, None);
    for _ in 0..20 {
        assert_eq!(shop.decide(&tell), Leave::Granted);
    }
    assert!(matches!(shop.decide(&tell), Leave::Limited(_)));
    // Not even an opening takes back what was told.
    shop.decide(&AnswerCommand::Opened(create, CardholderRef(8)));
    assert!(matches!(shop.decide(&tell), Leave::Limited(_)));
}

#[test]
fn the_newest_thousand_are_known_for_thirty_days_after_their_last_challenge() {
    let mut shop = Shop::new(0..2_000);
    // Not through the bytes: a thousand times a thousand are slow to write.
    for cardholder in 0..1_001 {
        let opened = AnswerCommand::Opened(CreateRef(cardholder), CardholderRef(cardholder));
        shop.answers = std::mem::take(&mut shop.answers).decide(opened, &shop.rules, shop.now).0;
    }
    let known = |shop: &mut Shop, cardholder| shop.begin(cardholder).1 == Leave::Acquainted;
    assert!(!known(&mut shop, 0));
    assert!(known(&mut shop, 1) && known(&mut shop, 1_000));
    // Bought again on day 20, so known until day 50.
    shop.at(20 * DAY);
    shop.create(1);
    shop.at(30 * DAY);
    assert!(known(&mut shop, 1) && !known(&mut shop, 1_000));
    shop.at(50 * DAY - 1);
    assert!(shop.answers.acquaintances.iter().any(|known| known.cardholder == CardholderRef(1)));
    let mut answers = shop.answers.clone();
    answers.forget(&shop.rules, shop.start.plus(Duration::from_secs(61 * DAY)));
    assert!(answers == MerchantAnswers::default());
}

/// A purchase a day by the same cardholder writes once.
#[test]
fn a_known_one_s_second_create_of_a_day_changes_nothing() {
    let mut shop = Shop::new([1]);
    shop.create(1);
    let after = shop.answers.clone();
    shop.at(DAY - 1);
    shop.create(1);
    assert!(shop.answers == after);
    shop.at(DAY);
    shop.create(1);
    assert!(shop.answers != after);
}

#[test]
fn when_everything_ran_out_nothing_is_left() {
    let mut shop = Shop::new([]);
    assert_eq!(shop.answers.forgotten_at(&shop.rules), None);
    shop.create(1);
    let forgotten = shop.answers.forgotten_at(&shop.rules).unwrap();
    assert_eq!(forgotten.seconds_from(shop.start), HOUR);
    shop.answers.forget(&shop.rules, forgotten);
    assert!(shop.answers == MerchantAnswers::default());
}

#[test]
fn a_reference_names_merchant_and_cardholder_and_needs_the_key() {
    let key = |letter: &str| MasterKey::parse(&letter.repeat(43)).unwrap();
    let of = |letter, merchant, cardholder| {
        let cardholder = CardholderId::parse(cardholder).unwrap();
        CardholderRef::of(&key(letter), &MerchantId::parse(merchant).unwrap(), &cardholder).0
    };
    let all = [of("A", "m", "c"), of("E", "m", "c"), of("A", "n", "c"), of("A", "m", "d")];
    assert_eq!(all[0], of("A", "m", "c"));
    assert_eq!(BTreeSet::from(all).len(), 4);
    let ids = [1, 2].map(|byte| ChallengeId::random([byte; 32]).0);
    assert_ne!(CreateRef::of(&ids[0]), CreateRef::of(&ids[1]));
}
