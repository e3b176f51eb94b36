//! What a deployment knows of a directory server.

use url::{Origin, Url};

use crate::{client_certificate::Fingerprint, version::Version};

/// A directory server that sends us AReqs and takes our RReqs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryServer {
    /// Our name for it.
    pub id: String,
    /// The versions that it is answered in.
    pub versions: Vec<Version>,
    /// The `dsReferenceNumber`s that EMVCo gave it. With none any is taken.
    pub reference_numbers: Vec<String>,
    /// Where RReqs may go: exact origins of https.
    pub results_origins: Vec<ResultsOrigin>,
    /// Certificates by which it proves itself.
    pub certificates: Vec<Fingerprint>,
    /// `acsReferenceNumber`: the number that EMVCo gave the issuer's access control server.
    pub acs_reference_number: String,
    /// `acsOperatorID`, if the directory server asks for one.
    pub acs_operator_id: Option<String>,
    /// `acsChallengeMandated`
    pub challenge_mandated: Mandate,
    /// The electronic commerce indicators of its programme.
    pub eci: Eci,
}

/// Whether regulation demands a challenge (`acsChallengeMandated`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandate {
    /// Y
    Mandated,
    /// N
    NotMandated,
}

/// The electronic commerce indicators that a programme has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Eci {
    /// For an authenticated cardholder, such as 05.
    pub authenticated: Option<String>,
    /// For one who was not, if the programme wants it said.
    pub not_authenticated: Option<String>,
}

/// An origin to which RReqs may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultsOrigin(Origin);

impl ResultsOrigin {
    /// Reads an origin such as `https://ds.example:8443`; `None` for anything else, also for a URL with
    /// a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
        let origin = url.origin();
        (origin.ascii_serialization() == text).then_some(Self(origin))
    }

    /// Reads an origin of this machine without TLS, such as `http://127.0.0.1:8791`, for a development
    /// server; `None` for anything else.
    #[must_use]
    pub fn parse_local(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "http")?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let origin = url.origin();
        (local && origin.ascii_serialization() == text).then_some(Self(origin))
    }

    /// Whether a URL leads to this origin, without credentials.
    #[must_use]
    pub fn has(&self, url: &str) -> bool {
        let plain = |url: &Url| url.username().is_empty() && url.password().is_none();
        Url::parse(url).is_ok_and(|url| url.origin() == self.0 && plain(&url))
    }
}

impl DirectoryServer {
    /// Whether an RReq may go to this URL: it is the one address in a message that we call.
    #[must_use]
    pub fn takes_results_at(&self, url: &str) -> bool {
        self.results_origins.iter().any(|origin| origin.has(url))
    }

    /// Whether the number is one of its own.
    #[must_use]
    pub fn has_reference_number(&self, number: &str) -> bool {
        self.reference_numbers.is_empty() || self.reference_numbers.iter().any(|it| it == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_of_https_and_nothing_more() {
        for good in ["https://ds.example", "https://ds.example:8443", "https://127.0.0.1:4312"] {
            assert!(ResultsOrigin::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ds.example",
            "http://ds.example",
            "https://ds.example/",
            "https://ds.example/rreq",
            "https://ds.example:443",
            "https://u@ds.example",
            "https://DS.example",
        ] {
            assert!(ResultsOrigin::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_url_leads_to_an_origin_only_if_scheme_host_and_port_are_the_same() {
        let origin = ResultsOrigin::parse("https://ds.example:8443").unwrap();
        assert!(origin.has("https://ds.example:8443/rreq?a=b"));
        assert!(origin.has("https://DS.EXAMPLE:8443/rreq"));
        for other in [
            "https://ds.example/rreq",
            "http://ds.example:8443/rreq",
            "https://ds.example.evil.example:8443/rreq",
            "https://evil.example:8443/https://ds.example:8443/",
            "https://ds.example:8443@evil.example/",
            "https://user:secret@ds.example:8443/rreq",
        ] {
            assert!(!origin.has(other), "{other}");
        }
    }
}
