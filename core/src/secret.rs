//! What makes a value a secret here: no `Debug`, no `Display`, no `Serialize`, and equality in
//! constant time.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use subtle::ConstantTimeEq as _;

use crate::digest::Hasher;

/// A 256-bit key, from which codes, client secrets and tokens are derived.
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Reads 32 bytes of base64url text; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key that proves who calls our API: `wk_live_…`, `wk_test_…` or `wk_issuer_…`.
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a presented key. Its form is not checked: a key of a wrong form is not found.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A new key of `prefix` (such as `wk_test_`) and 256 random bits.
    #[must_use]
    pub fn mint(prefix: &str, random: [u8; 32]) -> Self {
        Self(format!("{prefix}{}", Base64UrlUnpadded::encode_string(&random)))
    }

    /// SHA-256 of the key in hexadecimal. It is stored and looked up instead of the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Hasher::new("warifu/api-key/v1").field(self.0.as_bytes()).finish().hex()
    }

    /// Whether both are the same key, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        bool::from(self.0.as_bytes().ct_eq(other.0.as_bytes()))
    }

    /// The key's text, for the one answer that shows it to the issuer.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}
