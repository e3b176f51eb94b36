//! Attacks by 3-D Secure: somebody knows a card's number and buys at shops, whose directory server asks
//! for the challenges. It takes no merchant of the issuer's.

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::{ALONE, Attack, ONE_MERCHANT, with_codes};
use crate::attacker::{Flows, Program};

const ONE_SHOP: Program = Program { flows: Flows::ThreeDs, ..ONE_MERCHANT };

/// Brings the CReq of every challenge, and looks at no form.
const LEAVES_FORMS: Program =
    Program { shows: false, requests: true, guesses: 0, gap: 1, poll: Some(1), ..ONE_SHOP };

/// Has a challenge opened each second, for another amount each time.
const GUESSES_AMOUNTS: Program =
    Program { guesses_amounts: true, gap: 1, poll: Some(1), ..ONE_SHOP };

/// Attacks with a name.
pub(crate) fn named() -> Vec<Attack> {
    let at = |merchants| Program { merchants, ..ONE_SHOP };
    let silent = Program { guesses: 0, ..ONE_SHOP };
    let guessing = [
        ("guess, 1 merchant, by 3-D Secure", ONE_SHOP),
        ("guess, 5 merchants, by 3-D Secure", at(5)),
        ("guess, 15 merchants, by 3-D Secure", at(15)),
        ("guess, 40 merchants, by 3-D Secure", at(40)),
        ("guess, 15 merchants at once, by 3-D Secure", Program { batch: 15, gap: 1, ..at(15) }),
        ("guess, 1 merchant, both ways", Program { flows: Flows::Both, ..ONE_SHOP }),
        ("guess, 15 merchants, both ways", Program { flows: Flows::Both, ..at(15) }),
        (
            "close forms, 1 merchant, by 3-D Secure",
            Program { gap: 10, poll: Some(10), ..silent.clone() },
        ),
        ("guess near the owner, 1 merchant", Program { is_near: true, ..ONE_SHOP }),
        ("guess near the owner, 40 merchants", Program { is_near: true, ..at(40) }),
        ("guess at codes and amounts, 1 merchant", GUESSES_AMOUNTS),
        ("guess at codes and amounts, 40 merchants", Program { merchants: 40, ..GUESSES_AMOUNTS }),
        ("leave forms, 1 merchant, by 3-D Secure", LEAVES_FORMS),
        ("leave forms, 40 merchants, by 3-D Secure", Program { merchants: 40, ..LEAVES_FORMS }),
        ("leave forms, 1 merchant, both ways", Program { flows: Flows::Both, ..LEAVES_FORMS }),
        ("ask without a CReq, 1 merchant", Program { requests: false, ..LEAVES_FORMS }),
    ];
    let sent = [
        ("fill the mailbox, 1 merchant, by 3-D Secure", Program { resends: 3, ..silent.clone() }),
        (
            "fill the mailbox, 15 merchants, by 3-D Secure",
            Program { resends: 3, merchants: 15, ..silent },
        ),
    ];
    let alone = |(name, program)| (name, ALONE, program);
    with_codes(guessing.map(alone), sent.map(alone))
}

/// Random attack number `number`, by 3-D Secure or both ways.
pub(crate) fn random(number: u64) -> Attack {
    let rng = &mut ChaCha8Rng::seed_from_u64(0x03D5_0000 + number);
    let attack = super::random(0x1_0000 + number);
    let flows = if rng.random_bool(0.7) { Flows::ThreeDs } else { Flows::Both };
    let requests = rng.random_bool(0.7);
    let is_near = rng.random_bool(0.3);
    let guesses_amounts = rng.random_bool(0.3);
    let program = Program { flows, requests, is_near, guesses_amounts, ..attack.program };
    Attack { program, ..attack }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{day_of, sent},
        *,
    };
    use crate::world::Codes;

    /// A shop counts as one merchant, and all shops and merchants together as the cardholder's day.
    #[test]
    fn whoever_asks_the_same_limits_hold() {
        for (name, codes, guessed, messages) in [
            ("guess, 1 merchant, by 3-D Secure", Codes::Sent, 10, 4),
            ("guess, 1 merchant, by 3-D Secure", Codes::App, 15, 1),
            ("guess, 40 merchants, by 3-D Secure", Codes::Sent, 44, 22),
            ("guess, 40 merchants, by 3-D Secure", Codes::App, 42, 3),
            ("guess, 15 merchants, both ways", Codes::Sent, 44, 22),
            ("guess, 15 merchants, both ways", Codes::App, 42, 3),
            ("close forms, 1 merchant, by 3-D Secure", Codes::Sent, 0, 5),
            ("fill the mailbox, 15 merchants, by 3-D Secure", Codes::Sent, 0, 22),
        ] {
            let (world, _) = day_of(name, codes);
            let found = (world.tally(0).guessed, sent(&world));
            assert_eq!(found, (guessed, vec![messages]), "{name} {codes:?}");
        }
    }

    #[test]
    fn random_ones_use_both_ways() {
        let all: Vec<_> = (0..100).map(random).collect();
        for flows in [Flows::ThreeDs, Flows::Both] {
            assert!(all.iter().any(|attack| attack.program.flows == flows));
        }
        assert!(all.iter().all(|attack| attack.program.flows != Flows::Merchants));
        assert_eq!(random(7), random(7));
    }
}
