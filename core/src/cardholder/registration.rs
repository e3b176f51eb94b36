//! What the issuer registered of a cardholder.

use serde::{Deserialize, Serialize};

use crate::{
    contact::{Channel, Destination, EmailAddress, MaskedDestination, PhoneNumber},
    text::PersonalMessage,
    time::Timestamp,
};

/// A cardholder's contacts and choices. Replaced as a whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Where mail goes.
    pub email: Option<EmailAddress>,
    /// Where text messages go.
    pub phone: Option<PhoneNumber>,
    /// Shown on the form so that the cardholder recognises their issuer.
    pub personal_message: Option<PersonalMessage>,
    /// The channel they chose; `None` is not enrolled.
    pub channel: Option<Channel>,
}

impl Registration {
    /// Where the channel delivers, if it is registered.
    #[must_use]
    pub fn destination(&self, channel: Channel) -> Option<Destination> {
        match channel {
            Channel::Email => self.email.clone().map(Destination::Email),
            Channel::Sms => self.phone.clone().map(Destination::Sms),
        }
    }

    /// Where codes go now; `None` when not enrolled.
    #[must_use]
    pub fn enrolled(&self) -> Option<Destination> {
        self.channel.and_then(|channel| self.destination(channel))
    }

    /// Takes the place of `before`: a registration that names no channel keeps the one that was
    /// chosen, or the other one when that destination is gone.
    #[must_use]
    pub(super) fn replacing(mut self, before: Option<&Self>) -> Self {
        if self.channel.is_none()
            && let Some(chosen) = before.and_then(|before| before.channel)
        {
            let other = match chosen {
                Channel::Email => Channel::Sms,
                Channel::Sms => Channel::Email,
            };
            self.channel = [chosen, other].into_iter().find(|c| self.destination(*c).is_some());
        }
        self
    }
}

/// What the issuer may read of a cardholder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Masked e-mail address.
    pub email: Option<MaskedDestination>,
    /// Masked mobile number.
    pub phone: Option<MaskedDestination>,
    /// The channel chosen.
    pub channel: Option<Channel>,
    /// Until when no code is taken.
    pub locked_until: Option<Timestamp>,
}

impl Description {
    pub(super) fn of(registration: &Registration, locked_until: Option<Timestamp>) -> Self {
        let masked = |channel| registration.destination(channel).map(|to| to.masked());
        Self {
            email: masked(Channel::Email),
            phone: masked(Channel::Sms),
            channel: registration.enrolled().map(|to| to.channel()),
            locked_until,
        }
    }
}
