//! What a command does to a cardholder.

use super::{
    Cardholder, Challenge, Command, Delivery, Refusal, Registration, Reply, SendOrder, Status,
    challenge::{Redemption, Send},
};
use crate::{
    code::{CodeKey, SubmittedCode},
    digest::Digest,
    ids::ChallengeId,
    rules::Rules,
    time::Timestamp,
};

/// A rule said no.
type Ruled<T> = Result<T, Refusal>;

impl Cardholder {
    /// Applies one command at one time. The state that comes back must be durable before the reply
    /// goes anywhere.
    #[must_use]
    pub fn decide(mut self, command: Command, rules: &Rules, now: Timestamp) -> (Self, Reply) {
        self.settle(rules, now);
        let about = challenge_of(&command).cloned();
        let reply = match self.obey(command, rules, now) {
            Ok(reply) => reply,
            Err(refusal) => {
                // Who cannot show the right record learns nothing of the challenge.
                let stranger = matches!(refusal, Refusal::RecordAltered | Refusal::RecordConflict);
                let view = about.filter(|_| !stranger).and_then(|id| self.view(&id, rules, now));
                Reply::Refused(refusal, view)
            }
        };
        (self, reply)
    }

    fn obey(&mut self, command: Command, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        match command {
            Command::Register(registration) => self.register(registration, now),
            Command::Describe => self.described(now),
            Command::Unlock => {
                (self.locked_until, self.failures) = (None, 0);
                self.described(now)
            }
            Command::Forget => {
                self.registration.as_ref().ok_or(Refusal::UnknownCardholder)?;
                *self = Self::default();
                Ok(Reply::Forgotten)
            }
            Command::Open { challenge, record } => self.open(challenge, record, rules, now),
            Command::Read { challenge, record } => {
                self.pinned(&challenge, record)?;
                self.seen(&challenge, rules, now)
            }
            Command::Present { challenge, record, hostname } => {
                let pinned = self.pinned(&challenge, record)?;
                if pinned.hostname.is_none() {
                    pinned.hostname = hostname;
                }
                if pinned.status() != Status::Pending || pinned.send_number() > 0 {
                    return self.seen(&challenge, rules, now);
                }
                self.send(&challenge, rules, now)
            }
            Command::Resend { challenge, record } => {
                self.pending(&challenge, record)?;
                self.send(&challenge, rules, now)
            }
            Command::Delivered { challenge, send, delivery } => {
                self.delivered(&challenge, send, delivery)?;
                self.seen(&challenge, rules, now)
            }
            Command::Verify { challenge, record, key, code } => {
                self.pending(&challenge, record)?;
                self.verify(&challenge, &key, &code, rules, now)
            }
            Command::Cancel { challenge, record } => {
                let pinned = self.pinned(&challenge, record)?;
                match pinned.status() {
                    Status::Pending => pinned.end(Status::Canceled, now),
                    Status::Canceled => {}
                    ended => return Err(Refusal::Ended(ended)),
                }
                self.seen_as(&challenge, rules, now, Reply::Canceled)
            }
            Command::Redeem { challenge, record, idempotency } => {
                self.redeem(&challenge, record, idempotency, rules, now)?;
                self.seen_as(&challenge, rules, now, Reply::Redeemed)
            }
        }
    }

    fn register(&mut self, registration: Registration, now: Timestamp) -> Ruled<Reply> {
        let new = self.registration.is_none();
        self.registration = Some(registration.replacing(self.registration.as_ref()));
        let description = self.describe(now).ok_or(Refusal::UnknownCardholder)?;
        Ok(Reply::Registered { new, description })
    }

    fn described(&self, now: Timestamp) -> Ruled<Reply> {
        self.describe(now).map(Reply::Described).ok_or(Refusal::UnknownCardholder)
    }

    fn open(
        &mut self,
        id: ChallengeId,
        record: Digest,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let registration = self.registration.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let to = registration.enrolled();
        if let Some(known) = self.challenges.iter().find(|challenge| challenge.id == id) {
            if known.record != record {
                return Err(Refusal::RecordConflict);
            }
            let to = to.ok_or(Refusal::NotEnrolled)?;
            return Ok(Reply::Opened {
                channel: to.channel(),
                to: to.masked(),
                expires_at: known.expires_at,
            });
        }
        self.refuse_locked(now)?;
        let to = to.ok_or(Refusal::NotEnrolled)?;
        let open = |challenge: &Challenge| challenge.status() == Status::Pending;
        while self.challenges.iter().filter(|c| open(c)).count() >= rules.open_challenges {
            match self.challenges.iter_mut().find(|c| open(c)) {
                Some(oldest) => oldest.end(Status::Canceled, now),
                None => break,
            }
        }
        let expires_at = now.plus(rules.challenge_life);
        self.challenges.push(Challenge {
            id,
            record,
            opened_at: now,
            expires_at,
            sends: Vec::new(),
            tries: 0,
            outcome: None,
            redemption: None,
            hostname: None,
        });
        Ok(Reply::Opened { channel: to.channel(), to: to.masked(), expires_at })
    }

    /// Counts a send and orders its delivery, or says why not.
    fn send(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        self.refuse_locked(now)?;
        let registration = self.registration.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let to = registration.enrolled().ok_or(Refusal::NotEnrolled)?;
        let blocked = self.sends.blocked_until(&to, rules, now);
        let challenge = self.challenge(id).ok_or(Refusal::UnknownChallenge)?;
        let next = challenge.next_send_at(rules).ok_or(Refusal::NoResendsLeft)?;
        if now < next {
            return Err(Refusal::ResendTooSoon { seconds: next.seconds_from(now) });
        }
        if let Some(until) = blocked {
            return Err(Refusal::DestinationLimited { seconds: until.seconds_from(now) });
        }
        challenge.sends.push(Send { at: now, channel: to.channel(), to: to.masked() });
        let order = SendOrder { send: challenge.send_number(), to: to.clone() };
        self.sends.add(to, now);
        self.seen_as(id, rules, now, |view| Reply::Send(view, order))
    }

    /// A send that no provider took is taken back: it costs nothing and nobody waits for it. Its
    /// number, and with it its code, is used again.
    fn delivered(&mut self, id: &ChallengeId, send: u32, delivery: Delivery) -> Ruled<()> {
        let challenge = self.challenge(id).ok_or(Refusal::UnknownChallenge)?;
        let newest = challenge.status() == Status::Pending && challenge.send_number() == send;
        if delivery == Delivery::Refused
            && newest
            && let Some(taken_back) = challenge.sends.pop()
        {
            self.sends.take_back(taken_back.at);
        }
        Ok(())
    }

    /// Spends a try, then compares.
    fn verify(
        &mut self,
        id: &ChallengeId,
        key: &CodeKey,
        code: &SubmittedCode,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        self.refuse_locked(now)?;
        let challenge = self.challenge(id).ok_or(Refusal::UnknownChallenge)?;
        let dies_at = challenge.code_dies_at(rules).ok_or(Refusal::CodeNotSent)?;
        if dies_at <= now {
            return Err(Refusal::CodeExpired { tries_left: challenge.tries_left(rules) });
        }
        challenge.tries += 1;
        if key.code(challenge.send_number()).matches(code) {
            challenge.end(Status::Verified, now);
            self.failures = 0;
            return self.seen_as(id, rules, now, Reply::Verified);
        }
        let tries_left = challenge.tries_left(rules);
        if tries_left == 0 {
            challenge.end(Status::Failed, now);
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= rules.lock_after {
            self.locked_until = Some(now.plus(rules.lock));
        }
        Err(Refusal::WrongCode { tries_left })
    }

    fn redeem(
        &mut self,
        id: &ChallengeId,
        record: Digest,
        idempotency: Option<Digest>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<()> {
        let challenge = self.pinned(id, record)?;
        if let Some(spent) = &challenge.redemption {
            let again = idempotency.is_some() && spent.idempotency == idempotency;
            return again.then_some(()).ok_or(Refusal::NotRedeemable);
        }
        let verified = challenge.outcome.filter(|outcome| outcome.status == Status::Verified);
        let in_time = verified.is_some_and(|outcome| now < outcome.at.plus(rules.attestation_life));
        if !in_time {
            return Err(Refusal::NotRedeemable);
        }
        challenge.redemption = Some(Redemption { at: now, idempotency });
        Ok(())
    }

    fn refuse_locked(&self, now: Timestamp) -> Ruled<()> {
        self.locked(now).map_or(Ok(()), |until| Err(Refusal::Locked { until }))
    }

    fn pinned(&mut self, id: &ChallengeId, record: Digest) -> Ruled<&mut Challenge> {
        let challenge = self.challenge(id).ok_or(Refusal::UnknownChallenge)?;
        if challenge.record == record { Ok(challenge) } else { Err(Refusal::RecordAltered) }
    }

    fn pending(&mut self, id: &ChallengeId, record: Digest) -> Ruled<()> {
        match self.pinned(id, record)?.status() {
            Status::Pending => Ok(()),
            ended => Err(Refusal::Ended(ended)),
        }
    }

    fn seen(&self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        self.seen_as(id, rules, now, Reply::Seen)
    }

    fn seen_as(
        &self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
        reply: impl FnOnce(super::View) -> Reply,
    ) -> Ruled<Reply> {
        self.view(id, rules, now).map(reply).ok_or(Refusal::UnknownChallenge)
    }
}

fn challenge_of(command: &Command) -> Option<&ChallengeId> {
    match command {
        Command::Register(_) | Command::Describe | Command::Unlock | Command::Forget => None,
        Command::Open { challenge, .. }
        | Command::Read { challenge, .. }
        | Command::Present { challenge, .. }
        | Command::Resend { challenge, .. }
        | Command::Delivered { challenge, .. }
        | Command::Verify { challenge, .. }
        | Command::Cancel { challenge, .. }
        | Command::Redeem { challenge, .. } => Some(challenge),
    }
}
