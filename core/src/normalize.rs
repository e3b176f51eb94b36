//! What a cardholder meant when a Japanese keyboard wrote `１２３　４-５６` for `123456`.
//!
//! The form and the Worker share this file. The form leaves rare characters in the input, to be
//! smaller, and the Worker drops them. Characters that are not listed here are kept: the input is then
//! a longer text, see [`pasted`](crate::pasted). Not here: whether the result is a code.

use alloc::string::String;

/// The characters that are left of `input`, full-width digits as ASCII ones.
#[must_use]
pub fn normalize(input: &str) -> String {
    let mut kept = String::with_capacity(input.len());
    kept.extend(input.chars().filter_map(digit));
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
        // Tabs, line ends, spaces.
        '\t'..='\r' | ' ' | '\u{A0}' | '\u{3000}' => None,
        // Spaces of a fixed width, zero-width and direction marks, hyphens and dashes; line and
        // paragraph ends, direction embeddings, the narrow no-break space.
        '\u{2000}'..='\u{2015}' | '\u{2028}'..='\u{202F}' => None,
        // The hyphen, the minus signs, and the long vowel mark that shares their key; the zero-width
        // mark that begins files.
        '-' | '\u{2212}' | '\u{FF0D}' | '\u{30FC}' | '\u{FF70}' | '\u{FEFF}' => None,
        rare if is_rare(rare) => None,
        other => Some(other),
    }
}

/// Whether it is one of the other spaces, or of the other characters that nobody sees
/// (Default_Ignorable_Code_Point of Unicode 16).
#[cfg(feature = "rules")]
fn is_rare(character: char) -> bool {
    matches!(character,
        '\u{85}' | '\u{AD}' | '\u{1680}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{205F}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The widget leaves them in the input and sends them with it: the Worker drops them.
#[cfg(not(feature = "rules"))]
fn is_rare(_: char) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{digit, normalize};

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
            // Copied with a direction around it, from a page that isolates numbers.
            ("\u{2066}123456\u{2069}", "123456"),
            ("\u{200E}123456\u{200F}", "123456"),
            ("\u{202A}123\u{202C}\u{202D}456\u{202E}", "123456"),
            // Copied with what a page put between the digits.
            ("123\u{AD}456", "123456"),
            ("123\u{200C}4\u{200D}56", "123456"),
            ("123\u{2060}456\u{180E}", "123456"),
            ("123\u{205F}456\u{2028}\u{2029}\u{85}", "123456"),
            ("1\u{FE0F}2\u{FE0F}3456\u{E0020}", "123456"),
        ];
        for (input, expected) in cases {
            assert_eq!(normalize(input), expected, "{input:?}");
        }
    }

    /// Unicode 16, DerivedCoreProperties.txt (Default_Ignorable_Code_Point), PropList.txt
    /// (White_Space, Bidi_Control).
    #[test]
    fn everything_that_nobody_sees_is_dropped() {
        let ignorable = [
            (0xAD, 0xAD),
            (0x34F, 0x34F),
            (0x61C, 0x61C),
            (0x115F, 0x1160),
            (0x17B4, 0x17B5),
            (0x180B, 0x180F),
            (0x200B, 0x200F),
            (0x202A, 0x202E),
            (0x2060, 0x206F),
            (0x3164, 0x3164),
            (0xFE00, 0xFE0F),
            (0xFEFF, 0xFEFF),
            (0xFFA0, 0xFFA0),
            (0xFFF0, 0xFFF8),
            (0x1BCA0, 0x1BCA3),
            (0x1D173, 0x1D17A),
            (0xE0000, 0xE0FFF),
        ];
        let invisible = ignorable.into_iter().flat_map(|(first, last)| first..=last);
        let spaces = (0..=0x3000).filter(|c| char::from_u32(*c).is_some_and(char::is_whitespace));
        for code in invisible.chain(spaces) {
            let Some(character) = char::from_u32(code) else { continue };
            assert_eq!(digit(character), None, "U+{code:04X}");
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
