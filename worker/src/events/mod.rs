//! Events: from the queue to merchants and issuer, at least once each.
//!
//! The cardholder object keeps an event with the outcome it tells of and puts it into the queue. The
//! first attempt here takes it over: from then on the queue repeats what was not received.

mod receiver;

pub(crate) use receiver::{Endpoint, IssuerEvents, may_receive};

use warifu_core::{
    cardholder::{Act, Command, Event, EventKind, Reply, View},
    digest::Hasher,
    ids::ChallengeId,
    record::ChallengeRecord,
};
use worker::Env;

use self::receiver::Received;
use crate::{
    clock,
    edge::Edge,
    json::Json,
    log, object,
    platform::{self, Batch},
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
        let attempts = message.attempts();
        let again = match &edge {
            Ok(edge) => match tell(edge, &message.body().as_string().unwrap_or_default()).await {
                Ok(again) => again,
                Err(problem) => {
                    edge.fault(&problem);
                    Some(None)
                }
            },
            Err(problem) => {
                log::write(&log::line(
                    "refused_to_start",
                    &[("why", problem.cause().unwrap_or_default())],
                ));
                Some(None)
            }
        };
        match again {
            Some(asked) => message.retry(delay(attempts, asked)),
            None => message.ack(),
        }
    }
}

/// Tells whom it concerns; when it has to come again, with the time a receiver asked for.
async fn tell(edge: &Edge, text: &str) -> Result<Option<Option<u32>>, Problem> {
    let Some(told) = Told::read(text) else {
        return Err(Problem::internal("an event was not understood"));
    };
    let Some(record) = Store::of(edge)?.record(&told.challenge).await? else {
        // Nothing can be said of it any more: it is older than what is kept, or was erased.
        return Ok(None);
    };
    let view = match object::act(edge, &record, Act::Read).await? {
        Reply::Seen(view) => view,
        _ => return Ok(None),
    };
    let payload = told.payload(&record, &view);
    let mut again = None;
    for to in ["merchant", "issuer"] {
        if told.to.as_deref().is_some_and(|only| only != to) {
            continue;
        }
        let Some(Received::Again(asked)) = told.post(edge, to, &record, &payload).await? else {
            continue;
        };
        edge.event(
            "event_not_received",
            &[("challenge", told.challenge.as_str()), ("type", told.name()), ("to", to)],
        );
        match told.to {
            Some(_) => again = Some(asked),
            None => platform::send(&edge.env, QUEUE, &told.again(to), delay(1, asked)).await?,
        }
    }
    if told.to.is_none() {
        // From here on the queue has what has to come again.
        object::ask(edge, &record.cardholder, Command::Settled(vec![told.number])).await?;
    }
    Ok(again)
}

impl Told {
    async fn post(
        &self,
        edge: &Edge,
        to: &str,
        record: &ChallengeRecord,
        payload: &str,
    ) -> Result<Option<Received>, Problem> {
        let now = edge.now().await?;
        // Signatures have to be of this minute by everybody's clock.
        let signed_at = clock::platform();
        let id = self.id();
        if to == "issuer" {
            let Some(issuer) = &edge.config.issuer_events else { return Ok(None) };
            let (url, secrets) = (&issuer.url, &issuer.secrets);
            return Ok(Some(receiver::post(url, secrets, &id, payload, signed_at).await));
        }
        let merchant = &record.transaction.merchant;
        if self.kind == "locked" {
            return Ok(None);
        }
        let Some(endpoint) = Store::of(edge)?.endpoint(merchant).await? else { return Ok(None) };
        let key = edge.config.event_key(&endpoint.key);
        let key = key.ok_or_else(|| {
            Problem::misconfigured("EVENT_KEYS", "keep the keys that merchants' secrets come from")
        })?;
        let secrets = endpoint.secrets(key, merchant, now);
        Ok(Some(receiver::post(&endpoint.url, &secrets, &id, payload, signed_at).await))
    }

    /// What is told: neither code nor destination nor personal message.
    fn payload(&self, record: &ChallengeRecord, view: &View) -> String {
        let transaction = &record.transaction;
        let mut data: Vec<(&str, Json)> = vec![("challenge", self.challenge.as_str().into())];
        if self.kind == "locked" {
            data.push(("cardholder", record.cardholder.as_str().into()));
            data.push(("locked_until", view.locked_until.map(|until| until.rfc3339()).into()));
        } else {
            data.extend([
                ("status", view.status.as_str().into()),
                ("merchant", transaction.merchant.as_str().into()),
                ("reference", transaction.reference.as_ref().map(|text| text.as_str()).into()),
                ("amount", transaction.amount.minor().into()),
                ("currency", transaction.amount.currency().code().into()),
                ("card_last4", transaction.card_last4.as_str().into()),
                ("channel", view.via.as_ref().map(|via| via.channel().as_str()).into()),
                ("ended_at", view.outcome.map(|outcome| outcome.at.rfc3339()).into()),
            ]);
        }
        if let Some(delivery) = self.delivery {
            data.push(("delivery", delivery.into()));
        }
        let data = Json::Object(data.into_iter().map(|(name, it)| (name.to_owned(), it)).collect());
        let members =
            [("type", self.name().into()), ("timestamp", self.at.as_str().into()), ("data", data)];
        Json::object(members).written()
    }
}

fn delay(attempts: u32, asked: Option<u32>) -> u32 {
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let own = BACK_OFF.get(at).or(BACK_OFF.last()).copied().unwrap_or(LONGEST_DELAY);
    own.max(asked.unwrap_or_default()).min(LONGEST_DELAY)
}
