//! The books of enrollment: who chose what, in which session, and which codes of apps are spent.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        Channel, Command, Duration, MINUTE, Refusal, Reply, SendChannel, SessionEnd, SessionState,
        Timestamp, TriesLeft,
        authenticator::{
            STEP_MILLIS, app_code, change, change_to_app, give_up, offer, show, start, terms,
        },
    },
    Auditor,
    codes::Code,
};
use crate::{cardholder::Choice, contact::Destination, enrollment::Acceptance};

/// How many sessions one cardholder has.
const MOST: usize = 5;

/// What is known of one session.
struct Session {
    number: u8,
    expires_at: Timestamp,
    /// The app that was offered.
    app: Option<u8>,
    comparisons: u32,
    changes: u32,
    /// How it ended, but for its time.
    over: Option<SessionEnd>,
}

pub(super) struct Enrollments {
    chosen: Option<Channel>,
    /// The app enrolled, also while it is not chosen.
    app: Option<u8>,
    terms: Option<Acceptance>,
    sessions: Vec<Session>,
    started: u8,
    offered: u8,
    /// Every step of an app whose code was accepted, in a session or in a challenge.
    accepted: BTreeMap<u8, BTreeSet<u64>>,
}

impl Enrollments {
    pub(super) fn new(chosen: Channel) -> Self {
        Self {
            chosen: Some(chosen),
            app: None,
            terms: None,
            sessions: Vec::new(),
            started: 0,
            offered: 0,
            accepted: BTreeMap::new(),
        }
    }

    /// The app that is enrolled.
    pub(super) fn app(&self) -> Option<u8> {
        self.app.filter(|_| self.chosen == Some(Channel::App))
    }

    /// The app that is enrolled, or one that was offered to the cardholder.
    pub(super) fn any_app(&self) -> Option<u8> {
        self.app().or_else(|| (self.offered > 0).then_some(self.offered))
    }
}

impl Auditor {
    /// How codes come.
    pub(super) fn enrolled(&self) -> Option<Channel> {
        let there = |channel: &Channel| match channel {
            Channel::App => true,
            sending => self.destination(*sending).is_some(),
        };
        self.enrollments.chosen.filter(there)
    }

    /// What an app shows `drift` steps from now.
    pub(super) fn app_code(&self, app: u8, drift: i64) -> String {
        let millis = self.shell.now.millis().saturating_add_signed(drift * 30_000);
        app_code(app, Timestamp::from_millis(millis))
    }

    /// The latest step around now that a code of an app is of.
    fn step_of(&self, app: u8, typed: &str) -> Option<u64> {
        let now = self.shell.now.millis() / STEP_MILLIS;
        let at = |step: u64| Timestamp::from_millis(step * STEP_MILLIS);
        (now - 1..=now + 1).rev().find(|step| app_code(app, at(*step)) == typed)
    }

    /// What a code of an app is.
    pub(super) fn verdict(&self, app: u8, typed: &str) -> Code {
        let newest = self.enrollments.accepted.get(&app).and_then(BTreeSet::last);
        match self.step_of(app, typed) {
            None => Code::Wrong,
            Some(step) if newest.is_some_and(|newest| step <= *newest) => Code::Used,
            Some(_) => Code::Right,
        }
    }

    /// Books that a code of an app was accepted.
    pub(super) fn accept(&mut self, app: u8, typed: &str) {
        let step = self.step_of(app, typed).unwrap();
        let steps = self.enrollments.accepted.entry(app).or_default();
        assert!(steps.insert(step), "a step was accepted twice");
    }

    /// Tells the issuer's word about contacts and channel; what it replaced.
    pub(super) fn registration(&mut self) -> Vec<Destination> {
        let there = |channel: &Channel| self.destination(*channel).is_some();
        let first_of = |channels: [Channel; 2]| channels.into_iter().find(there);
        let chosen = match (self.registered.channel, self.enrollments.chosen) {
            (Some(channel), _) => Some(channel.into()).filter(there),
            (None, Some(Channel::Email)) => first_of([Channel::Email, Channel::Sms]),
            (None, Some(Channel::Sms)) => first_of([Channel::Sms, Channel::Email]),
            (None, chosen) => chosen,
        };
        self.enrollments.chosen = chosen;
        match self.ask(Command::Register(self.registered.clone())) {
            Reply::Registered { replaced, .. } => replaced,
            _ => panic!("not registered"),
        }
    }

    /// The number of the session started `back` before the newest.
    pub(in super::super) fn session_number(&self, back: u8) -> u8 {
        self.enrollments.started.saturating_sub(back).max(1)
    }

    pub(in super::super) fn start_session(&mut self) {
        self.forget_sessions();
        if self.enrollments.sessions.len() == MOST {
            self.enrollments.sessions.remove(0);
        }
        self.enrollments.started += 1;
        let number = self.enrollments.started;
        let expires_at = self.shell.now.plus(self.shell.rules.enrollment_life);
        let app = None;
        let session = Session { number, expires_at, app, comparisons: 0, changes: 0, over: None };
        self.enrollments.sessions.push(session);
        let reply = self.ask(start(number));
        assert!(matches!(reply, Reply::Session(view) if view.state == SessionState::Open));
    }

    /// Offers an app that was never offered before.
    pub(in super::super) fn offer_app(&mut self, number: u8) {
        self.enrollments.offered += 1;
        let app = self.enrollments.offered;
        if self.done_in(number, offer(number, app)) {
            let session = self.session(number).unwrap();
            session.app = session.app.or(Some(app));
        }
    }

    pub(in super::super) fn give_up(&mut self, number: u8) {
        if self.done_in(number, give_up(number)) {
            self.session(number).unwrap().over = Some(SessionEnd::Canceled);
        }
    }

    /// Changes to a channel that sends.
    pub(in super::super) fn change(&mut self, number: u8, channel: SendChannel) {
        let to = if channel == SendChannel::Sms { Choice::Sms } else { Choice::Email };
        let there = self.registered.destination(channel).is_some();
        let before = self.standing(number);
        match self.ask(change(number, to)) {
            Reply::Session(view) => {
                assert!(there, "changed to nowhere");
                assert_eq!((before, view.state), (Ok(()), SessionState::Changed));
                self.changed(number, channel.into());
            }
            Reply::NotEnrolling(refusal, _) => {
                let expected = before.and(there.then_some(()).ok_or(Refusal::ChannelNotOffered));
                assert_eq!(expected, Err(refusal));
            }
            _ => panic!("not an answer to a change"),
        }
    }

    /// Changes to the app that was offered, or to one that was not; with what it shows at another
    /// time.
    pub(in super::super) fn change_to_app(&mut self, number: u8, drift: i64, foreign: bool) {
        let standing = self.standing(number);
        let offered = self.session(number).and_then(|session| session.app);
        let app = offered.filter(|_| !foreign).or(self.enrollments.any_app()).unwrap_or(200);
        let typed = self.app_code(app, drift);
        let (right, tries) = (self.step_of(app, &typed).is_some(), self.shell.rules.tries);
        let expected = standing.and_then(|()| {
            if offered != Some(app) {
                return Err(Refusal::ChannelNotOffered);
            }
            let session = self.session(number).unwrap();
            session.comparisons += 1;
            assert!(session.comparisons <= tries, "a comparison too many in a session");
            let left = tries - session.comparisons;
            if !right && left == 0 {
                session.over = Some(SessionEnd::Failed);
            }
            right.then_some(()).ok_or(Refusal::WrongCode(TriesLeft(left)))
        });
        match self.ask(change_to_app(number, app, &typed)) {
            Reply::Session(view) => {
                assert_eq!((expected, view.state), (Ok(()), SessionState::Changed));
                self.accept(app, &typed);
                self.enrollments.app = Some(app);
                self.changed(number, Channel::App);
            }
            Reply::NotEnrolling(refusal, _) => assert_eq!(expected, Err(refusal)),
            _ => panic!("not an answer to a change"),
        }
    }

    /// Starts a session and enrolls a new app in it.
    pub(in super::super) fn enroll_app(&mut self) {
        self.start_session();
        let number = self.enrollments.started;
        self.offer_app(number);
        self.change_to_app(number, 0, false);
        assert_eq!(self.enrolled(), Some(Channel::App));
    }

    fn changed(&mut self, number: u8, channel: Channel) {
        let at = self.shell.now;
        self.enrollments.chosen = Some(channel);
        self.enrollments.terms = Some(Acceptance { version: terms(), at });
        let session = self.session(number).unwrap();
        session.over = Some(SessionEnd::Changed);
        session.changes += 1;
        assert_eq!(session.changes, 1, "a session changed twice");
    }

    /// Sends a command that only an open session carries out; returns whether it did.
    fn done_in(&mut self, number: u8, command: Command) -> bool {
        let standing = self.standing(number);
        match self.ask(command) {
            Reply::Session(_) => assert_eq!(standing, Ok(())),
            Reply::NotEnrolling(refusal, _) => assert_eq!(standing, Err(refusal)),
            _ => panic!("not an answer in a session"),
        }
        standing.is_ok()
    }

    /// `Ok` for an open session, or the refusal that says how it ended.
    fn standing(&mut self, number: u8) -> Result<(), Refusal> {
        self.forget_sessions();
        let now = self.shell.now;
        let session = self.session(number).ok_or(Refusal::UnknownSession)?;
        let expired = (session.expires_at <= now).then_some(SessionEnd::Expired);
        session.over.or(expired).map_or(Ok(()), |over| Err(Refusal::SessionOver(over)))
    }

    fn session(&mut self, number: u8) -> Option<&mut Session> {
        self.enrollments.sessions.iter_mut().find(|session| session.number == number)
    }

    fn forget_sessions(&mut self) {
        let (now, kept) = (self.shell.now, Duration::from_secs(60 * MINUTE));
        self.enrollments.sessions.retain(|session| now < session.expires_at.plus(kept));
    }

    /// What must hold of sessions and of what is known after every step.
    pub(super) fn audit_enrollments(&mut self) {
        for number in 1..=self.enrollments.started {
            let standing = self.standing(number);
            match self.shell.ask(show(number)) {
                Reply::Session(view) => {
                    let over = match standing {
                        Err(Refusal::SessionOver(over)) => Some(over),
                        _ => None,
                    };
                    assert_eq!(view.state.ended(), over, "session {number}");
                    let (current, tries) = (self.enrolled(), self.shell.rules.tries);
                    assert_eq!(view.current.map(|via| via.channel()), current);
                    let session = self.session(number).unwrap();
                    assert_eq!(view.tries_left, tries - session.comparisons);
                }
                Reply::NotEnrolling(refusal, None) => assert_eq!(standing, Err(refusal)),
                _ => panic!("not an answer to showing a session"),
            }
        }
        let known = self.shell.describe();
        assert_eq!(known.channel, self.enrolled());
        assert_eq!(known.terms, self.enrollments.terms);
    }
}
