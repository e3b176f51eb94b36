//! Which challenges a merchant's list has.

use super::*;

fn id(number: u64) -> NotedId {
    let (id, _) = ChallengeId::random(core::array::from_fn(|at| {
        number.to_be_bytes().get(at).copied().unwrap_or_default()
    }));
    NotedId::live(&id)
}

/// A create of a cardholder whom the merchant knows.
fn create(shop: &mut Shop, number: u64) -> Leave {
    let create = CreateRef(number);
    shop.decide(&AnswerCommand::Ask(create, CardholderRef(1), Some(id(number))))
}

fn listed(shop: &mut Shop) -> Vec<NotedId> {
    match shop.decide(&AnswerCommand::Recent) {
        Leave::Recent(challenges) => challenges.into_iter().map(|noted| noted.id).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_newest_hundred_are_listed_the_newest_first() {
    let mut shop = Shop::new([1]);
    shop.create(1);
    for number in 1..=150 {
        assert_eq!(create(&mut shop, number), Leave::Acquainted);
        shop.now = shop.now.plus(Duration::from_secs(1));
    }
    let newest: Vec<_> = (51..=150).rev().map(id).collect();
    assert_eq!(listed(&mut shop), newest);
}

#[test]
fn of_many_in_one_second_one_is_noted_and_the_object_writes_once() {
    let mut shop = Shop::new([1]);
    shop.create(1);
    create(&mut shop, 1);
    let written = wire::write_state(&shop.answers).unwrap();
    for number in 2..=1_000 {
        create(&mut shop, number);
        assert_eq!(wire::write_state(&shop.answers).unwrap(), written);
    }
    shop.now = shop.now.plus(Duration::from_millis(1_000));
    create(&mut shop, 1_001);
    assert_eq!(listed(&mut shop), [id(1_001), id(1)]);
}

#[test]
fn no_two_are_noted_at_one_time_also_where_a_clock_is_behind() {
    let mut shop = Shop::new([1]);
    shop.create(1);
    create(&mut shop, 1);
    shop.now = Timestamp::from_millis(shop.now.millis() - 5_000);
    create(&mut shop, 2);
    assert_eq!(listed(&mut shop), [id(1)]);
}

#[test]
fn a_retry_is_noted_once_and_what_the_merchant_may_not_ask_is_not() {
    let mut shop = Shop::new([]);
    let mut told = 0;
    while let Read::Unknown = shop.create(STRANGERS + told) {
        told += 1;
    }
    let refused = create(&mut shop, 1);
    assert!(matches!(refused, Leave::Limited(_)), "{refused:?}");
    assert_eq!(listed(&mut shop), []);

    let mut shop = Shop::new([1]);
    shop.create(1);
    create(&mut shop, 1);
    shop.now = shop.now.plus(Duration::from_secs(60));
    create(&mut shop, 1);
    assert_eq!(listed(&mut shop), [id(1)]);
}

#[test]
fn every_test_is_noted_without_a_question_and_at_a_time_of_its_own() {
    let mut shop = Shop::new([]);
    for number in 1..=3 {
        assert_eq!(shop.decide(&AnswerCommand::Note(id(number))), Leave::Noted);
    }
    let Leave::Recent(noted) = shop.decide(&AnswerCommand::Recent) else { panic!("no list") };
    let times: Vec<_> = noted.iter().map(|noted| noted.at.millis() - shop.now.millis()).collect();
    assert_eq!(times, [2, 1, 0]);
    assert_eq!(listed(&mut shop), [id(3), id(2), id(1)]);
}

#[test]
fn what_is_erased_or_over_is_listed_no_more_and_the_object_is_woken_for_it() {
    let mut shop = Shop::new([]);
    for number in 1..=3 {
        shop.decide(&AnswerCommand::Note(id(number)));
        shop.now = shop.now.plus(Duration::from_secs(1));
    }
    assert_eq!(shop.decide(&AnswerCommand::Drop(vec![id(2), id(9)])), Leave::Noted);
    assert_eq!(listed(&mut shop), [id(3), id(1)]);

    let rules = &shop.rules;
    let life = rules.challenge_life + rules.retention;
    let last = shop.start.plus(Duration::from_secs(2)).plus(life);
    assert_eq!(shop.answers.forgotten_at(rules), Some(last));
    shop.now = shop.start.plus(life);
    assert_eq!(listed(&mut shop), [id(3)]);
    shop.now = last;
    shop.answers.forget(&shop.rules, shop.now);
    assert!(shop.answers == MerchantAnswers::default());
}
