//! The record of every authenticator that was ever bound to a cardholder (NIST SP 800-63B-4 §4.1).
//!
//! An authenticator is an address, a number or an app. It is bound while it is registered or enrolled.
//! The record is what the issuer reads; no rule decides by it.

use minicbor::{Decode, Encode};

use super::{Cardholder, registration::Method};
use crate::{
    contact::{Channel, Destination, MaskedDestination, SendChannel},
    optional,
    sign_in::SignIn,
    time::Timestamp,
    totp::SealedSecret,
};

/// Who bound or unbound an authenticator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum BoundBy {
    /// The issuer, by registering one cardholder.
    #[default]
    #[n(0)]
    Issuer,
    /// The issuer, by an import.
    #[n(1)]
    Import,
    /// The cardholder, in an enrollment session that the issuer's member site started.
    #[n(2)]
    MemberSite,
}

impl BoundBy {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Import => "import",
            Self::MemberSite => "member_site",
        }
    }
}

/// When, by whom, and by which sign-in an authenticator was chosen for codes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Chosen {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// By whom.
    #[n(1)]
    pub by: BoundBy,
    /// How the member had signed in, as the member site said; `None` where it did not say.
    #[cbor(n(2), with = "optional", has_nil)]
    pub sign_in: Option<SignIn>,
}

/// An authenticator that is or was bound.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuthenticatorRecord {
    /// What kind it is: how its codes come.
    #[n(0)]
    pub channel: Channel,
    /// Its address or number, masked; `None` for an app.
    #[cbor(n(1), with = "optional", has_nil)]
    pub destination: Option<MaskedDestination>,
    /// When it was bound; `None` for one that was bound before there was a record.
    #[cbor(n(2), with = "optional", has_nil)]
    pub bound_at: Option<Timestamp>,
    /// By whom; `None` likewise.
    #[cbor(n(3), with = "optional", has_nil)]
    pub bound_by: Option<BoundBy>,
    /// When it was unbound; `None` while it is bound.
    #[cbor(n(4), with = "optional", has_nil)]
    pub unbound_at: Option<Timestamp>,
    /// By whom; `None` likewise.
    #[cbor(n(5), with = "optional", has_nil)]
    pub unbound_by: Option<BoundBy>,
    /// When it was last chosen for codes; `None` if it never was since there is a record.
    #[cbor(n(6), with = "optional", has_nil)]
    pub chosen: Option<Chosen>,
}

impl AuthenticatorRecord {
    fn is_bound(&self) -> bool {
        self.unbound_at.is_none()
    }

    /// One that was bound before there was a record.
    fn of_before(authenticator: &Bound) -> Self {
        Self {
            channel: authenticator.channel(),
            destination: authenticator.masked(),
            bound_at: None,
            bound_by: None,
            unbound_at: None,
            unbound_by: None,
            chosen: None,
        }
    }
}

/// Every authenticator that was ever bound, in the order in which they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct AuthenticatorRecords(#[n(0)] Vec<AuthenticatorRecord>);

/// An authenticator that is bound now.
#[derive(Clone, PartialEq, Eq)]
enum Bound {
    Sends(Destination),
    App(SealedSecret),
}

impl Bound {
    fn channel(&self) -> Channel {
        match self {
            Self::Sends(to) => to.channel().into(),
            Self::App(_) => Channel::App,
        }
    }

    fn masked(&self) -> Option<MaskedDestination> {
        match self {
            Self::Sends(to) => Some(to.masked()),
            Self::App(_) => None,
        }
    }
}

/// The authenticators before or after a command.
pub(super) struct Authenticators {
    bound: Vec<Bound>,
    chosen: Option<Channel>,
}

/// Who binds and unbinds.
pub(super) struct Binding {
    by: BoundBy,
    sign_in: Option<SignIn>,
    /// Whether an authenticator was chosen, also if it is the one that was chosen before.
    chooses: bool,
}

impl Binding {
    pub(super) fn registered(by: BoundBy) -> Self {
        Self { by, sign_in: None, chooses: false }
    }

    pub(super) fn enrolled(sign_in: Option<SignIn>) -> Self {
        Self { by: BoundBy::MemberSite, sign_in, chooses: true }
    }
}

impl AuthenticatorRecords {
    /// How many are kept. The one that was unbound first is forgotten first; what is bound stays.
    const MOST: usize = 50;

    /// Notes what a command bound, unbound and chose.
    fn note(
        &mut self,
        before: &Authenticators,
        after: &Authenticators,
        binding: Binding,
        now: Timestamp,
    ) {
        let is_changed = before.bound != after.bound || before.chosen != after.chosen;
        if !is_changed && !binding.chooses {
            return;
        }
        self.adopt(&before.bound);
        for gone in before.bound.iter().filter(|one| !after.bound.contains(one)) {
            if let Some(record) = self.bound(gone.channel()) {
                (record.unbound_at, record.unbound_by) = (Some(now), Some(binding.by));
            }
        }
        for new in after.bound.iter().filter(|one| !before.bound.contains(one)) {
            let (bound_at, bound_by) = (Some(now), Some(binding.by));
            self.0.push(AuthenticatorRecord {
                bound_at,
                bound_by,
                ..AuthenticatorRecord::of_before(new)
            });
        }
        let chosen_anew = before.chosen != after.chosen
            || after.chosen.is_some_and(|chosen| {
                let of = |all: &Authenticators| {
                    all.bound.iter().find(|one| one.channel() == chosen).cloned()
                };
                of(before) != of(after)
            });
        if let Some(chosen) = after.chosen.filter(|_| chosen_anew || binding.chooses) {
            let Binding { by, sign_in, .. } = binding;
            if let Some(record) = self.bound(chosen) {
                record.chosen = Some(Chosen { at: now, by, sign_in });
            }
        }
        while self.0.len() > Self::MOST {
            let unbound = self.0.iter().enumerate().filter(|(_, record)| !record.is_bound());
            match unbound.min_by_key(|(_, record)| record.unbound_at).map(|(index, _)| index) {
                Some(oldest) => drop(self.0.remove(oldest)),
                None => break,
            }
        }
    }

    /// Adds what was bound before there was a record.
    fn adopt(&mut self, bound: &[Bound]) {
        for one in bound {
            if self.bound(one.channel()).is_none() {
                self.0.push(AuthenticatorRecord::of_before(one));
            }
        }
    }

    /// The authenticator of this channel that is bound: there is one at most.
    fn bound(&mut self, channel: Channel) -> Option<&mut AuthenticatorRecord> {
        self.0.iter_mut().find(|record| record.channel == channel && record.is_bound())
    }
}

impl Cardholder {
    pub(super) fn authenticators(&self) -> Authenticators {
        let known = self.known.iter();
        let mut bound: Vec<_> = known
            .flat_map(|known| {
                let both = [SendChannel::Email, SendChannel::Sms];
                both.into_iter().filter_map(|by| known.destination(by)).map(Bound::Sends)
            })
            .collect();
        let method = self.known.as_ref().and_then(|known| known.method.as_ref());
        if let Some(Method::App(app)) = method {
            bound.push(Bound::App(app.sealed.clone()));
        }
        Authenticators { bound, chosen: method.map(Method::channel) }
    }

    /// Notes in the record what was bound and unbound since `before`.
    pub(super) fn record_authenticators(
        &mut self,
        before: &Authenticators,
        binding: Binding,
        now: Timestamp,
    ) {
        let after = self.authenticators();
        self.authenticators.note(before, &after, binding, now);
    }

    /// The record as the issuer reads it: also of what was bound before there was one.
    pub(super) fn described_authenticators(&self) -> Vec<AuthenticatorRecord> {
        let mut all = self.authenticators.clone();
        all.adopt(&self.authenticators().bound);
        all.0
    }
}
