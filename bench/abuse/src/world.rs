//! The world of a simulation: cardholders, their destinations and their challenges. Every decision
//! is core's own; this file composes them as the Worker does.

mod buyer;
mod object;
mod past;

use std::{collections::VecDeque, sync::Arc};

use warifu_core::{
    cardholder::{BoundBy, Cardholder, Choice, Command, Registration, SessionCommand},
    code::SubmittedCode,
    contact::{EmailAddress, SendChannel},
    destination::DestinationQuota,
    digest::{Digest, Hasher},
    enrollment::{SessionId, TermsVersion},
    ids::{ChallengeId, Salt},
    locale::Locale,
    time::Timestamp,
    totp::{AppSecret, SealedSecret},
};

use self::object::{address, card_digest};
use crate::{notices::Notices, rule_sets::RuleSet, tally::Tally};

/// Seconds, as times since the simulation's epoch and as durations.
pub(crate) type Second = u64;
pub(crate) const MINUTE: Second = 60;
pub(crate) const HOUR: Second = 60 * MINUTE;
pub(crate) const DAY: Second = 24 * HOUR;

/// When the simulation's second 0 is, in seconds since the Unix epoch.
const EPOCH: Second = 1_800_000_000;

/// How codes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codes {
    /// By e-mail or SMS: the rules for both are the same.
    Sent,
    /// From an authenticator app.
    App,
}

/// How many cardholders there are, and whether all of them registered one destination. The owner is
/// cardholder 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Household {
    pub(crate) cards: usize,
    pub(crate) share: bool,
}

/// Names a merchant. Those from [`OWN_MERCHANTS`] on are known to the owner alone.
pub(crate) type Merchant = u32;
pub(crate) const OWN_MERCHANTS: Merchant = 1_000;

/// Who asks for the challenge of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The merchant's server, by the API.
    Merchant,
    /// A directory server of EMV 3-D Secure, by an AReq. The page of such a challenge keeps no mark of
    /// a browser; its AReq says from which network the buyer comes, and what is paid.
    ThreeDs,
}

/// What is paid, in yen.
pub(crate) type Yen = i64;

/// What a buyer orders, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) card: usize,
    pub(crate) merchant: Merchant,
    pub(crate) flow: Flow,
    /// By 3-D Secure: whose network the shop's server sees.
    pub(crate) browser: Browser,
    /// By 3-D Secure: what the AReq says.
    pub(crate) yen: Yen,
}

/// Names a challenge that was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle(u64);

/// Whose browser it is, and by 3-D Secure in which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// One that never verified at this merchant; a network from which the cardholder never did.
    Unknown,
    /// One in which this cardholder verified at this merchant before; a network from which they did.
    Known,
}

/// What is typed. A guess is always wrong here: its chance to be right is computed, not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The right code, by somebody who has it.
    Right,
    /// A mistyped code.
    Mistyped,
    /// An attacker's guess.
    Guess,
}

/// What whoever acts is told: no more than merchant and form are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A challenge was created.
    Opened(Handle),
    /// The form asks for a code; where it is sent, it was.
    Asked,
    /// The code is wrong; so many tries are left.
    Wrong(u32),
    /// The code is right.
    Right,
    /// Refused for so long.
    Wait(Second),
    /// The ARes says that there is no challenge. It does not say for how long.
    NoChallenge,
    /// The challenge has no resend left.
    NoResends,
    /// The challenge is over.
    Over,
}

#[derive(Clone)]
struct Card {
    state: Cardholder,
    destination: usize,
    secret: [u8; AppSecret::BYTES],
    tally: Tally,
}

#[derive(Clone, Default)]
struct Destination {
    quota: DestinationQuota,
    notices: Notices,
    messages: u64,
}

#[derive(Clone)]
struct Challenge {
    id: ChallengeId,
    salt: Salt,
    record: Digest,
    card: usize,
    merchant: Merchant,
    flow: Flow,
    created_at: Second,
    /// Whether the cardholder's object knows it.
    opened: Option<Timestamp>,
    /// Number of the newest delivery.
    delivery: u32,
    tries: u32,
}

/// See the module. A clone is another course that things may take.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: Second,
    pub(crate) set: Arc<RuleSet>,
    codes: Codes,
    cards: Vec<Card>,
    destinations: Vec<Destination>,
    challenges: VecDeque<Challenge>,
    /// How many challenges were dropped from the front.
    dropped: u64,
}

impl World {
    pub(crate) fn new(set: &Arc<RuleSet>, codes: Codes, household: Household) -> Self {
        let mut world = Self {
            now: 0,
            set: set.clone(),
            codes,
            cards: Vec::new(),
            destinations: vec![Destination::default(); household.cards],
            challenges: VecDeque::new(),
            dropped: 0,
        };
        for number in 0..household.cards {
            let destination = if household.share { 0 } else { number };
            world.cards.push(Card {
                state: Cardholder::default(),
                destination,
                secret: [u8::try_from(number).unwrap_or(u8::MAX); AppSecret::BYTES],
                tally: Tally::default(),
            });
            world.register(number, destination);
        }
        world
    }

    fn register(&mut self, card: usize, destination: usize) {
        let to = address(destination);
        let registration = Registration {
            email: EmailAddress::parse(to.reveal()).ok(),
            phone: None,
            personal_message: None,
            channel: Some(SendChannel::Email),
            by: BoundBy::Issuer,
        };
        self.ask(card, Command::Register(registration));
        self.ask(card, Command::AddCard(card_digest(card)));
        self.bought_before(card);
        if self.codes == Codes::Sent {
            return;
        }
        let session = SessionId::random([0; 16]);
        let sealed = SealedSecret::new(format!("sealed {card}"));
        // The code that proves the app is of an hour ago, so that it uses up no step.
        let now = self.now;
        self.now = now.saturating_sub(HOUR);
        let shown = AppSecret::from_bytes(self.cards[card].secret).shown_at(self.timestamp());
        let code = SubmittedCode::parse(&shown).expect("six digits");
        let proof = self.proof(card);
        let terms = TermsVersion::parse("1").expect("a version");
        let change = SessionCommand::Change { to: Choice::App { proof, code }, terms };
        let start = SessionCommand::Start { locale: Locale::Ja, return_url: None, sign_in: None };
        for command in [start, SessionCommand::OfferApp(sealed), change] {
            self.ask(card, Command::Enrollment { session: session.clone(), command });
        }
        self.now = now;
    }

    /// Lets all that is due by now happen without anybody's act: alarms and their notices.
    pub(crate) fn settle(&mut self) {
        (0..self.cards.len()).for_each(|card| self.wake(card));
    }

    /// What was counted of a cardholder.
    pub(crate) fn tally(&self, card: usize) -> &Tally {
        &self.cards[card].tally
    }

    /// How many messages went to each destination, notices among them.
    pub(crate) fn messages(&self) -> impl Iterator<Item = u64> {
        self.destinations.iter().map(|destination| destination.messages)
    }

    /// How many codes are right at a time: of an app, those of three time steps.
    fn weight(&self) -> u32 {
        match self.codes {
            Codes::Sent => 1,
            Codes::App => 3,
        }
    }

    fn push(&mut self, Order { card, merchant, flow, .. }: Order) -> Handle {
        let number = self.dropped + self.challenges.len() as u64;
        let record = Hasher::new("abuse").field(&number.to_be_bytes()).finish();
        let (id, salt) = ChallengeId::random(*record.bytes());
        self.challenges.push_back(Challenge {
            id,
            salt,
            record,
            card,
            merchant,
            flow,
            created_at: self.now,
            opened: None,
            delivery: 0,
            tries: 0,
        });
        while self.challenges.front().is_some_and(|first| first.created_at + 2 * HOUR < self.now) {
            self.challenges.pop_front();
            self.dropped += 1;
        }
        Handle(number)
    }

    fn find(&self, handle: Handle) -> Option<&Challenge> {
        let index = handle.0.checked_sub(self.dropped)?;
        self.challenges.get(usize::try_from(index).ok()?)
    }

    fn find_mut(&mut self, handle: Handle) -> Option<&mut Challenge> {
        let index = handle.0.checked_sub(self.dropped)?;
        self.challenges.get_mut(usize::try_from(index).ok()?)
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis((EPOCH + self.now) * 1000)
    }
}
