//! The courier port: one message, and a list of providers of which one takes it. One file a
//! provider, chosen in `config.rs`.

mod aws;
mod bound;
mod cloudflare_email;
mod config;
mod mailbox;
mod message;
mod metrics;
mod outbox;
mod provider;
mod receipts;
mod resend;
mod sendgrid;
mod ses;
mod sns;
mod twilio;
mod vonage;
mod webhook;

pub(crate) use bound::{Bound, BoundLine};
pub(crate) use message::{About, Message};
pub(crate) use receipts::{Claim, Key, News, Post, Receipt, published_key};

use warifu_core::{
    cardholder::{Act, Carried, Carrier, Reply, SendOrder},
    contact::{Channel, Destination},
    record::ChallengeRecord,
    time::Timestamp,
};

use self::{
    cloudflare_email::CloudflareEmail,
    config::Settings,
    provider::{Call, Provider, Verdict},
    receipts::Tellers,
};
use crate::{
    clock,
    config::ConfigError,
    edge::Edge,
    object, outside,
    problem::{Problem, ProblemCode},
    quota,
};

/// A send on its way out.
pub(crate) struct Dispatch {
    pub(crate) order: SendOrder,
    /// Whether it is mail in place of a text message.
    pub(crate) diverted: bool,
    /// Whom a text message binds its code to.
    pub(crate) bound: Option<Bound>,
}

/// Who carries a message.
enum Courier {
    CloudflareEmail(CloudflareEmail),
    Http(Box<dyn Provider>),
    Outbox,
}

/// A courier, as settings and log call it.
struct Named {
    name: String,
    courier: Courier,
}

/// The couriers of a deployment: those of each channel, in the order in which they are asked.
pub(crate) struct Couriers {
    email: Vec<Named>,
    sms: Vec<Named>,
    /// How long each is waited for.
    milliseconds: u32,
    /// Those of them that tell of deliveries afterwards.
    pub(crate) tellers: Tellers,
}

impl Couriers {
    /// Reads the lists, and the settings of every provider in them.
    pub(crate) fn read(
        given: &dyn Fn(&str) -> Option<String>,
        is_development: bool,
    ) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(given, is_development);
        let (email, sms) = (settings.list(Channel::Email), settings.list(Channel::Sms));
        let longest = match given("SMS_TO_EMAIL").as_deref() {
            // One after the other, after one answer.
            Some("on") => email.len() + sms.len(),
            _ => email.len().max(sms.len()),
        };
        let milliseconds = settings.patience(longest);
        let names: Vec<&str> = email.iter().chain(&sms).map(|named| named.name.as_str()).collect();
        let tellers = Tellers::read(&mut settings, &names);
        settings.accepted()?;
        Ok(Self { email, sms, milliseconds, tellers })
    }

    fn of(&self, channel: Channel) -> &[Named] {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
            Channel::App => &[],
        }
    }

    /// Offers a message to one provider after the other until one takes it, or one says that its
    /// destination cannot be reached at all. Notes who did not take it, and what became of it; and
    /// says whether somebody may have taken it who was too slow to say so.
    async fn carry(
        &self,
        edge: &Edge,
        message: Result<Message, Problem>,
        facts: &[(&str, &str)],
        [taken, not_taken]: [&str; 2],
    ) -> (Carried, bool) {
        let message = match message {
            Ok(message) => message,
            Err(problem) => {
                edge.fault(&problem);
                edge.event(not_taken, facts);
                return (Carried::NotTaken, false);
            }
        };
        let start = clock::platform();
        let mut verdict = Verdict::NotTaken("no provider is set up for this channel");
        let (mut last, mut tried, mut late) = ("none", 0_u32, false);
        for Named { name, courier } in self.of(message.channel()) {
            let asked = clock::platform();
            (last, tried) = (name, tried + 1);
            verdict = match courier {
                Courier::CloudflareEmail(mailer) => {
                    let mail = mailer.mail(&message);
                    let sent = outside::send_email(&edge.env, "EMAIL", &mail, self.milliseconds);
                    CloudflareEmail::verdict(sent.await)
                }
                Courier::Http(provider) => {
                    let Call { url, headers, body, .. } = provider.call(&message, asked);
                    match outside::post(&url, &headers, &body, self.milliseconds).await {
                        Ok(answer) => Verdict::of(provider.as_ref(), &answer),
                        Err(error) => Verdict::of_error(&error),
                    }
                }
                Courier::Outbox => outbox::carry(edge, &message).await,
            };
            let Verdict::NotTaken(reason) = verdict else { break };
            late |= verdict == Verdict::LATE;
            let took = clock::milliseconds_since(asked);
            let attempt = [("provider", last), ("milliseconds", &took), ("why", reason)];
            edge.event("provider_failed", &[facts, &attempt].concat());
        }
        let (took, tried) = (clock::milliseconds_since(start), tried.to_string());
        let outcome = [("provider", last), ("milliseconds", &took), ("tried", &tried)];
        let length = message.length();
        let segments = length.map(|(_, segments)| segments.to_string());
        let mut facts = [facts, &outcome].concat();
        facts.extend(verdict.why().map(|why| ("why", why)));
        facts.extend(segments.as_deref().map(|segments| ("segments", segments)));
        let carried = match verdict {
            Verdict::Accepted => Carried::Accepted(carrier(last)),
            Verdict::NotTaken(_) => Carried::NotTaken,
            Verdict::BadDestination => Carried::BadDestination,
        };
        let accepted = matches!(carried, Carried::Accepted(_));
        edge.event(if accepted { taken } else { not_taken }, &facts);
        if let Some((encoding, segments @ 2..)) = length {
            // Each is paid: somebody has set a longer wording.
            facts.push(("encoding", encoding.as_str()));
            edge.event("sms_long", &facts);
            let labels = ["sms_long", encoding.as_str(), message.locale.as_str()];
            metrics::measure(&edge.env, labels, segments);
        }
        (carried, late)
    }
}

/// The numbers of those who tell later what became of a message; all others have one together.
pub(crate) fn carrier(name: &str) -> Carrier {
    Carrier(match name {
        "twilio" => 1,
        "ses" => 2,
        "sendgrid" => 3,
        _ => 0,
    })
}

/// Carries a send to the end: also by the other way, if the issuer wants that where text messages
/// fail. Runs after the answer: a slow provider never delays the form.
pub(crate) async fn deliver(edge: &Edge, record: &ChallengeRecord, dispatch: Dispatch) {
    let mut next = Some(dispatch);
    // The first has its place already.
    let mut placed = Ok(None);
    while let Some(dispatch) = next {
        let (carried, late) = carry_code(edge, record, &dispatch, placed).await;
        // What may have been sent counts there: else a slow provider had no quota.
        if !matches!(carried, Carried::Accepted(_)) && !late {
            quota::give_back(edge, record, &dispatch.order).await;
        }
        placed = Ok(None);
        let carried = Act::Carried(dispatch.order.number, carried);
        next = match object::act(edge, record, carried).await {
            Ok(Reply::Send(view, order)) => {
                placed = quota::take(edge, record, &order).await;
                Some(Dispatch { order, diverted: view.diverted, bound: None })
            }
            Ok(_) => None,
            Err(problem) => {
                edge.fault(&problem);
                None
            }
        };
    }
}

/// Derives the code of a send and has it carried, if its destination has a place for it.
async fn carry_code(
    edge: &Edge,
    record: &ChallengeRecord,
    dispatch: &Dispatch,
    placed: Result<Option<Timestamp>, Problem>,
) -> (Carried, bool) {
    let order = &dispatch.order;
    let (send, delivery) = (order.send.to_string(), order.number.to_string());
    let facts = [
        ("challenge", record.id.as_str()),
        ("send", send.as_str()),
        ("delivery", delivery.as_str()),
        ("channel", order.to.channel().as_str()),
    ];
    let events = ["code_sent", "code_not_sent"];
    let message = placed.and_then(|limit| match limit {
        None => Message::compose(edge, record, dispatch),
        Some(_) => Err(ProblemCode::DestinationLimited.problem()),
    });
    edge.config.couriers.carry(edge, message, &facts, events).await
}

/// Tells destinations that they are registered no more, after the answer and if the issuer wants
/// that.
pub(crate) fn announce_later(edge: &Edge, replaced: Vec<Destination>) {
    if !edge.config.announces_changes {
        return;
    }
    // Each by itself: one after the other, they could be waited for too long.
    for to in replaced {
        let later = edge.clone();
        edge.context.wait_until(async move {
            let facts = [("channel", to.channel().as_str())];
            let events = ["change_announced", "change_not_announced"];
            let message = Message::replaced(&later.config, to);
            later.config.couriers.carry(&later, message, &facts, events).await;
        });
    }
}
