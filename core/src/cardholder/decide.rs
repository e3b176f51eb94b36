//! What a command does to a cardholder.

use super::{
    Act, Cardholder, Challenge, Command, Delivery, Refusal, Registration, Reply, Seconds,
    SendOrder, Status, TriesLeft, View,
    challenge::{Redemption, Send},
};
use crate::{
    code::{CodeKey, SubmittedCode},
    contact::Channel,
    digest::Digest,
    ids::ChallengeId,
    rules::Rules,
    time::Timestamp,
};

/// A rule said no.
pub(super) type Ruled<T> = Result<T, Refusal>;

impl Cardholder {
    /// Applies one command at one time. The state that comes back must be durable before the reply
    /// goes anywhere.
    #[must_use]
    pub fn decide(mut self, command: Command, rules: &Rules, now: Timestamp) -> (Self, Reply) {
        self.settle(rules, now);
        let about = match &command {
            Command::Challenge { id, .. } => Some(id.clone()),
            Command::Register(_) | Command::Describe | Command::Unlock | Command::Forget => None,
        };
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
            Command::Challenge { id, record, act: Act::Open } => self.open(id, record, rules, now),
            Command::Challenge { id, record, act } => {
                let status = self.pinned(&id, record)?.status();
                self.act(&id, status, act, rules, now)
            }
        }
    }

    /// Acts on a challenge whose record is the pinned one.
    fn act(
        &mut self,
        id: &ChallengeId,
        status: Status,
        act: Act,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let pending = if status == Status::Pending { Ok(()) } else { Err(Refusal::Ended(status)) };
        match act {
            Act::Open | Act::Read => self.seen(id, rules, now, Reply::Seen),
            Act::Present(hostname) => self.present(id, status, hostname, rules, now),
            Act::Resend => pending.and_then(|()| self.send(id, rules, now)),
            Act::Delivered(number, delivery) => {
                self.delivered(id, number, delivery)?;
                self.seen(id, rules, now, Reply::Seen)
            }
            Act::Verify { key, code } => {
                pending.and_then(|()| self.verify(id, &key, &code, rules, now))
            }
            Act::Cancel if status == Status::Canceled => self.seen(id, rules, now, Reply::Canceled),
            Act::Cancel => {
                pending?;
                self.known(id)?.end(Status::Canceled, now);
                self.seen(id, rules, now, Reply::Canceled)
            }
            Act::Redeem { issued_at, idempotency } => {
                self.redeem(id, issued_at, idempotency, rules, now)?;
                self.seen(id, rules, now, Reply::Redeemed)
            }
        }
    }

    fn register(&mut self, registration: Registration, now: Timestamp) -> Ruled<Reply> {
        let new = self.registration.is_none();
        if let Some(before) = &self.registration {
            for channel in [Channel::Email, Channel::Sms] {
                if before.destination(channel) != registration.destination(channel) {
                    self.challenges.iter_mut().for_each(|challenge| challenge.revoke(channel));
                }
            }
        }
        self.registration = Some(registration.replacing(self.registration.as_ref()));
        let description = self.describe(now).ok_or(Refusal::UnknownCardholder)?;
        Ok(Reply::Registered { new, description })
    }

    fn described(&self, now: Timestamp) -> Ruled<Reply> {
        self.describe(now).map(Reply::Described).ok_or(Refusal::UnknownCardholder)
    }

    /// Shows the form; its first showing sends the first code.
    fn present(
        &mut self,
        id: &ChallengeId,
        status: Status,
        hostname: Option<String>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.known(id)?;
        if challenge.hostname.is_none() {
            challenge.hostname = hostname;
        }
        if status == Status::Pending && challenge.send_number() == 0 {
            return self.send(id, rules, now);
        }
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Counts a send and orders its delivery, or says why not.
    fn send(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        self.refuse_locked(now)?;
        let registration = self.registration.as_ref().ok_or(Refusal::UnknownCardholder)?;
        let to = registration.enrolled().ok_or(Refusal::NotEnrolled)?;
        let blocked = self.sends.blocked_until(&to, rules, now);
        let challenge = self.known(id)?;
        let next = challenge.next_send_at(rules).ok_or(Refusal::NoResendsLeft)?;
        if challenge.attempts >= rules.attempts() {
            return Err(Refusal::NoResendsLeft);
        }
        if now < next {
            return Err(Refusal::ResendTooSoon(Seconds(next.seconds_from(now))));
        }
        if let Some(until) = blocked {
            return Err(Refusal::DestinationLimited(Seconds(until.seconds_from(now))));
        }
        challenge.attempts += 1;
        let (channel, masked) = (to.channel(), to.masked());
        let number = challenge.attempts;
        challenge.sends.push(Send { number, at: now, channel, to: masked, revoked: false });
        let order = SendOrder {
            opened_at: challenge.opened_at,
            number,
            send: challenge.send_number(),
            to: to.clone(),
        };
        self.sends.add(id.clone(), to, now);
        self.seen(id, rules, now, |view| Reply::Send(view, order))
    }

    /// A send that no provider took is taken back: nobody waits for it and no quota counts it. It
    /// stays one of the deliveries that a challenge may order.
    fn delivered(&mut self, id: &ChallengeId, number: u32, delivery: Delivery) -> Ruled<()> {
        let challenge = self.known(id)?;
        let newest = challenge.sends.last().is_some_and(|send| send.number == number);
        if delivery == Delivery::Accepted || !newest {
            return Ok(());
        }
        // An ended challenge keeps its history; the destination's quota is given back all the same.
        let taken_back = match challenge.status() {
            Status::Pending => challenge.sends.pop(),
            _ => challenge.sends.last().cloned(),
        };
        if let Some(taken_back) = taken_back {
            self.sends.take_back(id, taken_back.at);
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
        let challenge = self.known(id)?;
        let number = challenge.sends.last().map(|send| send.number).ok_or(Refusal::CodeNotSent)?;
        if challenge.code_dies_at(rules).is_none_or(|dies_at| dies_at <= now) {
            return Err(Refusal::CodeExpired(TriesLeft(challenge.tries_left(rules))));
        }
        challenge.tries += 1;
        if key.code(challenge.opened_at, number).matches(code) {
            challenge.end(Status::Verified, now);
            self.failures = 0;
            return self.seen(id, rules, now, Reply::Verified);
        }
        let tries_left = challenge.tries_left(rules);
        if tries_left == 0 {
            challenge.end(Status::Failed, now);
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= rules.lock_after {
            let until = now.plus(rules.lock);
            self.locked_until = Some(until);
            return Err(Refusal::Locked(until));
        }
        Err(Refusal::WrongCode(TriesLeft(tries_left)))
    }

    fn redeem(
        &mut self,
        id: &ChallengeId,
        issued_at: u64,
        idempotency: Option<Digest>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<()> {
        let challenge = self.known(id)?;
        // An attestation speaks of one verification, not of a challenge's id.
        let spoken_of = challenge.outcome.is_some_and(|outcome| {
            outcome.status == Status::Verified && outcome.at.unix_seconds() == issued_at
        });
        if !spoken_of {
            return Err(Refusal::NotRedeemable);
        }
        if let Some(spent) = &challenge.redemption {
            let again = idempotency.is_some() && spent.idempotency == idempotency;
            return again.then_some(()).ok_or(Refusal::NotRedeemable);
        }
        if !challenge.redeemable(rules, now) {
            return Err(Refusal::NotRedeemable);
        }
        challenge.redemption = Some(Redemption { at: now, idempotency });
        Ok(())
    }

    pub(super) fn refuse_locked(&self, now: Timestamp) -> Ruled<()> {
        self.locked(now).map_or(Ok(()), |until| Err(Refusal::Locked(until)))
    }

    fn pinned(&mut self, id: &ChallengeId, record: Digest) -> Ruled<&mut Challenge> {
        let challenge = self.known(id)?;
        if challenge.record == record { Ok(challenge) } else { Err(Refusal::RecordAltered) }
    }

    fn known(&mut self, id: &ChallengeId) -> Ruled<&mut Challenge> {
        self.challenge(id).ok_or(Refusal::UnknownChallenge)
    }

    fn seen(
        &self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
        reply: impl FnOnce(View) -> Reply,
    ) -> Ruled<Reply> {
        self.view(id, rules, now).map(reply).ok_or(Refusal::UnknownChallenge)
    }
}
