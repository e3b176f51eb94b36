//! A mailbox as a header writes it: a name and an address in brackets (RFC 5322 §3.4). The name
//! holds no control character, which [`crate::message::Message`] sees to.

use base64ct::{Base64, Encoding as _};

use crate::json::Json;

/// The mailbox with its name between quotes, in UTF-8.
pub(crate) fn quoted(name: &str, address: &str) -> String {
    // In a text without control characters, JSON and mail escape the same two characters.
    format!("{} <{address}>", Json::from(name).written())
}

/// The mailbox in ASCII. A name with other characters is written in encoded words (RFC 2047), each
/// at most 75 characters long and of whole characters.
pub(crate) fn encoded(name: &str, address: &str) -> String {
    const MOST_BYTES: usize = 45;
    if name.is_ascii() {
        return quoted(name, address);
    }
    let (mut words, mut word) = (String::new(), String::new());
    for letter in name.chars() {
        if word.len() + letter.len_utf8() > MOST_BYTES {
            end(&mut word, &mut words);
        }
        word.push(letter);
    }
    end(&mut word, &mut words);
    format!("{words}<{address}>")
}

fn end(word: &mut String, words: &mut String) {
    words.push_str("=?UTF-8?B?");
    words.push_str(&Base64::encode_string(word.as_ref()));
    words.push_str("?= ");
    word.clear();
}

#[cfg(test)]
mod tests;
