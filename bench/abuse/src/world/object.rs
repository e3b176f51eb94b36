//! How the objects are asked, and how their replies are answered.

use warifu_core::{
    cardholder::{
        AppProof, ChallengeCommand, Command, DeliveryReport, NotificationReport, Places,
        ProviderId, Refusal, Refused, Reply, View,
    },
    code::{CodeKey, SubmittedCode},
    contact::{Destination, EmailAddress},
    destination::{ChallengeRef, DeliveryRef, QuotaCommand, Sender},
    digest::{Digest, Hasher},
    ids::{CardholderId, MerchantId},
    known_network::NetworkMark,
    money::{Amount, Currency},
    secret::MasterKey,
    time::Timestamp,
    totp::{AppSecret, SealedSecret},
};

use super::{
    Answer, Browser, Challenge, Codes, DAY, EPOCH, Flow, Handle, Order, Typed, World, Yen,
};

impl World {
    /// Asks a cardholder's object, after the alarms that were due before.
    pub(super) fn ask(&mut self, card: usize, command: Command) -> Reply {
        self.wake(card);
        self.decide(card, command)
    }

    /// Lets the alarms of a cardholder go off that are due by now, each at its time. Whoever is to be
    /// told of what happened, is told at once.
    pub(super) fn wake(&mut self, card: usize) {
        let now = self.now;
        while let Some(due) = self.cards[card].state.next_wake(&self.set.rules)
            && due <= self.timestamp()
        {
            self.now = due.unix_seconds() - EPOCH;
            if let Reply::Woken(events, notices) = self.decide(card, Command::Wake) {
                let told = events.into_iter().map(|event| event.number).collect();
                self.decide(card, Command::Settled(told));
                notices.into_iter().for_each(|number| self.notify(card, number));
            }
            self.now = now;
        }
    }

    /// Tells a notice, or puts it off, as the Worker does.
    fn notify(&mut self, card: usize, number: u32) {
        let Reply::Notification(told) = self.decide(card, Command::Notify(number)) else { return };
        let notice = DeliveryRef::of_notification(&card.to_string(), number, told.count);
        let now = self.timestamp();
        let to = &mut self.destinations[self.cards[card].destination];
        let report = match to.notices.reserve(told.kind, notice, &self.set.rules, now) {
            Some(Err(until)) => NotificationReport::Later(until),
            Some(Ok(())) => {
                to.messages += 1;
                NotificationReport::Told(told.count)
            }
            None => NotificationReport::Told(told.count),
        };
        self.decide(card, Command::Notified(number, report));
    }

    fn decide(&mut self, card: usize, command: Command) -> Reply {
        self.decide_at(self.timestamp(), card, command)
    }

    pub(super) fn decide_at(&mut self, now: Timestamp, card: usize, command: Command) -> Reply {
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
        let merchant = merchant_id(challenge).into();
        self.ask(card, Command::Challenge { id, record, command, merchant })
    }

    pub(super) fn open(&mut self, handle: Handle, order: Order) -> Answer {
        let Some(challenge) = self.find(handle) else { return Answer::Over };
        let command = match challenge.flow {
            Flow::Merchant => ChallengeCommand::Open(None),
            Flow::ThreeDs => ChallengeCommand::OpenThreeDs {
                card: card_digest(challenge.card),
                networks: vec![network(challenge.card, order.browser)],
                amount: Some(amount(order.yen)),
            },
        };
        let flow = challenge.flow;
        let reply = self.ask_challenge(handle, command);
        let now = self.timestamp();
        match reply {
            Reply::Opened { .. } => {
                if let Some(challenge) = self.find_mut(handle) {
                    challenge.opened = Some(now);
                }
                Answer::Opened(handle)
            }
            _ if flow == Flow::ThreeDs => Answer::NoChallenge,
            refused => self.answer(&refused),
        }
    }

    /// Carries out what a reply orders: a slot is asked for, and the message sent or the send taken
    /// back.
    pub(super) fn deliver(&mut self, handle: Handle, reply: Reply) -> Answer {
        let Reply::Send(_, order) = reply else { return self.answer(&reply) };
        let Some(challenge) = self.find(handle).cloned() else { return Answer::Over };
        let refused = self.reserve(&challenge, order.number, order.places);
        let report = match refused {
            Some(until) => DeliveryReport::Limited(until),
            None => DeliveryReport::Accepted { by: ProviderId(0), may_have_sent: Vec::new() },
        };
        self.ask_challenge(handle, ChallengeCommand::Report(order.number, report));
        if let Some(until) = refused {
            return Answer::Wait(until.seconds_from(self.timestamp()).max(1));
        }
        if let Some(challenge) = self.find_mut(handle) {
            challenge.delivery = order.number;
        }
        self.destinations[self.cards[challenge.card].destination].messages += 1;
        Answer::Asked
    }

    /// Asks the destination for a slot; until when there is none.
    fn reserve(&mut self, challenge: &Challenge, number: u32, places: Places) -> Option<Timestamp> {
        let destination = self.cards[challenge.card].destination;
        let (merchant, to) = (merchant_id(challenge), address(destination));
        let sender = Sender::of(&master(), &to, &challenge.id, &merchant, places);
        let delivery_ref = DeliveryRef::of(&challenge.id, number, 0);
        self.ask_destination(destination, QuotaCommand::Reserve(delivery_ref, Some(sender)))
    }

    /// Gives back the slots of a challenge that was verified.
    pub(super) fn verified(&mut self, challenge: &Challenge) {
        let verified = QuotaCommand::Verified(ChallengeRef::of(&challenge.id));
        self.ask_destination(self.cards[challenge.card].destination, verified);
    }

    fn ask_destination(&mut self, destination: usize, command: QuotaCommand) -> Option<Timestamp> {
        let now = self.timestamp();
        let quota = std::mem::take(&mut self.destinations[destination].quota);
        let (quota, until) = quota.decide(command, &self.set.rules, now);
        self.destinations[destination].quota = quota;
        until
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
            Reply::Verified(..) => Answer::Right,
            Reply::Seen(view) if view.outcome.is_none() => Answer::Asked,
            Reply::Refused(Refused::Rule(refusal), _) => match *refusal {
                Refusal::Locked(until) => Answer::Wait(until.seconds_from(self.timestamp()).max(1)),
                Refusal::SignInNeeded => Answer::Wait(DAY),
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
        Reply::Verified(view, _) | Reply::Seen(view) => Some(view),
        Reply::Refused(_, view) => view.as_ref(),
        _ => None,
    }
}

pub(super) fn code_key(challenge: &Challenge) -> CodeKey {
    CodeKey::derive(&master(), &challenge.id, &challenge.salt, &challenge.record)
}

pub(super) fn master() -> MasterKey {
    MasterKey::parse(&"A".repeat(43)).expect("32 bytes")
}

/// A merchant has one id with the issuer and another one with the directory servers.
fn merchant_id(challenge: &Challenge) -> MerchantId {
    let prefix = match challenge.flow {
        Flow::Merchant => "",
        Flow::ThreeDs => MerchantId::OF_DIRECTORY_SERVER,
    };
    MerchantId::parse(&format!("{prefix}shop-{}", challenge.merchant)).expect("an id")
}

/// The digest of a card's number.
pub(super) fn card_digest(card: usize) -> Digest {
    Hasher::new("card").field(&card.to_be_bytes()).finish()
}

/// The mark of a network: the owner's, or a stranger's.
pub(super) fn network(card: usize, browser: Browser) -> NetworkMark {
    let address = match browser {
        Browser::Known => "203.0.113.7",
        Browser::Unknown => "198.51.100.9",
    };
    let owner = CardholderId::parse(&format!("card-{card}")).expect("an id");
    NetworkMark::of(&master(), &owner, address).expect("an address")
}

pub(super) fn amount(yen: Yen) -> Amount {
    Amount::new(yen, Currency::parse("JPY").expect("a currency")).expect("an amount")
}

pub(super) fn address(destination: usize) -> Destination {
    let address = format!("owner{destination}@mail.example");
    Destination::Email(EmailAddress::parse(&address).expect("an address"))
}
