//! The changing half of a challenge: sends, tries, outcome.

use serde::{Deserialize, Serialize};

use super::{Carrier, Delivery, Known};
use crate::{
    contact::{Channel, Via},
    digest::Digest,
    ids::ChallengeId,
    rules::Rules,
    text::PersonalMessage,
    time::Timestamp,
};

/// Where a challenge stands. All but `Pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Open: a right code verifies it.
    Pending,
    /// The right code came in time.
    Verified,
    /// Every try was spent on a wrong code.
    Failed,
    /// Its time ran out.
    Expired,
    /// The cardholder, the merchant or a newer challenge ended it.
    Canceled,
}

impl Status {
    /// The status in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }
}

/// How and when a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Never `Pending`.
    pub status: Status,
    /// When.
    pub at: Timestamp,
}

/// One delivery of a code; the code itself is derived from its number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Send {
    /// Derives its code: the number of the delivery, never used again in this challenge. What a
    /// provider delivered although it reported failure has a code of its own.
    pub(super) number: u32,
    pub(super) at: Timestamp,
    pub(super) via: Via,
    /// The destination was replaced since: who reads the old one must not confirm any more.
    pub(super) revoked: bool,
    /// The providers that sent it or may have. Until `asked`: those whose receipt came before the
    /// report of who was asked.
    pub(super) providers: Vec<ProviderReport>,
    /// Whether the providers were asked and their answers reported.
    pub(super) asked: bool,
    /// It goes by e-mail because text messages failed.
    pub(super) diverted: bool,
}

/// How one provider's message of a send stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProviderReport {
    pub(super) by: Carrier,
    pub(super) delivery: Delivery,
}

/// The one redemption of a verified challenge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Redemption {
    pub(super) at: Timestamp,
    /// Digest of the merchant's idempotency key, which gets the same answer again.
    pub(super) idempotency: Option<Digest>,
}

/// The newest attempt, if it was named: whoever did not get its answer may send it again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastAttempt {
    /// See [`crate::attempt::AttemptId::digest`].
    pub(super) digest: Digest,
    pub(super) result: AttemptResult,
}

/// What an attempt came to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AttemptResult {
    /// It verified the challenge.
    Right,
    /// The code was wrong.
    Wrong,
    /// The code was an app's that had counted before.
    Used,
    /// It was refused, and locked the cardholder until then.
    Locked(Timestamp),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenge {
    pub(super) id: ChallengeId,
    /// Digest of the record this challenge was opened with.
    pub(super) record: Digest,
    pub(super) opened_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) sends: Vec<Send>,
    /// Deliveries ordered, also those that every provider refused.
    pub(super) attempts: u32,
    /// How many deliveries were ordered when every provider refused the newest of them; 0 for never.
    pub(super) untaken: u32,
    pub(super) tries: u32,
    /// The attempt that spent the newest try.
    pub(super) attempt: Option<LastAttempt>,
    /// Whether the newest code compared was the app's.
    pub(super) by_app: bool,
    pub(super) outcome: Option<Outcome>,
    /// Whether the outcome was put where others are told of it.
    pub(super) told: bool,
    pub(super) redemption: Option<Redemption>,
    /// Whether its form was shown; an app's code is asked for without a send.
    pub(super) shown: bool,
    /// Host of the page that first showed the form.
    pub(super) hostname: Option<String>,
}

impl Challenge {
    pub(super) fn status(&self) -> Status {
        self.outcome.map_or(Status::Pending, |outcome| outcome.status)
    }

    pub(super) fn end(&mut self, status: Status, at: Timestamp) {
        if self.outcome.is_none() {
            self.outcome = Some(Outcome { status, at });
        }
    }

    /// Lets the codes die that went out by a channel whose destination was replaced.
    pub(super) fn revoke(&mut self, channel: Channel) {
        for send in self.sends.iter_mut().filter(|send| send.via.channel() == channel) {
            send.revoked = true;
        }
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        if self.expires_at <= now {
            self.end(Status::Expired, self.expires_at);
        }
    }

    pub(super) fn forgettable(&self, rules: &Rules, now: Timestamp) -> bool {
        // As long as the record can be read, which is written with the same life.
        self.outcome.is_some() && self.expires_at.plus(rules.retention) <= now
    }

    /// Whether its attestation can be spent by now.
    pub(super) fn redeemable(&self, rules: &Rules, now: Timestamp) -> bool {
        let verified = self.outcome.filter(|outcome| outcome.status == Status::Verified);
        verified.is_some_and(|outcome| now < outcome.at.plus(rules.attestation_life))
    }

    pub(super) fn tries_left(&self, rules: &Rules) -> u32 {
        rules.tries.saturating_sub(self.tries)
    }

    /// The number of the newest send, the only one whose code is accepted; 0 before the first.
    pub(super) fn send_number(&self) -> u32 {
        u32::try_from(self.sends.len()).unwrap_or(u32::MAX)
    }

    /// When the newest code dies: its own life, never past the challenge; `None` without a living
    /// one.
    pub(super) fn code_dies_at(&self, rules: &Rules) -> Option<Timestamp> {
        let send = self.sends.last().filter(|send| !send.revoked)?;
        Some(send.at.plus(rules.code_life).min(self.expires_at))
    }

    /// Whether a code that was sent can still verify.
    pub(super) fn has_living_code(&self, rules: &Rules, now: Timestamp) -> bool {
        self.code_dies_at(rules).is_some_and(|dies_at| now < dies_at)
    }

    /// When the next send is allowed by the wait after the newest; `None` when no resend is left.
    pub(super) fn next_send_at(&self, rules: &Rules) -> Option<Timestamp> {
        match self.sends.last() {
            None => Some(self.opened_at),
            Some(send) => {
                let wait = rules.resend_waits.get(self.sends.len() - 1)?;
                Some(match send.delivery().is_worth_a_wait() {
                    true => send.at.plus(*wait),
                    false => send.at,
                })
            }
        }
    }

    pub(super) fn view(
        &self,
        known: Option<&Known>,
        locked_until: Option<Timestamp>,
        rules: &Rules,
        now: Timestamp,
    ) -> View {
        let enrolled = known.and_then(|known| known.via(rules));
        let app = enrolled == Some(Via::App);
        let diverts = rules.sms_to_email
            && rules.reached.email
            && self.last_lost() == Some(Channel::Sms)
            && matches!(enrolled, Some(Via::Sms(_)))
            && known.is_some_and(|known| known.destination(Channel::Email).is_some());
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
        let attempts_left = rules.attempts().saturating_sub(self.attempts);
        let seconds =
            |at: Option<Timestamp>| at.filter(|_| !ended).map_or(0, |at| at.seconds_from(now));
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
            resends_left: u32::try_from(sends_left).unwrap_or(u32::MAX).min(attempts_left),
            code_seconds: seconds(self.code_dies_at(rules)),
            wait_seconds: seconds(self.next_send_at(rules).filter(|_| !app)),
            locked_until,
        }
    }
}

/// A challenge as its form and its merchant may see it. No `Debug`: it holds the personal message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Where it stands.
    pub status: Status,
    /// When it was created.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether it is verified so lately that its attestation can be spent.
    pub redeemable: bool,
    /// Whether its attestation was spent.
    pub redeemed: bool,
    /// Host of the page that first showed the form.
    pub hostname: Option<String>,
    /// How the newest code came; before the first, how it will come; `None` when there is no way.
    /// The app while it is the one that is asked.
    pub via: Option<Via>,
    /// How the newest delivery stands; `None` before the first, and for the app.
    pub delivery: Option<Delivery>,
    /// Whether it went by e-mail because text messages failed.
    pub diverted: bool,
    /// Whether the next goes by e-mail because this one failed.
    pub diverts: bool,
    /// How long ago the newest send was ordered, in seconds.
    pub send_age: u64,
    /// The cardholder's own words; for the open form only.
    pub personal_message: Option<PersonalMessage>,
    /// Number of the newest send; 0 before the first.
    pub send: u32,
    /// Codes compared so far.
    pub tries: u32,
    /// Codes that will still be compared.
    pub tries_left: u32,
    /// Sends that are left after the first.
    pub resends_left: u32,
    /// How long the newest code lives, in seconds; 0 for no living code.
    pub code_seconds: u64,
    /// How long until the next send is allowed, in seconds.
    pub wait_seconds: u64,
    /// Until when no code is taken.
    pub locked_until: Option<Timestamp>,
}
