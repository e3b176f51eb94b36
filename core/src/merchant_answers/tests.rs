mod recent;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::wire::{self, frozen};

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

/// `core/fixtures/frozen.txt` says what a change costs.
#[test]
fn stored_form_and_protocol_are_frozen() {
    let mut shop = Shop::new([1]);
    let none = wire::write_state(&shop.answers).unwrap();
    shop.create(1);
    // As a Worker of before tells, and as objects of before have stored it.
    let (create, _) = shop.begin(STRANGERS);
    shop.decide(&AnswerCommand::Tell(create, None));
    shop.begin(2);
    let some = wire::write_state(&shop.answers).unwrap();
    let mut told_of = Shop::new([]);
    told_of.create(STRANGERS);
    let told = wire::write_state(&told_of.answers).unwrap();
    let (create, cardholder) = (CreateRef(1), CardholderRef(u64::MAX));
    let command = |command| wire::write_asked(&command, shop.now).unwrap();
    let mut noting = Shop::new([]);
    let noted = NotedId::live(&ChallengeId::parse("ch_AAAAAAAQAAAAAAAAAAAAAA").unwrap());
    let asks = || AnswerCommand::Ask(create, cardholder, Some(noted.clone()));
    noting.decide(&asks());
    let recent = noting.decide(&AnswerCommand::Recent);
    let with_recent = wire::write_state(&noting.answers).unwrap();
    let leave = |leave| wire::write_answer(&leave).unwrap();
    frozen::hold(&[
        ("answers.none", none),
        ("answers.some", some),
        ("answers.told_of", told),
        ("asked.ask", command(AnswerCommand::Ask(create, cardholder, None))),
        ("asked.opened", command(AnswerCommand::Opened(create, cardholder))),
        ("asked.tell", command(AnswerCommand::Tell(create, None))),
        ("asked.tell_of", command(AnswerCommand::Tell(create, Some(cardholder)))),
        ("leave.granted", leave(Leave::Granted)),
        ("leave.acquainted", leave(Leave::Acquainted)),
        ("leave.limited", leave(Leave::Limited(shop.now))),
        ("answers.recent", with_recent),
        ("asked.ask_noted", command(asks())),
        ("asked.note", command(AnswerCommand::Note(noted.clone()))),
        ("asked.recent", command(AnswerCommand::Recent)),
        ("asked.drop", command(AnswerCommand::Drop(vec![noted.clone()]))),
        ("leave.recent", leave(recent.clone())),
        ("leave.noted", leave(Leave::Noted)),
    ]);
    assert!(wire::read_state(frozen::text("answers.recent")) == Ok(noting.answers));
    for (name, again) in [
        ("asked.ask_noted", asks()),
        ("asked.note", AnswerCommand::Note(noted.clone())),
        ("asked.recent", AnswerCommand::Recent),
        ("asked.drop", AnswerCommand::Drop(vec![noted.clone()])),
    ] {
        let (now, read) = wire::read_asked(frozen::text(name)).unwrap();
        let written = |command| wire::write_asked(command, now).unwrap();
        assert_eq!(written(&read), written(&again), "{name}");
    }
    assert!(wire::read_state(frozen::text("answers.some")) == Ok(shop.answers));
    assert!(wire::read_state(frozen::text("answers.told_of")) == Ok(told_of.answers));
    assert!(wire::read_state(frozen::text("answers.none")) == Ok(MerchantAnswers::default()));
    let (now, asked) = wire::read_asked(frozen::text("asked.ask")).unwrap();
    assert!(now == shop.now && matches!(asked, AnswerCommand::Ask(CreateRef(1), _, None)));
    let (_, asked) = wire::read_asked(frozen::text("asked.opened")).unwrap();
    assert!(matches!(asked, AnswerCommand::Opened(CreateRef(1), CardholderRef(u64::MAX))));
    let (_, asked) = wire::read_asked(frozen::text("asked.tell")).unwrap();
    assert!(matches!(asked, AnswerCommand::Tell(CreateRef(1), None)));
    let (_, asked) = wire::read_asked(frozen::text("asked.tell_of")).unwrap();
    let of = Some(CardholderRef(u64::MAX));
    assert!(matches!(asked, AnswerCommand::Tell(CreateRef(1), cardholder) if cardholder == of));
    for (name, leave) in [
        ("leave.granted", Leave::Granted),
        ("leave.acquainted", Leave::Acquainted),
        ("leave.limited", Leave::Limited(shop.now)),
        ("leave.recent", recent),
        ("leave.noted", Leave::Noted),
    ] {
        assert_eq!(wire::read_answer(frozen::text(name)), Ok(leave));
    }
}

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
