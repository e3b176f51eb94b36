//! The numbers of the rules: defaults, bounds, and where a deployment may choose.

use std::time::Duration;

use crate::contact::Channel;

/// At most `count` in any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many sends.
    pub count: usize,
    /// In which time. A window ends with each send; it does not begin at fixed hours.
    pub window: Duration,
}

/// The channels by which a code can come in this deployment: e-mail and SMS where a courier is set
/// up, the app where its secret can be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// E-mail.
    pub email: bool,
    /// Text messages.
    pub sms: bool,
    /// Authenticator apps.
    pub app: bool,
}

impl Reached {
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

/// Every limit that [`crate::cardholder::Cardholder::decide`] applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a code is valid from its send (NIST SP 800-63B §3.1.3: at most 10 minutes).
    pub code_life: Duration,
    /// How long a challenge is open from its creation.
    pub challenge_life: Duration,
    /// How long a verified challenge can be redeemed.
    pub attestation_life: Duration,
    /// How long an ended challenge can be read.
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
    pub reached: Reached,
    /// Whether a code goes by e-mail after a text message with it failed (`SMS_TO_EMAIL`).
    pub sms_to_email: bool,
    /// Whether events are told: the deployment has the queue for them.
    pub events: bool,
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
            reached: Reached { email: true, sms: true, app: true },
            sms_to_email: false,
            events: false,
            destination_burst: Quota { count: 5, window: minutes(10) },
            destination_day: Quota { count: 20, window: hours(24) },
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The setting's name.
    pub name: &'static str,
    /// What it must be.
    pub must: String,
}

/// The bounds of every setting that is a number: seconds where the name says so, else counts.
const BOUNDS: [(&str, u64, u64); 12] = [
    ("CODE_LIFE_SECONDS", 60, 600),
    ("CHALLENGE_LIFE_SECONDS", 120, 3600),
    ("ATTESTATION_LIFE_SECONDS", 60, 900),
    ("RETENTION_SECONDS", 3600, 7 * 86400),
    ("TRIES", 1, 10),
    ("LOCK_AFTER", 3, 100),
    ("LOCK_SECONDS", 300, 30 * 86400),
    ("ENROLLMENT_SESSION_SECONDS", 60, 3600),
    ("OPEN_CHALLENGES", 1, 10),
    ("DESTINATION_BURST_SENDS", 1, 20),
    ("DESTINATION_BURST_SECONDS", 60, 3600),
    ("DESTINATION_DAY_SENDS", 1, 100),
];

impl Rules {
    /// The defaults, with what the deployment sets in their place.
    ///
    /// `RESEND_WAIT_SECONDS` is a list such as `30,60,120`: one wait for each resend, none for no
    /// resends.
    ///
    /// # Errors The first setting that is not a number, or is out of its bounds.
    pub fn from_settings(setting: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let number = |wanted: &'static str, default: u64| -> Result<u64, SettingError> {
            let Some(text) = setting(wanted) else {
                return Ok(default);
            };
            let bounds = BOUNDS.iter().find(|(name, ..)| *name == wanted);
            let (_, low, high) = bounds.copied().unwrap_or((wanted, 0, u64::MAX));
            match text.trim().parse() {
                Ok(value) if (low..=high).contains(&value) => Ok(value),
                _ => Err(SettingError {
                    name: wanted,
                    must: format!("be a whole number from {low} to {high}"),
                }),
            }
        };
        let seconds =
            |name, default: Duration| number(name, default.as_secs()).map(Duration::from_secs);
        let count = |name, default: usize| {
            number(name, default as u64).map(|value| usize::try_from(value).unwrap_or(default))
        };
        let small = |name, default: u32| {
            number(name, u64::from(default)).map(|value| u32::try_from(value).unwrap_or(default))
        };

        let standard = Self::default();
        Ok(Self {
            code_life: seconds("CODE_LIFE_SECONDS", standard.code_life)?,
            challenge_life: seconds("CHALLENGE_LIFE_SECONDS", standard.challenge_life)?,
            attestation_life: seconds("ATTESTATION_LIFE_SECONDS", standard.attestation_life)?,
            retention: seconds("RETENTION_SECONDS", standard.retention)?,
            tries: small("TRIES", standard.tries)?,
            resend_waits: waits(setting("RESEND_WAIT_SECONDS"), standard.resend_waits)?,
            lock_after: small("LOCK_AFTER", standard.lock_after)?,
            lock: seconds("LOCK_SECONDS", standard.lock)?,
            enrollment_life: seconds("ENROLLMENT_SESSION_SECONDS", standard.enrollment_life)?,
            open_challenges: count("OPEN_CHALLENGES", standard.open_challenges)?,
            reached: standard.reached,
            sms_to_email: switch(setting("SMS_TO_EMAIL"))?,
            events: standard.events,
            destination_burst: Quota {
                count: count("DESTINATION_BURST_SENDS", standard.destination_burst.count)?,
                window: seconds("DESTINATION_BURST_SECONDS", standard.destination_burst.window)?,
            },
            destination_day: Quota {
                count: count("DESTINATION_DAY_SENDS", standard.destination_day.count)?,
                window: standard.destination_day.window,
            },
        })
    }

    /// How many deliveries one challenge may order, also counting those that every provider
    /// refused. Refused sends do not count as sends, so without this bound a provider that reports
    /// a refusal and sends all the same would send without end.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        u32::try_from(2 * self.sends()).unwrap_or(u32::MAX)
    }

    /// How many sends one challenge can have.
    #[must_use]
    pub fn sends(&self) -> usize {
        1 + self.resend_waits.len()
    }
}

fn switch(text: Option<String>) -> Result<bool, SettingError> {
    match text.as_deref() {
        Some("on") => Ok(true),
        Some("off" | "") | None => Ok(false),
        Some(_) => Err(SettingError { name: "SMS_TO_EMAIL", must: "be on or off".to_owned() }),
    }
}

fn waits(text: Option<String>, standard: Vec<Duration>) -> Result<Vec<Duration>, SettingError> {
    const MOST: usize = 5;
    let Some(text) = text else {
        return Ok(standard);
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let waits: Option<Vec<Duration>> = parts
        .map(|part| match part.parse() {
            Ok(seconds @ 10..=600) => Some(Duration::from_secs(seconds)),
            _ => None,
        })
        .collect();
    waits.filter(|waits| waits.len() <= MOST).ok_or_else(|| SettingError {
        name: "RESEND_WAIT_SECONDS",
        must: format!("list at most {MOST} numbers from 10 to 600, such as 30,60,120"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Result<Rules, SettingError> {
        Rules::from_settings(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(Rules::from_settings(|_| None), Ok(Rules::default()));
    }

    #[test]
    fn every_setting_has_bounds() {
        for (name, low, high) in BOUNDS {
            assert!(with(name, &low.to_string()).is_ok(), "{name} {low}");
            assert!(with(name, &high.to_string()).is_ok(), "{name} {high}");
            for bad in [(high + 1).to_string(), "-1".to_owned(), "ten".to_owned(), String::new()] {
                assert_eq!(with(name, &bad).map_err(|error| error.name), Err(name), "{bad}");
            }
        }
    }

    #[test]
    fn enrollment_sessions_are_as_long_as_a_deployment_says() {
        let rules = with("ENROLLMENT_SESSION_SECONDS", "61").unwrap();
        let enrollment_life = Duration::from_secs(61);
        assert_eq!(rules, Rules { enrollment_life, ..Rules::default() });
        assert!(with("ENROLLMENT_SESSION_SECONDS", "59").is_err());
        assert!(with("ENROLLMENT_SESSION_SECONDS", "3601").is_err());
    }

    #[test]
    fn waits_are_the_resends() {
        assert_eq!(with("RESEND_WAIT_SECONDS", "15, 20").unwrap().sends(), 3);
        assert_eq!(with("RESEND_WAIT_SECONDS", "").unwrap().sends(), 1);
        for bad in ["5", "30;60", "1,2,3", "30,30,30,30,30,30"] {
            assert!(with("RESEND_WAIT_SECONDS", bad).is_err(), "{bad}");
        }
    }
}
