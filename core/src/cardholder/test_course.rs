//! A test cardholder: who acts in the object of a test challenge. The rules decide as for everybody;
//! here is what they find, so that they take the course that the merchant asked for.
//!
//! No contact is stored. Whoever reads the state without this file finds nobody to send to.

use std::time::Duration;

use super::{
    Cardholder, ChallengeCommand, Command, Ended, Refusal, Reply, StoredRegistration,
    decide::Ruled,
    open::Opening,
    registration::{Authenticator, Method},
    verify::{Attempt, RightCode},
};
use crate::{
    code::SubmittedCode,
    contact::{Country, EmailAddress, PhoneNumber},
    digest::Hasher,
    ids::{ChallengeId, MerchantId},
    rules::{AvailableChannels, Rules},
    test_cardholder::TestCardholder,
    text::PersonalMessage,
    time::Timestamp,
    totp::{SealedSecret, Step},
};

/// How long the challenge of [`TestCardholder::Expired`] is open.
const EXPIRES_WITHIN: Duration = Duration::from_secs(30);

impl TestCardholder {
    /// The deployment's rules, as they are for it: every channel works, and nobody is notified.
    fn rules(self, rules: &Rules) -> Rules {
        let challenge_life = match self == Self::Expired {
            true => rules.challenge_life.min(EXPIRES_WITHIN),
            false => rules.challenge_life,
        };
        Rules {
            challenge_life,
            available: AvailableChannels { email: true, sms: true, app: true },
            sms_countries: vec![Country::JAPAN],
            sms_to_email: false,
            destination_min_age: Duration::ZERO,
            notifications: false,
            notifies_former: false,
            ..rules.clone()
        }
    }

    /// What would be registered of it. Its address ends with a name that no mail reaches (RFC 2606).
    fn registration(self) -> StoredRegistration {
        let method = match self {
            Self::NotEnrolled => None,
            Self::Sms => Some(Method::Sms),
            Self::App => Some(Method::App(Authenticator {
                sealed: SealedSecret::new(String::new()),
                newest: Step::FIRST,
            })),
            Self::Verified
            | Self::WrongCode
            | Self::Expired
            | Self::Locked
            | Self::SendLimit
            | Self::Undeliverable
            | Self::SlowProvider
            | Self::Bounced => Some(Method::Email),
        };
        StoredRegistration::of_test(
            EmailAddress::parse("cardholder@test.invalid").ok(),
            PhoneNumber::parse("+819012340000").ok(),
            PersonalMessage::parse("テスト / Test").ok(),
            method,
        )
    }
}

impl Cardholder {
    /// The test cardholder who acts at a command. One that opens a test challenge says who does, where
    /// nothing is stored.
    pub(super) fn acting(&self, command: &Command) -> Option<TestCardholder> {
        match command {
            Command::Challenge { command: ChallengeCommand::OpenTest(test), .. }
                if *self == Self::default() =>
            {
                Some(*test)
            }
            _ => self.test,
        }
    }

    /// Whether a command is for this kind of object: of a test challenge, or of a cardholder.
    ///
    /// # Errors
    /// The refusal of a command of the other kind.
    pub(super) fn takes(&self, command: &Command) -> Ruled<()> {
        let is_test = self.test.is_some();
        let taken = match command {
            Command::Challenge { command, .. } => match command {
                ChallengeCommand::OpenTest(test) => self.test == Some(*test),
                ChallengeCommand::VerifyTest { .. } => is_test,
                ChallengeCommand::Open(_)
                | ChallengeCommand::OpenThreeDs { .. }
                | ChallengeCommand::Requested { .. }
                | ChallengeCommand::RequestInvalid
                | ChallengeCommand::PinValue(_)
                | ChallengeCommand::Verify { .. }
                | ChallengeCommand::Release => !is_test,
                ChallengeCommand::Read
                | ChallengeCommand::Present { .. }
                | ChallengeCommand::Resend
                | ChallengeCommand::Report(..)
                | ChallengeCommand::Receipt(..)
                | ChallengeCommand::Cancel
                | ChallengeCommand::Redeem { .. }
                | ChallengeCommand::ReportFraud => true,
            },
            Command::Wake | Command::Settled(_) | Command::Audit { .. } => true,
            Command::Register(_)
            | Command::Describe
            | Command::Unlock
            | Command::Challenges
            | Command::Forget
            | Command::Enrollment { .. }
            | Command::AddCard(_)
            | Command::RemoveCard(_)
            | Command::ExpectPurchase(_)
            | Command::ExpectNothing
            | Command::Notify(_)
            | Command::Notified(..) => !is_test,
        };
        taken.then_some(()).ok_or(Refusal::UnknownChallenge)
    }

    /// Decides a command with a test cardholder.
    pub(super) fn decide_as(
        mut self,
        test: TestCardholder,
        command: Command,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Reply) {
        if self.test.is_none()
            && let Command::Challenge { merchant, .. } = &command
        {
            self.test = Some(test);
            let merchant = merchant.as_ref();
            self.act(test, rules, |state, rules| state.set_up(test, merchant, rules, now));
        }
        let reply = self.act(test, rules, |state, rules| {
            let (decided, reply) = std::mem::take(state).decided(command, rules, now);
            *state = decided;
            reply
        });
        // The object keeps nothing once its challenge is over, or where none was opened.
        if self.challenges.is_empty() {
            self = Self::default();
        }
        (self, reply)
    }

    /// Does something with the test cardholder's contacts in the state, and by their rules.
    pub(super) fn act<T>(
        &mut self,
        test: TestCardholder,
        rules: &Rules,
        what: impl FnOnce(&mut Self, &Rules) -> T,
    ) -> T {
        self.known = Some(test.registration());
        let done = what(self, &test.rules(rules));
        self.known = None;
        done
    }

    /// Makes what happened before the challenge: of [`TestCardholder::Locked`], wrong codes in earlier
    /// challenges of the merchant, until the rules let no further one in.
    fn set_up(
        &mut self,
        test: TestCardholder,
        merchant: Option<&MerchantId>,
        rules: &Rules,
        now: Timestamp,
    ) {
        /// More challenges than the rules let in by any setting.
        const MOST: u8 = 50;
        let Some(wrong) = SubmittedCode::parse("000000") else { return };
        if test != TestCardholder::Locked {
            return;
        }
        let rules = &Rules { events: false, ..rules.clone() };
        for number in 0..MOST {
            let (id, _) = ChallengeId::random([number; 32]);
            let record = Hasher::new("warifu/test-set-up/v1").finish();
            let opening = Opening {
                id: id.clone(),
                record,
                merchant: merchant.cloned(),
                idempotency: None,
                asked: None,
            };
            let sent = self.open(opening, rules, now).and_then(|_| self.send(&id, rules, now));
            if sent.is_err() {
                break;
            }
            let (right, code) = (RightCode::Test(None), wrong.clone());
            let attempt = Attempt { right, code, digest: None, network: None };
            for _ in 0..rules.tries {
                // Each is refused; that is what is to be counted.
                drop(self.verify(&id, &attempt, rules, now));
                if self.merchant_wait(merchant, rules, now).is_some() {
                    break;
                }
            }
            if let Ok(challenge) = self.opened(&id) {
                challenge.end(Ended::Canceled, now);
            }
        }
        self.challenges.clear();
    }
}
