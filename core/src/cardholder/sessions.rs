//! Enrollment sessions. Each session changes the enrollment at most once.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{
    AppProof, Cardholder, Choice, Refusal, Reply, SessionCommand, TriesLeft,
    authenticators::Binding,
    decide::Ruled,
    registration::{Authenticator, Method, StoredRegistration},
};
use crate::{
    code::SubmittedCode,
    contact::{MaskedDestination, SendChannel, Via},
    enrollment::{Acceptance, SessionId, TermsVersion},
    locale::Locale,
    optional,
    rules::Rules,
    sign_in::SignIn,
    time::Timestamp,
    totp::SealedSecret,
};

/// Where an enrollment session stands. All but `Open` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum SessionState {
    /// The session can still change the enrollment.
    #[n(0)]
    Open,
    /// The session changed the enrollment.
    #[n(1)]
    Changed,
    /// The cardholder gave up.
    #[n(2)]
    Canceled,
    /// Every try was spent on a wrong code of the app.
    #[n(3)]
    Failed,
    /// Its time ran out.
    #[n(4)]
    Expired,
}

/// How an enrollment session ended: a [`SessionState`] that is final. In stored bytes both have the
/// same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum SessionEnd {
    /// The enrollment was changed.
    #[n(1)]
    Changed,
    /// The cardholder gave up.
    #[n(2)]
    Canceled,
    /// Every try was spent on a wrong code of the app.
    #[n(3)]
    Failed,
    /// Its time ran out.
    #[n(4)]
    Expired,
}

impl SessionState {
    /// How a session of this state ended; `None` for one that is open.
    #[must_use]
    pub fn ended(self) -> Option<SessionEnd> {
        match self {
            Self::Open => None,
            Self::Changed => Some(SessionEnd::Changed),
            Self::Canceled => Some(SessionEnd::Canceled),
            Self::Failed => Some(SessionEnd::Failed),
            Self::Expired => Some(SessionEnd::Expired),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Session {
    #[n(0)]
    id: SessionId,
    #[n(1)]
    expires_at: Timestamp,
    #[n(2)]
    locale: Locale,
    #[cbor(n(3), with = "optional", has_nil)]
    return_url: Option<String>,
    /// The secret of the app that is being enrolled.
    #[cbor(n(4), with = "optional", has_nil)]
    app: Option<SealedSecret>,
    #[n(5)]
    tries: u32,
    /// `Open`, or how the session ended. `Expired` is never stored: the clock says it.
    #[n(6)]
    state: SessionState,
    /// How the member had signed in, as the member site said it.
    #[cbor(n(7), with = "optional", has_nil)]
    sign_in: Option<SignIn>,
}

impl Session {
    /// How long after its time a session is kept, so that its pages can say how it ended.
    const KEPT: Duration = Duration::from_secs(3600);
    /// How many sessions one cardholder has. A further one replaces the oldest.
    const MOST: usize = 5;

    pub(super) fn forgotten_at(&self) -> Timestamp {
        self.expires_at.plus(Self::KEPT)
    }

    fn of<'a>(sessions: &'a mut [Self], id: &SessionId) -> Ruled<&'a mut Self> {
        let session = sessions.iter_mut().find(|session| session.id == *id);
        session.ok_or(Refusal::UnknownSession)
    }

    /// The session of this id, if it has not ended.
    fn open_of<'a>(
        sessions: &'a mut [Self],
        id: &SessionId,
        now: Timestamp,
    ) -> Ruled<&'a mut Self> {
        let session = Self::of(sessions, id)?;
        match session.state(now).ended() {
            None => Ok(session),
            Some(end) => Err(Refusal::SessionOver(end)),
        }
    }

    fn state(&self, now: Timestamp) -> SessionState {
        match self.state {
            SessionState::Open if self.expires_at <= now => SessionState::Expired,
            state => state,
        }
    }

    fn tries_left(&self, rules: &Rules) -> u32 {
        rules.tries.saturating_sub(self.tries)
    }
}

/// An enrollment session as its pages may show it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionView {
    /// Where it stands.
    #[n(0)]
    pub state: SessionState,
    /// When it ends by itself.
    #[n(1)]
    pub expires_at: Timestamp,
    /// The language of its pages.
    #[n(2)]
    pub locale: Locale,
    /// Where the cardholder goes back to.
    #[cbor(n(3), with = "optional", has_nil)]
    pub return_url: Option<String>,
    /// How codes come now.
    #[cbor(n(4), with = "optional", has_nil)]
    pub current: Option<Via>,
    /// The registered address.
    #[cbor(n(5), with = "optional", has_nil)]
    pub email: Option<MaskedDestination>,
    /// The registered number, if text messages may be sent to it.
    #[cbor(n(6), with = "optional", has_nil)]
    pub phone: Option<MaskedDestination>,
    /// The secret of the app that was offered.
    #[cbor(n(7), with = "optional", has_nil)]
    pub app: Option<SealedSecret>,
    /// Codes of that app that will still be compared.
    #[n(8)]
    pub tries_left: u32,
}

impl Cardholder {
    pub(super) fn enrolling(
        &mut self,
        id: SessionId,
        command: SessionCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Reply {
        let changes = matches!(command, SessionCommand::Change { .. });
        let (bound, sign_in) = (self.authenticators(), self.session_sign_in(&id));
        let enrolled = self.enroll(&id, command, rules, now);
        if changes && enrolled.is_ok() {
            self.record_authenticators(&bound, Binding::enrolled(sign_in), now);
        }
        match enrolled {
            Err(refusal) => Reply::NotEnrolling(refusal, self.session_view(&id, rules, now)),
            Ok(()) => match self.session_view(&id, rules, now) {
                Some(view) => Reply::Session(view),
                None => Reply::NotEnrolling(Refusal::UnknownSession, None),
            },
        }
    }

    fn enroll(
        &mut self,
        id: &SessionId,
        command: SessionCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<()> {
        let known = self.known.as_mut().ok_or(Refusal::UnknownCardholder)?;
        let sessions = &mut self.sessions;
        match command {
            SessionCommand::Start { locale, return_url, sign_in } => {
                if !rules.sign_in.is_met_by(sign_in.as_ref(), now) {
                    return Err(Refusal::SignInNotEnough);
                }
                if sessions.len() >= Session::MOST {
                    sessions.remove(0);
                }
                sessions.push(Session {
                    id: id.clone(),
                    expires_at: now.plus(rules.enrollment_life),
                    locale,
                    return_url,
                    app: None,
                    tries: 0,
                    state: SessionState::Open,
                    sign_in,
                });
                Ok(())
            }
            SessionCommand::Show => Session::of(sessions, id).map(drop),
            SessionCommand::OfferApp(sealed) => {
                Session::open_of(sessions, id, now)?.app.get_or_insert(sealed);
                Ok(())
            }
            SessionCommand::Change { to, terms } => {
                let formerly = known.sends_by();
                Session::open_of(sessions, id, now)?.change(known, to, terms, rules, now)?;
                let sends_by = known.sends_by();
                self.revoke_former(formerly, sends_by);
                Ok(())
            }
            SessionCommand::Cancel => {
                let session = Session::open_of(sessions, id, now)?;
                session.state = SessionState::Canceled;
                session.app = None;
                Ok(())
            }
        }
    }

    /// How the member had signed in for a session; `None` where the member site did not say.
    pub(super) fn session_sign_in(&self, id: &SessionId) -> Option<SignIn> {
        self.sessions.iter().find(|session| session.id == *id)?.sign_in.clone()
    }

    /// The language of a session's pages.
    pub(super) fn session_locale(&self, id: &SessionId) -> Option<Locale> {
        let session = self.sessions.iter().find(|session| session.id == *id);
        session.map(|session| session.locale)
    }

    fn session_view(&self, id: &SessionId, rules: &Rules, now: Timestamp) -> Option<SessionView> {
        let known = self.known.as_ref()?;
        let session = self.sessions.iter().find(|session| session.id == *id)?;
        Some(SessionView {
            state: session.state(now),
            expires_at: session.expires_at,
            locale: session.locale,
            return_url: session.return_url.clone(),
            current: known.via(rules),
            email: known.masked(SendChannel::Email),
            phone: known.reachable(SendChannel::Sms, rules).map(|to| to.masked()),
            app: session.app.clone(),
            tries_left: session.tries_left(rules),
        })
    }
}

impl Session {
    fn change(
        &mut self,
        known: &mut StoredRegistration,
        to: Choice,
        version: TermsVersion,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<()> {
        let method = match to {
            Choice::Email => known.destination(SendChannel::Email).map(|_| Method::Email),
            Choice::Sms => known.reachable(SendChannel::Sms, rules).map(|_| Method::Sms),
            Choice::App { proof, code } => {
                Some(Method::App(self.authenticator(&proof, &code, rules, now)?))
            }
        };
        known.method = Some(method.ok_or(Refusal::ChannelNotOffered)?);
        known.terms = Some(Acceptance { version, at: now });
        self.state = SessionState::Changed;
        // The enrollment has the secret now, or another channel was chosen.
        self.app = None;
        Ok(())
    }

    /// Proves the app that was offered, by one of its codes. A try is spent before the code is
    /// compared.
    fn authenticator(
        &mut self,
        proof: &AppProof,
        code: &SubmittedCode,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Authenticator> {
        if self.app.as_ref() != Some(&proof.sealed) {
            return Err(Refusal::ChannelNotOffered);
        }
        self.tries += 1;
        match proof.secret.step_of(code, now) {
            // The code proved the app, and this time step is spent.
            Some(newest) => Ok(Authenticator { sealed: proof.sealed.clone(), newest }),
            None => {
                let left = self.tries_left(rules);
                if left == 0 {
                    self.state = SessionState::Failed;
                    self.app = None;
                }
                Err(Refusal::WrongCode(TriesLeft(left)))
            }
        }
    }
}
