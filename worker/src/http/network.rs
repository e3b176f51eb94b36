//! The network of a caller.

use std::net::IpAddr;

/// One customer's addresses: an IPv4 address, also one that is mapped into IPv6 (RFC 4291, 2.5.5.2),
/// or the /64 of an IPv6 address. What is no address counts as it is.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}
