//! The rule for addresses that events may be posted to.

use super::{Address, is_local};

/// What an address must be for [`receiver`], in words for its owner.
pub(crate) const RECEIVER: &str = "be an https address of a public host other than this one, \
                                   without port and credentials, at most 2048 characters";

/// The address that events may be posted to, as it was parsed: what is stored is what is posted to.
///
/// `None` for our own origin `own`, where events would come back to us, and for every host that is
/// certainly not on the internet.
pub(crate) fn receiver(text: &str, own: Option<&str>, is_development: bool) -> Option<String> {
    const LONGEST: usize = 2048;
    /// Endings of names that no resolver of the internet knows: RFC 6761, 6762, 7686 and 8375,
    /// ICANN's `.internal`, and those that ICANN does not delegate because networks use them.
    const INNER: [&str; 11] = [
        ".localhost",
        ".local",
        ".internal",
        ".home.arpa",
        ".lan",
        ".corp",
        ".home",
        ".svc",
        ".test",
        ".onion",
        ".",
    ];
    let url = Address::parse(text)?;
    let host = url.host();
    let top = host.rsplit('.').next().unwrap_or_default();
    // The parser writes every address of IPv4 with dots and every one of IPv6 in brackets.
    let named = host.contains('.') && top.bytes().any(|byte| byte.is_ascii_alphabetic());
    let inner = INNER.iter().any(|end| host.ends_with(end)) || host.contains('*');
    let plain = url.is_https() && url.origin().len() == "https://".len() + host.len();
    let here = is_development && url.is_http() && is_local(&host);
    let ours = own.is_some_and(|own| own == url.origin());
    let fits = (here || plain && named && !inner) && !ours && !url.has_credentials();
    let address = url.into_text();
    (fits && address.len() <= LONGEST).then_some(address)
}

#[cfg(test)]
mod tests;
