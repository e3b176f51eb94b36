//! How a member had signed in at the issuer's member site when an enrollment session was started, as
//! the member site says it: `acr` and `auth_time` of OpenID Connect Core 1.0 §2.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{optional, time::Timestamp};

/// An authentication context class reference: 1 to 255 printable ASCII characters without spaces. It
/// is compared as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Acr(#[n(0)] String);

impl Acr {
    /// Checks a reference; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=255).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The reference's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How and when a member signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignIn {
    /// How.
    #[cbor(n(0), with = "optional", has_nil)]
    pub acr: Option<Acr>,
    /// When.
    #[cbor(n(1), with = "optional", has_nil)]
    pub auth_time: Option<Timestamp>,
}

/// How much the clocks of the member site and ours may differ.
const LEEWAY: Duration = Duration::from_secs(60);

impl SignIn {
    /// Whether a member can have signed in at `at`: not in the future.
    #[must_use]
    pub fn can_be_at(at: Timestamp, now: Timestamp) -> bool {
        at <= now.plus(LEEWAY)
    }
}

/// What a deployment demands of a sign-in before an enrollment session is started. The default
/// demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInDemand {
    /// The references of which one is demanded; empty where any will do, or none.
    pub acr: Vec<Acr>,
    /// How long ago the member may have signed in; `None` where that does not count.
    pub max_age: Option<Duration>,
}

impl SignInDemand {
    /// Whether a sign-in is enough. One that does not say what is demanded is not, nor one in the
    /// future.
    #[must_use]
    pub fn is_met_by(&self, sign_in: Option<&SignIn>, now: Timestamp) -> bool {
        let unsaid = SignIn::default();
        let sign_in = sign_in.unwrap_or(&unsaid);
        let by =
            self.acr.is_empty() || sign_in.acr.as_ref().is_some_and(|acr| self.acr.contains(acr));
        let fresh = self.max_age.is_none_or(|max_age| {
            sign_in.auth_time.is_some_and(|at| now <= at.plus(max_age).plus(LEEWAY))
        });
        by && fresh && sign_in.auth_time.is_none_or(|at| SignIn::can_be_at(at, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acr(text: &str) -> Acr {
        Acr::parse(text).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    fn signed_in(acr: Option<&str>, auth_time: Option<u64>) -> SignIn {
        SignIn { acr: acr.and_then(Acr::parse), auth_time: auth_time.map(at) }
    }

    #[test]
    fn a_reference_is_short_and_printable() {
        for good in ["1", "urn:mace:incommon:iap:silver", "phr", &"a".repeat(255)] {
            assert_eq!(acr(good).as_str(), good);
        }
        for bad in ["", "a b", "本人", "a\n", &"a".repeat(256)] {
            assert!(Acr::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn nothing_is_demanded_by_default() {
        let demand = SignInDemand::default();
        assert!(demand.is_met_by(None, at(0)));
        assert!(demand.is_met_by(Some(&signed_in(Some("pwd"), Some(0))), at(1_000_000)));
    }

    #[test]
    fn one_of_the_references_is_demanded_as_it_is_written() {
        let demand = SignInDemand { acr: vec![acr("phr"), acr("phrh")], max_age: None };
        for (given, met) in [
            (Some("phr"), true),
            (Some("phrh"), true),
            (Some("PHR"), false),
            (Some("ph"), false),
            (None, false),
        ] {
            assert_eq!(demand.is_met_by(Some(&signed_in(given, None)), at(0)), met, "{given:?}");
        }
    }

    #[test]
    fn a_sign_in_is_old_after_its_time_and_one_in_the_future_is_none() {
        let demand = SignInDemand { acr: Vec::new(), max_age: Some(Duration::from_secs(300)) };
        let now = 10_000;
        for (auth_time, met) in [
            (Some(now), true),
            (Some(now - 300), true),
            (Some(now - 360), true),
            (Some(now - 361), false),
            (Some(now + 60), true),
            (Some(now + 61), false),
            (None, false),
        ] {
            assert_eq!(
                demand.is_met_by(Some(&signed_in(None, auth_time)), at(now)),
                met,
                "{auth_time:?}"
            );
        }
        let any = SignInDemand::default();
        assert!(
            !any.is_met_by(Some(&signed_in(None, Some(now + 61))), at(now)),
            "nobody is there yet"
        );
    }
}
