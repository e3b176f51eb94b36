//! Everything that the log has a line for. The name of each event and of each field stands here and
//! nowhere else. No field holds a code, a destination, a personal message or a secret.

use std::borrow::Cow;

use warifu_core::{
    cardholder::{DeliveryState, NotificationKind},
    contact::{Channel, SendChannel},
    enrollment::{SessionId, TermsVersion},
    ids::{ChallengeId, MerchantId},
    record::ChallengeRecord,
    sms_budget::{BudgetEvent, BudgetMark, BudgetOwner},
    test_mode::TestRecord,
};
use warifu_delivery::{json::Json, segments::Encoding};

use super::{Act, Fact, Source};

/// An event of the log, with the fields of its line.
pub(crate) enum LogEvent<'a> {
    /// No further provider is asked to carry a message.
    Offered { message: LoggedMessage<'a>, offer: Offer<'a>, outcome: Outcome<'a> },
    /// No provider was asked to carry a message.
    NotOffered { message: LoggedMessage<'a>, why: &'a str },
    /// One provider did not accept a message: it refused the message, or may have sent it.
    ProviderFailed {
        message: LoggedMessage<'a>,
        provider: &'a str,
        milliseconds: u64,
        why: &'a str,
    },
    /// A text message had several segments, each of which is paid.
    SmsLong {
        message: LoggedMessage<'a>,
        offer: Offer<'a>,
        outcome: Outcome<'a>,
        encoding: Encoding,
    },
    /// A provider told what became of a message.
    Receipt { challenge: &'a ChallengeId, delivery: u32, state: DeliveryState },
    /// Somebody posted receipts as this provider without its signature.
    ReceiptRefused { provider: &'a str },
    /// The subscription to a provider's receipts was confirmed.
    ReceiptsConfirmed { provider: &'a str },
    /// A key was refused that was presented at this door: to the issuer's or merchants' routes, or to
    /// siteverify.
    KeyRefused { door: &'a str, why: &'a str, address: &'a str },
    /// A call was refused because there were too many.
    Throttled { problem: &'a str, retry_after: u64 },
    /// A call was refused for another reason.
    CallRefused { problem: &'a str },
    /// A code was right.
    CodeAccepted { of: OfChallenge<'a>, channel: Option<Channel>, tries: u32 },
    /// A code was refused.
    CodeRefused {
        of: OfChallenge<'a>,
        problem: &'a str,
        channel: Option<Channel>,
        tries_left: Option<u32>,
        locked_until: Option<&'a str>,
    },
    /// A form was refused something else than a code.
    FormRefused { of: OfChallenge<'a>, problem: &'a str, locked_until: Option<&'a str> },
    /// A challenge was canceled by whoever made the request.
    ChallengeCanceled { of: OfChallenge<'a> },
    /// A cardholder said that the purchase is not theirs.
    FraudReported { of: OfChallenge<'a> },
    /// Wrong codes locked a cardholder: until this time, or until they sign in.
    CardholderLocked { cardholder: &'a str, locked_until: Option<&'a str> },
    /// Wrong codes make a cardholder's new challenges wait at the merchant of this one.
    MerchantWaits { cardholder: &'a str, challenge: &'a ChallengeId, locked_until: &'a str },
    /// Something was refused on the enrollment pages.
    EnrollmentRefused { session: &'a SessionId, problem: &'a str },
    /// The issuer did something.
    Act(&'a Act<'a>),
    /// The queue did not take the event of an act, which is carried out all the same.
    AuditNotQueued { act: &'a Act<'a>, why: &'a str },
    /// A receiver did not take an event, which is posted again.
    EventNotReceived(MissedEvent<'a>),
    /// A receiver did not take an event at the last attempt.
    EventDead(MissedEvent<'a>),
    /// An event's challenge is not kept any more.
    EventWithoutRecord { challenge: &'a str, event_type: &'a str },
    /// The queue did not take an event. The object tries again.
    EventNotQueued { why: &'a str },
    /// A budget of text messages whose codes nobody typed is spent, or half of it.
    SmsBudget { owner: &'a BudgetOwner, event: &'a BudgetEvent },
    /// An attestation was redeemed.
    Redeemed { challenge: &'a str },
    /// A cardholder changed how codes come.
    EnrollmentChanged { session: &'a SessionId, channel: Channel, terms: &'a TermsVersion },
    /// The same as [`Self::KeyRefused`], and its address has sent too many of them.
    KeyThrottled { door: &'a str, why: &'a str, address: &'a str },
    /// A key of the issuer lacks the scope that is needed.
    ScopeMissing { needed: &'a str },
    /// A merchant was told of too many unknown cardholders, and was not told of this one.
    MerchantLimited { merchant: &'a MerchantId },
    /// A directory server's request for authentication was answered with an ARes.
    RequestAnswered {
        version: &'a str,
        status: &'a str,
        reason: Option<&'a str>,
        challenge: Option<&'a ChallengeId>,
    },
    /// A message of EMV 3-D Secure was answered with an error message. The detail names elements.
    MessageRefused { code: &'a str, detail: &'a str },
    /// A directory server has taken the result of a challenge.
    ResultTold { challenge: &'a ChallengeId, directory_server: &'a str },
    /// A directory server did not take the result of a challenge. It is told again.
    ResultNotTold { challenge: &'a ChallengeId, directory_server: &'a str, why: &'a str },
    /// A directory server refused the result of a challenge for good, with this code.
    ResultRefused { challenge: &'a ChallengeId, directory_server: &'a str, code: &'a str },
    /// A problem was our fault.
    Fault { problem: &'a str, why: &'a str },
    /// A setting is refused, and nothing is served.
    RefusedToStart { why: &'a str },
    /// An object could not decide.
    ObjectFailed { why: &'a str },
    /// An object's alarm went off and its work failed. It goes off again.
    AlarmFailed { why: &'a str },
    /// A panic happened at this file and line.
    Panic { at: &'a str },
    /// A cardholder's object hangs because its id asks for it.
    #[cfg(feature = "trap-on-demand")]
    Hang { hangs: &'a str },
}

/// The message that a line is about.
#[derive(Clone, Copy)]
pub(crate) enum LoggedMessage<'a> {
    /// The message carries a code.
    Code {
        challenge: &'a ChallengeId,
        merchant: &'a MerchantId,
        send: u32,
        delivery: u32,
        channel: SendChannel,
    },
    /// The message tells the cardholder what happened, in this challenge if in one.
    Notification {
        kind: NotificationKind,
        challenge: Option<&'a ChallengeId>,
        channel: SendChannel,
    },
}

/// The challenge that a line is about: whose it is, and who asked for it.
#[derive(Clone, Copy)]
pub(crate) struct OfChallenge<'a> {
    pub(crate) challenge: &'a str,
    pub(crate) merchant: &'a MerchantId,
    pub(crate) cardholder: &'a str,
    /// Whether it is a test, which is not counted.
    pub(crate) is_test: bool,
}

impl<'a> OfChallenge<'a> {
    pub(crate) fn of(record: &'a ChallengeRecord) -> Self {
        Self {
            challenge: record.id.as_str(),
            merchant: &record.transaction.merchant,
            cardholder: record.cardholder.as_str(),
            is_test: false,
        }
    }

    pub(crate) fn of_test(record: &'a TestRecord) -> Self {
        Self {
            challenge: record.id.as_str(),
            merchant: &record.transaction.merchant,
            cardholder: record.cardholder.as_str(),
            is_test: true,
        }
    }
}

/// How a message was offered to the providers of its channel.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'a> {
    /// The provider that was asked last.
    pub(crate) provider: &'a str,
    /// How long all providers that were asked took, in milliseconds.
    pub(crate) milliseconds: u64,
    /// How many providers were asked.
    pub(crate) tried: u32,
    /// How many segments a text message has; `None` for e-mail.
    pub(crate) segments: Option<u32>,
}

/// The result of all providers that were asked, with the reason of the last one.
#[derive(Clone, Copy)]
pub(crate) enum Outcome<'a> {
    Accepted,
    /// No provider accepted the message, but one or more may have sent it.
    Unconfirmed(&'a str),
    Refused(&'a str),
}

/// An event that a receiver did not take.
pub(crate) struct MissedEvent<'a> {
    /// The event's `webhook-id`.
    pub(crate) id: &'a str,
    /// `None` for an act of the issuer and an event of a budget.
    pub(crate) challenge: Option<&'a str>,
    pub(crate) event_type: &'a str,
    /// The receiver: `merchant` or `issuer`.
    pub(crate) to: &'a str,
    /// The number of the attempt, from 1.
    pub(crate) attempt: u32,
    pub(crate) why: &'a str,
}

impl LogEvent<'_> {
    /// The line: one JSON object whose values are all text. What the event itself says stands
    /// before what is known of the request, and in place of it.
    pub(crate) fn line(&self, source: &Source) -> String {
        let mut fields = self.fields().0;
        for (name, value) in source.members() {
            if fields.iter().all(|(known, _)| *known != name) {
                fields.push((name, value.into()));
            }
        }
        let fields = fields.into_iter().map(|(name, value)| (name, value.into_owned().into()));
        Json::object([("event", self.name().into())].into_iter().chain(fields)).written()
    }

    fn name(&self) -> &'static str {
        use LoggedMessage::{Code, Notification};
        match self {
            Self::Offered { message: Code { .. }, outcome, .. } => match outcome {
                Outcome::Accepted => "code_sent",
                Outcome::Unconfirmed(_) => "code_unconfirmed",
                Outcome::Refused(_) => "code_not_sent",
            },
            Self::Offered { message: Notification { .. }, outcome, .. } => match outcome {
                Outcome::Accepted => "notification_sent",
                Outcome::Unconfirmed(_) => "notification_unconfirmed",
                Outcome::Refused(_) => "notification_not_sent",
            },
            Self::NotOffered { message: Code { .. }, .. } => "code_not_sent",
            Self::NotOffered { message: Notification { .. }, .. } => "notification_not_sent",
            Self::ProviderFailed { .. } => "provider_failed",
            Self::SmsLong { .. } => "sms_long",
            Self::Receipt { .. } => "receipt",
            Self::ReceiptRefused { .. } => "receipt_refused",
            Self::ReceiptsConfirmed { .. } => "receipts_confirmed",
            Self::KeyRefused { .. } => "key_refused",
            Self::Throttled { .. } => "throttled",
            Self::CallRefused { .. } => "call_refused",
            Self::CodeAccepted { .. } => "code_accepted",
            Self::CodeRefused { .. } => "code_refused",
            Self::FormRefused { .. } => "form_refused",
            Self::ChallengeCanceled { .. } => "challenge_canceled",
            Self::FraudReported { .. } => "fraud_reported",
            Self::CardholderLocked { .. } => "cardholder_locked",
            Self::MerchantWaits { .. } => "merchant_waits",
            Self::EnrollmentRefused { .. } => "enrollment_refused",
            Self::Act(act) => act.names().0,
            Self::AuditNotQueued { .. } => "audit_not_queued",
            Self::EventNotReceived(_) => "event_not_received",
            Self::EventDead(_) => "event_dead",
            Self::EventWithoutRecord { .. } => "event_without_record",
            Self::EventNotQueued { .. } => "event_not_queued",
            Self::SmsBudget { event, .. } => match event.mark {
                BudgetMark::None | BudgetMark::Half => "sms_budget_half",
                BudgetMark::Spent => "sms_budget_spent",
            },
            Self::Redeemed { .. } => "redeemed",
            Self::EnrollmentChanged { .. } => "enrollment_changed",
            Self::KeyThrottled { .. } => "key_throttled",
            Self::ScopeMissing { .. } => "scope_missing",
            Self::MerchantLimited { .. } => "merchant_limited",
            Self::RequestAnswered { .. } => "areq_answered",
            Self::MessageRefused { .. } => "three_ds_message_refused",
            Self::ResultTold { .. } => "result_told",
            Self::ResultNotTold { .. } => "result_not_told",
            Self::ResultRefused { .. } => "result_refused",
            Self::Fault { .. } => "fault",
            Self::RefusedToStart { .. } => "refused_to_start",
            Self::ObjectFailed { .. } => "object_failed",
            Self::AlarmFailed { .. } => "alarm_failed",
            Self::Panic { .. } => "panic",
            #[cfg(feature = "trap-on-demand")]
            Self::Hang { .. } => "hang",
        }
    }

    fn fields(&self) -> Fields<'_> {
        let none = Fields(Vec::new());
        match self {
            Self::Offered { message, offer, outcome } => {
                none.message(message).offer(offer, outcome)
            }
            Self::NotOffered { message, why } => none.message(message).why(why),
            Self::ProviderFailed { message, provider, milliseconds, why } => {
                none.message(message).provider(provider).milliseconds(*milliseconds).why(why)
            }
            Self::SmsLong { message, offer, outcome, encoding } => {
                none.message(message).offer(offer, outcome).text("encoding", encoding.as_str())
            }
            Self::Receipt { challenge, delivery, state } => {
                none.challenge(challenge).delivery(*delivery).text("state", state.as_str())
            }
            Self::ReceiptRefused { provider } | Self::ReceiptsConfirmed { provider } => {
                none.provider(provider)
            }
            Self::KeyRefused { door, why, address } | Self::KeyThrottled { door, why, address } => {
                none.text("door", door).why(why).text("address", address)
            }
            Self::CallRefused { problem } => none.problem(problem),
            Self::Throttled { problem, retry_after } => {
                none.problem(problem).number("retry_after", *retry_after)
            }
            Self::CodeAccepted { of, channel, tries } => none
                .of_challenge(of)
                .optional("channel", channel.map(Channel::as_str))
                .number("tries", *tries),
            Self::CodeRefused { of, problem, channel, tries_left, locked_until } => {
                let refused = none.of_challenge(of).problem(problem);
                let refused = refused.optional("channel", channel.map(Channel::as_str));
                let refused = match tries_left {
                    Some(tries_left) => refused.number("tries_left", *tries_left),
                    None => refused,
                };
                refused.optional("locked_until", *locked_until)
            }
            Self::FormRefused { of, problem, locked_until } => {
                none.of_challenge(of).problem(problem).optional("locked_until", *locked_until)
            }
            Self::ChallengeCanceled { of } | Self::FraudReported { of } => none.of_challenge(of),
            Self::CardholderLocked { cardholder, locked_until } => {
                none.text("cardholder", cardholder).optional("locked_until", *locked_until)
            }
            Self::MerchantWaits { cardholder, challenge, locked_until } => none
                .challenge(challenge)
                .text("cardholder", cardholder)
                .text("locked_until", locked_until),
            Self::EnrollmentRefused { session, problem } => {
                none.text("session", session.as_str()).problem(problem)
            }
            Self::Act(act) => none.act(act),
            Self::AuditNotQueued { act, why } => none.event_type(act.names().1).act(act).why(why),
            Self::EventNotReceived(missed) | Self::EventDead(missed) => none
                .text("webhook_id", missed.id)
                .optional("challenge", missed.challenge)
                .event_type(missed.event_type)
                .text("to", missed.to)
                .number("attempt", missed.attempt)
                .why(missed.why),
            Self::EventWithoutRecord { challenge, event_type } => {
                none.text("challenge", challenge).event_type(event_type)
            }
            Self::SmsBudget { owner, event } => none
                .text(owner.kind(), owner.name())
                .number("limit", event.limit)
                .text("mode", event.mode()),
            Self::Redeemed { challenge } => none.text("challenge", challenge),
            Self::EnrollmentChanged { session, channel, terms } => none
                .text("session", session.as_str())
                .channel(*channel)
                .text("terms", terms.as_str()),
            Self::ScopeMissing { needed } => none.text("needed", needed),
            Self::MerchantLimited { merchant } => none.text("merchant", merchant.as_str()),
            Self::RequestAnswered { version, status, reason, challenge } => none
                .text("version", version)
                .text("status", status)
                .optional("reason", *reason)
                .optional("challenge", challenge.map(ChallengeId::as_str)),
            Self::MessageRefused { code, detail } => none.text("code", code).text("detail", detail),
            Self::ResultTold { challenge, directory_server } => {
                none.challenge(challenge).text("directory_server", directory_server)
            }
            Self::ResultNotTold { challenge, directory_server, why } => {
                none.challenge(challenge).text("directory_server", directory_server).why(why)
            }
            Self::ResultRefused { challenge, directory_server, code } => none
                .challenge(challenge)
                .text("directory_server", directory_server)
                .text("code", code),
            Self::Fault { problem, why } => none.problem(problem).why(why),
            Self::EventNotQueued { why }
            | Self::RefusedToStart { why }
            | Self::ObjectFailed { why }
            | Self::AlarmFailed { why } => none.why(why),
            Self::Panic { at } => none.text("at", at),
            #[cfg(feature = "trap-on-demand")]
            Self::Hang { hangs } => none.text("hangs", hangs),
        }
    }
}

/// Fields in the order of the line.
struct Fields<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    fn message(self, message: &'a LoggedMessage<'_>) -> Self {
        match message {
            LoggedMessage::Code { challenge, merchant, send, delivery, channel } => self
                .challenge(challenge)
                .text("merchant", merchant.as_str())
                .number("send", *send)
                .delivery(*delivery)
                .channel((*channel).into()),
            LoggedMessage::Notification { kind, challenge, channel } => {
                let challenge = challenge.map(ChallengeId::as_str);
                let about = self.text("kind", kind.as_str()).optional("challenge", challenge);
                about.channel((*channel).into())
            }
        }
    }

    fn offer(self, offer: &'a Offer<'_>, outcome: &'a Outcome<'_>) -> Self {
        let asked = self.provider(offer.provider).milliseconds(offer.milliseconds);
        let asked = asked.number("tried", offer.tried);
        let asked = match outcome {
            Outcome::Accepted => asked,
            Outcome::Unconfirmed(why) | Outcome::Refused(why) => asked.why(why),
        };
        match offer.segments {
            Some(segments) => asked.number("segments", segments),
            None => asked,
        }
    }

    fn challenge(self, challenge: &'a ChallengeId) -> Self {
        self.text("challenge", challenge.as_str())
    }

    fn of_challenge(self, of: &OfChallenge<'a>) -> Self {
        self.text("challenge", of.challenge)
            .text("merchant", of.merchant.as_str())
            .text("cardholder", of.cardholder)
    }

    fn act(mut self, act: &Act<'a>) -> Self {
        for (name, fact) in act.facts() {
            self = match fact {
                Fact::Text(text) => self.text(name, text),
                Fact::Count(count) => self.number(name, count as u64),
            };
        }
        self
    }

    fn problem(self, problem: &'a str) -> Self {
        self.text("problem", problem)
    }

    fn optional(self, name: &'static str, value: Option<&'a str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    fn delivery(self, delivery: u32) -> Self {
        self.number("delivery", delivery)
    }

    fn channel(self, channel: Channel) -> Self {
        self.text("channel", channel.as_str())
    }

    fn provider(self, provider: &'a str) -> Self {
        self.text("provider", provider)
    }

    fn milliseconds(self, milliseconds: u64) -> Self {
        self.number("milliseconds", milliseconds)
    }

    fn event_type(self, event_type: &'a str) -> Self {
        self.text("type", event_type)
    }

    fn why(self, why: &'a str) -> Self {
        self.text("why", why)
    }

    fn number(mut self, name: &'static str, value: impl Into<u64>) -> Self {
        self.0.push((name, value.into().to_string().into()));
        self
    }

    fn text(mut self, name: &'static str, value: &'a str) -> Self {
        self.0.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests;
