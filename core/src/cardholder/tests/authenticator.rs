//! An authenticator app and a browser on the enrollment pages, both in the test's hand. Apps and
//! sessions are named by number; a secret sealed in another way is still that app's.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{
    AppProof, Channel, Command, Duration, Refusal, Reply, ReplyKind, SessionState, Shell,
    SubmittedCode, Timestamp, submit_with,
};
use crate::{
    cardholder::{Choice, SessionCommand, SessionView},
    enrollment::{SessionId, TermsVersion},
    locale::Locale,
    totp::{AppSecret, SealedSecret, tests::shown_by},
    wire,
};

pub(super) const STEP_MILLIS: u64 = 30_000;

pub(super) const CHANGED: ReplyKind = ReplyKind::Session(SessionState::Changed);
pub(super) const OPEN: ReplyKind = ReplyKind::Session(SessionState::Open);

pub(super) fn secret(app: u8) -> AppSecret {
    AppSecret::from_bytes([app; AppSecret::BYTES])
}

pub(super) fn sealed(app: u8) -> SealedSecret {
    SealedSecret::new(format!("sealed {app}"))
}

/// Whose secret was sealed.
pub(super) fn app_sealed_in(sealed: &SealedSecret) -> u8 {
    sealed.as_str().rsplit_once(' ').unwrap().1.parse().unwrap()
}

/// What was sealed, unsealed; and sealed anew if the key is no longer the newest.
pub(super) fn app_proof(sealed: &SealedSecret, reseal: bool) -> AppProof {
    let app = app_sealed_in(sealed);
    let resealed = reseal.then(|| resealed(app));
    AppProof { secret: secret(app), sealed: sealed.clone(), resealed }
}

pub(super) fn resealed(app: u8) -> SealedSecret {
    SealedSecret::new(format!("sealed again {app}"))
}

pub(super) fn proof(app: u8) -> AppProof {
    AppProof { secret: secret(app), sealed: sealed(app), resealed: None }
}

/// What an app shows at a time.
pub(super) fn app_code(app: u8, at: Timestamp) -> String {
    shown_by(&secret(app), at)
}

/// Whether a sealed secret is stored, in whatever place.
pub(super) fn stores(shell: &Shell, app: u8) -> bool {
    let stored = Base64UrlUnpadded::decode_vec(&wire::write_state(&shell.state).unwrap()).unwrap();
    let secret = sealed(app);
    stored.windows(secret.as_str().len()).any(|bytes| bytes == secret.as_str().as_bytes())
}

pub(super) fn session(number: u8) -> SessionId {
    SessionId::random([number; 16])
}

pub(super) fn terms() -> TermsVersion {
    TermsVersion::parse("2026-04").unwrap()
}

pub(super) fn enrolling(number: u8, command: SessionCommand) -> Command {
    Command::Enrollment { session: session(number), command }
}

pub(super) fn start(number: u8) -> Command {
    let return_url = Some("https://member.example/back".to_owned());
    enrolling(number, SessionCommand::Start { locale: Locale::En, return_url, sign_in: None })
}

pub(super) fn show(number: u8) -> Command {
    enrolling(number, SessionCommand::Show)
}

pub(super) fn offer(number: u8, app: u8) -> Command {
    enrolling(number, SessionCommand::OfferApp(sealed(app)))
}

pub(super) fn give_up(number: u8) -> Command {
    enrolling(number, SessionCommand::Cancel)
}

pub(super) fn change(number: u8, to: Choice) -> Command {
    enrolling(number, SessionCommand::Change { to, terms: terms() })
}

pub(super) fn change_to_app(number: u8, app: u8, typed: &str) -> Command {
    let code = SubmittedCode::parse(typed).unwrap();
    change(number, Choice::App { proof: proof(app), code })
}

impl Shell {
    /// Taro, with session 1 open and app 1 offered in it.
    pub(super) fn offered() -> Self {
        let mut shell = Self::new();
        shell.must(start(1), &OPEN);
        shell.must(offer(1, 1), &OPEN);
        shell
    }

    /// Taro, who enrolled app 1 in session 1 one step of the app ago.
    pub(super) fn with_app() -> Self {
        let mut shell = Self::new();
        shell.enroll_app(1, 1);
        shell.wait_millis(STEP_MILLIS);
        shell
    }

    /// Taro with app 1, challenge 1 open and its form shown.
    pub(super) fn asked_for_app() -> Self {
        let mut shell = Self::with_app();
        shell.must(super::open(1), &ReplyKind::Opened);
        shell.must(super::present(1), &ReplyKind::Seen);
        shell
    }

    /// Enrolls an app in a session of its own, with the code it shows now.
    #[track_caller]
    pub(super) fn enroll_app(&mut self, number: u8, app: u8) {
        self.must(start(number), &OPEN);
        self.must(offer(number, app), &OPEN);
        self.must(change_to_app(number, app, &app_code(app, self.now)), &CHANGED);
    }

    /// Chooses a channel in a session of its own.
    #[track_caller]
    pub(super) fn choose(&mut self, number: u8, channel: Channel) {
        let to = match channel {
            Channel::Email => Choice::Email,
            Channel::Sms => Choice::Sms,
            Channel::App => return self.enroll_app(number, number),
        };
        self.must(start(number), &OPEN);
        self.must(change(number, to), &CHANGED);
    }

    #[track_caller]
    pub(super) fn session(&mut self, number: u8) -> SessionView {
        match self.ask(show(number)) {
            Reply::Session(view) => view,
            other => panic!("session {number}: {:?}", ReplyKind::from(&other)),
        }
    }

    /// What an app shows `millis` after now.
    pub(super) fn later_code(&self, app: u8, millis: u64) -> String {
        app_code(app, self.now.plus(Duration::from_millis(millis)))
    }

    /// What an app showed `millis` before now.
    pub(super) fn earlier_code(&self, app: u8, millis: u64) -> String {
        app_code(app, Timestamp::from_millis(self.now.millis() - millis))
    }

    /// What the app shows in none of the steps around now.
    pub(super) fn no_code_of(&self, app: u8) -> String {
        let around = [self.earlier_code(app, STEP_MILLIS), self.later_code(app, STEP_MILLIS)];
        let right = |guess: &String| around.contains(guess) || *guess == app_code(app, self.now);
        (0..=3).map(|guess| format!("{guess:06}")).find(|guess| !right(guess)).unwrap()
    }

    /// Submits the code that the app shows now, as it is enrolled.
    pub(super) fn right_by_app(&self, number: u32, app: u8) -> Command {
        submit_with(number, Some(proof(app)), &app_code(app, self.now))
    }

    pub(super) fn wrong_by_app(&self, number: u32, app: u8) -> Command {
        submit_with(number, Some(proof(app)), &self.no_code_of(app))
    }

    #[track_caller]
    pub(super) fn used(&mut self, command: Command, tries_left: u32) {
        self.refuses(command, Refusal::CodeUsed(super::TriesLeft(tries_left)));
    }
}
