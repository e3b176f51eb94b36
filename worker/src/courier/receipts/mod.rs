//! What providers tell of a delivery afterwards: who signed it, and what it says. Each provider
//! signs and speaks in its own way, one file each; what follows from it is for the route.

mod der;
mod sendgrid;
mod ses;
mod twilio;

use warifu_core::{cardholder::Delivery, ids::ChallengeId};

use self::{sendgrid::SendGridEvents, ses::SesTopic, twilio::TwilioAccount};
use super::config::Settings;
use crate::{
    config::ConfigError,
    http::Incoming,
    problem::{Problem, ProblemCode},
};

/// Who tells of deliveries.
#[derive(Clone, Copy)]
pub(crate) enum Teller {
    Twilio,
    Ses,
    SendGrid,
}

impl Teller {
    /// As settings and log call it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Ses => "ses",
            Self::SendGrid => "sendgrid",
        }
    }
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

/// Those who are set up to tell, and how each proves itself.
pub(crate) struct Tellers {
    twilio: Option<TwilioAccount>,
    ses: Option<SesTopic>,
    sendgrid: Option<SendGridEvents>,
}

impl Tellers {
    /// Reads the settings of those among `couriers`.
    pub(super) fn read(settings: &mut Settings, couriers: &[&str]) -> Self {
        let mut tellers = Self { twilio: None, ses: None, sendgrid: None };
        for courier in couriers {
            match *courier {
                "twilio" => tellers.twilio = Some(TwilioAccount::read(settings)),
                "ses" => tellers.ses = SesTopic::read(settings),
                "sendgrid" => tellers.sendgrid = SendGridEvents::read(settings),
                _ => {}
            }
        }
        tellers
    }

    /// Refuses a key that nothing could be checked with.
    pub(crate) async fn prove(&self) -> Result<(), ConfigError> {
        match &self.sendgrid {
            Some(sendgrid) => sendgrid.prove().await,
            None => Ok(()),
        }
    }

    /// Whether this one is set up.
    pub(crate) fn knows(&self, teller: Teller) -> bool {
        match teller {
            Teller::Twilio => self.twilio.is_some(),
            Teller::Ses => self.ses.is_some(),
            Teller::SendGrid => self.sendgrid.is_some(),
        }
    }

    /// Checks who signed a post, and says what it tells.
    pub(crate) async fn read_post(
        &self,
        teller: Teller,
        post: &Post<'_>,
    ) -> Result<Vec<Receipt>, Problem> {
        match teller {
            Teller::Twilio => match &self.twilio {
                Some(twilio) => twilio.read_post(post).await,
                None => Err(not_known()),
            },
            Teller::Ses => match &self.ses {
                Some(ses) => ses.read_post(post).await,
                None => Err(not_known()),
            },
            Teller::SendGrid => match &self.sendgrid {
                Some(sendgrid) => sendgrid.read_post(post).await,
                None => Err(not_known()),
            },
        }
    }
}

fn not_known() -> Problem {
    ProblemCode::NotFound.problem()
}

/// Nobody whom we know signed it, or not now.
fn not_signed() -> Problem {
    ProblemCode::InvalidSignature.problem()
}
