//! How long a cardholder's browser waits while the directory server is told a result.

use std::time::Duration;

/// The attempts to tell a result while the cardholder waits: one, and a second at once if no connection
/// could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The first.
    First,
    /// The second.
    Second,
}

impl Attempt {
    /// How long the cardholder waits in all.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// How long this attempt may take, when the cardholder has waited so long; `None` if it is not made.
    #[must_use]
    pub fn patience(self, waited: Duration) -> Option<Duration> {
        Self::PATIENCE.checked_sub(waited).filter(|left| !left.is_zero())
    }

    /// The attempt after this one, if no connection could be made.
    #[must_use]
    pub fn unconnected(self) -> Option<Self> {
        match self {
            Self::First => Some(Self::Second),
            Self::Second => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cardholder_waits_five_seconds_in_all() {
        let wait = |attempt: Attempt, millis| attempt.patience(Duration::from_millis(millis));
        assert_eq!(wait(Attempt::First, 0), Some(Duration::from_secs(5)));
        assert_eq!(Attempt::First.unconnected(), Some(Attempt::Second));
        assert_eq!(wait(Attempt::Second, 1), Some(Duration::from_millis(4999)));
        assert_eq!(wait(Attempt::Second, 4999), Some(Duration::from_millis(1)));
        for waited in [5000, 5001, 60_000] {
            assert_eq!(wait(Attempt::Second, waited), None);
        }
        assert_eq!(Attempt::Second.unconnected(), None);
    }
}
