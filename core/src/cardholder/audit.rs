//! The audit record of a challenge: what happened in it and when, for the issuer in a dispute. No
//! rule reads what is noted for it.

use minicbor::{Decode, Encode};

use super::{
    Cardholder, Challenge, ChallengeCommand, Command, DeliveryState, Refusal, Reply, Status, View,
    decide::Ruled,
};
use crate::{
    contact::Via, digest::Digest, ids::ChallengeId, optional, rules::Rules, time::Timestamp,
};

/// What is stored of a challenge for its audit record alone. Nothing in it is an enumeration, so that
/// an earlier version reads whatever a later one notes.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Trail {
    /// When the form was shown first.
    #[cbor(n(0), with = "optional", has_nil)]
    shown_at: Option<Timestamp>,
    /// When each code was compared.
    #[cbor(n(1), default)]
    tried_at: Vec<Timestamp>,
    /// Whether a newer challenge ended this one.
    #[cbor(n(2), default)]
    pub(super) superseded: bool,
    #[cbor(n(3), with = "optional", has_nil)]
    refused: Option<RefusedByRule>,
}

/// The rule that refused something in a challenge last.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RefusedByRule {
    /// The rule's name: [`Refusal::rule`].
    #[n(0)]
    pub rule: String,
    /// When it refused. Of several refusals in a row by one rule, when the first was.
    #[n(1)]
    pub at: Timestamp,
}

/// A challenge as its audit record tells of it. No `Debug`: a view can hold the personal message.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChallengeAudit {
    /// How it stands. `via` is how the newest code came; `None` if none was sent, and no app's compared.
    #[n(0)]
    pub view: View,
    /// When the form was shown first.
    #[cbor(n(1), with = "optional", has_nil)]
    pub shown_at: Option<Timestamp>,
    /// The sends that count, in order.
    #[n(2)]
    pub sends: Vec<AuditedSend>,
    /// How many deliveries were ordered, also counting those that every provider refused.
    #[n(3)]
    pub deliveries_ordered: u32,
    /// When each code was compared.
    #[n(4)]
    pub tried_at: Vec<Timestamp>,
    /// Whether a newer challenge ended this one.
    #[n(5)]
    pub superseded: bool,
    /// The rule that refused something last.
    #[cbor(n(6), with = "optional", has_nil)]
    pub refused: Option<RefusedByRule>,
}

/// One send of a code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditedSend {
    /// The number of its delivery.
    #[n(0)]
    pub delivery: u32,
    /// When it was ordered.
    #[n(1)]
    pub at: Timestamp,
    /// By which channel, to which masked destination.
    #[n(2)]
    pub via: Via,
    /// How it stands.
    #[n(3)]
    pub state: DeliveryState,
    /// Whether it went by e-mail because text messages failed.
    #[n(4)]
    pub diverted: bool,
}

impl Refusal {
    /// The name of the rule that refuses: the problem's code on the wire, but for what no cardholder
    /// causes.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::UnknownCardholder => "unknown_cardholder",
            Self::NotEnrolled => "not_enrolled",
            Self::Locked(_) | Self::SignInNeeded => "cardholder_locked",
            Self::RecordConflict => "idempotency_conflict",
            Self::UnknownChallenge => "challenge_not_found",
            Self::RecordAltered => "record_altered",
            Self::Ended(_) => "challenge_ended",
            Self::WrongCode(_) => "wrong_code",
            Self::CodeExpired(_) => "code_expired",
            Self::CodeNotSent => "code_not_sent",
            Self::CodeUsed(_) => "code_used",
            Self::AppCodeExpected => "app_code_expected",
            Self::ResendTooSoon(_) => "resend_too_soon",
            Self::NoResendsLeft => "no_resends_left",
            Self::DestinationLimited(_) => "destination_limited",
            Self::DestinationTooNew(_) => "destination_too_new",
            Self::TooManyChallenges(_) => "rate_limited",
            Self::UnknownSession => "enrollment_session_not_found",
            Self::SessionOver(_) => "enrollment_session_over",
            Self::ChannelNotOffered => "channel_not_offered",
            Self::UnknownCard => "unknown_card",
            Self::TooManyCards => "too_many_cards",
            Self::SignInNotEnough => "insufficient_user_authentication",
        }
    }
}

/// What stands before a command, to see afterwards what the command did.
pub(super) struct Before {
    pending: Option<Pending>,
}

/// The challenge that a command is about, before the command. It has not ended.
struct Pending {
    id: ChallengeId,
    tries: u32,
    sends: u32,
    /// Whether a cardholder asks for something: to see the form, a code, a comparison.
    asks: bool,
}

impl Before {
    pub(super) fn of(cardholder: &Cardholder, command: &Command) -> Self {
        let Command::Challenge { id, command, .. } = command else {
            return Self { pending: None };
        };
        let asks = match command {
            ChallengeCommand::Present { .. }
            | ChallengeCommand::Resend
            | ChallengeCommand::Verify { .. }
            | ChallengeCommand::VerifyTest { .. } => true,
            ChallengeCommand::Open(_)
            | ChallengeCommand::OpenTest(_)
            | ChallengeCommand::OpenThreeDs { .. }
            | ChallengeCommand::Requested { .. }
            | ChallengeCommand::RequestInvalid
            | ChallengeCommand::PinValue(_)
            | ChallengeCommand::Release
            | ChallengeCommand::Read
            | ChallengeCommand::Report(..)
            | ChallengeCommand::Receipt(..)
            | ChallengeCommand::Cancel
            | ChallengeCommand::ReportFraud
            | ChallengeCommand::Redeem { .. } => false,
        };
        let challenge = cardholder.kept(id);
        let pending = challenge.filter(|challenge| challenge.status() == Status::Pending);
        Self {
            pending: pending.map(|challenge| Pending {
                id: id.clone(),
                tries: challenge.tries,
                sends: challenge.send_number(),
                asks,
            }),
        }
    }
}

impl Cardholder {
    /// Notes what a command did, in the save of the command itself.
    pub(super) fn note_trail(&mut self, before: &Before, refusal: Option<Refusal>, now: Timestamp) {
        if let Some(before) = &before.pending
            && let Some(challenge) = self.challenge(&before.id)
        {
            challenge.note_trail(before, refusal, now);
        }
    }

    /// What is told of a challenge to the issuer.
    pub(super) fn audited(
        &self,
        id: &ChallengeId,
        record: Digest,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        if self.kept(id).is_some_and(|challenge| challenge.record != record) {
            return Err(Refusal::RecordAltered);
        }
        self.audit(id, rules, now).map(Reply::Audited).ok_or(Refusal::UnknownChallenge)
    }

    /// The audit record of a challenge, if it is kept.
    pub(super) fn audit(
        &self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<ChallengeAudit> {
        let view = self.view(id, rules, now)?;
        let challenge = self.kept(id)?;
        // How the cardholder is enrolled now says nothing of a challenge in which no code came.
        let via = match challenge.sends.last() {
            _ if challenge.by_app => Some(Via::App),
            newest => newest.map(|send| send.via.clone()),
        };
        let sends = challenge.sends.iter().map(|send| AuditedSend {
            delivery: send.number,
            at: send.at,
            via: send.via.clone(),
            state: send.delivery(now),
            diverted: send.diverted,
        });
        Some(ChallengeAudit {
            // The personal message is shown in the form alone.
            view: View { via, personal_message: None, ..view },
            shown_at: challenge.trail.shown_at,
            sends: sends.collect(),
            deliveries_ordered: challenge.deliveries_ordered,
            tried_at: challenge.trail.tried_at.clone(),
            superseded: challenge.trail.superseded,
            refused: challenge.trail.refused.clone(),
        })
    }
}

impl Challenge {
    fn note_trail(&mut self, before: &Pending, refusal: Option<Refusal>, now: Timestamp) {
        if self.shown {
            self.trail.shown_at.get_or_insert(now);
        }
        if self.tries > before.tries {
            self.trail.tried_at.push(now);
        }
        // A destination without a slot refuses by a report, which takes the send back.
        let is_of_note = before.asks || self.send_number() < before.sends;
        let rule = refusal.filter(|_| is_of_note).and_then(|refusal| match refusal {
            // A caller whose record is another one is a stranger, and no part of the story.
            Refusal::RecordAltered => None,
            of_a_rule => Some(of_a_rule.rule()),
        });
        if let Some(rule) = rule {
            // A rule that refuses again is not noted again, so a button that is pressed again and
            // again writes nothing.
            if self.trail.refused.as_ref().is_none_or(|last| last.rule != rule) {
                self.trail.refused = Some(RefusedByRule { rule: rule.to_owned(), at: now });
            }
        }
    }
}

#[cfg(test)]
impl Cardholder {
    /// As a version that noted nothing for audit records would have stored it.
    pub(super) fn forget_trails(&mut self) {
        self.challenges.iter_mut().for_each(|challenge| challenge.trail = Trail::default());
    }
}
