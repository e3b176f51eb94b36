//! The books of codes: what was compared, and by which channel.

use super::{
    super::{
        ChallengeCommand, Channel, Command, EventKind, Refusal, Refused, Reply, TriesLeft,
        authenticator::{app_proof, app_sealed_in},
        read, submit_with,
    },
    Auditor, Status,
    marks::network_of,
    shown,
};
use crate::{
    cardholder::View,
    digest::Hasher,
    wire::{self, CardholderCall},
};

/// What the books say of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Right,
    Wrong,
    /// Of an app's step that was accepted, or of one before.
    Used,
}

/// A command as it was written down.
fn command_in(written: &str) -> Command {
    match wire::read_cardholder_call(written) {
        Ok(CardholderCall::Decide(_, command, _)) => command,
        _ => panic!("no command"),
    }
}

/// How a challenge and its cardholder stood before a code was submitted.
#[derive(Clone, Copy)]
pub(super) struct Was {
    /// Whether the challenge was kept out.
    kept_out: bool,
    /// Whether the cardholder was locked.
    locked: bool,
}

impl Auditor {
    fn was(&mut self, number: u32) -> Was {
        Was { kept_out: self.kept_out(number), locked: self.locked() }
    }

    /// Submits a code: that of the challenge's delivery `delivery`, or of none of them.
    pub(in super::super) fn verify(
        &mut self,
        number: u32,
        delivery: Option<u32>,
        command: Command,
    ) {
        let (was, before) = (self.was(number), self.shell.state.clone());
        let network = network_of(&command);
        let (command, written) = self.named(command);
        let reply = self.ask(command);
        self.ask_again_at_once(&written, &reply);
        if matches!(reply, Reply::Unseal(_)) {
            assert!(self.has_only_shown(number, before), "asking for a secret changed something");
            return self.asked_for_app(number, was);
        }
        self.compared_with_sent(number, delivery, was, &reply);
        self.note_attempt(number, written, &reply);
        if matches!(reply, Reply::Verified(..)) {
            self.learn_network(number, network);
        }
    }

    /// Gives two of three submissions a name, and writes them down as they are sent.
    fn named(&mut self, mut command: Command) -> (Command, Option<String>) {
        self.submitted += 1;
        let name = self.submitted;
        if let Command::Challenge { command: ChallengeCommand::Verify { attempt, .. }, .. } =
            &mut command
            && !name.is_multiple_of(3)
        {
            *attempt = Some(Hasher::new("attempt").field(&name.to_be_bytes()).finish());
            let written = wire::write_command(&command, self.shell.now).unwrap();
            return (command, Some(written));
        }
        (command, None)
    }

    /// A named attempt that is sent again gets its answer, and nothing is counted.
    fn ask_again_at_once(&mut self, written: &Option<String>, reply: &Reply) {
        let Some(written) = written else { return };
        let before = self.shell.state.clone();
        let again = self.ask(command_in(written));
        assert_eq!(wire::write_reply(&again).unwrap(), wire::write_reply(reply).unwrap());
        assert!(self.shell.state == before, "the same attempt was counted twice");
    }

    /// Notes the attempt that spent a try.
    fn note_attempt(&mut self, number: u32, written: Option<String>, reply: &Reply) {
        let refusal = match reply {
            Reply::Verified(..) => None,
            Reply::Refused(
                Refused::Rule(refusal @ (Refusal::WrongCode(_) | Refusal::CodeUsed(_))),
                _,
            ) => Some(*refusal),
            _ => return,
        };
        let account = self.account(number);
        if account.comparisons > account.noted {
            account.noted = account.comparisons;
            account.attempt = written.map(|written| (written, refusal));
        }
    }

    /// Sends the named attempt that spent a challenge's newest try once more, whatever happened
    /// since.
    pub(in super::super) fn ask_again(&mut self, number: u32) {
        let Some((written, refusal)) = self.account(number).attempt.clone() else { return };
        let before = shown(self.ask(read(number)));
        let reply = self.ask(command_in(&written));
        let after = shown(self.ask(read(number)));
        // The books of directory servers' challenges have the time of the page that it shows.
        let at = after.as_ref().map(|view| view.expires_at);
        let page = |view: View| View { expires_at: at.unwrap_or(view.expires_at), ..view };
        assert!(after == before.clone().map(page), "an attempt was counted twice");
        let answers = |view: &View| view.redeemable || view.three_ds.is_some();
        let redeemable = before.as_ref().is_some_and(answers);
        let status = before.map(|view| view.status);
        match (reply, refusal, status) {
            (Reply::Refused(Refused::Rule(Refusal::UnknownChallenge), _), _, None) => {}
            (Reply::Verified(..), None, Some(Status::Verified)) if redeemable => {}
            (Reply::Refused(Refused::Rule(Refusal::Ended(_)), _), None, Some(Status::Verified))
                if !redeemable => {}
            (
                Reply::Refused(Refused::Rule(ended), _),
                Some(_),
                Some(Status::Expired | Status::Canceled),
            ) => {
                assert!(matches!(ended, Refusal::Ended(_)), "an end was not told");
            }
            (
                Reply::Refused(Refused::Rule(again), _),
                Some(first),
                Some(Status::Pending | Status::Failed),
            ) => {
                assert_eq!(again, first);
            }
            _ => panic!("another answer to the same attempt"),
        }
    }

    /// Submits what an app shows at another time, as the Worker does: at first without its secret.
    pub(in super::super) fn verify_by_app(&mut self, number: u32, drift: i64, reseal: bool) {
        let Some(app) = self.enrollments.any_app() else { return };
        let typed = self.app_code(app, drift);
        let was = self.was(number);
        let before = self.shell.state.clone();
        match self.ask(submit_with(number, None, &typed)) {
            Reply::Unseal(sealed) => {
                assert!(
                    self.has_only_shown(number, before),
                    "asking for a secret changed something"
                );
                self.asked_for_app(number, was);
                assert_eq!(Some(app_sealed_in(&sealed)), self.enrollments.app());
                let verdict = self.verdict(app_sealed_in(&sealed), &typed);
                let command = submit_with(number, Some(app_proof(&sealed, reseal)), &typed);
                let (command, written) = self.named(command);
                let reply = self.ask(command);
                self.ask_again_at_once(&written, &reply);
                self.account(number).by_app = true;
                self.compared(number, verdict, was, &reply);
                self.note_attempt(number, written, &reply);
                if matches!(reply, Reply::Verified(..)) {
                    self.accept(app_sealed_in(&sealed), &typed);
                }
            }
            reply => {
                let newest = self.newest_delivery(number);
                let sent = newest > 0 && self.shell.code(number, newest) == typed;
                self.compared_with_sent(number, sent.then_some(newest), was, &reply);
                self.note_attempt(number, None, &reply);
            }
        }
    }

    /// The app's code is asked for only while nothing else can verify.
    fn asked_for_app(&mut self, number: u32, was: Was) {
        assert!(!was.kept_out, "asked for the app while locked");
        assert_eq!(self.enrolled(), Some(Channel::App));
        assert!(!self.has_living_code(number), "a living code was not compared");
        assert_eq!(self.shell.view(number).status, Status::Pending);
    }

    fn compared_with_sent(&mut self, number: u32, delivery: Option<u32>, was: Was, reply: &Reply) {
        let newest = self.newest_delivery(number);
        let living = self.has_living_code(number);
        let verdict = if delivery == Some(newest) { Code::Right } else { Code::Wrong };
        match reply {
            Reply::Refused(Refused::Rule(Refusal::CodeExpired(_) | Refusal::CodeNotSent), _) => {
                assert!(!living, "a code died early");
                assert_ne!(self.enrolled(), Some(Channel::App), "the app was not asked for");
            }
            Reply::Refused(Refused::Rule(Refusal::Locked(_) | Refusal::SignInNeeded), _) => {}
            Reply::Verified(..) | Reply::Refused(Refused::Rule(Refusal::WrongCode(_)), _) => {
                assert!(living, "compared with a dead code");
                self.account(number).by_app = false;
                self.compared(number, verdict, was, reply);
            }
            Reply::Refused(Refused::Rule(Refusal::Ended(_) | Refusal::UnknownChallenge), _) => {}
            _ => panic!("not an answer to a code"),
        }
    }

    /// Books one comparison.
    fn compared(&mut self, number: u32, verdict: Code, was: Was, reply: &Reply) {
        assert!(!was.kept_out, "compared while locked");
        let (now, rules) = (self.shell.now, self.shell.rules.clone());
        let account = self.account(number);
        account.comparisons += 1;
        assert!(account.comparisons <= rules.tries, "a comparison too many");
        let by_app = account.by_app;
        let most_left = rules.tries - account.comparisons;
        match reply {
            Reply::Verified(..) => {
                account.verified += 1;
                assert!(account.verified <= 1, "verified twice");
                assert_eq!(verdict, Code::Right, "verified");
                self.wrong_in_a_row = 0;
            }
            Reply::Refused(Refused::Rule(refusal), view) => {
                assert_ne!(verdict, Code::Right, "a right code was called wrong");
                let tries_left = view.as_ref().map_or(u32::MAX, |view| view.tries_left);
                assert!(tries_left <= most_left, "a try more");
                let status = if tries_left == 0 { Status::Failed } else { Status::Pending };
                assert_eq!(view.as_ref().map(|view| view.status), Some(status));
                let expected = match verdict {
                    Code::Used => Refusal::CodeUsed(TriesLeft(tries_left)),
                    Code::Wrong | Code::Right => Refusal::WrongCode(TriesLeft(tries_left)),
                };
                assert_eq!(*refusal, expected);
                self.book_wrong(number, if by_app { 3 } else { 1 });
                if !was.locked && self.locked() {
                    self.event_books.expect(EventKind::Locked, number, now);
                }
            }
            _ => panic!("not an answer to a code"),
        }
    }

    /// Whether the newest code of a challenge can still verify.
    pub(super) fn has_living_code(&self, number: u32) -> bool {
        let account = self.accounts.get(&number);
        let newest = account.and_then(|account| account.sends.last());
        newest.is_some_and(|sent| {
            !sent.dead && self.shell.now.since(sent.at) < self.shell.rules.code_life
        })
    }

    /// The channel that a challenge is shown with.
    pub(super) fn asked_by(&self, number: u32, status: Status) -> Option<Channel> {
        let account = self.accounts.get(&number);
        let pending = status == Status::Pending;
        let app = match pending {
            true => self.enrolled() == Some(Channel::App) && !self.has_living_code(number),
            false => account.is_some_and(|account| account.by_app),
        };
        let sent = account.and_then(|account| account.sends.last()).map(|sent| sent.by);
        if app { Some(Channel::App) } else { sent.or(self.enrolled()) }
    }
}
