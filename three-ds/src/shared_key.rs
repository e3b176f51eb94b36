//! Keys that the deployment shares with systems of the issuer's.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

/// 256 bits, which can be neither printed nor copied, and overwrite themselves when they are dropped.
pub(crate) struct SharedKey(Zeroizing<[u8; 32]>);

impl SharedKey {
    /// Reads 32 bytes of base64url text, with or without padding; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        let read =
            Base64UrlUnpadded::decode(text.trim_end_matches('='), key.as_mut_slice()).ok()?;
        (read.len() == 32).then_some(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes() {
        for bad in ["", "A", &"A".repeat(42), &"A".repeat(44), &"あ".repeat(15)] {
            assert!(SharedKey::parse(bad).is_none(), "{bad}");
        }
        assert!(SharedKey::parse(&format!("{}=", "A".repeat(43))).is_some());
    }
}
