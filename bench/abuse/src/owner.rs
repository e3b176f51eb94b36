//! The owner: a person who buys, waits for the code, and sometimes mistypes it.

use rand::{RngExt as _, rngs::ChaCha8Rng};

use crate::world::{
    Answer, Browser, Flow, HOUR, Handle, MINUTE, Merchant, Order, Second, Typed, World, Yen,
};

/// How the owner is, in numbers. They are assumptions; the table names them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Of the codes, how many are mistyped.
    pub(crate) mistypes: f64,
    /// Of the codes after a mistyped one, how many are mistyped again.
    pub(crate) mistypes_again: f64,
    /// Of the purchases, how many are in a browser that verified at that merchant before; by 3-D Secure,
    /// from a network from which the owner verified before.
    pub(crate) known: f64,
    /// Of the owners who are told to sign in at the member site, how many do.
    pub(crate) signs_in: f64,
    /// How long one purchase is worth waiting for.
    pub(crate) patience: Second,
    /// How often the owner starts over.
    pub(crate) orders: u32,
    /// Seconds between two purchases, on average.
    pub(crate) between: Second,
}

/// How many amounts there are that many things cost.
pub(crate) const COMMON_AMOUNTS: usize = 100;

/// One of them: 980 yen, 1,000, 1,980, 2,000 and so on.
pub(crate) fn common_amount(number: usize) -> Yen {
    let thousands = i64::try_from(number / 2).unwrap_or_default() + 1;
    1000 * thousands - if number.is_multiple_of(2) { 20 } else { 0 }
}

/// What the owner pays: in half of the purchases a common amount, else anything from 500 yen to 20,000.
pub(crate) fn yen(rng: &mut ChaCha8Rng) -> Yen {
    match rng.random_bool(0.5) {
        true => common_amount(rng.random_range(0..COMMON_AMOUNTS)),
        false => rng.random_range(500..=20_000),
    }
}

impl Habits {
    pub(crate) const USUAL: Self = Self {
        mistypes: 0.05,
        mistypes_again: 0.1,
        known: 0.6,
        signs_in: 0.5,
        patience: 10 * MINUTE,
        orders: 3,
        between: 56 * HOUR,
    };
}

#[derive(Clone, Copy)]
enum Stage {
    Order,
    Show(Handle),
    Type(Handle),
    SignIn(Handle),
    /// At the member site, to say what is about to be paid.
    Expect,
}

/// Where a purchase is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) merchant: Merchant,
    pub(crate) flow: Flow,
    pub(crate) browser: Browser,
    /// What is paid.
    pub(crate) yen: Yen,
}

/// One purchase of the owner.
#[derive(Clone)]
pub(crate) struct Purchase {
    card: usize,
    place: Place,
    habits: Habits,
    stage: Stage,
    pub(crate) next_at: Second,
    gives_up_at: Second,
    orders: u32,
    mistyped: bool,
    /// Whether the owner signs in where a shop tells them to, once it did.
    signs_in: Option<bool>,
    /// Whether it succeeded, once it is over.
    pub(crate) done: Option<bool>,
}

impl Purchase {
    pub(crate) fn new(card: usize, place: Place, habits: Habits, now: Second) -> Self {
        Self {
            card,
            place,
            habits,
            stage: Stage::Order,
            next_at: now,
            gives_up_at: now + habits.patience,
            orders: 0,
            mistyped: false,
            signs_in: None,
            done: None,
        }
    }

    pub(crate) fn act(&mut self, world: &mut World, rng: &mut ChaCha8Rng) {
        let now = world.now;
        match self.stage {
            Stage::Order => {
                self.orders += 1;
                let Place { merchant, flow, browser, yen } = self.place;
                match world.create(Order { card: self.card, merchant, flow, browser, yen }) {
                    Answer::Opened(handle) => self.then(Stage::Show(handle), now + 2),
                    Answer::NoChallenge => self.refused(now, rng),
                    Answer::Wait(wait) => self.wait(now, wait),
                    _ => self.start_over(now),
                }
            }
            Stage::Show(handle) => match world.show(handle, self.place.browser) {
                Answer::Asked => self.then(Stage::Type(handle), now + rng.random_range(15..60)),
                Answer::Wait(wait) => self.blocked(world, handle, wait, rng),
                _ => self.start_over(now),
            },
            Stage::Type(handle) => {
                let habits = self.habits;
                let chance = if self.mistyped { habits.mistypes_again } else { habits.mistypes };
                self.mistyped = rng.random_bool(chance);
                let typed = if self.mistyped { Typed::Mistyped } else { Typed::Right };
                match world.submit(handle, typed) {
                    Answer::Right => self.done = Some(true),
                    Answer::Wrong(0) | Answer::Over => self.start_over(now),
                    // A code of an app counts once: the next one comes within a time step.
                    Answer::Wrong(_) => {
                        self.then(self.stage, now + if self.mistyped { 15 } else { 30 })
                    }
                    Answer::Wait(wait) => self.blocked(world, handle, wait, rng),
                    _ => self.start_over(now),
                }
            }
            Stage::Expect => {
                world.expect(self.card, self.place.yen);
                self.then(Stage::Order, now + rng.random_range(20..60));
            }
            Stage::SignIn(handle) => match world.release(handle) {
                Answer::Asked => self.then(Stage::Type(handle), now + rng.random_range(15..60)),
                _ => self.done = Some(false),
            },
        }
    }

    /// The form says that it takes no code now: the owner signs in, where that helps, or waits.
    fn blocked(&mut self, world: &World, handle: Handle, wait: Second, rng: &mut ChaCha8Rng) {
        if rng.random_bool(self.habits.signs_in) {
            self.then(Stage::SignIn(handle), world.now + rng.random_range(90..240));
        } else {
            self.wait(world.now, wait);
        }
    }

    /// The shop shows what the ARes says: who does as it says signs in, names the amount, and orders again.
    fn refused(&mut self, now: Second, rng: &mut ChaCha8Rng) {
        let signs_in = *self.signs_in.get_or_insert_with(|| rng.random_bool(self.habits.signs_in));
        if signs_in && self.orders <= self.habits.orders && now <= self.gives_up_at {
            self.then(Stage::Expect, now + rng.random_range(90..240));
        } else {
            self.start_over(now);
        }
    }

    fn wait(&mut self, now: Second, wait: Second) {
        if now + wait <= self.gives_up_at {
            self.next_at = now + wait.max(1);
        } else {
            self.done = Some(false);
        }
    }

    fn start_over(&mut self, now: Second) {
        if self.orders < self.habits.orders && now < self.gives_up_at {
            self.mistyped = false;
            self.then(Stage::Order, now + 10);
        } else {
            self.done = Some(false);
        }
    }

    fn then(&mut self, stage: Stage, at: Second) {
        (self.stage, self.next_at) = (stage, at);
    }
}
