//! A submitted code: a try is spent, then the code is compared.

use super::{
    AppProof, Cardholder, Challenge, Ended, EventKind, Refusal, Reply, Status, TriesLeft,
    challenge::{AttemptResult, LastAttempt},
    decide::Ruled,
    registration::{Authenticator, Method},
    wrong_codes::Weight,
};
use crate::{
    code::{CodeKey, SubmittedCode},
    digest::Digest,
    ids::ChallengeId,
    known_network::NetworkMark,
    rules::Rules,
    test_cardholder::TestCode,
    time::Timestamp,
    totp::SealedSecret,
};

/// What a submitted code is compared with.
pub(super) enum RightCode {
    /// The newest code that was sent, or the app's.
    Of(CodeKey, Option<AppProof>),
    /// The code of a test challenge; `None` where every code is wrong.
    Test(Option<TestCode>),
}

/// A submitted code, with what it is compared with.
pub(super) struct Attempt {
    pub(super) right: RightCode,
    pub(super) code: SubmittedCode,
    /// The digest of the attempt's name and code, if the attempt was named.
    pub(super) digest: Option<Digest>,
    /// The network that our edge saw it come from, by the challenge's master key.
    pub(super) network: Option<NetworkMark>,
}

/// The result of a comparison.
enum Compared {
    Right,
    Wrong,
    /// The code is right, but a code of its time step or a later one was accepted before.
    Used,
}

impl Compared {
    fn of(is_right: bool) -> Self {
        if is_right { Self::Right } else { Self::Wrong }
    }
}

impl Cardholder {
    /// The answer that this attempt got before, if no other code was compared since. `None` also
    /// when the challenge has ended in another way since: then the caller is told that end, as
    /// everybody is.
    pub(super) fn answered_before(
        &mut self,
        id: &ChallengeId,
        attempt: Option<Digest>,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Ruled<Reply>> {
        let challenge = self.kept(id)?;
        let last = challenge.attempt.as_ref().filter(|last| Some(last.digest) == attempt)?;
        let tries_left = last.tries_left.unwrap_or(TriesLeft(challenge.tries_left(rules)));
        match (last.result, challenge.status()) {
            // After the attestation's life there is no attestation to hand out. The caller is told
            // that the challenge has ended, as everybody is. A directory server's has none.
            (AttemptResult::Right, Status::Verified)
                if challenge.three_ds.is_none() && !challenge.redeemable(rules, now) =>
            {
                None
            }
            (AttemptResult::Right, Status::Verified) => Some(self.verified(id, rules, now)),
            (AttemptResult::Wrong, Status::Pending | Status::Failed) => {
                Some(Err(Refusal::WrongCode(tries_left)))
            }
            (AttemptResult::Used, Status::Pending | Status::Failed) => {
                Some(Err(Refusal::CodeUsed(tries_left)))
            }
            (AttemptResult::Locked(until), Status::Pending | Status::Failed) => {
                Some(Err(Refusal::Locked(until)))
            }
            (_, Status::Pending | Status::Failed | Status::Verified) => None,
            (_, Status::Expired | Status::Canceled) => None,
        }
    }

    /// Compares with the app's code if an app is enrolled, or else with the newest code that was
    /// sent.
    pub(super) fn verify(
        &mut self,
        id: &ChallengeId,
        attempt: &Attempt,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        if let Some(sealed) = self.asks_for_secret(id, attempt, rules, now)? {
            return Ok(Reply::Unseal(sealed));
        }
        let weight = self.may_be_compared(id, rules, now)?;
        let challenge = self.challenges.iter_mut().rfind(|challenge| challenge.id == *id);
        let challenge = challenge.ok_or(Refusal::UnknownChallenge)?;
        let method = self.known.as_mut().and_then(|known| known.method.as_mut());
        let compared = match (&attempt.right, method) {
            (RightCode::Of(_, proof), Some(Method::App(authenticator))) => {
                let proof = proof.as_ref().ok_or(Refusal::AppCodeExpected)?;
                challenge.tries += 1;
                challenge.by_app = true;
                authenticator.compare(proof, &attempt.code, now)
            }
            (RightCode::Of(key, _), Some(Method::Email | Method::Sms) | None) => {
                let newest = challenge.sends.last().ok_or(Refusal::CodeNotSent)?;
                let right = key.code(challenge.opened_at, newest.number);
                challenge.tries += 1;
                challenge.by_app = false;
                Compared::of(right.matches(&attempt.code))
            }
            (RightCode::Test(right), method) => {
                challenge.tries += 1;
                challenge.by_app = matches!(method, Some(Method::App(_)));
                Compared::of(right.is_some_and(|right| right.matches(&attempt.code)))
            }
        };
        let note = |challenge: &mut Challenge, result| {
            let tries_left = None;
            let last = |digest| LastAttempt { digest, result, tries_left };
            challenge.attempt = attempt.digest.map(last);
        };
        let (refusal, result): (fn(TriesLeft) -> Refusal, _) = match compared {
            Compared::Right => {
                note(challenge, AttemptResult::Right);
                challenge.end(Ended::Verified, now);
                let sent_by = challenge.sends.last().filter(|_| !challenge.by_app);
                challenge.destination_since = sent_by
                    .and_then(|send| send.via.sent_by())
                    .zip(self.known.as_ref())
                    .and_then(|(channel, known)| known.registered_since(channel));
                self.learn_network(id, attempt.network, now);
                self.note_right(id);
                return self.verified(id, rules, now);
            }
            Compared::Wrong => (Refusal::WrongCode, AttemptResult::Wrong),
            Compared::Used => (Refusal::CodeUsed, AttemptResult::Used),
        };
        note(challenge, result);
        let was_locked = self.locked(rules).is_some();
        self.note_wrong(id, weight, now);
        let challenge = self.opened(id)?;
        let tries_left = challenge.tries_left_after_wrong(rules);
        if let Some(last) = &mut challenge.attempt {
            last.tries_left = Some(TriesLeft(tries_left));
        }
        if tries_left == 0 {
            challenge.end(Ended::Failed, now);
        }
        if !was_locked && self.locked(rules).is_some() {
            self.events.push(EventKind::Locked, id.clone(), rules, now);
        }
        Err(refusal(TriesLeft(tries_left)))
    }

    /// The sealed secret without which the code cannot be compared. Asking for it changes nothing.
    fn asks_for_secret(
        &self,
        id: &ChallengeId,
        attempt: &Attempt,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Option<SealedSecret>> {
        let method = self.known.as_ref().and_then(|known| known.method.as_ref());
        let (Some(Method::App(app)), RightCode::Of(_, proof)) = (method, &attempt.right) else {
            return Ok(None);
        };
        if proof.as_ref().is_some_and(|proof| proof.sealed == app.sealed) {
            return Ok(None);
        }
        let challenge = self.kept(id);
        match challenge.and_then(|challenge| self.kept_out(challenge, rules, now)) {
            Some(refusal) => Err(refusal),
            None => Ok(Some(app.sealed.clone())),
        }
    }

    fn verified(&mut self, id: &ChallengeId, rules: &Rules, now: Timestamp) -> Ruled<Reply> {
        let challenge = self.kept(id);
        let sends = challenge.map(|challenge| challenge.sends.as_slice()).unwrap_or_default();
        let sent_to = self
            .destinations(|channel| sends.iter().any(|send| send.via.sent_by() == Some(channel)));
        self.seen(id, rules, now, |view| Reply::Verified(view, sent_to))
    }

    /// Whether a code of the challenge may be compared now, and what a wrong one weighs.
    fn may_be_compared(
        &mut self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Weight> {
        self.let_in(id, rules, now)?;
        let challenge = self.kept(id).ok_or(Refusal::UnknownChallenge)?;
        if !self.uses_app() && !challenge.has_living_code(rules, now) {
            challenge.sends.last().ok_or(Refusal::CodeNotSent)?;
            return Err(Refusal::CodeExpired(TriesLeft(challenge.tries_left(rules))));
        }
        Ok(self.weight(challenge, rules, now))
    }
}

impl Authenticator {
    fn compare(&mut self, proof: &AppProof, code: &SubmittedCode, now: Timestamp) -> Compared {
        match proof.secret.step_of(code, now) {
            None => Compared::Wrong,
            Some(step) if step <= self.newest => Compared::Used,
            Some(step) => {
                self.newest = step;
                if let Some(resealed) = &proof.resealed {
                    self.sealed = resealed.clone();
                }
                Compared::Right
            }
        }
    }
}
