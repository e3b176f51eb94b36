//! A submitted code: a try is spent, then the code is compared.

use super::{
    AppProof, Cardholder, Challenge, Ended, EventKind, Refusal, Reply, Status, TriesLeft,
    challenge::{AttemptResult, LastAttempt},
    decide::Ruled,
    registration::{Authenticator, Method},
};
use crate::{
    code::{CodeKey, SubmittedCode},
    digest::Digest,
    ids::ChallengeId,
    rules::Rules,
    time::Timestamp,
};

/// A submitted code, with the keys that make the right one.
pub(super) struct Attempt {
    pub(super) key: CodeKey,
    pub(super) app: Option<AppProof>,
    pub(super) code: SubmittedCode,
    /// The digest of the attempt's name and code, if the attempt was named.
    pub(super) digest: Option<Digest>,
}

/// The result of a comparison.
enum Compared {
    Right,
    Wrong,
    /// The code is right, but a code of its time step or a later one was accepted before.
    Used,
}

impl Cardholder {
    /// The answer that this attempt got before, if no other code was compared since. `None` also
    /// when the challenge has ended in another way since: then the caller is told that end, as
    /// everybody is.
    pub(super) fn answered_before(
        &self,
        id: &ChallengeId,
        attempt: Option<Digest>,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Ruled<Reply>> {
        let challenge = self.challenges.iter().find(|challenge| challenge.id == *id)?;
        let last = challenge.attempt.as_ref().filter(|last| Some(last.digest) == attempt)?;
        let tries_left = TriesLeft(challenge.tries_left(rules));
        match (last.result, challenge.status()) {
            // After the attestation's life there is no attestation to hand out. The caller is told
            // that the challenge has ended, as everybody is.
            (AttemptResult::Right, Status::Verified) if !challenge.redeemable(rules, now) => None,
            (AttemptResult::Right, Status::Verified) => {
                Some(self.seen(id, rules, now, Reply::Verified))
            }
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

    /// Compares with the newest sent code as long as that lives, or else with the app's code if an
    /// app is enrolled.
    pub(super) fn verify(
        &mut self,
        id: &ChallengeId,
        attempt: &Attempt,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        self.refuse_locked()?;
        let challenge = self.challenges.iter_mut().find(|challenge| challenge.id == *id);
        let challenge = challenge.ok_or(Refusal::UnknownChallenge)?;
        let living = challenge.has_living_code(rules, now);
        let compared = match self.known.as_mut().and_then(|known| known.method.as_mut()) {
            Some(Method::App(authenticator)) if !living => {
                let proof = attempt.app.as_ref().filter(|app| app.sealed == authenticator.sealed);
                let Some(proof) = proof else {
                    return Ok(Reply::Unseal(authenticator.sealed.clone()));
                };
                challenge.tries += 1;
                challenge.by_app = true;
                authenticator.compare(proof, &attempt.code, now)
            }
            Some(Method::App(_) | Method::Email | Method::Sms) | None => {
                let newest = challenge.sends.last().ok_or(Refusal::CodeNotSent)?;
                if !living {
                    let tries_left = TriesLeft(challenge.tries_left(rules));
                    return Err(Refusal::CodeExpired(tries_left));
                }
                let right = attempt.key.code(challenge.opened_at, newest.number);
                challenge.tries += 1;
                challenge.by_app = false;
                match right.matches(&attempt.code) {
                    true => Compared::Right,
                    false => Compared::Wrong,
                }
            }
        };
        let note = |challenge: &mut Challenge, result| {
            challenge.attempt = attempt.digest.map(|digest| LastAttempt { digest, result });
        };
        let (refusal, result): (fn(TriesLeft) -> Refusal, _) = match compared {
            Compared::Right => {
                note(challenge, AttemptResult::Right);
                challenge.end(Ended::Verified, now);
                self.failures = 0;
                return self.seen(id, rules, now, Reply::Verified);
            }
            Compared::Wrong => (Refusal::WrongCode, AttemptResult::Wrong),
            Compared::Used => (Refusal::CodeUsed, AttemptResult::Used),
        };
        note(challenge, result);
        let tries_left = challenge.tries_left(rules);
        if tries_left == 0 {
            challenge.end(Ended::Failed, now);
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= rules.lock_after {
            let until = now.plus(rules.lock);
            self.locked_until = Some(until);
            note(challenge, AttemptResult::Locked(until));
            self.events.push(EventKind::Locked, id.clone(), rules, now);
            return Err(Refusal::Locked(until));
        }
        Err(refusal(TriesLeft(tries_left)))
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
