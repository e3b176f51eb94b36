//! What the issuer registered about a cardholder, and which channel the cardholder chose.

use minicbor::{Decode, Encode};

use super::{AuthenticatorRecord, BoundBy, ExpectedPurchase, Refusal};
use crate::{
    contact::{
        Channel, Destination, EmailAddress, MaskedDestination, PhoneNumber, SendChannel, Via,
    },
    digest::Digest,
    enrollment::Acceptance,
    optional,
    rules::Rules,
    sparse,
    text::PersonalMessage,
    time::Timestamp,
    totp::{SealedSecret, Step},
};

/// A cardholder's contacts as the issuer registers them. They replace the former contacts as a
/// whole.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Registration {
    /// Where mail goes.
    #[cbor(n(0), with = "optional", has_nil)]
    pub email: Option<EmailAddress>,
    /// Where text messages go.
    #[cbor(n(1), with = "optional", has_nil)]
    pub phone: Option<PhoneNumber>,
    /// Shown on the form so that the cardholder recognises their issuer.
    #[cbor(n(2), with = "optional", has_nil)]
    pub personal_message: Option<PersonalMessage>,
    /// The channel to enroll with; `None` keeps the chosen channel. The app is not registered so:
    /// only the cardholder has its secret.
    #[cbor(n(3), with = "optional", has_nil)]
    pub channel: Option<SendChannel>,
    /// Who registers: the issuer, for one cardholder or in an import.
    #[cbor(n(4), with = "sparse", has_nil)]
    pub by: BoundBy,
}

impl Registration {
    /// Where the channel delivers, if it is registered.
    #[must_use]
    pub fn destination(&self, channel: SendChannel) -> Option<Destination> {
        destination(channel, self.email.as_ref(), self.phone.as_ref())
    }
}

fn destination(
    channel: SendChannel,
    email: Option<&EmailAddress>,
    phone: Option<&PhoneNumber>,
) -> Option<Destination> {
    match channel {
        SendChannel::Email => email.cloned().map(Destination::Email),
        SendChannel::Sms => phone.cloned().map(Destination::Sms),
    }
}

/// The authenticator app that a cardholder enrolled.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Authenticator {
    #[n(0)]
    pub(super) sealed: SealedSecret,
    /// The time step of the newest code that was accepted. No code of this step or an earlier one
    /// is accepted again (RFC 6238 §5.2).
    #[n(1)]
    pub(super) newest: Step,
}

/// The way of authentication a cardholder is enrolled with.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) enum Method {
    #[n(0)]
    Email,
    #[n(1)]
    Sms,
    #[n(2)]
    App(#[n(0)] Authenticator),
}

impl Method {
    /// The method that sends by a channel.
    pub(super) fn sending(channel: SendChannel) -> Self {
        match channel {
            SendChannel::Email => Self::Email,
            SendChannel::Sms => Self::Sms,
        }
    }

    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Email => Channel::Email,
            Self::Sms => Channel::Sms,
            Self::App(_) => Channel::App,
        }
    }
}

/// Which code a challenge asks the cardholder for now.
pub(super) enum CodeSource {
    /// A code that is sent to this destination.
    Sent(Destination),
    /// A code of the app.
    App,
}

/// What a registration changed. Of a cardholder who was unknown before, all that it states is a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Changes {
    /// Whether the e-mail address was added, replaced or removed.
    #[n(0)]
    pub email: bool,
    /// Whether the phone number was added, replaced or removed.
    #[n(1)]
    pub phone: bool,
    /// Whether codes come by another channel than before, or by none.
    #[n(2)]
    pub channel: bool,
}

impl Changes {
    pub(super) fn between(before: Option<&StoredRegistration>, after: &StoredRegistration) -> Self {
        Self {
            email: before.and_then(|before| before.email.as_ref()) != after.email.as_ref(),
            phone: before.and_then(|before| before.phone.as_ref()) != after.phone.as_ref(),
            channel: before.and_then(|before| before.method.as_ref()) != after.method.as_ref(),
        }
    }
}

/// What is stored about a cardholder beside challenges and sessions.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct StoredRegistration {
    #[cbor(n(0), with = "optional", has_nil)]
    email: Option<EmailAddress>,
    #[cbor(n(1), with = "optional", has_nil)]
    phone: Option<PhoneNumber>,
    #[cbor(n(2), with = "optional", has_nil)]
    pub(super) personal_message: Option<PersonalMessage>,
    #[cbor(n(3), with = "optional", has_nil)]
    pub(super) method: Option<Method>,
    /// The newest terms that the cardholder accepted on the enrollment pages; `None` for a
    /// cardholder whom the issuer enrolled.
    #[cbor(n(4), with = "optional", has_nil)]
    pub(super) terms: Option<Acceptance>,
    #[cbor(n(5), with = "optional", has_nil)]
    email_since: Option<DestinationAge>,
    #[cbor(n(6), with = "optional", has_nil)]
    phone_since: Option<DestinationAge>,
}

/// Since when a destination is registered. There is none of one that a version before this registered.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct DestinationAge {
    #[n(0)]
    since: Timestamp,
    /// Whether it came to a cardholder who was registered before: it replaced another one, or was
    /// added.
    #[n(1)]
    changed: bool,
}

impl StoredRegistration {
    /// The state after `registration` replaced `before`.
    ///
    /// A registration that names no channel keeps the chosen method. When the destination of that
    /// method is gone, the other channel takes its place, if it is registered and this deployment
    /// can send by it.
    pub(super) fn after(
        registration: Registration,
        before: Option<Self>,
        rules: &Rules,
        now: Timestamp,
    ) -> Self {
        let Registration { email, phone, personal_message, channel, by: _ } = registration;
        let age = |same: bool, before: Option<DestinationAge>, changed: bool| {
            if same { before } else { Some(DestinationAge { since: now, changed }) }
        };
        let former = before.as_ref();
        let changed = former.is_some();
        let email_since = email.is_some().then(|| {
            let same = former.is_some_and(|former| former.email == email);
            age(same, former.and_then(|former| former.email_since), changed)
        });
        let phone_since = phone.is_some().then(|| {
            let same = former.is_some_and(|former| former.phone == phone);
            age(same, former.and_then(|former| former.phone_since), changed)
        });
        let (chosen, terms) = before.map_or((None, None), |before| (before.method, before.terms));
        let mut known = Self {
            email,
            phone,
            personal_message,
            method: None,
            terms,
            email_since: email_since.flatten(),
            phone_since: phone_since.flatten(),
        };
        let (email, sms) = (SendChannel::Email, SendChannel::Sms);
        known.method = match (channel, chosen) {
            (Some(named), _) => known.destination(named).map(|_| Method::sending(named)),
            (None, Some(Method::Email)) => known.first_of([email, sms], rules),
            (None, Some(Method::Sms)) => known.first_of([sms, email], rules),
            (None, Some(Method::App(app))) => Some(Method::App(app)),
            (None, None) => None,
        };
        known
    }

    /// What a test cardholder would have registered. There is no time since when.
    pub(super) fn of_test(
        email: Option<EmailAddress>,
        phone: Option<PhoneNumber>,
        personal_message: Option<PersonalMessage>,
        method: Option<Method>,
    ) -> Self {
        Self {
            email,
            phone,
            personal_message,
            method,
            terms: None,
            email_since: None,
            phone_since: None,
        }
    }

    fn age(&self, channel: SendChannel) -> Option<DestinationAge> {
        match channel {
            SendChannel::Email => self.email_since,
            SendChannel::Sms => self.phone_since,
        }
    }

    /// Since when the channel's destination is registered, if that is known.
    pub(super) fn registered_since(&self, channel: SendChannel) -> Option<Timestamp> {
        self.age(channel).map(|age| age.since)
    }

    /// From when codes are sent to the channel's destination, if it was changed too lately.
    pub(super) fn too_new_until(
        &self,
        channel: SendChannel,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let age = self.age(channel).filter(|age| age.changed)?;
        Some(age.since.plus(rules.destination_min_age)).filter(|usable| now < *usable)
    }

    fn first_of(&self, [chosen, other]: [SendChannel; 2], rules: &Rules) -> Option<Method> {
        let stays = self.destination(chosen).map(|_| chosen);
        let other = Some(other).filter(|other| rules.available.has((*other).into()));
        let other = other.filter(|other| self.reachable(*other, rules).is_some());
        stays.or(other).map(Method::sending)
    }

    /// Where the channel delivers, if it is registered.
    pub(super) fn destination(&self, channel: SendChannel) -> Option<Destination> {
        destination(channel, self.email.as_ref(), self.phone.as_ref())
    }

    /// Where the channel delivers, if messages may be sent there.
    pub(super) fn reachable(&self, channel: SendChannel, rules: &Rules) -> Option<Destination> {
        self.destination(channel).filter(|to| rules.may_send_to(to))
    }

    /// The e-mail address that a send by `channel` goes to instead, where text messages fail.
    /// `None` unless it is a text message, `SMS_TO_EMAIL` is on, this deployment sends e-mail, and
    /// an address is registered.
    pub(super) fn instead_of(&self, channel: SendChannel, rules: &Rules) -> Option<Destination> {
        let applies = rules.sms_to_email && rules.available.email && channel == SendChannel::Sms;
        self.destination(SendChannel::Email).filter(|_| applies)
    }

    /// How codes come now; `None` when no channel is chosen, when its destination is not
    /// registered, or when this deployment has no courier for it. To a number of a country that the
    /// deployment does not send to, they come as to one where text messages fail: by e-mail, if that
    /// is set up, and else not at all.
    pub(super) fn enrolled(&self, rules: &Rules) -> Option<CodeSource> {
        match self.method.as_ref().filter(|method| rules.available.has(method.channel()))? {
            Method::App(_) => Some(CodeSource::App),
            Method::Email => self.destination(SendChannel::Email).map(CodeSource::Sent),
            Method::Sms => {
                let number = self.destination(SendChannel::Sms)?;
                match rules.may_send_to(&number) {
                    true => Some(CodeSource::Sent(number)),
                    false => self.instead_of(SendChannel::Sms, rules).map(CodeSource::Sent),
                }
            }
        }
    }

    /// Where codes are sent now; `None` where none is sent.
    pub(super) fn sent_to(&self, rules: &Rules) -> Option<Destination> {
        match self.enrolled(rules)? {
            CodeSource::Sent(to) => Some(to),
            CodeSource::App => None,
        }
    }

    /// How codes come now, with the destination masked.
    pub(super) fn via(&self, rules: &Rules) -> Option<Via> {
        Some(match self.enrolled(rules)? {
            CodeSource::Sent(to) => to.via(),
            CodeSource::App => Via::App,
        })
    }

    /// The channel that the chosen method sends by; `None` for an app, and where none is chosen.
    pub(super) fn sends_by(&self) -> Option<SendChannel> {
        match self.method.as_ref()? {
            Method::Email => Some(SendChannel::Email),
            Method::Sms => Some(SendChannel::Sms),
            Method::App(_) => None,
        }
    }

    /// Whether an app makes the codes, also where this deployment offers none.
    pub(super) fn uses_app(&self) -> bool {
        matches!(self.method, Some(Method::App(_)))
    }

    pub(super) fn masked(&self, channel: SendChannel) -> Option<MaskedDestination> {
        self.destination(channel).map(|to| to.masked())
    }
}

/// What the issuer may read of a cardholder.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Description {
    /// Masked e-mail address.
    #[cbor(n(0), with = "optional", has_nil)]
    pub email: Option<MaskedDestination>,
    /// Masked mobile number.
    #[cbor(n(1), with = "optional", has_nil)]
    pub phone: Option<MaskedDestination>,
    /// The channel by which codes come now; `None` when not enrolled.
    #[cbor(n(2), with = "optional", has_nil)]
    pub channel: Option<Channel>,
    /// The newest terms the cardholder accepted on the enrollment pages.
    #[cbor(n(3), with = "optional", has_nil)]
    pub terms: Option<Acceptance>,
    /// Until when the cardholder is locked at every merchant, but in known browsers and where they
    /// let a challenge in.
    #[cbor(n(4), with = "optional", has_nil)]
    pub locked_until: Option<Timestamp>,
    /// Whether the cardholder is locked until they sign in at the member site, or the issuer unlocks.
    #[cbor(n(5), default)]
    pub sign_in_needed: bool,
    /// Every authenticator that is or was bound, in the order in which they were.
    #[cbor(n(20), with = "sparse", has_nil)]
    pub authenticators: Vec<AuthenticatorRecord>,
    /// The digests of the cards by which directory servers ask for the cardholder.
    #[cbor(n(21), with = "sparse", has_nil)]
    pub cards: Vec<Digest>,
    /// What the owner said at the member site that they are about to pay.
    #[cbor(n(22), with = "optional", has_nil)]
    pub expected: Option<ExpectedPurchase>,
}

impl Description {
    pub(super) fn of(known: &StoredRegistration, rules: &Rules, locked: Option<Refusal>) -> Self {
        Self {
            email: known.masked(SendChannel::Email),
            phone: known.masked(SendChannel::Sms),
            channel: known.via(rules).map(|via| via.channel()),
            terms: known.terms.clone(),
            locked_until: locked.and_then(Refusal::locked_until),
            sign_in_needed: locked == Some(Refusal::SignInNeeded),
            authenticators: Vec::new(),
            cards: Vec::new(),
            expected: None,
        }
    }
}
