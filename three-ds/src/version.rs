//! The versions of the protocol that are spoken.

use minicbor::{Decode, Encode};

/// A version of the EMV 3-D Secure protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub enum Version {
    /// 2.2.0
    #[n(0)]
    V220,
    /// 2.3.1
    #[n(1)]
    V231,
}

impl Version {
    /// Every version, the oldest first.
    pub const ALL: [Self; 2] = [Self::V220, Self::V231];

    /// Its text in `messageVersion`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V220 => "2.2.0",
            Self::V231 => "2.3.1",
        }
    }

    /// Finds a version by its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The match makes a new version break the build here, so that it gets its place in the list.
    #[test]
    fn every_version_is_listed_and_found_by_its_text() {
        let place = |version| match version {
            Version::V220 => 0,
            Version::V231 => 1,
        };
        for (index, version) in Version::ALL.into_iter().enumerate() {
            assert_eq!(place(version), index);
            assert_eq!(Version::parse(version.as_str()), Some(version));
        }
        for other in ["", "2.2", "2.1.0", "2.3.0", "2.3.1.1", "02.2.0", " 2.2.0"] {
            assert_eq!(Version::parse(other), None, "{other}");
        }
    }
}
