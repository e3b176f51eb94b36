//! `decide`: which function each command calls. Registering, showing a form and redeeming are here;
//! the other commands have files of their own.

use super::{
    Cardholder, Challenge, ChallengeCommand, Changes, Command, Ended, EventKind, Refusal, Refused,
    Registration, Reply, Status, StoredRegistration, View, WrongCodes,
    audit::Before,
    authenticators::Binding,
    challenge::Redemption,
    open::Opening,
    three_ds::AuthenticationRequest,
    verify::{Attempt, RightCode},
};
use crate::{
    contact::{Destination, SendChannel},
    digest::Digest,
    ids::ChallengeId,
    rules::Rules,
    test_cardholder::TestCardholder,
    time::Timestamp,
};

/// How a form is shown.
struct Showing {
    hostname: Option<String>,
    known_browser: bool,
}

/// The result of a rule, or its refusal.
pub(super) type Ruled<T> = Result<T, Refusal>;

impl Cardholder {
    /// Applies one command at one time. The caller must store the new state durably before it
    /// passes the reply on.
    #[must_use]
    pub fn decide(self, command: Command, rules: &Rules, now: Timestamp) -> (Self, Reply) {
        match self.acting(&command) {
            Some(test) => self.decide_as(test, command, rules, now),
            None => self.decided(command, rules, now),
        }
    }

    /// The same, of a cardholder whose contacts are in the state.
    pub(super) fn decided(
        mut self,
        command: Command,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Reply) {
        if let Err(refusal) = self.takes(&command) {
            return (self, Reply::Refused(Refused::Rule(refusal), None));
        }
        self.settle(rules, now);
        let challenge_id =
            if let Command::Challenge { id, .. } = &command { Some(id.clone()) } else { None };
        let about = self.about(&command);
        let noticeable = self.noticeable(&about, rules);
        let before = Before::of(&self, &command);
        let applied = self.apply(command, rules, now);
        self.note_trail(&before, applied.as_ref().err().copied(), now);
        self.note_ends(rules);
        let reply = match applied {
            Ok(reply) => reply,
            Err(refusal) => {
                // A caller whose record is not the pinned one learns nothing of the challenge.
                let stranger = matches!(refusal, Refusal::RecordAltered | Refusal::RecordConflict);
                let view =
                    challenge_id.filter(|_| !stranger).and_then(|id| self.view(&id, rules, now));
                Reply::Refused(Refused::Rule(refusal), view)
            }
        };
        self.notify_of_changes(&noticeable, &about, rules, now);
        (self, reply)
    }

    fn apply(&mut self, command: Command, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        match command {
            Command::Register(registration) => self.register(registration, rules, now),
            Command::Describe => self.described(Vec::new(), rules),
            Command::Unlock => self.unlock(rules),
            Command::Challenges => self.listed(rules, now),
            Command::Forget => {
                self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
                *self = Self::default();
                Ok(Reply::Forgotten)
            }
            Command::Wake => Ok(Reply::Woken(self.wake(now), self.notifications.hand_out(now))),
            Command::Notify(number) => Ok(self.notification(number, rules)),
            Command::Notified(number, report) => Ok(self.notified(number, report)),
            Command::AddCard(card) => self.add_card(card, rules),
            Command::RemoveCard(card) => self.remove_card(card, rules),
            Command::ExpectPurchase(amount) => self.expect_purchase(amount, rules, now),
            Command::ExpectNothing => self.expect_nothing(rules),
            Command::Settled(events) => {
                self.take_over(&events);
                Ok(Reply::Settled)
            }
            Command::Enrollment { session, command } => {
                Ok(self.enrolling(session, command, rules, now))
            }
            Command::Challenge {
                id,
                record,
                command: ChallengeCommand::Open(idempotency),
                merchant,
            } if self.challenge(&id).is_none() => {
                let opening = Opening { id, record, merchant, idempotency, asked: None };
                self.open(opening, rules, now)
            }
            Command::Challenge {
                id,
                record,
                command: ChallengeCommand::OpenThreeDs { card, networks, amount },
                merchant,
            } if self.challenge(&id).is_none() => {
                let asked = Some(AuthenticationRequest { card, networks, amount });
                let opening = Opening { id, record, merchant, idempotency: None, asked };
                self.open(opening, rules, now)
            }
            Command::Challenge { id, record, command: ChallengeCommand::OpenTest(_), merchant }
                if self.challenge(&id).is_none() =>
            {
                let opening = Opening { id, record, merchant, idempotency: None, asked: None };
                self.open(opening, rules, now)
            }
            Command::Challenge { id, record, command, merchant } => {
                if let Some(challenge) = self.challenge(&id).filter(|known| known.record == record)
                    && challenge.merchant.is_none()
                {
                    challenge.merchant = merchant;
                }
                let challenge = self.pinned(&id, record, &command)?;
                if command.shows_a_page() {
                    challenge.page_shown(now);
                }
                let status = challenge.status();
                self.apply_to_challenge(&id, status, command, rules, now)
            }
            Command::Audit { id, record } => self.audited(&id, record, rules, now),
        }
    }

    /// Applies a command to a challenge, after the caller's record was found to be the pinned one.
    fn apply_to_challenge(
        &mut self,
        id: &ChallengeId,
        status: Status,
        command: ChallengeCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let pending = status.ended().map_or(Ok(()), |ended| Err(Refusal::Ended(ended)));
        match command {
            ChallengeCommand::Open(_)
            | ChallengeCommand::OpenTest(_)
            | ChallengeCommand::OpenThreeDs { .. } => self.opened_before(id, rules),
            ChallengeCommand::Requested { session_data } => {
                self.requested(id, session_data, rules, now)
            }
            ChallengeCommand::RequestInvalid => self.request_invalid(id, rules, now),
            ChallengeCommand::PinValue(value) => self.pin_value(id, value, rules, now),
            ChallengeCommand::Read => self.seen(id, rules, now, Reply::Seen),
            ChallengeCommand::Present { hostname, known_browser } => {
                let showing = Showing { hostname, known_browser };
                self.present(id, status, showing, rules, now)
            }
            #[cfg(not(feature = "next-version"))]
            ChallengeCommand::Resend => pending.and_then(|()| self.send(id, rules, now)),
            #[cfg(feature = "next-version")]
            ChallengeCommand::Resend => {
                let resent = pending.and_then(|()| self.send(id, rules, now));
                self.told_to_wait(id, resent, rules, now)
            }
            ChallengeCommand::Report(number, report) => self.report(id, number, report, rules, now),
            ChallengeCommand::Receipt(number, by, delivery) => {
                self.receipt(id, number, by, delivery, rules, now)
            }
            ChallengeCommand::Verify {
                key,
                app,
                code,
                attempt: digest,
                network,
                #[cfg(feature = "next-version")]
                    by_next: _,
            } => {
                let attempt = Attempt { right: RightCode::Of(key, app), code, digest, network };
                self.attempted(id, status, &attempt, rules, now)
            }
            ChallengeCommand::VerifyTest { code, attempt: digest } => {
                let right = self.test.and_then(TestCardholder::right_code);
                let right = RightCode::Test(right);
                let attempt = Attempt { right, code, digest, network: None };
                self.attempted(id, status, &attempt, rules, now)
            }
            ChallengeCommand::Cancel if status == Status::Canceled => {
                self.seen(id, rules, now, Reply::Canceled)
            }
            ChallengeCommand::Cancel => {
                pending?;
                self.opened(id)?.end(Ended::Canceled, now);
                self.seen(id, rules, now, Reply::Canceled)
            }
            ChallengeCommand::ReportFraud => self.report_fraud(id, rules, now),
            ChallengeCommand::Redeem { issued_at, idempotency } => {
                if self.redeem(id, issued_at, idempotency, rules, now)? {
                    return self.seen(id, rules, now, Reply::Redeemed);
                }
                Ok(Reply::Refused(Refused::NotRedeemable, self.view(id, rules, now)))
            }
            ChallengeCommand::Release => {
                pending?;
                self.failures = 0;
                let challenge = self.opened(id)?;
                challenge.released = true;
                // It is let in anew, with its own tries and places.
                challenge.admission = None;
                self.seen(id, rules, now, Reply::Seen)
            }
        }
    }

    /// Compares a code, or answers an attempt that was made before.
    fn attempted(
        &mut self,
        id: &ChallengeId,
        status: Status,
        attempt: &Attempt,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        if let Some(answer) = self.answered_before(id, attempt.digest, rules, now) {
            return answer;
        }
        match status.ended() {
            Some(ended) => Err(Refusal::Ended(ended)),
            None => self.verify(id, attempt, rules, now),
        }
    }

    /// Notes that the purchase is not the cardholder's, once, with an event for the issuer. An open
    /// challenge is canceled. How one ended before stays, and so does everything else: whoever has a
    /// card number can press this too.
    fn report_fraud(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        if challenge.fraud_reported_at.is_none() {
            challenge.fraud_reported_at = Some(now);
            challenge.end(Ended::Canceled, now);
            self.events.push(EventKind::FraudReported, id.clone(), rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }

    fn register(
        &mut self,
        registration: Registration,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let (bound, binding) = (self.authenticators(), Binding::registered(registration.by));
        let before = self.known.take();
        let new = before.is_none();
        let mut replaced = Vec::new();
        for channel in [SendChannel::Email, SendChannel::Sms] {
            let old = before.as_ref().and_then(|before| before.destination(channel));
            if let Some(old) =
                old.filter(|old| registration.destination(channel).as_ref() != Some(old))
            {
                self.challenges.iter_mut().for_each(|challenge| challenge.revoke(channel));
                replaced.push(old);
            }
        }
        let formerly = before.as_ref().and_then(StoredRegistration::sends_by);
        let known = StoredRegistration::after(registration, before.clone(), rules, now);
        let changes = Some(Changes::between(before.as_ref(), &known));
        let sends_by = known.sends_by();
        self.known = Some(known);
        self.revoke_former(formerly, sends_by);
        self.record_authenticators(&bound, binding, now);
        let description = self.describe(rules).ok_or(Refusal::UnknownCardholder)?;
        Ok(Reply::Registered { new, description, replaced, changes })
    }

    /// Makes the codes dead that went out by another channel than the one that the cardholder
    /// changed to. Whoever reads messages at the former one must not confirm any more.
    pub(super) fn revoke_former(
        &mut self,
        formerly: Option<SendChannel>,
        sends_by: Option<SendChannel>,
    ) {
        let channels = [SendChannel::Email, SendChannel::Sms];
        let former = channels.into_iter().filter(|channel| Some(*channel) != sends_by);
        for channel in former.filter(|_| formerly != sends_by) {
            self.challenges.iter_mut().for_each(|challenge| challenge.revoke(channel));
        }
    }

    /// Forgets wrong codes and a lock. The caller then has the sends to the destinations forgotten.
    fn unlock(&mut self, rules: &Rules) -> Ruled<Reply> {
        let destinations = self.destinations(|_| true);
        (self.locked_until, self.failures) = (None, 0);
        self.wrong_codes = WrongCodes::default();
        // What open challenges may still spend blocks, too: they ask again with their next code.
        self.challenges.iter_mut().for_each(|challenge| challenge.admission = None);
        self.described(destinations, rules)
    }

    /// Where the cardholder is registered, for the channels that `of` names.
    pub(super) fn destinations(&self, of: impl Fn(SendChannel) -> bool) -> Vec<Destination> {
        let channels = [SendChannel::Email, SendChannel::Sms].into_iter();
        let channels = channels.filter(|channel| of(*channel));
        let Some(known) = &self.known else { return Vec::new() };
        channels.filter_map(|channel| known.destination(channel)).collect()
    }

    pub(super) fn described(&self, destinations: Vec<Destination>, rules: &Rules) -> Ruled<Reply> {
        let description = self.describe(rules).ok_or(Refusal::UnknownCardholder)?;
        Ok(Reply::Described(description, destinations))
    }

    fn listed(&self, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        // The personal message is shown in the form alone, so the issuer's list does not have it.
        let listed = |challenge: &Challenge| {
            let view = self.view_of(challenge, rules, now);
            (challenge.id.clone(), View { personal_message: None, ..view })
        };
        Ok(Reply::Challenges(self.challenges.iter().rev().map(listed).collect()))
    }

    /// Notes that the form is shown. The first showing that is let in orders the first send, unless
    /// an app makes the codes.
    fn present(
        &mut self,
        id: &ChallengeId,
        status: Status,
        showing: Showing,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        challenge.shown = true;
        // Of the newest showing: a look of the owner lends nothing to whoever shows it next.
        challenge.known_browser = showing.known_browser;
        if challenge.hostname.is_none() {
            challenge.hostname = showing.hostname;
        }
        if status == Status::Pending && challenge.send_number() == 0 {
            match self.send(id, rules, now) {
                Err(Refusal::AppCodeExpected) => self.let_in(id, rules, now)?,
                sent => return sent,
            }
        }
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Spends the attestation that was issued in the second `issued_at`; `false` when there is
    /// nothing to redeem.
    fn redeem(
        &mut self,
        id: &ChallengeId,
        issued_at: u64,
        idempotency: Option<Digest>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<bool> {
        let challenge = self.opened(id)?;
        // The attestation's `iat` must be the second of this verification. This refuses an
        // attestation of an earlier challenge with the same id.
        let issued_for_this = challenge.outcome.is_some_and(|outcome| {
            outcome.status == Ended::Verified && outcome.at.unix_seconds() == issued_at
        });
        if !issued_for_this {
            return Ok(false);
        }
        if let Some(spent) = &challenge.redemption {
            return Ok(idempotency.is_some() && spent.idempotency == idempotency);
        }
        if !challenge.redeemable(rules, now) {
            return Ok(false);
        }
        challenge.redemption = Some(Redemption { at: now, idempotency });
        Ok(true)
    }

    fn pinned(
        &mut self,
        id: &ChallengeId,
        record: Digest,
        command: &ChallengeCommand,
    ) -> Ruled<&mut Challenge> {
        let challenge = self.opened(id)?;
        match command {
            _ if challenge.record == record => Ok(challenge),
            // The merchant asks for another challenge under the same idempotency key.
            ChallengeCommand::Open(_)
            | ChallengeCommand::OpenTest(_)
            | ChallengeCommand::OpenThreeDs { .. } => Err(Refusal::RecordConflict),
            ChallengeCommand::Read
            | ChallengeCommand::Present { .. }
            | ChallengeCommand::Requested { .. }
            | ChallengeCommand::RequestInvalid
            | ChallengeCommand::PinValue(_)
            | ChallengeCommand::Release
            | ChallengeCommand::Resend
            | ChallengeCommand::Report(..)
            | ChallengeCommand::Receipt(..)
            | ChallengeCommand::Verify { .. }
            | ChallengeCommand::VerifyTest { .. }
            | ChallengeCommand::Cancel
            | ChallengeCommand::ReportFraud
            | ChallengeCommand::Redeem { .. } => Err(Refusal::RecordAltered),
        }
    }

    pub(super) fn opened(&mut self, id: &ChallengeId) -> Ruled<&mut Challenge> {
        self.challenge(id).ok_or(Refusal::UnknownChallenge)
    }

    /// How a challenge stands, with its conclusion where this decision ended it.
    pub(super) fn seen(
        &mut self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
        reply: impl FnOnce(View) -> Reply,
    ) -> Ruled<Reply> {
        self.conclude(rules);
        self.view(id, rules, now).map(reply).ok_or(Refusal::UnknownChallenge)
    }
}
