//! A mailbox as a header writes it: a name and an address in brackets (RFC 5322 §3.4). The name
//! holds no control character, which [`super::Message`] sees to.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::provider::json_text;

/// The name between quotes, in UTF-8.
pub(super) fn quoted(name: &str, address: &str) -> String {
    // In a text without control characters JSON and mail escape the same two.
    [&json_text(name), " <", address, ">"].concat()
}

/// In ASCII: a name outside it is in encoded words (RFC 2047), each at most 75 characters long and
/// of whole characters.
pub(super) fn encoded(name: &str, address: &str) -> String {
    const MOST_BYTES: usize = 45;
    if name.is_ascii() {
        return quoted(name, address);
    }
    let mut mailbox = String::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        word.push(letter);
        let next = letters.peek().map_or(MOST_BYTES, |letter| letter.len_utf8());
        if word.len() + next > MOST_BYTES {
            mailbox = [&mailbox, "=?UTF-8?B?", &STANDARD.encode(&word), "?= "].concat();
            word.clear();
        }
    }
    [&mailbox, "<", address, ">"].concat()
}

#[cfg(test)]
mod tests;
