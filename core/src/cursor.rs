//! Where a list goes on: a text that its caller hands back as it is.
//!
//! It is opaque and ours alone. What it says differs between lists, may be the platform's own, and may
//! change with a release; one that nobody was given is told from a fault of ours.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use subtle::ConstantTimeEq as _;

use crate::{digest, secret::MasterKey};

/// How many bytes of the MAC a cursor has.
const PROOF: usize = 12;

/// Seals a position of a list. `list` names the list and whoever may read it.
#[must_use]
pub fn seal(key: &MasterKey, list: &str, position: &str) -> String {
    let mut bytes = proof(key, list, position).to_vec();
    bytes.extend_from_slice(position.as_bytes());
    Base64UrlUnpadded::encode_string(&bytes)
}

/// The position in a cursor that one of these keys sealed for this list.
#[must_use]
pub fn open<'a>(
    mut keys: impl Iterator<Item = &'a MasterKey>,
    list: &str,
    cursor: &str,
) -> Option<String> {
    let bytes = Base64UrlUnpadded::decode_vec(cursor).ok()?;
    let (presented, position) = bytes.split_at_checked(PROOF)?;
    let position = std::str::from_utf8(position).ok()?;
    let is_ours =
        keys.any(|key| bool::from(proof(key, list, position).as_slice().ct_eq(presented)));
    is_ours.then(|| position.to_owned())
}

fn proof(key: &MasterKey, list: &str, position: &str) -> [u8; PROOF] {
    let fields = [list.as_bytes(), position.as_bytes()];
    let mac = digest::mac(key.bytes(), "warifu/cursor/v1", &fields);
    let mut cut = [0; PROOF];
    cut.copy_from_slice(&mac[..PROOF]);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::parse(&Base64UrlUnpadded::encode_string(&[byte; 32])).unwrap()
    }

    #[test]
    fn a_cursor_is_read_by_the_list_that_gave_it_under_any_key_that_is_kept() {
        let cursor = seal(&key(1), "merchants", "maru-shop");
        assert_eq!(
            open([key(2), key(1)].iter(), "merchants", &cursor).as_deref(),
            Some("maru-shop")
        );
        assert_eq!(open([key(2)].iter(), "merchants", &cursor), None);
        assert_eq!(open([key(1)].iter(), "cardholders", &cursor), None);
        assert!(!cursor.contains("maru-shop"));
        let empty = seal(&key(1), "merchants", "");
        assert_eq!(open([key(1)].iter(), "merchants", &empty).as_deref(), Some(""));
    }

    #[test]
    fn what_nobody_was_given_is_no_cursor() {
        let cursor = seal(&key(1), "merchants", "maru-shop");
        let mut bytes = Base64UrlUnpadded::decode_vec(&cursor).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            let altered = Base64UrlUnpadded::encode_string(&bytes);
            assert_eq!(open([key(1)].iter(), "merchants", &altered), None, "{at}");
            bytes[at] ^= 1;
        }
        for text in ["", "a", "maru-shop", "あ", &cursor[..16], &format!("{cursor}=")] {
            assert_eq!(open([key(1)].iter(), "merchants", text), None, "{text}");
        }
    }
}
