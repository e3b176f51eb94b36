//! What providers tell of a delivery afterwards. Each signs and speaks in its own way, one file
//! each, and each is two pure functions: what must have been signed by whom, and what it says.
//! Asking and noting are for the route.

mod der;
mod sendgrid;
mod ses;
mod twilio;

use warifu_core::{cardholder::Delivery, ids::ChallengeId, time::Timestamp};

pub(crate) use self::ses::published_key;
use self::{sendgrid::SendGridEvents, ses::SesTopic, twilio::TwilioAccount};
use super::config::Settings;
use crate::{http::Incoming, problem::Problem, webcrypto::Algorithm};

/// Whoever tells of deliveries.
pub(crate) trait Teller {
    /// What proves that a post came from there, and now by the platform's clock; `None` when
    /// nothing could.
    fn claim(&self, post: &Post<'_>, now: Timestamp) -> Option<Claim>;

    /// What a post says that was proved.
    fn news(&self, post: &Post<'_>) -> Result<News, Problem>;
}

/// A post of a provider, as it came.
pub(crate) struct Post<'a> {
    /// Ours, as the provider was told it.
    pub(crate) origin: &'a str,
    pub(crate) incoming: &'a Incoming,
    pub(crate) body: &'a [u8],
}

impl Post<'_> {
    fn header(&self, name: &str) -> String {
        self.incoming.header(name).unwrap_or_default()
    }
}

/// That this key signed this text.
pub(crate) struct Claim {
    pub(crate) key: Key,
    pub(crate) algorithm: Algorithm,
    pub(crate) signature: Vec<u8>,
    pub(crate) signed: Vec<u8>,
}

pub(crate) enum Key {
    /// We share it with the provider.
    Shared(Vec<u8>),
    /// A SubjectPublicKeyInfo.
    Public(Vec<u8>),
    /// That of a certificate at this address.
    Published(String),
}

/// What a post says.
pub(crate) enum News {
    Receipts(Vec<Receipt>),
    /// Somebody wants to tell us more: by asking for this address we agree.
    Confirm(String),
}

/// How one delivery stands, as its provider says.
pub(crate) struct Receipt {
    pub(crate) challenge: ChallengeId,
    /// The number of the delivery.
    pub(crate) number: u32,
    pub(crate) delivery: Delivery,
}

impl Receipt {
    /// What is told of a message with these references; `None` for messages that are not ours, and
    /// for news that changes nothing.
    fn of(challenge: &str, number: &str, delivery: Option<Delivery>) -> Option<Self> {
        Some(Self {
            challenge: ChallengeId::parse(challenge).ok()?,
            number: number.parse().ok()?,
            delivery: delivery?,
        })
    }
}

/// Those who are set up to tell, by the names that settings and log call them.
pub(crate) struct Tellers(Vec<(&'static str, Box<dyn Teller>)>);

impl Tellers {
    /// Reads the settings of those among `couriers`.
    pub(super) fn read(settings: &mut Settings, couriers: &[&str]) -> Self {
        let mut tellers: Vec<(&str, Box<dyn Teller>)> = Vec::new();
        if couriers.contains(&"twilio") {
            tellers.push(("twilio", Box::new(TwilioAccount::read(settings))));
        }
        if couriers.contains(&"ses")
            && let Some(topic) = SesTopic::read(settings)
        {
            tellers.push(("ses", Box::new(topic)));
        }
        if couriers.contains(&"sendgrid")
            && let Some(events) = SendGridEvents::read(settings)
        {
            tellers.push(("sendgrid", Box::new(events)));
        }
        Self(tellers)
    }

    /// The one of this name, if it is set up.
    pub(crate) fn named(&self, name: &str) -> Option<&dyn Teller> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, teller)| teller.as_ref())
    }
}
