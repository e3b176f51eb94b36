//! Networks from which a cardholder verified before: the mark of one, which stands for it.
//!
//! A known network is let in where a stranger's is not, as a known browser is. The mark proves nothing
//! else: the code is asked for as everywhere.

use std::net::IpAddr;

use minicbor::{Decode, Encode};

use crate::{digest, ids::CardholderId, secret::MasterKey};

/// Stands for the network of one cardholder: the first 64 bits of a MAC. The address is nowhere in it.
/// Whoever has the key can find the address all the same, by trying all: there are 2³² of IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct NetworkMark(#[cbor(n(0), with = "minicbor::bytes")] [u8; Self::BYTES]);

impl NetworkMark {
    const BYTES: usize = 8;

    /// The mark of the network that an address is in: of an IPv4 address itself, also of one that is
    /// mapped into IPv6 (RFC 4291, 2.5.5.2), and of the /64 of an IPv6 address. `None` for a text that
    /// is no address.
    #[must_use]
    pub fn of(key: &MasterKey, cardholder: &CardholderId, address: &str) -> Option<Self> {
        let network = match address.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
        };
        let fields = [cardholder.as_str().as_bytes(), &network];
        let mac = digest::mac(key.bytes(), "warifu/known-network/v1", &fields);
        Some(Self(*mac.first_chunk()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(letter: &str, cardholder: &str, address: &str) -> Option<NetworkMark> {
        let key = MasterKey::parse(&letter.repeat(43)).unwrap();
        NetworkMark::of(&key, &CardholderId::parse(cardholder).unwrap(), address)
    }

    #[test]
    fn a_mark_is_of_one_network_cardholder_and_key() {
        let home = mark("A", "taro", "203.0.113.7");
        assert!(home.is_some());
        assert_eq!(mark("A", "taro", "::ffff:203.0.113.7"), home);
        for other in [
            mark("A", "taro", "203.0.113.8"),
            mark("A", "jiro", "203.0.113.7"),
            mark("E", "taro", "203.0.113.7"),
            // The first half of an IPv6 address that has the same bytes.
            mark("A", "taro", "cb00:7107::1"),
        ] {
            assert!(other.is_some() && other != home);
        }
    }

    #[test]
    fn of_an_ipv6_address_the_first_64_bits_count() {
        let home = mark("A", "taro", "2001:db8:1:2:3:4:5:6");
        assert_eq!(mark("A", "taro", "2001:db8:1:2::1"), home);
        assert_eq!(mark("A", "taro", "2001:0DB8:0001:0002:ffff::"), home);
        assert_ne!(mark("A", "taro", "2001:db8:1:3:3:4:5:6"), home);
    }

    #[test]
    fn what_is_no_address_has_no_mark() {
        for text in ["", "unknown", "203.0.113", "203.0.113.7:443", "2001:db8::%1", "3232235777"] {
            assert_eq!(mark("A", "taro", text), None, "{text}");
        }
    }

    /// Objects keep marks for half a year: others would make every network unknown.
    #[test]
    fn a_mark_is_pinned() {
        let NetworkMark(bytes) = mark("A", "taro", "203.0.113.7").unwrap();
        assert_eq!(digest::hex(&bytes), "5e27f5f53e6b7d4e");
    }
}
