//! Attacks: a program against a household. Those with a name, and random ones. Here are those by
//! merchants' servers alone.

pub(crate) mod three_ds;

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng, seq::IndexedRandom as _};

use crate::{
    attacker::{Flows, Program},
    world::{Codes, HOUR, Household, MINUTE, Second},
};

/// A program against a household.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) codes: Codes,
    pub(crate) household: Household,
    pub(crate) program: Program,
}

const ALONE: Household = Household { cards: 1, share: false };

/// Guesses as often as it is let, at one merchant.
const ONE_MERCHANT: Program = Program {
    merchants: 1,
    flows: Flows::Merchants,
    first_card: 0,
    cards: 1,
    batch: 1,
    shows: true,
    requests: false,
    guesses: 5,
    resends: 0,
    cancels: false,
    gap: 2,
    pause: 0,
    poll: Some(MINUTE),
    guesses_a_day: u32::MAX,
    is_near: false,
    guesses_amounts: false,
};

/// Attacks with a name, each with sent codes and with an app's where both make sense.
pub(crate) fn named() -> Vec<Attack> {
    let few = Program { merchants: 5, ..ONE_MERCHANT };
    let many = Program { merchants: 15, ..ONE_MERCHANT };
    let family = Household { cards: 3, share: true };
    let cards = Household { cards: 10, share: false };
    let silent = Program { guesses: 0, ..ONE_MERCHANT };
    let guessing: [(&'static str, Household, Program); 9] = [
        ("guess, 1 merchant", ALONE, ONE_MERCHANT),
        ("guess, 5 merchants", ALONE, few.clone()),
        ("guess, 15 merchants", ALONE, many.clone()),
        ("guess, 40 merchants", ALONE, Program { merchants: 40, ..many.clone() }),
        ("guess, 15 merchants at once", ALONE, Program { batch: 15, gap: 1, ..many.clone() }),
        ("guess slowly, 9 a day", ALONE, Program { guesses_a_day: 9, pause: HOUR, ..few.clone() }),
        ("guess on 10 cards", cards, Program { cards: 10, ..few.clone() }),
        ("guess on a family's 3 cards", family, Program { cards: 3, ..few.clone() }),
        ("close forms, 1 merchant", ALONE, Program { gap: 10, poll: Some(10), ..silent.clone() }),
    ];
    let sent: [(&'static str, Household, Program); 4] = [
        ("fill the mailbox, 1 merchant", ALONE, Program { resends: 3, ..silent.clone() }),
        (
            "fill the mailbox, 15 merchants",
            ALONE,
            Program { resends: 3, merchants: 15, ..silent.clone() },
        ),
        (
            "fill the family's mailbox by another's card",
            family,
            Program { first_card: 1, resends: 3, ..Program { merchants: 5, ..silent.clone() } },
        ),
        (
            "create without end, 1 merchant",
            ALONE,
            Program { shows: false, gap: 5, poll: Some(MINUTE), ..silent },
        ),
    ];
    with_codes(guessing, sent)
}

/// Attacks of which the first are with sent codes and with an app's, the others with sent codes alone.
fn with_codes(
    both: impl IntoIterator<Item = (&'static str, Household, Program)>,
    sent: impl IntoIterator<Item = (&'static str, Household, Program)>,
) -> Vec<Attack> {
    let attack = |codes, (name, household, program)| Attack { name, codes, household, program };
    let both = both
        .into_iter()
        .flat_map(|program| [attack(Codes::Sent, program.clone()), attack(Codes::App, program)]);
    both.chain(sent.into_iter().map(|program| attack(Codes::Sent, program))).collect()
}

/// The most merchants that a random program uses.
pub(crate) const MOST_MERCHANTS: u32 = 40;

/// Random attack number `number`: the same for every set of rules.
pub(crate) fn random(number: u64) -> Attack {
    let rng = &mut ChaCha8Rng::seed_from_u64(0x0ABC_0000 + number);
    let codes = *[Codes::Sent, Codes::App].choose(rng).unwrap_or(&Codes::Sent);
    let household =
        *[ALONE, ALONE, Household { cards: 3, share: true }].choose(rng).unwrap_or(&ALONE);
    let first_card = if household.cards > 1 { rng.random_range(0..2) } else { 0 };
    let between = |rng: &mut ChaCha8Rng, low: f64, high: f64| -> Second {
        // Spread over the orders of magnitude.
        let seconds = (low.ln() + rng.random::<f64>() * (high / low).ln()).exp();
        seconds as Second
    };
    let merchants = between(rng, 1.0, f64::from(MOST_MERCHANTS) + 0.99);
    let program = Program {
        merchants: u32::try_from(merchants).unwrap_or(1),
        flows: Flows::Merchants,
        first_card,
        cards: rng.random_range(1..=household.cards - first_card),
        batch: rng.random_range(1..=6),
        shows: rng.random_bool(0.9),
        requests: false,
        guesses: rng.random_range(0..=5),
        resends: rng.random_range(0..=3),
        cancels: rng.random_bool(0.3),
        gap: between(rng, 5.0, 3600.0),
        pause: if rng.random_bool(0.5) { 0 } else { between(rng, 1.0, 6.0 * 3600.0) },
        poll: rng.random_bool(0.7).then(|| between(rng, 10.0, 3600.0)),
        guesses_a_day: if rng.random_bool(0.7) { u32::MAX } else { rng.random_range(1..60) },
        is_near: false,
        guesses_amounts: false,
    };
    Attack { name: "random", codes, household, program }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attacker::Attacker,
        rule_sets,
        world::{DAY, World},
    };

    /// A day of an attack under core's rules.
    pub(super) fn day_of(name: &str, codes: Codes) -> (World, Attack) {
        let mut attacks = named().into_iter().chain(three_ds::named());
        let attack = attacks.find(|attack| attack.name == name && attack.codes == codes);
        let attack = attack.expect("an attack of this name");
        let mut world = World::new(&rule_sets::all()[0], codes, attack.household);
        let mut attacker = Attacker::new(attack.program.clone(), 0);
        while attacker.next_at < DAY {
            world.now = attacker.next_at;
            attacker.act(&mut world);
        }
        world.now = DAY - 1;
        world.settle();
        (world, attack)
    }

    pub(super) fn sent(world: &World) -> Vec<u64> {
        world.messages().collect()
    }

    /// Five wrong codes make new challenges wait there, and a weight of ten closes the merchant for
    /// the day: two challenges with sent codes, one with an app's, of which three are right at a time.
    #[test]
    fn a_guesser_at_one_merchant_is_let_in_until_a_weight_of_ten() {
        let (world, _) = day_of("guess, 1 merchant", Codes::Sent);
        assert_eq!(world.tally(0).guessed, 10);
        assert_eq!(sent(&world), [4], "two codes, and a notice of each failed challenge");
        let (world, _) = day_of("guess, 1 merchant", Codes::App);
        assert_eq!(world.tally(0).guessed, 15);
        assert_eq!(
            sent(&world),
            [1],
            "an app's codes are not sent; the failed challenge is told of"
        );
    }

    /// Who stops after four codes of the second challenge is told of when that runs out.
    #[test]
    fn a_slow_guesser_is_told_of_although_the_last_challenge_does_not_fail() {
        let (world, _) = day_of("guess slowly, 9 a day", Codes::Sent);
        assert_eq!(world.tally(0).guessed, 9);
        assert_eq!(sent(&world), [4], "two codes and two notices");
    }

    /// A weight of 44 is the day's: five guesses at two merchants and two at 17 more, or 14 at an app.
    /// Of the failures, within minutes, the first is told at once, and all others in an hour together.
    #[test]
    fn a_guesser_at_many_merchants_reaches_the_days_lock_which_is_told() {
        let (world, _) = day_of("guess, 40 merchants", Codes::Sent);
        assert_eq!(world.tally(0).guessed, 44);
        assert_eq!(sent(&world), [22], "19 codes, two notices and one of the lock");
        let (world, _) = day_of("guess, 40 merchants", Codes::App);
        assert_eq!(world.tally(0).guessed, 42);
        assert_eq!(sent(&world), [3], "no code, two notices and one of the lock");
    }

    /// Each card is guessed at as if it were the only one.
    #[test]
    fn many_cards_are_each_attacked() {
        let (world, attack) = day_of("guess on 10 cards", Codes::Sent);
        assert_eq!(attack.household.cards, 10);
        let guessed: Vec<_> = (0..10).map(|card| world.tally(card).guessed).collect();
        assert_eq!(guessed, [16; 10], "ten at the first two merchants, two at each of the others");
        assert_eq!(sent(&world), [7; 10], "five codes and two notices");
    }

    /// A merchant has five messages with codes that were not verified, all together ten, and one more
    /// for each merchant that had none.
    #[test]
    fn those_who_fill_a_mailbox_or_close_forms_guess_nothing() {
        for (name, messages) in [
            ("close forms, 1 merchant", 5),
            ("fill the mailbox, 1 merchant", 5),
            ("fill the mailbox, 15 merchants", 22),
            ("create without end, 1 merchant", 0),
        ] {
            let (world, _) = day_of(name, Codes::Sent);
            assert_eq!(world.tally(0).guessed, 0, "{name}");
            assert_eq!(sent(&world), [messages], "{name}");
        }
    }

    /// Ten messages for the first three of five merchants, one for each of the other two.
    #[test]
    fn a_familys_mailbox_is_filled_without_the_owners_card() {
        let (world, attack) = day_of("fill the family's mailbox by another's card", Codes::Sent);
        assert_eq!(attack.program.first_card, 1);
        assert_eq!(sent(&world)[0], 12);
    }

    #[test]
    fn named_programs_use_as_many_merchants_as_they_say() {
        for attack in named().into_iter().chain(three_ds::named()) {
            let mut words = attack.name.split([' ', ',']);
            let said = words.clone().position(|word| word.starts_with("merchant"));
            if let Some(number) = said.and_then(|at| words.nth(at - 1)) {
                assert_eq!(attack.program.merchants.to_string(), number, "{}", attack.name);
            }
        }
    }

    #[test]
    fn random_attacks_differ_and_are_always_the_same() {
        assert_eq!(random(7), random(7));
        assert_ne!(random(7).program, random(8).program);
        let all: Vec<_> = (0..1000).map(random).collect();
        assert!(all.iter().all(|attack| (1..=MOST_MERCHANTS).contains(&attack.program.merchants)));
        assert!(all.iter().any(|attack| attack.program.merchants == 1));
        assert!(all.iter().any(|attack| attack.program.merchants > 30));
        assert!(all.iter().any(|attack| attack.codes == Codes::App && attack.household.share));
    }
}
