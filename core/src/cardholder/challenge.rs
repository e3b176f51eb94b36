//! The state of a challenge: sends, tries, outcome. What never changes is in its record.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{
    DeliveryState, Ended, Idempotency, Outcome, ProviderId, Refusal, Status, StoredRegistration,
    TriesLeft, View, audit::Trail, three_ds::ThreeDs,
};
use crate::{
    contact::{SendChannel, Via},
    digest::Digest,
    ids::{ChallengeId, MerchantId},
    optional,
    rules::Rules,
    time::Timestamp,
};

/// One send of a code. The code is not stored: it is derived from the number of its delivery.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct SentCode {
    /// The number of the delivery, from which the code is derived. Once a provider was asked, the
    /// number is never used again in this challenge: a provider can deliver a message that it
    /// refused, and the code in it must then be dead.
    #[n(0)]
    pub(super) number: u32,
    #[n(1)]
    pub(super) at: Timestamp,
    #[n(2)]
    pub(super) via: Via,
    /// Whether the destination was replaced since. Somebody who reads messages at the old
    /// destination must not confirm any more.
    #[n(3)]
    pub(super) revoked: bool,
    /// The providers that sent the message or may have. Before `asked`: those whose receipt came
    /// before the couriers' report.
    #[n(4)]
    pub(super) providers: Vec<ProviderReport>,
    /// Whether the couriers reported which providers were asked and what they answered.
    #[n(5)]
    pub(super) asked: bool,
    /// Whether the send goes by e-mail because text messages failed.
    #[cbor(n(6), default)]
    pub(super) diverted: bool,
}

/// How one provider's message of a send stands.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct ProviderReport {
    #[n(0)]
    pub(super) by: ProviderId,
    #[n(1)]
    pub(super) delivery: DeliveryState,
}

/// The next send of a challenge.
#[derive(Clone, Copy)]
pub(super) struct NextSend {
    pub(super) at: Timestamp,
    /// The wait before it, from the send before.
    pub(super) wait: Duration,
}

/// The one redemption of a verified challenge.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Redemption {
    #[n(0)]
    pub(super) at: Timestamp,
    /// Digest of the merchant's idempotency key, which gets the same answer again.
    #[cbor(n(1), with = "optional", has_nil)]
    pub(super) idempotency: Option<Digest>,
}

/// The newest attempt, if it was named. A caller who did not get its answer may send it again.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct LastAttempt {
    /// See [`crate::attempt::AttemptId::digest`].
    #[n(0)]
    pub(super) digest: Digest,
    #[n(1)]
    pub(super) result: AttemptResult,
    /// How many tries were left after it. `None` from a version before this field.
    #[cbor(n(2), with = "optional", has_nil)]
    pub(super) tries_left: Option<TriesLeft>,
}

/// The result of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) enum AttemptResult {
    /// It verified the challenge.
    #[n(0)]
    Right,
    /// The code was wrong.
    #[n(1)]
    Wrong,
    /// The code was an app's, of a time step that had counted before.
    #[n(2)]
    Used,
    /// The code was refused, and locked the cardholder until this time.
    #[n(3)]
    Locked(#[n(0)] Timestamp),
}

/// By which way a challenge was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) enum Lane {
    /// As everybody is.
    #[n(0)]
    Common,
    /// In a browser that verified at the merchant before, where others were refused.
    #[n(1)]
    KnownBrowser,
    /// The owner signed in at the member site and said that it is theirs.
    #[n(2)]
    Released,
}

/// What a challenge was let in with.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Admission {
    #[n(0)]
    pub(super) lane: Lane,
    /// How many more codes it may compare. Open challenges of one merchant that were let in as
    /// everybody is share these.
    #[n(1)]
    pub(super) tries: u32,
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Challenge {
    #[n(0)]
    pub(super) id: ChallengeId,
    /// Digest of the record this challenge was opened with.
    #[n(1)]
    pub(super) record: Digest,
    #[n(2)]
    pub(super) opened_at: Timestamp,
    #[n(3)]
    pub(super) expires_at: Timestamp,
    #[n(4)]
    pub(super) sends: Vec<SentCode>,
    /// How many deliveries were ordered, also counting those that every provider refused.
    #[n(5)]
    pub(super) deliveries_ordered: u32,
    /// The value of `deliveries_ordered` when every provider refused the newest delivery; 0 when
    /// that never happened. When both are equal, every provider refused the newest delivery.
    #[n(6)]
    pub(super) newest_refused: u32,
    #[n(7)]
    pub(super) tries: u32,
    /// The attempt that spent the newest try.
    #[cbor(n(14), with = "optional", has_nil)]
    pub(super) attempt: Option<LastAttempt>,
    /// Whether the newest code compared was the app's.
    #[n(8)]
    pub(super) by_app: bool,
    #[cbor(n(9), with = "optional", has_nil)]
    pub(super) outcome: Option<Outcome>,
    /// Whether an event was queued for the outcome.
    #[n(10)]
    pub(super) outcome_queued: bool,
    #[cbor(n(11), with = "optional", has_nil)]
    pub(super) redemption: Option<Redemption>,
    /// Whether the form was shown. Where an app makes the codes, there is no send to show it.
    #[n(12)]
    pub(super) shown: bool,
    /// Host of the page that first showed the form.
    #[cbor(n(13), with = "optional", has_nil)]
    pub(super) hostname: Option<String>,
    /// When the cardholder first said that the purchase is not theirs.
    #[cbor(n(23), with = "optional", has_nil)]
    pub(super) fraud_reported_at: Option<Timestamp>,
    /// Whose it is. `None` where a version before this field opened it.
    #[cbor(n(15), with = "optional", has_nil)]
    pub(super) merchant: Option<MerchantId>,
    #[cbor(n(16), with = "optional", has_nil)]
    pub(super) admission: Option<Admission>,
    /// Whether the form was last shown in a browser that verified at the merchant before.
    #[cbor(n(17), default)]
    pub(super) known_browser: bool,
    /// Whether the owner signed in at the member site and let it in.
    #[cbor(n(18), default)]
    pub(super) released: bool,
    /// Under which key the merchant created it, if under one.
    #[cbor(n(19), with = "optional", has_nil)]
    pub(super) idempotency: Option<Idempotency>,
    /// Since when the destination was registered whose code verified it, if that is known.
    #[cbor(n(20), with = "optional", has_nil)]
    pub(super) destination_since: Option<Timestamp>,
    /// What is noted for the audit record alone.
    #[cbor(n(26), default)]
    pub(super) trail: Trail,
    /// What it has besides where a directory server asked for it.
    #[cbor(n(27), with = "optional", has_nil)]
    pub(super) three_ds: Option<ThreeDs>,
    #[cfg(feature = "next-version")]
    #[cbor(n(100), default)]
    pub(super) told_to_wait: bool,
}

impl Challenge {
    pub(super) fn status(&self) -> Status {
        self.outcome.map_or(Status::Pending, |outcome| outcome.status.into())
    }

    pub(super) fn end(&mut self, status: Ended, at: Timestamp) {
        if self.outcome.is_none() {
            self.outcome = Some(Outcome { status, at });
        }
    }

    /// Makes the codes dead that went out by a channel whose destination was replaced, or that the
    /// cardholder does not use any more.
    pub(super) fn revoke(&mut self, channel: SendChannel) {
        for send in self.sends.iter_mut().filter(|send| send.via.sent_by() == Some(channel)) {
            send.revoked = true;
        }
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        if self.expires_at <= now {
            self.end(Ended::Expired, self.expires_at);
        }
    }

    /// When the state of the challenge is forgotten, together with the record in KV.
    pub(super) fn forgotten_at(&self, rules: &Rules) -> Timestamp {
        rules.forgotten_at(self.expires_at)
    }

    /// Whether the challenge's attestation can be redeemed now. Not after whoever has the form said that
    /// the purchase is not theirs; and a directory server's challenge has none.
    pub(super) fn redeemable(&self, rules: &Rules, now: Timestamp) -> bool {
        let verified = self.outcome.filter(|outcome| outcome.status == Ended::Verified);
        self.fraud_reported_at.is_none()
            && self.three_ds.is_none()
            && verified.is_some_and(|outcome| now < outcome.at.plus(rules.attestation_life))
    }

    /// How many more codes are compared. Of its own tries, those with which it was let in; before it
    /// was let in, or when others have spent those, its own.
    pub(super) fn tries_left(&self, rules: &Rules) -> u32 {
        let own = rules.tries.saturating_sub(self.tries);
        let admitted = self.admission.map(|admission| admission.tries);
        match admitted {
            _ if self.status() == Status::Failed => 0,
            Some(tries) if tries > 0 => own.min(tries),
            Some(_) | None => own,
        }
    }

    /// How many more codes are compared after a wrong one. With none left the challenge has failed.
    pub(super) fn tries_left_after_wrong(&self, rules: &Rules) -> u32 {
        let own = rules.tries.saturating_sub(self.tries);
        self.admission.map_or(own, |admission| own.min(admission.tries))
    }

    /// The number of the newest send, the only one whose code is accepted; 0 before the first.
    pub(super) fn send_number(&self) -> u32 {
        u32::try_from(self.sends.len()).unwrap_or(u32::MAX)
    }

    /// When the newest code dies: after its own life, and never after the challenge's end. `None`
    /// without a send, or when the newest send was revoked.
    pub(super) fn code_expires_at(&self, rules: &Rules) -> Option<Timestamp> {
        let send = self.sends.last().filter(|send| !send.revoked)?;
        Some(send.at.plus(rules.code_life).min(self.expires_at))
    }

    /// Whether a code that was sent can still verify.
    pub(super) fn has_living_code(&self, rules: &Rules, now: Timestamp) -> bool {
        self.code_expires_at(rules).is_some_and(|expires_at| now < expires_at)
    }

    /// When the next send is allowed, and how long its wait is in all. There is no wait after a send
    /// that is known to be lost or may never have been sent. `None` when no resend is left.
    pub(super) fn next_send(&self, rules: &Rules, now: Timestamp) -> Option<NextSend> {
        let no_wait = |at| NextSend { at, wait: Duration::ZERO };
        match self.sends.last() {
            None => Some(no_wait(self.opened_at)),
            Some(send) => {
                let wait = *rules.resend_waits.get(self.sends.len() - 1)?;
                Some(match send.delivery(now).is_worth_a_wait() {
                    true => NextSend { at: send.at.plus(wait), wait },
                    false => no_wait(send.at),
                })
            }
        }
    }

    /// What is seen of it. `kept_out`: the refusal that it would meet now.
    pub(super) fn view(
        &self,
        known: Option<&StoredRegistration>,
        kept_out: Option<Refusal>,
        rules: &Rules,
        now: Timestamp,
    ) -> View {
        let enrolled = known.and_then(|known| known.via(rules));
        let app = enrolled == Some(Via::App);
        let sends_by = enrolled.as_ref().and_then(Via::sent_by);
        let diverts = self.last_lost(now) == Some(SendChannel::Sms)
            && known
                .zip(sends_by)
                .is_some_and(|(known, channel)| known.instead_of(channel, rules).is_some());
        let ended = self.outcome.is_some();
        let by_app = if ended { self.by_app } else { app && !self.has_living_code(rules, now) };
        let via = match self.sends.last() {
            _ if by_app => Some(Via::App),
            Some(send) => Some(send.via.clone()),
            None => enrolled,
        };
        let sends_left = match ended || app {
            true => 0,
            false => rules.sends().saturating_sub(self.sends.len().max(1)),
        };
        let deliveries_left = rules.deliveries().saturating_sub(self.deliveries_ordered);
        let code_expires_at = self.code_expires_at(rules).filter(|_| !ended);
        let next_send = self.next_send(rules, now).filter(|_| !ended && !app);
        View {
            status: self.status(),
            opened_at: self.opened_at,
            expires_at: self.expires_at,
            outcome: self.outcome,
            redeemable: self.redeemable(rules, now),
            redeemed: self.redemption.is_some(),
            hostname: self.hostname.clone(),
            via,
            delivery: self.delivery(now).filter(|_| !by_app),
            diverted: self.sends.last().is_some_and(|send| send.diverted),
            diverts,
            send_age: self.sends.last().map_or(0, |send| now.seconds_from(send.at)),
            personal_message: known
                .filter(|_| !ended)
                .and_then(|known| known.personal_message.clone()),
            send: self.send_number(),
            tries: self.tries,
            tries_left: self.tries_left(rules),
            resends_left: u32::try_from(sends_left).unwrap_or(u32::MAX).min(deliveries_left),
            code_expires_in: code_expires_at.map_or(0, |at| at.rest_from(now, rules.code_life)),
            resend_in: next_send.map_or(0, |next| next.at.rest_from(now, next.wait)),
            locked_until: kept_out.and_then(Refusal::locked_until),
            destination_since: self.destination_since,
            shown: self.shown,
            three_ds: self.three_ds.as_ref().map(ThreeDs::view),
            sign_in_needed: kept_out == Some(Refusal::SignInNeeded),
            fraud_reported_at: self.fraud_reported_at,
            #[cfg(feature = "next-version")]
            told_to_wait: self.told_to_wait,
        }
    }
}
