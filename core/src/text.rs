//! Short texts that people read and others supply: names, messages, references.

mod invisible;
mod scripts;

pub use scripts::{MixedWord, mixed_words};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// The text is empty or white space alone.
    Empty,
    /// The text has more characters than the bound.
    TooLong {
        /// The bound, in Unicode scalar values.
        max: usize,
    },
    /// A line break or another control character, or one that reverses the reading direction of
    /// what follows it (Unicode TR 9 embeddings, overrides and isolates).
    Forbidden,
    /// This character shows nothing: a name that has it looks empty, or like another one.
    Invisible(char),
}

fn check(text: &str, max: usize) -> Result<String, TextError> {
    let text = check_stored(text, max)?;
    first_invisible(&text).map_or(Ok(text), |letter| Err(TextError::Invisible(letter)))
}

/// The first character of a text that shows nothing, but for white space and what joins emoji.
#[must_use]
pub fn first_invisible(text: &str) -> Option<char> {
    invisible::first(text)
}

/// The check of the first releases, which everything that is stored has passed.
fn check_stored(text: &str, max: usize) -> Result<String, TextError> {
    let text = text.trim();
    let invisible = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    if text.chars().all(invisible) {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(is_forbidden) {
        return Err(TextError::Forbidden);
    }
    Ok(text.to_owned())
}

fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character ends a line or changes the reading direction of the text around it. These
/// are the characters that names may not hold, and the direction marks that some writings use
/// inside a word (Unicode TR 9).
#[must_use]
pub fn is_disruptive(c: char) -> bool {
    is_forbidden(c) || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

/// The text without characters that end a line or change the reading direction, so that it can
/// stand in any line, also of a header.
#[must_use]
pub fn undisturbing(text: &str) -> String {
    text.chars().filter(|c| !is_disruptive(*c)).collect()
}

macro_rules! short_text {
    ($(#[$attribute:meta])* $name:ident, $max:literal $(, #[$of_field:meta])?) => {
        $(#[$attribute])*
        pub struct $name($(#[$of_field])? String);

        impl $name {
            /// Checks and trims a text.
            ///
            /// # Errors
            /// When it is empty, too long, or has control characters or invisible ones.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                check(text, $max).map(Self)
            }

            /// Reads a text that was taken before, perhaps by a release that took invisible
            /// characters.
            ///
            /// # Errors
            /// When no release took such a text.
            pub fn stored(text: &str) -> Result<Self, TextError> {
                check_stored(text, $max).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

short_text! {
    /// A merchant's name as cardholders read it; at most 40 characters (EMV 3-D Secure merchantName).
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    MerchantName, 40
}
short_text! {
    /// A merchant's own name for a transaction, such as its order number; at most 64 characters.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    Reference, 64
}
short_text! {
    /// Words the cardholder chose, shown so that they recognise their issuer; at most 40
    /// characters. No `Debug`: somebody who knows the words can imitate the issuer.
    #[derive(Clone, PartialEq, Eq, Encode, Decode)]
    #[cbor(transparent)]
    PersonalMessage, 40, #[n(0)]
}

#[cfg(test)]
mod tests;
