//! `TEST_MODE`: which keys a deployment makes and takes.

use warifu_core::secret::KeyMode;

/// The keys, and with them the challenges, that a deployment knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TestMode {
    /// Of both modes.
    #[default]
    On,
    /// Live ones alone.
    Off,
    /// Test ones alone: the deployment is for trying out.
    Only,
}

impl TestMode {
    /// Its name in the setting.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Only => "only",
        }
    }

    /// The one of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::On, Self::Off, Self::Only].into_iter().find(|mode| mode.as_str() == name)
    }

    /// Whether keys of this mode are made and taken.
    pub(crate) fn takes(self, mode: KeyMode) -> bool {
        match mode {
            KeyMode::Live => self != Self::Only,
            KeyMode::Test => self != Self::Off,
        }
    }
}
