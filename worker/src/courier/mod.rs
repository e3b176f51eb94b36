//! The courier port: one message, and a list of providers that are asked one after the other until
//! one accepts it. One file a provider, chosen in `config.rs`; the asking is in `offer.rs`.

mod aws;
mod bound;
mod cloudflare_email;
mod config;
mod mailbox;
mod message;
mod metrics;
mod offer;
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
};

use self::{
    cloudflare_email::CloudflareEmail, config::Settings, offer::Notes, provider::Provider,
    receipts::Tellers,
};
use crate::{
    config::ConfigError,
    edge::Edge,
    log::LoggedMessage,
    object,
    problem::Problem,
    quota::{self, Admission, HeldPlaces},
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
/// are refused. Runs after the answer: a slow provider never delays the form.
pub(crate) async fn deliver(edge: &Edge, record: &ChallengeRecord, dispatch: Dispatch) {
    // The place of the first was reserved before the answer.
    let mut next = Some((dispatch, Ok(Admission::Granted)));
    while let Some((dispatch, admission)) = next {
        let carried = carry_code(edge, record, &dispatch, admission).await;
        let carried = Act::Carried(dispatch.order.number, carried);
        next = match object::act(edge, record, carried).await {
            Ok(Reply::Send(view, order)) => {
                let admission = quota::reserve(edge, record, &order, 0).await;
                Some((Dispatch { order, diverted: view.diverted, bound: None }, admission))
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
    admission: Result<Admission, Problem>,
) -> Carried {
    let order = &dispatch.order;
    let message = LoggedMessage::Code {
        challenge: &record.id,
        send: order.send,
        delivery: order.number,
        channel: order.to.channel(),
    };
    let notes = Notes { edge, message };
    let mut places = match admission {
        Ok(Admission::Granted) => HeldPlaces::first_of(edge, record, order),
        Ok(Admission::Limited(_)) => return notes.not_offered("destination limited"),
        Err(problem) => {
            edge.fault(&problem);
            return notes.not_offered("destination not asked");
        }
    };
    let carried = match Message::compose(edge, record, dispatch) {
        Ok(message) => edge.config.couriers.offer(&message, &mut places, &notes).await,
        Err(problem) => {
            edge.fault(&problem);
            notes.not_offered("not composed")
        }
    };
    places.keep(offer::providers_of(&carried)).await;
    carried
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
            let message = LoggedMessage::Change { channel: to.channel() };
            let notes = Notes { edge: &later, message };
            match Message::replaced(&later.config, to) {
                Ok(message) => {
                    let couriers = &later.config.couriers;
                    couriers.offer(&message, &mut HeldPlaces::Uncounted, &notes).await;
                }
                Err(problem) => {
                    later.fault(&problem);
                    notes.not_offered("not composed");
                }
            }
        });
    }
}
