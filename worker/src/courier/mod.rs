//! The courier port: one message, one answer. One file a provider, chosen here.

mod cloudflare_email;
mod message;
mod outbox;

pub(crate) use message::{About, Message};

use warifu_core::{
    cardholder::{Act, Delivery, SendOrder},
    contact::{Destination, EmailAddress},
    record::ChallengeRecord,
};

use crate::{config::ConfigError, edge::Edge, object, problem::Problem};

/// A provider did not take a message; the reason is for the log and names no destination.
pub(crate) struct Refused(pub(crate) String);

/// Who carries e-mail.
enum EmailCourier {
    CloudflareEmail { from: String },
    Outbox,
}

/// Who carries text messages.
enum SmsCourier {
    None,
    Outbox,
}

/// The couriers of a deployment.
pub(crate) struct Couriers {
    email: EmailCourier,
    sms: SmsCourier,
}

impl Couriers {
    /// Reads `EMAIL_COURIER` and `SMS_COURIER`.
    pub(crate) fn read(
        required: &impl Fn(&str) -> Result<String, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let email = match required("EMAIL_COURIER")?.as_str() {
            "cloudflare" => {
                let from = required("MAIL_FROM")?;
                let must = |_| ConfigError::new("MAIL_FROM", "be one e-mail address");
                EmailAddress::parse(&from).map_err(must)?;
                EmailCourier::CloudflareEmail { from }
            }
            "outbox" => EmailCourier::Outbox,
            _ => {
                return Err(ConfigError::new(
                    "EMAIL_COURIER",
                    "be cloudflare, or outbox in development",
                ));
            }
        };
        let sms = match required("SMS_COURIER")?.as_str() {
            "none" => SmsCourier::None,
            "outbox" => SmsCourier::Outbox,
            _ => {
                return Err(ConfigError::new("SMS_COURIER", "be none, or outbox in development"));
            }
        };
        Ok(Self { email, sms })
    }

    pub(crate) fn name_the_outbox(&self) -> bool {
        matches!(self.email, EmailCourier::Outbox) || matches!(self.sms, SmsCourier::Outbox)
    }

    async fn carry(&self, edge: &Edge, message: &Message) -> Result<(), Refused> {
        match &message.to {
            Destination::Email(_) => match &self.email {
                EmailCourier::CloudflareEmail { from } => {
                    cloudflare_email::carry(edge, from, message).await
                }
                EmailCourier::Outbox => outbox::carry(edge, message).await,
            },
            Destination::Sms(_) => match self.sms {
                SmsCourier::None => Err(Refused("SMS_COURIER is none".to_owned())),
                SmsCourier::Outbox => outbox::carry(edge, message).await,
            },
        }
    }
}

/// Derives the code of a send, carries it, and reports a send that nobody took. Runs after the
/// answer: a slow provider never delays the form.
pub(crate) async fn deliver(edge: &Edge, record: &ChallengeRecord, order: &SendOrder) {
    let carried = match Message::compose(edge, record, order) {
        Ok(message) => edge.config.couriers.carry(edge, &message).await,
        Err(_) => Err(Refused("the message could not be composed".to_owned())),
    };
    let (send, delivery) = (order.send.to_string(), order.number.to_string());
    let facts = [
        ("challenge", record.id.as_str()),
        ("send", send.as_str()),
        ("delivery", delivery.as_str()),
        ("channel", order.to.channel().as_str()),
    ];
    match carried {
        Ok(()) => edge.event("code_sent", &facts),
        Err(Refused(why)) => {
            edge.event("code_not_sent", &[&facts[..], &[("why", why.as_str())]].concat());
            if let Err(problem) = take_back(edge, record, order).await {
                edge.fault(&problem);
            }
        }
    }
}

/// Tells destinations that they are registered no more, after the answer and if the issuer wants
/// that.
pub(crate) fn announce_later(edge: &Edge, replaced: Vec<Destination>) {
    if replaced.is_empty() || !edge.config.announces_changes {
        return;
    }
    let later = edge.clone();
    edge.context.wait_until(async move {
        for to in replaced {
            let channel = to.channel();
            let carried = match Message::replaced(&later.config, to) {
                Ok(message) => later.config.couriers.carry(&later, &message).await,
                Err(_) => Err(Refused("the message could not be composed".to_owned())),
            };
            let facts = [("channel", channel.as_str())];
            match carried {
                Ok(()) => later.event("change_announced", &facts),
                Err(Refused(why)) => {
                    later.event("change_not_announced", &[facts[0], ("why", why.as_str())]);
                }
            }
        }
    });
}

async fn take_back(
    edge: &Edge,
    record: &ChallengeRecord,
    order: &SendOrder,
) -> Result<(), Problem> {
    let act = Act::Delivered(order.number, Delivery::Refused);
    object::act(edge, record, act).await.map(drop)
}
