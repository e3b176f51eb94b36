//! An attacker: a program that acts as a buyer does, sees what a buyer sees, and chooses its next
//! act by that. It knows card numbers and merchants' checkouts; it sees no code, no success of the
//! owner, and no count.

use std::collections::VecDeque;

use crate::{
    owner::{COMMON_AMOUNTS, common_amount},
    world::{
        Answer, Browser, DAY, Flow, Handle, MINUTE, Merchant, Order, Second, Typed, World, Yen,
    },
};

/// Who asks for the challenges that an attacker has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flows {
    /// The merchants' servers.
    Merchants,
    /// Directory servers: the attacker buys at shops with 3-D Secure.
    ThreeDs,
    /// Both: a round by the merchants' servers, a round by directory servers.
    Both,
}

impl Flows {
    fn in_round(self, round: u64) -> Flow {
        match self {
            Self::ThreeDs => Flow::ThreeDs,
            Self::Both if round % 2 == 1 => Flow::ThreeDs,
            Self::Merchants | Self::Both => Flow::Merchant,
        }
    }

    fn count(self) -> u64 {
        match self {
            Self::Merchants | Self::ThreeDs => 1,
            Self::Both => 2,
        }
    }
}

/// What a program does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Program {
    /// At how many merchants it buys, in turn.
    pub(crate) merchants: u32,
    /// Who asks for the challenges.
    pub(crate) flows: Flows,
    /// The first cardholder whose card it has, and how many.
    pub(crate) first_card: usize,
    pub(crate) cards: usize,
    /// How many challenges it opens before it works on them.
    pub(crate) batch: usize,
    /// Whether it looks at the forms, which sends a code.
    pub(crate) shows: bool,
    /// Whether it brings a directory server's challenge its CReq where it does not look at the form.
    pub(crate) requests: bool,
    /// Codes that it guesses for a challenge.
    pub(crate) guesses: u32,
    /// Resends that it asks for before it guesses.
    pub(crate) resends: u32,
    /// Whether it cancels a challenge that it is done with.
    pub(crate) cancels: bool,
    /// Seconds between two acts.
    pub(crate) gap: Second,
    /// Seconds after a batch.
    pub(crate) pause: Second,
    /// How long it waits when every merchant refuses; `None`: as long as it was told.
    pub(crate) poll: Option<Second>,
    /// Guesses after which it rests until a day is over.
    pub(crate) guesses_a_day: u32,
    /// Whether it sits in a network from which the owner verified: an office, a carrier's address.
    pub(crate) is_near: bool,
    /// Whether it has each challenge by 3-D Secure opened for another amount that many things cost.
    pub(crate) guesses_amounts: bool,
}

/// What an attacker pays who does not guess what the owner does: nothing that the owner buys.
const ONE_AMOUNT: Yen = 77_777;

/// How long it waits where it was not told.
const ASKS_AGAIN: Second = MINUTE;

#[derive(Clone)]
struct Work {
    handle: Handle,
    shown: bool,
    guesses: u32,
    resends: u32,
}

/// A program at work.
#[derive(Clone)]
pub(crate) struct Attacker {
    pub(crate) program: Program,
    pub(crate) next_at: Second,
    work: VecDeque<Work>,
    filling: bool,
    turn: u64,
    /// How many creates or showings were refused since the last that was not.
    refused: u64,
    /// When its day began, and what it guessed since.
    day: (Second, u32),
}

impl Attacker {
    pub(crate) fn new(program: Program, begins_at: Second) -> Self {
        let day = (begins_at, 0);
        let work = VecDeque::new();
        Self { program, next_at: begins_at, work, filling: true, turn: 0, refused: 0, day }
    }

    /// Does one act, and sets when the next one comes.
    pub(crate) fn act(&mut self, world: &mut World) {
        let now = world.now;
        self.next_at = now + self.program.gap.max(1);
        if self.day.0 + DAY <= now {
            self.day = (now, 0);
        }
        if self.day.1 >= self.program.guesses_a_day {
            self.work.clear();
            self.filling = true;
            self.next_at = self.day.0 + DAY;
            return;
        }
        if self.filling && self.work.len() < self.program.batch {
            self.create(world);
        } else if let Some(work) = self.work.front().cloned() {
            self.filling = false;
            self.go_on(world, &work);
            if self.work.is_empty() {
                self.filling = true;
                self.next_at += self.program.pause;
            }
        } else {
            self.filling = true;
        }
    }

    fn create(&mut self, world: &mut World) {
        let program = &self.program;
        let cards = program.cards as u64;
        let card = program.first_card + usize::try_from(self.turn % cards).unwrap_or_default();
        let merchants = u64::from(program.merchants.max(1));
        let merchant = Merchant::try_from(self.turn / cards % merchants);
        let flow = program.flows.in_round(self.turn / cards / merchants);
        let amount = usize::try_from(self.turn).unwrap_or_default() % COMMON_AMOUNTS;
        let yen = if program.guesses_amounts { common_amount(amount) } else { ONE_AMOUNT };
        let browser = if program.is_near { Browser::Known } else { Browser::Unknown };
        let merchant = merchant.unwrap_or_default();
        self.turn += 1;
        match world.create(Order { card, merchant, flow, browser, yen }) {
            Answer::Opened(handle) => {
                let Program { guesses, resends, shows, .. } = self.program;
                self.work.push_back(Work { handle, shown: false, guesses, resends });
                if !shows {
                    self.refused = 0;
                }
            }
            Answer::Wait(wait) => self.refusal(world.now, wait),
            Answer::NoChallenge => self.refusal(world.now, ASKS_AGAIN),
            _ => {}
        }
    }

    fn go_on(&mut self, world: &mut World, work: &Work) {
        let handle = work.handle;
        let answer = if self.program.shows && !work.shown {
            world.show(handle, Browser::Unknown)
        } else if work.shown && work.resends > 0 {
            world.resend(handle)
        } else if work.shown && work.guesses > 0 {
            self.day.1 += 1;
            world.submit(handle, Typed::Guess)
        } else {
            if !self.program.shows && self.program.requests {
                world.request(handle);
            }
            if self.program.cancels {
                world.cancel(handle);
            }
            Answer::Over
        };
        let Some(front) = self.work.front_mut() else { return };
        match answer {
            Answer::Asked if !front.shown => {
                front.shown = true;
                self.refused = 0;
            }
            Answer::Asked => front.resends -= 1,
            Answer::NoResends => front.resends = 0,
            // The wait between two resends of a challenge is short; a destination's is not.
            Answer::Wait(wait) if front.shown && front.resends > 0 => {
                if wait <= 300 {
                    self.next_at = world.now + wait;
                } else {
                    front.resends = 0;
                }
            }
            Answer::Wait(wait) => {
                self.work.pop_front();
                self.refusal(world.now, wait);
            }
            Answer::Wrong(left) => {
                front.guesses -= 1;
                if left == 0 {
                    self.work.pop_front();
                }
            }
            Answer::Over | Answer::Right | Answer::Opened(_) | Answer::NoChallenge => {
                self.work.pop_front();
            }
        }
    }

    /// After a refusal the next merchant is tried; when all refused, it waits.
    fn refusal(&mut self, now: Second, told: Second) {
        self.refused += 1;
        self.filling = self.work.is_empty();
        let cards = self.program.cards as u64;
        let ways = u64::from(self.program.merchants) * cards * self.program.flows.count();
        if self.refused >= ways {
            self.refused = 0;
            self.next_at = now + self.program.poll.unwrap_or(told).max(self.program.gap).max(1);
        }
    }
}
