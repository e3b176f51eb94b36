//! The numbers of the rules and their defaults. Which of them a deployment can choose, and within
//! which bounds, is in the Worker's settings.

use std::time::Duration;

use crate::{contact::Channel, sign_in::SignInDemand, time::Timestamp};

/// At most `count` in any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many sends.
    pub count: usize,
    /// In which time. A window ends with each send, and begins at no fixed hour.
    pub window: Duration,
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
    /// How many wrong codes in a row, over all challenges, lock the cardholder.
    pub lock_after: u32,
    /// How long a lock lasts unless the issuer lifts it.
    pub lock: Duration,
    /// How long an enrollment session is open.
    pub enrollment_life: Duration,
    /// How many challenges of one cardholder may be open. A further one cancels the oldest whose
    /// form nobody was shown, or else the oldest.
    pub open_challenges: usize,
    /// The channels by which codes can come.
    pub available: AvailableChannels,
    /// Whether a code goes by e-mail after a text message with it failed (`SMS_TO_EMAIL`).
    pub sms_to_email: bool,
    /// How a member must have signed in before an enrollment session is started.
    pub sign_in: SignInDemand,
    /// Whether events are told: the deployment has the queue for them.
    pub events: bool,
    /// Whether the cardholder is told of failures, locks and changes (`NOTIFICATIONS`).
    pub notifications: bool,
    /// Whether a destination that was replaced or removed is told too
    /// (`ANNOUNCE_DESTINATION_CHANGES`).
    pub notifies_former: bool,
    /// The quota of sends to one destination in a short time.
    pub destination_burst: Quota,
    /// The quota of sends to one destination in a day.
    pub destination_day: Quota,
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
            lock_after: 10,
            lock: hours(24),
            enrollment_life: minutes(15),
            open_challenges: 3,
            available: AvailableChannels { email: true, sms: true, app: true },
            sms_to_email: false,
            sign_in: SignInDemand::default(),
            events: false,
            notifications: false,
            notifies_former: false,
            destination_burst: Quota { count: 5, window: minutes(10) },
            destination_day: Quota { count: 20, window: hours(24) },
        }
    }
}

/// How often a destination takes a notification of one kind, over all cardholders who registered it:
/// the first at once, then one an hour, and three a day. They count apart from codes.
#[must_use]
pub fn notification_quotas() -> [Quota; 2] {
    [Quota { count: 1, window: hours(1) }, Quota { count: 3, window: hours(24) }]
}

impl Rules {
    /// How many deliveries one challenge may order, also counting those that every provider
    /// refused. Refused sends do not count as sends, so without this bound a provider that reports
    /// a refusal and sends all the same would send without end.
    #[must_use]
    pub fn deliveries(&self) -> u32 {
        u32::try_from(2 * self.sends()).unwrap_or(u32::MAX)
    }

    /// The quotas of one destination. All of them hold.
    #[must_use]
    pub fn quotas(&self) -> [Quota; 2] {
        [self.destination_burst, self.destination_day]
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
