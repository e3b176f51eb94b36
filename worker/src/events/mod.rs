//! Events: from the queue to merchants and issuer, at least once each.
//!
//! The cardholder object keeps an event with the outcome it tells of and puts it into the queue. The
//! first attempt here takes it over: from then on the queue repeats what was not received.

mod receiver;

pub(crate) use receiver::{Endpoint, IssuerEvents};

use serde::Serialize;
use warifu_core::{
    cardholder::{Act, Command, Event, EventKind, Reply, Status, View},
    digest::Hasher,
    ids::ChallengeId,
    record::ChallengeRecord,
};
use worker::Env;

use self::receiver::Received;
use crate::{
    edge::Edge,
    json::Json,
    log, object,
    platform::{self, Batch, QueueMessage},
    problem::Problem,
    store::Store,
};

/// The queue, as it is bound.
pub(crate) const QUEUE: &str = "EVENTS";

/// How long after each attempt the next is made, in seconds, unless a receiver asks for more time:
/// a day in all. As many as wrangler.toml's `max_retries`.
const BACK_OFF: [u32; 9] = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200];

/// The longest time a receiver can ask for, in seconds: the queue's own bound.
const LONGEST_DELAY: u32 = 43_200;

/// An event as the queue carries it. Whom it is told is decided when it comes out.
pub(crate) fn written(event: &Event) -> String {
    let (kind, delivery) = match event.kind {
        EventKind::Ended(status) => (status.as_str(), None),
        EventKind::DeliveryFailed(delivery) => ("delivery", Some(u64::from(delivery))),
        EventKind::Locked => ("locked", None),
    };
    let members = [
        ("number", u64::from(event.number).into()),
        ("kind", kind.into()),
        ("delivery", delivery.into()),
        ("challenge", event.challenge.as_str().into()),
        ("at", event.at.rfc3339().into()),
    ];
    Json::object(members).written()
}

/// What came out of the queue.
struct Told {
    number: u32,
    kind: String,
    delivery: Option<u64>,
    challenge: ChallengeId,
    at: String,
    /// Set for the repetition of one receiver alone.
    to: Option<String>,
}

impl Told {
    fn read(text: &str) -> Option<Self> {
        let mut json = Json::parse(text)?;
        let mut words = |name: &str| json.take(name)?.into_text();
        let (kind, at, to) = (words("kind")?, words("at")?, words("to"));
        let challenge = ChallengeId::parse(&words("challenge")?).ok()?;
        let number = u32::try_from(json.get("number")?.as_u64()?).ok()?;
        let delivery = json.get("delivery").and_then(Json::as_u64);
        Some(Self { number, kind, delivery, challenge, at, to })
    }

    /// The same for one receiver alone.
    fn again(&self, to: &str) -> String {
        let members = [
            ("number", u64::from(self.number).into()),
            ("kind", self.kind.as_str().into()),
            ("delivery", self.delivery.into()),
            ("challenge", self.challenge.as_str().into()),
            ("at", self.at.as_str().into()),
            ("to", to.into()),
        ];
        Json::object(members).written()
    }

    /// One name for every copy: a receiver drops the second.
    fn id(&self) -> String {
        let digest = Hasher::new("warifu/event/v1")
            .field(self.challenge.as_str().as_bytes())
            .field(&self.number.to_be_bytes())
            .finish();
        format!("evt_{}", digest.hex().get(..32).unwrap_or_default())
    }

    fn name(&self) -> &'static str {
        match self.kind.as_str() {
            "verified" => "challenge.verified",
            "failed" => "challenge.failed",
            "expired" => "challenge.expired",
            "canceled" => "challenge.canceled",
            "delivery" => "delivery.failed",
            _ => "cardholder.locked",
        }
    }
}

/// Takes a batch of the queue.
pub(crate) async fn take(batch: &Batch, env: Env, context: worker::Context) {
    let edge = Edge::of_queue(env, context).await;
    for message in batch.messages() {
        let taken = match &edge {
            Ok(edge) => tell(edge, &message).await,
            Err(_) => Err(()),
        };
        if taken.is_err() {
            message.retry(delay(message.attempts(), None));
        } else {
            message.ack();
        }
    }
}

fn delay(attempts: u32, asked: Option<u32>) -> u32 {
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let own = BACK_OFF.get(at).or(BACK_OFF.last()).copied().unwrap_or(LONGEST_DELAY);
    own.max(asked.unwrap_or_default()).min(LONGEST_DELAY)
}
