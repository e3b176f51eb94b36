use std::sync::Arc;

use crate::{
    rule_sets::{self, RuleSet},
    world::{
        Answer, Browser, Codes, DAY, HOUR, Handle, Household, MINUTE, Merchant, OWN_MERCHANTS,
        Typed, World,
    },
};

const ALONE: Household = Household { cards: 1, share: false };
const OWN: Merchant = OWN_MERCHANTS;

fn set(name: &str) -> Arc<RuleSet> {
    rule_sets::all().into_iter().find(|set| set.name == name).expect("a set of this name")
}

fn world(name: &str, codes: Codes) -> World {
    let mut world = World::new(&set(name), codes, ALONE);
    world.now = DAY;
    world
}

fn opened(world: &mut World, merchant: Merchant) -> Handle {
    match world.create(0, merchant) {
        Answer::Opened(handle) => handle,
        other => panic!("{other:?}"),
    }
}

/// Opens a form at a merchant and guesses until it takes no more: how many guesses were compared.
fn guess_at(world: &mut World, merchant: Merchant) -> u64 {
    let before = world.tally(0).guessed;
    if let Answer::Opened(handle) = world.create(0, merchant)
        && world.show(handle, Browser::Unknown) == Answer::Asked
    {
        while let Answer::Wrong(1..) = world.submit(handle, Typed::Guess) {}
    }
    world.tally(0).guessed - before
}

/// Whether the owner buys with one right code.
fn buys(world: &World, merchant: Merchant, browser: Browser) -> bool {
    let mut world = world.clone();
    let handle = match world.create(0, merchant) {
        Answer::Opened(handle) => handle,
        _ => return false,
    };
    world.show(handle, browser) == Answer::Asked
        && world.submit(handle, Typed::Right) == Answer::Right
}

#[test]
fn nobody_who_is_not_attacked_meets_a_rule() {
    for set in rule_sets::all() {
        for codes in [Codes::Sent, Codes::App] {
            let mut world = World::new(&set, codes, ALONE);
            for day in 1..30 {
                world.now = day * DAY;
                // Two orders that are given up for another one, as people do.
                for _ in 0..2 {
                    let given_up = opened(&mut world, OWN);
                    assert_eq!(
                        world.show(given_up, Browser::Unknown),
                        Answer::Asked,
                        "{}",
                        set.name
                    );
                    world.now += MINUTE;
                }
                let handle = opened(&mut world, OWN);
                assert_eq!(world.show(handle, Browser::Unknown), Answer::Asked, "{}", set.name);
                assert_eq!(world.submit(handle, Typed::Mistyped), Answer::Wrong(4));
                assert_eq!(world.submit(handle, Typed::Right), Answer::Right);
                let again = opened(&mut world, OWN);
                world.now += MINUTE;
                assert_eq!(world.show(again, Browser::Unknown), Answer::Asked);
                assert_eq!(world.submit(again, Typed::Right), Answer::Right);
            }
            assert_eq!((world.tally(0).guessed, world.tally(0).longest_row), (0, 1));
        }
    }
}

#[test]
fn todays_lock_holds_everywhere_and_a_counter_by_merchant_at_one() {
    let mut today = world("today", Codes::Sent);
    assert_eq!([guess_at(&mut today, 0), guess_at(&mut today, 0)], [5, 5]);
    assert!(!buys(&today, OWN, Browser::Known));
    let mut counted = world("shown", Codes::Sent);
    assert_eq!([guess_at(&mut counted, 0), guess_at(&mut counted, 0)], [5, 0]);
    counted.now += 15 * MINUTE;
    assert_eq!([guess_at(&mut counted, 0), guess_at(&mut counted, 0)], [5, 0]);
    counted.now += HOUR;
    assert!(!buys(&counted, 0, Browser::Unknown) && buys(&counted, OWN, Browser::Unknown));
    counted.now += DAY;
    assert!(buys(&counted, 0, Browser::Unknown), "the window has passed");
}

/// Nine guesses, a purchase of the owner, and so on: three times in one day.
#[test]
fn todays_count_begins_anew_with_a_success_and_a_windows_does_not() {
    for (name, most) in [("today", 27 * 3), ("bounds", 16 * 3), ("lane", 14 * 3)] {
        let mut world = world(name, Codes::App);
        for round in 0..3 {
            for merchant in 0..9 {
                if let Answer::Opened(handle) = world.create(0, 10 * round + merchant) {
                    world.show(handle, Browser::Unknown);
                    world.submit(handle, Typed::Guess);
                    world.cancel(handle);
                }
            }
            world.now += HOUR;
            if let Answer::Opened(handle) = world.create(0, OWN) {
                world.show(handle, Browser::Known);
                world.submit(handle, Typed::Right);
            }
        }
        assert_eq!(world.tally(0).guessed, most, "{name}");
    }
}

#[test]
fn a_wary_set_gives_each_further_merchant_two_tries_until_the_day_is_spent() {
    for (codes, first, next, then) in [(Codes::Sent, 5, 2, 20), (Codes::App, 15, 6, 4)] {
        let mut world = world("lane", codes);
        assert_eq!(guess_at(&mut world, 0), first);
        if codes == Codes::Sent {
            assert_eq!(guess_at(&mut world, 1), 5, "it is not wary yet");
        }
        for merchant in 2..2 + then.min(17) {
            assert_eq!(guess_at(&mut world, merchant), next, "{codes:?} {merchant}");
        }
        let rest = guess_at(&mut world, 30) + guess_at(&mut world, 31);
        assert!(rest < next && world.tally(0).guessed <= 44, "{codes:?} {rest}");
        assert!(!buys(&world, OWN, Browser::Unknown));
        assert!(buys(&world, OWN, Browser::Known), "a known browser has its own lane");
    }
}

#[test]
fn tries_that_open_forms_still_have_are_counted() {
    let mut world = world("shown", Codes::App);
    let handles: Vec<Handle> = (0..12).map(|merchant| opened(&mut world, merchant)).collect();
    let asked =
        handles.iter().filter(|handle| world.show(**handle, Browser::Unknown) == Answer::Asked);
    // 5 tries and five times 2, and one more: 16 of three codes each.
    assert_eq!(asked.count(), 7);
    for handle in handles {
        while let Answer::Wrong(1..) = world.submit(handle, Typed::Guess) {}
    }
    assert_eq!(world.tally(0).guessed, 48);
}

#[test]
fn forms_of_one_merchant_share_their_tries() {
    let mut world = world("shown", Codes::App);
    let [first, second] = [0, 0].map(|merchant| opened(&mut world, merchant));
    for handle in [first, second] {
        assert_eq!(world.show(handle, Browser::Unknown), Answer::Asked);
    }
    assert_eq!(world.submit(first, Typed::Guess), Answer::Wrong(4));
    for _ in 0..4 {
        assert!(matches!(world.submit(second, Typed::Guess), Answer::Wrong(_)));
    }
    assert_eq!(world.submit(first, Typed::Guess), Answer::Over);
    assert_eq!(world.tally(0).guessed, 15);
}

#[test]
fn creates_without_end_stop_the_owner_only_where_they_leave_something() {
    for (name, elsewhere, here) in
        [("today", false, false), ("creates", true, false), ("shown", true, true)]
    {
        let mut world = world(name, Codes::Sent);
        for _ in 0..300 {
            world.now += 5;
            world.create(0, 0);
        }
        let bought = [buys(&world, OWN, Browser::Unknown), buys(&world, 0, Browser::Unknown)];
        assert_eq!(bought, [elsewhere, here], "{name}");
    }
}

#[test]
fn a_merchant_takes_five_places_and_one_that_had_none_gets_one_up_to_thirty() {
    let mut world = world("shown", Codes::Sent);
    let mut sent = |merchant| {
        (0..8).fold(0, |sent, _| {
            let handle = opened(&mut world, merchant);
            let asked = world.show(handle, Browser::Unknown) == Answer::Asked;
            world.cancel(handle);
            sent + u32::from(asked)
        })
    };
    assert_eq!([sent(0), sent(1), sent(2), sent(3)], [5, 5, 1, 1]);
    assert_eq!((4..40).map(&mut sent).sum::<u32>(), 18);
}

#[test]
fn a_verified_challenge_gives_its_places_back() {
    let mut world = world("shown", Codes::Sent);
    for _ in 0..40 {
        let handle = opened(&mut world, OWN);
        assert_eq!(world.show(handle, Browser::Unknown), Answer::Asked);
        assert_eq!(world.submit(handle, Typed::Right), Answer::Right);
    }
}

#[test]
fn who_signs_in_lets_one_purchase_in_and_ends_the_row() {
    let mut world = world("release", Codes::Sent);
    for _ in 0..2 {
        assert_eq!(guess_at(&mut world, 0), 5);
        world.now += 15 * MINUTE;
    }
    assert_eq!(guess_at(&mut world, 0), 0);
    let handle = opened(&mut world, 0);
    assert!(matches!(world.show(handle, Browser::Unknown), Answer::Wait(_)));
    assert_eq!(world.release(handle), Answer::Asked);
    assert_eq!(world.submit(handle, Typed::Right), Answer::Right);
    assert_eq!(guess_at(&mut world, 0), 2, "a success forgets what was wrong there, not in all");
    assert_eq!(world.tally(0).longest_row, 10);
}

#[test]
fn a_row_of_ninety_leaves_the_rest_to_known_browsers() {
    let mut world = world("lane", Codes::Sent);
    let mut days = 0;
    while world.tally(0).longest_row < 90 {
        world.now += DAY + HOUR;
        for merchant in 0..40 {
            guess_at(&mut world, merchant);
        }
        days += 1;
        assert!(days < 5);
    }
    world.now += 30 * DAY;
    assert_eq!(guess_at(&mut world, 0), 0);
    assert!(!buys(&world, OWN, Browser::Unknown));
    assert!(buys(&world, OWN, Browser::Known));
}
