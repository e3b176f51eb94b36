//! The numbers of the rules and their defaults. Which of them a deployment can choose, and within
//! which bounds, is in the Worker's settings.

use std::time::Duration;

use crate::{
    contact::{Channel, Country, Destination},
    sign_in::SignInDemand,
    time::Timestamp,
};

/// What wrong codes of one cardholder allow. A wrong code has a weight: how many codes were right when
/// it was compared, 1 for a code that was sent and 3 for an app's. So a weight of 50 is a chance of
/// 50 in a million. All but the row count what was wrong within the newest [`Rules::window`].
///
/// The numbers were found by simulation: docs/decisions/limits-under-abuse.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCodeLimits {
    /// The weight over all merchants, in browsers that are not known.
    pub day: u32,
    /// The weight in known browsers, beside `day`.
    pub day_known: u32,
    /// Of `day_known`, the weight from known networks. Others can be in one too, and in no known browser.
    pub day_known_network: u32,
    /// How many in a row, until a challenge is verified, the owner lets one in, or the issuer
    /// unlocks (NIST SP 800-63B-4 §3.2.2: at most 100).
    pub row: u32,
    /// How many of the row are kept for known browsers and challenges that the owner let in.
    pub row_kept: u32,
    /// From which weight at one merchant a new challenge there waits.
    pub merchant_wait_from: u32,
    /// How long it waits after the newest wrong code there.
    pub merchant_wait: Duration,
    /// From which weight at one merchant a new challenge there waits until the window has less.
    pub merchant_day: u32,
    /// From which weight over all merchants, with what open challenges may still spend, each
    /// merchant has only so many tries.
    pub wary_from: u32,
    /// How many tries a merchant then has.
    pub wary_tries: u32,
}

/// How many messages with codes that were not verified a destination takes within the newest
/// [`Rules::window`].
///
/// The numbers were found by simulation: docs/decisions/limits-under-abuse.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnverifiedSendLimits {
    /// For whoever comes.
    pub common: usize,
    /// Of those, for one merchant.
    pub merchant: usize,
    /// Up to so many in all, one for a merchant that had none.
    pub most: usize,
    /// For known browsers and challenges that the owner let in, beside the others.
    pub kept: usize,
    /// Of those, for known networks.
    pub kept_network: usize,
}

/// The channels by which a code can come in this deployment: e-mail and SMS where a courier is set
/// up, the app where its secret can be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableChannels {
    /// E-mail.
    pub email: bool,
    /// Text messages.
    pub sms: bool,
    /// Authenticator apps.
    pub app: bool,
}

impl AvailableChannels {
    /// Whether a code can come by this channel.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
            Channel::App => self.app,
        }
    }
}

/// What becomes of a text message beyond the budget of unverified sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsBudgetMode {
    /// It is sent. That the budget is spent is told.
    RecordOnly,
    /// It is not sent.
    Deny,
}

/// The budgets of text messages in a day whose codes nobody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsBudgetRules {
    /// What becomes of a message beyond a budget.
    pub mode: SmsBudgetMode,
    /// How many sends, to the numbers of one country.
    pub country: usize,
    /// How many sends, for one merchant.
    pub merchant: usize,
}

/// The limits of one deployment, and what it can do. [`crate::cardholder::Cardholder::decide`] and
/// [`crate::destination::DestinationQuota::decide`] apply them. A limit that is the same in every
/// deployment is a constant beside its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a code is valid from its send (NIST SP 800-63B §3.1.3: at most 10 minutes).
    pub code_life: Duration,
    /// How long a challenge is open from its creation.
    pub challenge_life: Duration,
    /// How long a verified challenge can be redeemed.
    pub attestation_life: Duration,
    /// How long a challenge can be read after the time at which it ends by itself, however it ended.
    pub retention: Duration,
    /// How many codes one challenge compares, over all its sends.
    pub tries: u32,
    /// How long to wait after each send before the next. There are as many resends as waits.
    pub resend_waits: Vec<Duration>,
    /// How far back wrong codes and unverified sends count. The window ends now, and begins at no
    /// fixed hour.
    pub window: Duration,
    /// What wrong codes allow.
    pub wrong_codes: WrongCodeLimits,
    /// What unverified sends to one destination allow.
    pub unverified_sends: UnverifiedSendLimits,
    /// How long an enrollment session is open.
    pub enrollment_life: Duration,
    /// How old a destination has to be that replaced another one, or was added, before a code is sent
    /// there.
    pub destination_min_age: Duration,
    /// The channels by which codes can come.
    pub available: AvailableChannels,
    /// The countries whose numbers get text messages.
    pub sms_countries: Vec<Country>,
    /// The budgets of text messages.
    pub sms_budget: SmsBudgetRules,
    /// Whether a code goes by e-mail after a text message with it failed (`SMS_TO_EMAIL`).
    pub sms_to_email: bool,
    /// How a member must have signed in before an enrollment session is started.
    pub sign_in: SignInDemand,
    /// Whether events are told: the deployment has the queue for them.
    pub events: bool,
    /// Of how many cardholders one merchant is told that they are unknown or not enrolled.
    pub unknown_answers: Quota,
    /// Whether the cardholder is told of failures, locks and changes (`NOTIFICATIONS`).
    pub notifications: bool,
    /// Whether a destination that was replaced or removed is told too
    /// (`ANNOUNCE_DESTINATION_CHANGES`).
    pub notifies_former: bool,
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            code_life: minutes(10),
            challenge_life: minutes(30),
            attestation_life: minutes(5),
            retention: hours(24),
            tries: 5,
            resend_waits: [30, 60, 120].map(Duration::from_secs).to_vec(),
            window: hours(24),
            wrong_codes: WrongCodeLimits {
                day: 44,
                day_known: 6,
                day_known_network: 3,
                row: 100,
                row_kept: 10,
                merchant_wait_from: 5,
                merchant_wait: minutes(15),
                merchant_day: 10,
                wary_from: 10,
                wary_tries: 2,
            },
            unverified_sends: UnverifiedSendLimits {
                common: 10,
                merchant: 5,
                most: 30,
                kept: 10,
                kept_network: 3,
            },
            enrollment_life: minutes(15),
            destination_min_age: Duration::ZERO,
            available: AvailableChannels { email: true, sms: true, app: true },
            sms_countries: vec![Country::JAPAN],
            sms_budget: SmsBudgetRules {
                mode: SmsBudgetMode::RecordOnly,
                country: 2000,
                merchant: 200,
            },
            sms_to_email: false,
            sign_in: SignInDemand::default(),
            events: false,
            unknown_answers: Quota { count: 20, window: hours(1) },
            notifications: false,
            notifies_former: false,
        }
    }
}

/// At most `count` in any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub count: usize,
    /// In which time. A window ends with each one, and begins at no fixed hour.
    pub window: Duration,
}

impl Rules {
    /// How many deliveries one challenge may order, also counting those that every provider
    /// refused. Refused sends do not count as sends, so without this bound a provider that reports
    /// a refusal and sends all the same would send without end.
    #[must_use]
    pub fn deliveries(&self) -> u32 {
        u32::try_from(2 * self.sends()).unwrap_or(u32::MAX)
    }

    /// Whether messages may be sent to a destination: always to an address, to a number only if its
    /// country is among [`Self::sms_countries`].
    #[must_use]
    pub fn may_send_to(&self, to: &Destination) -> bool {
        match to {
            Destination::Email(_) => true,
            Destination::Sms(number) => {
                number.country().is_some_and(|country| self.sms_countries.contains(&country))
            }
        }
    }

    /// When a challenge that runs out at `expires_at` is forgotten: its state in the cardholder
    /// object and its record in KV.
    #[must_use]
    pub fn forgotten_at(&self, expires_at: Timestamp) -> Timestamp {
        expires_at.plus(self.retention)
    }

    /// How many sends one challenge can have.
    #[must_use]
    pub fn sends(&self) -> usize {
        1 + self.resend_waits.len()
    }
}
