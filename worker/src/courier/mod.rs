//! The courier port: one message, and a list of providers of which one takes it. One file a
//! provider, chosen in `config.rs`.

mod aws;
mod cloudflare_email;
mod config;
mod mailbox;
mod message;
mod outbox;
mod provider;
mod resend;
mod sendgrid;
mod ses;
mod sns;
mod twilio;
mod vonage;
mod webhook;

pub(crate) use message::{About, Message};

use warifu_core::{
    cardholder::{Act, Carried, Reply, SendOrder},
    contact::{Channel, Destination},
    record::ChallengeRecord,
};

use self::{
    cloudflare_email::CloudflareEmail,
    config::Settings,
    provider::{Provider, Verdict},
};
use crate::{clock, config::ConfigError, edge::Edge, object, problem::Problem};

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
}

impl Couriers {
    /// Reads the lists, and the settings of every provider in them.
    pub(crate) fn read(
        given: &dyn Fn(&str) -> Option<String>,
        is_development: bool,
    ) -> Result<Self, ConfigError> {
        let settings = Settings::new(given, is_development)?;
        let (email, sms) = (settings.email()?, settings.sms()?);
        let milliseconds = settings.patience(email.len().max(sms.len()))?;
        Ok(Self { email, sms, milliseconds })
    }

    /// Whether codes can come by a channel; those of an app need no courier.
    pub(crate) fn carries(&self, channel: Channel) -> bool {
        channel == Channel::App || !self.of(channel).is_empty()
    }

    fn of(&self, channel: Channel) -> &[Named] {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
            Channel::App => &[],
        }
    }

    /// Offers a message to one provider after the other until one takes it, or one says that its
    /// destination cannot be reached at all. Notes who did not take it, and what became of it.
    async fn carry(
        &self,
        edge: &Edge,
        message: &Message,
        facts: &[(&str, &str)],
        [taken, not_taken]: [&str; 2],
    ) -> Carried {
        let start = clock::platform();
        let mut why = "no provider is set up for this channel";
        let mut last = "none";
        let mut tried = 0_usize;
        let mut carried = Carried::NotTaken;
        for Named { name, courier } in self.of(message.channel()) {
            let asked = clock::platform();
            last = name;
            tried += 1;
            let verdict = match courier {
                Courier::CloudflareEmail(mailer) => {
                    mailer.carry(edge, message, self.milliseconds).await
                }
                Courier::Http(provider) => {
                    let answer = provider.call(message, asked).answer(self.milliseconds).await;
                    answer.map_or_else(Verdict::from, |it| Verdict::of(provider.as_ref(), &it))
                }
                Courier::Outbox => outbox::carry(edge, message).await,
            };
            match verdict {
                Verdict::Accepted => {
                    let (took, tried) = (clock::milliseconds_since(start), tried.to_string());
                    let outcome = [("provider", last), ("milliseconds", &took), ("tried", &tried)];
                    edge.event(taken, &[facts, &outcome].concat());
                    return Carried::Accepted;
                }
                Verdict::NotTaken(reason) => {
                    why = reason;
                    let took = clock::milliseconds_since(asked);
                    let attempt = [("provider", last), ("milliseconds", &took), ("why", why)];
                    edge.event("provider_failed", &[facts, &attempt].concat());
                }
                Verdict::BadDestination => {
                    why = "bad destination";
                    carried = Carried::BadDestination;
                    break;
                }
            }
        }
        let (took, tried) = (clock::milliseconds_since(start), tried.to_string());
        let outcome =
            [("provider", last), ("milliseconds", took.as_str()), ("tried", &tried), ("why", why)];
        edge.event(not_taken, &[facts, &outcome].concat());
        carried
    }
}

/// Carries a send to the end: also by the other way, if the issuer wants that where text messages
/// fail. Runs after the answer: a slow provider never delays the form.
pub(crate) async fn deliver(edge: &Edge, record: &ChallengeRecord, order: SendOrder) {
    let mut next = Some(order);
    while let Some(order) = next {
        let carried = carry_code(edge, record, &order).await;
        next = match object::act(edge, record, Act::Carried(order.number, carried)).await {
            Ok(Reply::Send(_, instead)) => Some(instead),
            Ok(_) => None,
            Err(problem) => {
                edge.fault(&problem);
                None
            }
        };
    }
}

/// Derives the code of a send and has it carried.
async fn carry_code(edge: &Edge, record: &ChallengeRecord, order: &SendOrder) -> Carried {
    let (send, delivery) = (order.send.to_string(), order.number.to_string());
    let facts = [
        ("challenge", record.id.as_str()),
        ("send", send.as_str()),
        ("delivery", delivery.as_str()),
        ("channel", order.to.channel().as_str()),
    ];
    let events = ["code_sent", "code_not_sent"];
    carry(edge, Message::compose(edge, record, order), &facts, events).await
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
            carry(&later, message, &facts, events).await;
        });
    }
}

/// Carries a message if there is one.
async fn carry(
    edge: &Edge,
    message: Result<Message, Problem>,
    facts: &[(&str, &str)],
    events: [&str; 2],
) -> Carried {
    match message {
        Ok(message) => edge.config.couriers.carry(edge, &message, facts, events).await,
        Err(problem) => {
            edge.fault(&problem);
            let [_, not_taken] = events;
            edge.event(
                not_taken,
                &[facts, &[("why", "the message could not be composed")]].concat(),
            );
            Carried::NotTaken
        }
    }
}
