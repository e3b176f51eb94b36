//! By which clock an object decides when nobody tells it the time, at its alarm.

use std::time::Duration;

use crate::time::Timestamp;

/// The clock of one object's alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectClock {
    /// The platform's own, whatever time a command comes with. Production has no other: two clocks
    /// of the platform may differ, and an object must not keep the difference.
    Platform,
    /// That of the commands, which a development server moves ahead by so many seconds.
    Movable(u64),
}

impl ObjectClock {
    /// Follows the clock of a command that comes with `now` when the platform's shows `platform`.
    ///
    /// The new offset in seconds, to be stored, if it moved; an alarm that was set before goes off
    /// at another time than was meant.
    pub fn follow(&mut self, now: Timestamp, platform: Timestamp) -> Option<u64> {
        /// Two clocks of the platform differ by less.
        const LEAST: u64 = 2;
        let Self::Movable(known) = self else { return None };
        let ahead = now.plus(Duration::from_millis(500)).since(platform).as_secs();
        let ahead = if ahead < LEAST { 0 } else { ahead };
        (std::mem::replace(known, ahead) != ahead).then_some(ahead)
    }

    /// Takes up the offset that an earlier life of the object stored, if there is one.
    pub fn resume(&mut self, stored: Option<u64>) {
        match self {
            Self::Platform => {}
            Self::Movable(ahead) => *ahead = stored.unwrap_or_default(),
        }
    }

    /// The time of a decision that nobody asked for, when the platform's clock shows `platform`.
    #[must_use]
    pub fn time(self, platform: Timestamp) -> Timestamp {
        match self {
            Self::Platform => platform,
            Self::Movable(ahead) => platform.plus(Duration::from_secs(ahead)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: u64 = 1_800_000_000_000;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(PLATFORM + millis)
    }

    #[test]
    fn production_decides_by_the_platform_however_far_a_command_is_ahead() {
        let mut clock = ObjectClock::Platform;
        for ahead in [0, 1_999, 2_000, 3_600_000, 10 * 365 * 86_400_000] {
            assert_eq!(clock.follow(at(ahead), at(0)), None, "{ahead}");
            assert_eq!(clock.time(at(5)), at(5));
        }
        // Nor by what a development server left in the storage.
        clock.resume(Some(3600));
        assert_eq!(clock.time(at(5)), at(5));
    }

    #[test]
    fn development_decides_by_the_clock_that_was_moved_and_stores_each_move_once() {
        let mut clock = ObjectClock::Movable(0);
        for (now, platform, stored, time) in [
            (0, 0, None, 0),
            // Less than two seconds are the difference of two clocks.
            (1_499, 0, None, 0),
            (3_600_000, 0, Some(3600), 3_600_000),
            (3_600_400, 0, None, 3_600_000),
            (3_600_000, 400, None, 3_600_400),
            (7_200_000, 0, Some(7200), 7_200_000),
            // A clock that is behind is not ahead.
            (0, 1_000, Some(0), 1_000),
        ] {
            assert_eq!(clock.follow(at(now), at(platform)), stored, "{now} {platform}");
            assert_eq!(clock.time(at(platform)), at(time), "{now} {platform}");
        }
        clock.resume(Some(60));
        assert_eq!(clock.time(at(0)), at(60_000));
        clock.resume(None);
        assert_eq!(clock.time(at(0)), at(0));
    }
}
