use proptest::prelude::*;

use super::*;
use crate::wire::{self, frozen};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// One budget, with the clock in the test's hand.
struct Purse {
    budget: SmsBudget,
    owner: BudgetOwner,
    rules: Rules,
    now: Timestamp,
}

impl Purse {
    /// Japan's budget of so many sends.
    fn of(limit: usize, mode: SmsBudgetMode) -> Self {
        let mut rules = Rules::default();
        (rules.sms_budget.country, rules.sms_budget.mode) = (limit, mode);
        Self {
            budget: SmsBudget::default(),
            owner: BudgetOwner::Country(Country::JAPAN),
            rules,
            now: Timestamp::from_millis(1_800_000_000_000),
        }
    }

    fn denying(limit: usize) -> Self {
        Self::of(limit, SmsBudgetMode::Deny)
    }

    /// Asks as the Worker does: question, answer and stored state pass through their bytes.
    fn ask(&mut self, command: &BudgetCommand) -> BudgetReply {
        let written = wire::write_asked(command, self.now).unwrap();
        let (now, command) = wire::read_asked(&written).unwrap();
        let stored = wire::write_state(&self.budget).unwrap();
        let budget: SmsBudget = wire::read_state(&stored).unwrap();
        let (budget, reply) = budget.decide(command, &self.rules, now);
        self.budget = budget;
        wire::read_answer(&wire::write_answer(&reply).unwrap()).unwrap()
    }

    fn spend(&mut self, challenge: u64) -> bool {
        let (owner, country) = (self.owner.clone(), Country::JAPAN);
        match self.ask(&BudgetCommand::Spend { owner, challenge: ChallengeRef(challenge), country })
        {
            BudgetReply::Granted => true,
            BudgetReply::Denied => false,
            BudgetReply::Returned(_) => panic!("nothing was given back"),
        }
    }

    fn returned(&mut self, command: &BudgetCommand) -> Vec<Country> {
        match self.ask(command) {
            BudgetReply::Returned(countries) => countries,
            other => panic!("{other:?}"),
        }
    }

    fn refund(&mut self, challenge: u64) -> bool {
        !self.returned(&BudgetCommand::Refund(ChallengeRef(challenge))).is_empty()
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    /// The marks that were reached since the last time.
    fn told(&mut self) -> Vec<BudgetMark> {
        let Some((_, events)) = self.budget.untold() else { return Vec::new() };
        let (marks, newest) =
            (events.iter().map(|event| event.mark).collect(), events.last().unwrap().number);
        self.budget.settle(newest);
        assert!(self.budget.untold().is_none());
        marks
    }
}

#[test]
fn sends_that_nobody_verified_are_denied_beyond_the_budget() {
    let mut purse = Purse::denying(3);
    assert_eq!([1, 2, 3, 4, 4].map(|send| purse.spend(send)), [true, true, true, false, false]);
    // A send that was denied is not counted: a day later all three are free.
    purse.wait(DAY - 1);
    assert!(!purse.spend(5));
    purse.wait(1);
    assert_eq!([6, 7, 8, 9].map(|send| purse.spend(send)), [true, true, true, false]);
}

#[test]
fn a_code_that_was_typed_gives_all_sends_of_its_challenge_back_once() {
    let mut purse = Purse::denying(4);
    // Three sends of challenge 1, one of another.
    assert!([1, 2, 1, 1].into_iter().all(|challenge| purse.spend(challenge)));
    assert!(!purse.spend(3));
    assert!(purse.refund(1));
    assert!(!purse.refund(1), "the same again gives nothing");
    assert!(!purse.refund(99), "nor one that was never sent");
    assert_eq!([3, 4, 5, 6].map(|send| purse.spend(send)), [true, true, true, false]);
}

#[test]
fn a_message_that_no_provider_sent_gives_one_send_back() {
    let mut purse = Purse::denying(2);
    assert!(purse.spend(1) && purse.spend(1) && !purse.spend(1));
    let release = BudgetCommand::Release(ChallengeRef(1));
    assert_eq!(purse.returned(&release), [Country::JAPAN]);
    assert!(purse.spend(1) && !purse.spend(1));
    assert_eq!(purse.returned(&BudgetCommand::Release(ChallengeRef(9))), []);
    assert!(!purse.spend(1));
}

#[test]
fn a_merchant_s_budget_remembers_the_countries() {
    let mut purse = Purse::denying(0);
    purse.rules.sms_budget.merchant = 10;
    purse.owner = BudgetOwner::Merchant("maru-shop".to_owned());
    let korea = Country::parse("KR").unwrap();
    for country in [Country::JAPAN, korea, korea] {
        let (owner, challenge) = (purse.owner.clone(), ChallengeRef(1));
        let asked = purse.ask(&BudgetCommand::Spend { owner, challenge, country });
        assert_eq!(asked, BudgetReply::Granted);
    }
    let refund = BudgetCommand::Refund(ChallengeRef(1));
    assert_eq!(purse.returned(&refund), [Country::JAPAN, korea]);
}

#[test]
fn half_and_end_are_told_once_each_and_again_only_after_much_was_free() {
    let mut purse = Purse::denying(8);
    let mut marks = Vec::new();
    for send in 1..=8 {
        assert!(purse.spend(send));
        marks.push(purse.told());
    }
    let (half, spent) = (vec![BudgetMark::Half], vec![BudgetMark::Spent]);
    let none = Vec::new;
    assert_eq!(
        marks,
        [none(), none(), none(), half.clone(), none(), none(), none(), spent.clone()]
    );
    assert!(!purse.spend(9) && purse.told().is_empty());
    // Up and down at a mark.
    for _ in 0..5 {
        assert!(purse.refund(8) && purse.spend(8) && purse.told().is_empty());
    }
    // A quarter less than all, then up again.
    for send in 6..=8 {
        purse.refund(send);
    }
    for send in 6..=8 {
        purse.spend(send);
    }
    assert_eq!(purse.told(), spent);
    // A day later nothing is left, and both are told again.
    purse.wait(DAY);
    for send in 11..=18 {
        purse.spend(send);
    }
    assert_eq!(purse.told(), [BudgetMark::Half, BudgetMark::Spent]);
}

#[test]
fn a_deployment_that_only_records_sends_all_and_tells_the_same() {
    let mut purse = Purse::of(4, SmsBudgetMode::RecordOnly);
    assert!((1..=100).all(|send| purse.spend(send)));
    assert_eq!(purse.told(), [BudgetMark::Half, BudgetMark::Spent]);
    // What is kept has a bound, and the newest are not given back.
    assert_eq!(purse.budget.sends.len(), 8);
    assert!(purse.refund(8) && !purse.refund(9));
}

#[test]
fn a_budget_of_one_is_spent_with_the_first_send() {
    let mut purse = Purse::denying(1);
    assert!(purse.spend(1) && !purse.spend(2));
    assert_eq!(purse.told(), [BudgetMark::Spent]);
}

#[test]
fn an_event_has_one_id_and_each_another() {
    let mut purse = Purse::denying(2);
    assert!(purse.spend(1) && purse.spend(2));
    let (owner, events) = purse.budget.untold().unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id(owner)).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    let other = BudgetOwner::Merchant("JP".to_owned());
    assert_ne!(events[0].id(&other), ids[0]);
    assert_eq!(events[0].id(owner), ids[0]);
}

/// The bytes that other versions read and write.
#[test]
fn stored_form_and_protocol_are_frozen() {
    let mut purse = Purse::denying(2);
    let empty = wire::write_state(&purse.budget).unwrap();
    assert!(purse.spend(1) && purse.spend(u64::MAX));
    let spent = wire::write_state(&purse.budget).unwrap();
    let now = purse.now;
    let command = |command: &BudgetCommand| wire::write_asked(command, now).unwrap();
    let reply = |reply: &BudgetReply| wire::write_answer(reply).unwrap();
    let owner = BudgetOwner::Merchant("maru-shop".to_owned());
    let (challenge, country) = (ChallengeRef(1), Country::JAPAN);
    let commands = [
        ("budget.spend", BudgetCommand::Spend { owner, challenge, country }),
        ("budget.release", BudgetCommand::Release(challenge)),
        ("budget.refund", BudgetCommand::Refund(challenge)),
    ];
    let replies = [
        ("budget.granted", BudgetReply::Granted),
        ("budget.denied", BudgetReply::Denied),
        ("budget.returned", BudgetReply::Returned(vec![country])),
    ];
    let written = [("budget.none", empty), ("budget.spent", spent)].into_iter();
    let written = written.chain(commands.iter().map(|(name, asked)| (*name, command(asked))));
    let written = written.chain(replies.iter().map(|(name, said)| (*name, reply(said))));
    frozen::hold(&written.collect::<Vec<_>>());
    assert!(wire::read_state(frozen::text("budget.spent")) == Ok(purse.budget));
    assert!(wire::read_state(frozen::text("budget.none")) == Ok(SmsBudget::default()));
    for (name, asked) in commands {
        assert_eq!(wire::read_asked(frozen::text(name)), Ok((now, asked)));
    }
    for (name, said) in replies {
        assert_eq!(wire::read_answer(frozen::text(name)), Ok(said));
    }
}

proptest! {
    /// Compared with books that are kept from the answers alone.
    #[test]
    fn the_count_is_exact_in_every_order(
        limit in 1..8_usize,
        steps in prop::collection::vec((0..5_usize, 0..6_u64, 0..4_usize), 1..200),
    ) {
        const WAITS: [u64; 5] = [0, 1, HOUR, 6 * HOUR, DAY];
        let mut purse = Purse::denying(limit);
        let mut books: Vec<(u64, Timestamp)> = Vec::new();
        // The lowest count since a mark was told last.
        let mut lowest = [(BudgetMark::Half, 1, None), (BudgetMark::Spent, 3, None)];
        for (wait, challenge, what) in steps {
            purse.wait(WAITS[wait]);
            let now = purse.now;
            books.retain(|(_, at)| now < at.plus(WINDOW));
            for (_, _, low) in &mut lowest {
                *low = low.map(|low: usize| low.min(books.len()));
            }
            match what {
                0 => {
                    let known = books.iter().any(|(other, _)| *other == challenge);
                    prop_assert_eq!(purse.refund(challenge), known);
                    books.retain(|(other, _)| *other != challenge);
                }
                1 => {
                    purse.returned(&BudgetCommand::Release(ChallengeRef(challenge)));
                    if let Some(newest) = books.iter().rposition(|(other, _)| *other == challenge) {
                        books.remove(newest);
                    }
                }
                _ => {
                    prop_assert_eq!(purse.spend(challenge), books.len() < limit);
                    if books.len() < limit {
                        books.push((challenge, now));
                    }
                }
            }
            prop_assert_eq!(purse.budget.sends.len(), books.len());
            let last = books.last().map(|(_, at)| at.plus(WINDOW));
            prop_assert_eq!(purse.budget.forgotten_at(), last);
            let marks = purse.told();
            for (mark, quarters, low) in &mut lowest {
                *low = low.map(|low: usize| low.min(books.len()));
                if marks.contains(mark) {
                    // It is told when it is reached, and not again before much was free.
                    prop_assert!(books.len() * 4 >= (*quarters + 1) * limit);
                    prop_assert!(low.is_none_or(|low| low * 4 < *quarters * limit));
                    *low = Some(books.len());
                }
            }
        }
    }
}
