//! What a cardholder meant when a Japanese keyboard wrote `１２３　４-５６` for `123456`.
//!
//! The form and the Worker share this file, so both accept exactly the same input. Characters that
//! are not listed here are kept: input with one of them is then refused, and nobody guesses what it
//! meant. Not here: whether the result is a code.

use alloc::string::String;

/// The characters that are left of `input`, full-width digits as ASCII ones.
pub fn digits(input: &str) -> impl Iterator<Item = char> {
    input.chars().filter_map(digit)
}

/// [`digits`], collected.
#[must_use]
pub fn normalize(input: &str) -> String {
    let mut kept = String::with_capacity(input.len());
    kept.extend(digits(input));
    kept
}

/// One character as it was meant; `None` for a separator that people and keyboards put between
/// digits.
#[must_use]
pub fn digit(character: char) -> Option<char> {
    match character {
        '\u{FF10}'..='\u{FF19}' => {
            char::from_u32(u32::from(character) - u32::from('\u{FF10}') + u32::from('0'))
        }
        // Spaces, among them tabs, line ends, no-break, the fixed widths and the ideographic one.
        '\t'..='\r' | ' ' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => None,
        // Hyphens and dashes, the minus signs, and the long vowel mark that shares their key.
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | '\u{30FC}' | '\u{FF70}' => None,
        // Zero-width marks that come along when text is copied.
        '\u{200B}' | '\u{FEFF}' => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn what_a_keyboard_adds_is_dropped() {
        let cases = [
            ("123456", "123456"),
            ("000000", "000000"),
            ("", ""),
            ("１２３４５６", "123456"),
            ("０９8７６５", "098765"),
            ("123 456", "123456"),
            ("123\u{3000}456", "123456"),
            ("123\u{A0}456", "123456"),
            ("123\u{2009}456\u{202F}", "123456"),
            (" 123456\r\n", "123456"),
            ("\t123456", "123456"),
            ("123-456", "123456"),
            ("123－456", "123456"),
            ("123ー456", "123456"),
            ("123ｰ456", "123456"),
            ("12‐34‑56", "123456"),
            ("12‒34–56", "123456"),
            ("12—34―56", "123456"),
            ("123−456", "123456"),
            ("123\u{200B}456\u{FEFF}", "123456"),
            ("１２３ ４-５６78", "12345678"),
        ];
        for (input, expected) in cases {
            assert_eq!(normalize(input), expected, "{input:?}");
        }
    }

    #[test]
    fn what_is_not_part_of_a_code_stays_to_be_refused() {
        for input in ["12345a", "12/34", "１２３４５円", "٠١٢٣٤٥", "①②③", "123_456", "l23456"]
        {
            assert!(normalize(input).chars().any(|kept| !kept.is_ascii_digit()), "{input:?}");
        }
    }

    #[test]
    fn normalizing_twice_changes_nothing() {
        for input in ["１２３ ４-５６", "12a４", "－−ー", "🙂１"] {
            let once = normalize(input);
            assert_eq!(normalize(&once), once, "{input:?}");
        }
    }
}
