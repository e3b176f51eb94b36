//! How the objects are asked, and how their replies are answered.

use std::time::Duration;

use warifu_core::{
    cardholder::{
        AppProof, ChallengeCommand, Command, DeliveryReport, ProviderId, Refusal, Refused, Reply,
        View,
    },
    code::{CodeKey, SubmittedCode},
    destination::{DeliveryRef, QuotaCommand},
    secret::MasterKey,
    time::Timestamp,
    totp::{AppSecret, SealedSecret},
};

use super::{Answer, Challenge, Codes, Handle, Second, Typed, World};
use crate::layer::Lane;

impl World {
    pub(super) fn ask(&mut self, card: usize, command: Command) -> Reply {
        let now = self.timestamp();
        let state = std::mem::take(&mut self.cards[card].state);
        let (state, reply) = state.decide(command, &self.set.rules, now);
        self.cards[card].state = state;
        reply
    }

    pub(super) fn ask_challenge(&mut self, handle: Handle, command: ChallengeCommand) -> Reply {
        let Some(challenge) = self.find(handle) else {
            return Reply::Refused(Refused::Rule(Refusal::UnknownChallenge), None);
        };
        let (card, id, record) = (challenge.card, challenge.id.clone(), challenge.record);
        self.ask(card, Command::Challenge { id, record, command })
    }

    pub(super) fn open(&mut self, handle: Handle) -> Answer {
        let reply = self.ask_challenge(handle, ChallengeCommand::Open);
        let now = self.timestamp();
        match reply {
            Reply::Opened { .. } => {
                if let Some(challenge) = self.find_mut(handle) {
                    challenge.opened = Some(now);
                }
                Answer::Opened(handle)
            }
            refused => self.answer(&refused),
        }
    }

    /// Carries out what a reply orders: a slot is asked for, and the message sent or the send taken
    /// back.
    pub(super) fn deliver(&mut self, handle: Handle, reply: Reply) -> Answer {
        let Reply::Send(_, order) = reply else { return self.answer(&reply) };
        let Some(challenge) = self.find(handle).cloned() else { return Answer::Over };
        let refused = self.reserve(handle, &challenge, order.number);
        let report = match refused {
            Some(until) => DeliveryReport::Limited(until),
            None => DeliveryReport::Accepted { by: ProviderId(0), may_have_sent: Vec::new() },
        };
        self.ask_challenge(handle, ChallengeCommand::Report(order.number, report));
        if let Some(until) = refused {
            if order.number == 1 {
                self.cards[challenge.card].books.end(handle);
            }
            return Answer::Wait(until.seconds_from(self.timestamp()).max(1));
        }
        if let Some(challenge) = self.find_mut(handle) {
            challenge.delivery = order.number;
        }
        let (until, card) = (self.now + self.code_life(), &mut self.cards[challenge.card]);
        card.books.lives_until(handle, until);
        self.destinations[card.destination].messages += 1;
        Answer::Asked
    }

    /// Asks the destination for a slot: its own quota, or the layer's places instead of it.
    fn reserve(&mut self, handle: Handle, challenge: &Challenge, number: u32) -> Option<Timestamp> {
        let now = self.timestamp();
        match self.place(handle, challenge) {
            Some(Ok(lane)) => {
                let to = &mut self.destinations[self.cards[challenge.card].destination];
                to.places.take(handle, challenge.merchant, lane, self.now);
                None
            }
            Some(Err(wait)) => Some(now.plus(Duration::from_secs(wait))),
            None => {
                let to = &mut self.destinations[self.cards[challenge.card].destination];
                let reserve = QuotaCommand::Reserve(DeliveryRef::of(&challenge.id, number, 0));
                let quota = std::mem::take(&mut to.quota);
                let (quota, until) = quota.decide(reserve, &self.set.rules, now);
                to.quota = quota;
                until
            }
        }
    }

    /// Whose place the layer has for a message of this challenge, or how long there is none; `None`
    /// where the layer has no places.
    pub(super) fn place(
        &mut self,
        handle: Handle,
        challenge: &Challenge,
    ) -> Option<Result<Lane, Second>> {
        let limits = self.set.layer.as_ref()?.places.as_ref()?;
        let card = &self.cards[challenge.card];
        let places = &mut self.destinations[card.destination].places;
        let mut found = Err(1);
        for lane in card.books.places_of(handle) {
            let wait = places.refuses(limits, challenge.merchant, lane, self.now);
            found = wait.map_or(Ok(lane), Err);
            if found.is_ok() {
                break;
            }
        }
        Some(found)
    }

    pub(super) fn proof(&self, card: usize) -> AppProof {
        AppProof {
            secret: AppSecret::from_bytes(self.cards[card].secret),
            sealed: SealedSecret::new(format!("sealed {card}")),
            resealed: None,
        }
    }

    pub(super) fn code(&self, challenge: &Challenge, typed: Typed) -> SubmittedCode {
        let now = self.timestamp();
        let secret = AppSecret::from_bytes(self.cards[challenge.card].secret);
        let opened_at = challenge.opened.unwrap_or(now);
        let key = code_key(challenge);
        let sent = key.code(opened_at, challenge.delivery);
        let right = match self.codes {
            Codes::Sent => sent.reveal().to_owned(),
            Codes::App => secret.shown_at(now),
        };
        if typed == Typed::Right {
            return SubmittedCode::parse(&right).expect("six digits");
        }
        let wrong = |code: &SubmittedCode| match self.codes {
            Codes::Sent => !sent.matches(code),
            Codes::App => secret.step_of(code, now).is_none(),
        };
        let mut codes = (0..).filter_map(|guess: u32| SubmittedCode::parse(&format!("{guess:06}")));
        codes.find(wrong).expect("most codes are wrong")
    }

    pub(super) fn answer(&self, reply: &Reply) -> Answer {
        match reply {
            Reply::Verified(_) => Answer::Right,
            Reply::Seen(view) if view.outcome.is_none() => Answer::Asked,
            Reply::Refused(Refused::Rule(refusal), _) => match *refusal {
                Refusal::Locked(until) => Answer::Wait(until.seconds_from(self.timestamp())),
                Refusal::ResendTooSoon(wait)
                | Refusal::DestinationLimited(wait)
                | Refusal::TooManyChallenges(wait) => Answer::Wait(wait.0.max(1)),
                Refusal::WrongCode(left) | Refusal::CodeUsed(left) => Answer::Wrong(left.0),
                Refusal::NoResendsLeft | Refusal::AppCodeExpected => Answer::NoResends,
                _ => Answer::Over,
            },
            _ => Answer::Over,
        }
    }
}

pub(super) fn shown(reply: &Reply) -> Option<&View> {
    match reply {
        Reply::Verified(view) => Some(view),
        Reply::Refused(_, view) => view.as_ref(),
        _ => None,
    }
}

pub(super) fn code_key(challenge: &Challenge) -> CodeKey {
    let master = MasterKey::parse(&"A".repeat(43)).expect("32 bytes");
    CodeKey::derive(&master, &challenge.id, &challenge.salt, &challenge.record)
}
