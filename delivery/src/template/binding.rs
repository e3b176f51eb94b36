//! What in a text message names a site for the code. Chromium takes the first `@host #code` whose
//! `@` begins the message or follows white space, on whatever line (`sms_parser.cc`); others take
//! the last line that begins with `@` (WICG sms-one-time-codes). Only `SMS_BOUND_LINE` may write one.

use super::{
    Piece,
    Placeholder::{
        Amount, AmountIso, Code, Contact, Count, InsteadOf, Issuer, Link, Merchant, Minutes,
        Programme, Send, Since, Time, What,
    },
};

/// A value as it may stand behind `line` in a text message: without each `@` that begins a line or
/// follows white space.
pub(crate) fn unbound(line: Option<&str>, value: &str) -> String {
    let mut before = line.and_then(|line| line.chars().next_back());
    let mut shown = String::with_capacity(value.len());
    for letter in value.chars() {
        if letter == '@' && before.is_none_or(char::is_whitespace) {
            continue;
        }
        shown.push(letter);
        before = Some(letter);
    }
    shown
}

/// Whether a message of this template can name a site, by a value or by the template alone.
pub(super) fn may_bind(pieces: &[Piece]) -> bool {
    (0..pieces.len()).any(|at| match pieces.get(at) {
        Some(Piece::Text(text)) => {
            let follows_value =
                at.checked_sub(1).is_some_and(|before| is_words(pieces.get(before)));
            let code_follows = matches!(pieces.get(at + 1), Some(Piece::Value(Code)));
            let host_ends = text.strip_suffix(" #").is_some_and(|host| host.chars().all(of_host));
            follows_value && code_follows && host_ends
                || text.char_indices().any(|(index, letter)| {
                    let (before, after) = (text.get(..index), text.get(index + 1..));
                    let last = before.and_then(|before| before.chars().next_back());
                    let begins = last.map_or(at == 0 || follows_value, char::is_whitespace);
                    letter == '@' && begins && names_a_site(after, pieces.get(at + 1..))
                })
        }
        Some(Piece::Value(_)) | None => false,
    })
}

/// Whether what stands behind an `@`, the rest of a text and the pieces behind it, can be a host, a
/// space, and `#` with something behind it.
fn names_a_site(rest: Option<&str>, pieces: Option<&[Piece]>) -> bool {
    let mut rest = rest.unwrap_or_default();
    let mut pieces = pieces.unwrap_or_default().iter();
    loop {
        let behind = rest.trim_start_matches(of_host);
        if !behind.is_empty() {
            return behind.starts_with(" #");
        }
        // A value of figures, such as the code, can be a part of a host's name. What follows it
        // decides.
        match pieces.next() {
            None => return false,
            Some(Piece::Text(text)) => rest = text,
            Some(value) if is_words(Some(value)) => return true,
            Some(Piece::Value(_)) => rest = "",
        }
    }
}

fn of_host(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-')
}

/// Whether the piece is a value that somebody chose, so that it can hold any characters.
fn is_words(piece: Option<&Piece>) -> bool {
    let Some(Piece::Value(placeholder)) = piece else { return false };
    match placeholder {
        Merchant | Issuer | Programme | Contact | What => true,
        Code | Send | InsteadOf | Amount | AmountIso | Time | Minutes | Count | Since | Link => {
            false
        }
    }
}

#[cfg(test)]
mod tests;
