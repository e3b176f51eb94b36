//! DER (X.690), as much as is needed to take a key out of a certificate, and r and s out of a
//! signature.

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// One element, and the bytes after it.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// The element with its tag and length.
    whole: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let [tag, first, ..] = *bytes else { return None };
        // Up to 127 this byte is the length. Above, its lower bits count the bytes of the length
        // that follow; no element here needs more than two.
        let (length, head) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81 => (usize::from(*bytes.get(2)?), 3),
            0x82 => (usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?), 4),
            _ => return None,
        };
        let (whole, rest) = bytes.split_at_checked(head + length)?;
        Some(Self { tag, content: whole.get(head..)?, whole, rest })
    }

    fn of(tag: u8, bytes: &'a [u8]) -> Option<Self> {
        Self::read(bytes).filter(|element| element.tag == tag)
    }
}

/// The SubjectPublicKeyInfo of an X.509 certificate (RFC 5280 §4.1).
pub(crate) fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    /// `[0]`, in front of the version, which the first version lacks.
    const VERSION: u8 = 0xa0;
    let certificate = Element::of(SEQUENCE, certificate)?;
    let signed = Element::of(SEQUENCE, certificate.content)?;
    let mut next = Element::read(signed.content)?;
    // In front of the key stand the version (perhaps), serial number, signature's algorithm,
    // issuer, validity and subject.
    let before = if next.tag == VERSION { 6 } else { 5 };
    for _ in 0..before {
        next = Element::read(next.rest)?;
    }
    (next.tag == SEQUENCE).then_some(next.whole)
}

/// An ECDSA signature over P-256 as r and s side by side (RFC 3279 §2.2.3, RFC 7518 §3.4).
pub(crate) fn p256_signature(bytes: &[u8]) -> Option<[u8; 64]> {
    let pair = Element::of(SEQUENCE, bytes).filter(|pair| pair.rest.is_empty())?;
    let r = Element::of(INTEGER, pair.content)?;
    let s = Element::of(INTEGER, r.rest).filter(|s| s.rest.is_empty())?;
    let mut signature = [0; 64];
    let (left, right) = signature.split_at_mut(32);
    for (slot, number) in [(left, r.content), (right, s.content)] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let number = number.get(zeros..)?;
        let start = slot.len().checked_sub(number.len())?;
        slot.get_mut(start..)?.copy_from_slice(number);
    }
    Some(signature)
}

#[cfg(test)]
mod tests;
