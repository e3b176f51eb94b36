//! SHA-256 and HMAC-SHA-256 over named, length-prefixed fields, so that no two lists of fields
//! have the same bytes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest (FIPS 180-4), 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl Digest {
    /// A digest that was made elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the hexadecimal digits of `N` bytes, in upper or lower case; `None` for anything else.
#[must_use]
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for digit in digits {
            *byte = *byte << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
    }
    Some(bytes)
}

/// The first eight bytes of a digest or MAC as a number, big-endian: enough to tell a few thousand apart.
pub(crate) fn first_64_bits(bytes: &[u8; 32]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Hashes fields one after the other. The label names the use, so that equal fields of two uses
/// have different digests.
#[derive(Clone)]
pub struct Hasher(Sha256);

impl Hasher {
    /// A hash for one use, named by `label`.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self(Sha256::new()).field(label.as_bytes())
    }

    /// Adds one field: its length as 8 bytes, big-endian, then its bytes.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a field that may be absent. An absent field and an empty one give different digests.
    #[must_use]
    pub fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.field(&[1]).field(bytes),
            None => self.field(&[0]),
        }
    }

    /// The digest of all fields.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// HMAC-SHA-256 (RFC 2104, RFC 4231) of `label` and `fields`, each length-prefixed. The fields are copied
/// nowhere but into the HMAC.
#[must_use]
pub fn mac(key: &[u8; 32], label: &str, fields: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for field in [label.as_bytes()].iter().chain(fields) {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 (RFC 4231) of one message. Any key length is a valid HMAC key.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    match Hmac::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of every length"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_sha256_matches_rfc_4231() {
        let counting: Vec<u8> = (1..=25).collect();
        let large_data: &[u8] = b"This is a test using a larger than block-size key and a larger \
            than block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
        let cases: [(&[u8], &[u8], &str); 7] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &counting,
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                large_data,
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (number, (key, data, expected)) in cases.into_iter().enumerate() {
            let computed = hex(&hmac_sha256(key, data));
            assert!(computed.starts_with(expected), "RFC 4231 case {}: {computed}", number + 1);
        }
    }

    #[test]
    fn hexadecimal_is_read_as_it_is_written() {
        let bytes = [0x00, 0x0f, 0xa5, 0xff];
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes));
        assert_eq!(from_hex(&hex(&bytes).to_uppercase()), Some(bytes));
        assert_eq!(from_hex(""), Some([]));
        for other in ["", "000fa5f", "000fa5ff0", "000fa5fg", "+00fa5ff", " 00fa5ff", "00あa5f"] {
            assert_eq!(from_hex::<4>(other), None, "{other}");
        }
    }

    #[test]
    fn fields_cannot_run_into_each_other() {
        let one = Hasher::new("t").field(b"ab").field(b"c").finish();
        let other = Hasher::new("t").field(b"a").field(b"bc").finish();
        assert_ne!(one, other);
        assert_ne!(mac(&[0; 32], "t", &[b"ab", b"c"]), mac(&[0; 32], "t", &[b"a", b"bc"]));
        assert_ne!(
            Hasher::new("t").optional(None).finish(),
            Hasher::new("t").optional(Some(b"")).finish()
        );
    }
}
