//! The rule for addresses that events may be posted to.

use super::{Address, is_local};

/// What an address must be for [`may_receive`], in words for its owner.
pub(crate) const RECEIVER: &str =
    "be an https address of a public host, without port and credentials, at most 2048 characters";

/// Whether events may be posted to an address. Refused is every host that is certainly not on the
/// internet.
pub(crate) fn may_receive(text: &str, is_development: bool) -> bool {
    const LONGEST: usize = 2048;
    /// Endings of names that no resolver of the internet knows.
    const INNER: [&str; 5] = [".localhost", ".local", ".internal", ".home.arpa", "."];
    Address::parse(text).is_some_and(|url| {
        let host = url.host();
        let top = host.rsplit('.').next().unwrap_or_default();
        // The parser writes every address of IPv4 with dots and every one of IPv6 in brackets.
        let named = host.contains('.') && top.bytes().any(|byte| byte.is_ascii_alphabetic());
        let inner = INNER.iter().any(|end| host.ends_with(end));
        let plain = url.is_https() && url.origin().len() == "https://".len() + host.len();
        let here = is_development && url.is_http() && is_local(&host);
        (here || plain && named && !inner) && !url.has_credentials() && text.len() <= LONGEST
    })
}

#[cfg(test)]
mod tests;
