//! Who a client is, by what Cloudflare says of its certificate (`request.cf.tlsClientAuth`).
//!
//! All values are texts, also those that mean yes or no:
//! <https://developers.cloudflare.com/ssl/client-certificates/client-certificate-variables>.

use subtle::{Choice, ConstantTimeEq as _};
use warifu_core::digest::from_hex;

/// What Cloudflare says of a connection's client certificate. What it does not say is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TlsClientAuth<'a> {
    /// `certPresented`: `1` if there was one.
    pub presented: Option<&'a str>,
    /// `certVerified`: `SUCCESS`, `NONE`, `FAILED` or `FAILED:` and a reason.
    pub verified: Option<&'a str>,
    /// `certRevoked`: `1` for a valid certificate that was revoked. It is then `SUCCESS` all the same.
    pub revoked: Option<&'a str>,
    /// `certFingerprintSHA256`, in hexadecimal.
    pub fingerprint_sha256: Option<&'a str>,
}

/// The SHA-256 fingerprint of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits, with or without colons between the pairs; `None` for anything
    /// else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let in_pairs = text.split(':').all(|pair| pair.len() == 2);
        from_hex(&if in_pairs { text.replace(':', "") } else { text.to_owned() }).map(Self)
    }
}

/// Why a client's certificate proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotProved {
    /// There was none.
    NotPresented,
    /// It is not valid, or no authority that was uploaded has signed it.
    NotVerified,
    /// It was revoked.
    Revoked,
    /// It is not one of those that are pinned.
    NotPinned,
}

impl TlsClientAuth<'_> {
    /// Whether the client has one of the pinned certificates.
    ///
    /// # Errors
    /// The first reason why it proves nothing. A value that is missing or that no document has counts
    /// against it.
    pub fn proves(&self, pinned: &[Fingerprint]) -> Result<(), NotProved> {
        if self.presented != Some("1") {
            return Err(NotProved::NotPresented);
        }
        if self.verified != Some("SUCCESS") {
            return Err(NotProved::NotVerified);
        }
        if self.revoked != Some("0") {
            return Err(NotProved::Revoked);
        }
        let Some(shown) = self.fingerprint_sha256.and_then(Fingerprint::parse) else {
            return Err(NotProved::NotPinned);
        };
        let mut found = Choice::from(0);
        for known in pinned {
            found |= known.0.ct_eq(&shown.0);
        }
        if found.into() { Ok(()) } else { Err(NotProved::NotPinned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "acf77cf37b4156a2708e34c4eb755f9b5dbbe5ebb55adfec8f11493438d19e6a";

    fn shown() -> TlsClientAuth<'static> {
        TlsClientAuth {
            presented: Some("1"),
            verified: Some("SUCCESS"),
            revoked: Some("0"),
            fingerprint_sha256: Some(SHOWN),
        }
    }

    fn pinned() -> [Fingerprint; 2] {
        [Fingerprint::parse(&"0".repeat(64)).unwrap(), Fingerprint::parse(SHOWN).unwrap()]
    }

    /// The documented values, those of the types that Cloudflare publishes, and none at all.
    #[test]
    fn only_a_valid_pinned_certificate_proves_who_calls() {
        use NotProved::{NotPinned, NotPresented, NotVerified, Revoked};
        let cases: &[(&str, TlsClientAuth<'_>, Result<(), NotProved>)] = &[
            ("valid", shown(), Ok(())),
            ("nothing is said", TlsClientAuth::default(), Err(NotPresented)),
            (
                "no certificate",
                TlsClientAuth {
                    presented: Some("0"),
                    verified: Some("NONE"),
                    revoked: Some("0"),
                    fingerprint_sha256: Some(""),
                },
                Err(NotPresented),
            ),
            (
                "a boolean's name",
                TlsClientAuth { presented: Some("true"), ..shown() },
                Err(NotPresented),
            ),
            ("none", TlsClientAuth { verified: Some("NONE"), ..shown() }, Err(NotVerified)),
            ("failed", TlsClientAuth { verified: Some("FAILED"), ..shown() }, Err(NotVerified)),
            (
                "self-signed",
                TlsClientAuth { verified: Some("FAILED:self signed certificate"), ..shown() },
                Err(NotVerified),
            ),
            (
                "unknown authority",
                TlsClientAuth {
                    verified: Some("FAILED:unable to get local issuer certificate"),
                    ..shown()
                },
                Err(NotVerified),
            ),
            (
                "unknown first certificate",
                TlsClientAuth {
                    verified: Some("FAILED:unable to verify the first certificate"),
                    ..shown()
                },
                Err(NotVerified),
            ),
            (
                "too early",
                TlsClientAuth { verified: Some("FAILED:certificate is not yet valid"), ..shown() },
                Err(NotVerified),
            ),
            (
                "expired",
                TlsClientAuth { verified: Some("FAILED:certificate has expired"), ..shown() },
                Err(NotVerified),
            ),
            (
                "other case",
                TlsClientAuth { verified: Some("success"), ..shown() },
                Err(NotVerified),
            ),
            ("not said", TlsClientAuth { verified: None, ..shown() }, Err(NotVerified)),
            ("revoked", TlsClientAuth { revoked: Some("1"), ..shown() }, Err(Revoked)),
            ("revocation not said", TlsClientAuth { revoked: None, ..shown() }, Err(Revoked)),
            (
                "no fingerprint",
                TlsClientAuth { fingerprint_sha256: Some(""), ..shown() },
                Err(NotPinned),
            ),
            ("not said", TlsClientAuth { fingerprint_sha256: None, ..shown() }, Err(NotPinned)),
        ];
        for (name, cf, expected) in cases {
            assert_eq!(cf.proves(&pinned()), *expected, "{name}");
        }
        assert_eq!(shown().proves(&[]), Err(NotPinned));
        assert_eq!(shown().proves(&pinned()[..1]), Err(NotPinned));
        let upper = SHOWN.to_uppercase();
        let written = TlsClientAuth { fingerprint_sha256: Some(&upper), ..shown() };
        assert_eq!(written.proves(&pinned()), Ok(()));
    }

    #[test]
    fn a_fingerprint_is_read_as_tools_write_it() {
        let pairs: Vec<_> =
            SHOWN.as_bytes().chunks(2).map(|it| std::str::from_utf8(it).unwrap()).collect();
        assert_eq!(Fingerprint::parse(&pairs.join(":").to_uppercase()), Fingerprint::parse(SHOWN));
        for bad in [
            "",
            &SHOWN[1..],
            &format!("{SHOWN}0"),
            &format!("{SHOWN}:"),
            &"g".repeat(64),
            &"あ".repeat(32),
        ] {
            assert!(Fingerprint::parse(bad).is_none(), "{bad}");
        }
    }
}
