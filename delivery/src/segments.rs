//! How many text messages a text is sent as (3GPP TS 23.038 and 23.040).

/// The encoding of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The seven-bit alphabet.
    Gsm7,
    /// UTF-16, for a text with a letter that the seven-bit alphabet lacks.
    Ucs2,
}

impl Encoding {
    /// Its name in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }
}

/// The alphabet of TS 23.038 §6.2.1, without the escape.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// TS 23.038 §6.2.1.1: each of these letters takes two septets, an escape and the letter.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// A text message's encoding, and how many segments it is sent as.
#[must_use]
pub fn count(text: &str) -> (Encoding, u32) {
    let seven = |letter: char| match letter {
        letter if ALPHABET.contains(letter) => Some(1),
        letter if EXTENSION.contains(letter) => Some(2),
        _ => None,
    };
    if text.chars().all(|letter| seven(letter).is_some()) {
        let widths = text.chars().filter_map(seven);
        return (Encoding::Gsm7, segments(widths, 160, 153));
    }
    (Encoding::Ucs2, segments(text.chars().map(char::len_utf16), 70, 67))
}

/// How many segments hold letters of these widths. A single segment has room for `alone` units,
/// each of several for `each`. A letter is never split between two segments.
fn segments(widths: impl Iterator<Item = usize>, alone: usize, each: usize) -> u32 {
    let (mut total, mut segments, mut used) = (0, 1, 0);
    for width in widths {
        total += width;
        used += width;
        if used > each {
            segments += 1;
            used = width;
        }
    }
    if total <= alone { 1 } else { segments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, encoding: Encoding, segments: u32) {
        assert_eq!(count(text), (encoding, segments), "{text}");
    }

    /// 3GPP TS 23.040 §9.2.3.24.1: 140 octets are 160 septets or 70 units; a header of 6 octets
    /// leaves 153 or 67.
    #[test]
    fn a_message_has_room_for_140_octets() {
        let of = |letter: &str, times: usize| letter.repeat(times);
        for (length, segments) in [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3)] {
            check(&of("a", length), Encoding::Gsm7, segments);
        }
        for (length, segments) in [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
        {
            check(&of("あ", length), Encoding::Ucs2, segments);
        }
        // One letter that the alphabet lacks makes every letter take two octets.
        check(&(of("a", 69) + "あ"), Encoding::Ucs2, 1);
        check(&(of("a", 70) + "あ"), Encoding::Ucs2, 2);
    }

    #[test]
    fn a_letter_of_the_extension_takes_two_and_is_not_split() {
        for letter in ["€", "^", "{", "}", "[", "]", "~", "|", "\\", "\u{c}"] {
            check(&letter.repeat(80), Encoding::Gsm7, 1);
            check(&letter.repeat(81), Encoding::Gsm7, 2);
        }
        // Each message holds 76 letters in 152 of its 153 septets: the septet left over has no room
        // for a letter of two.
        check(&"€".repeat(152), Encoding::Gsm7, 2);
        check(&"€".repeat(153), Encoding::Gsm7, 3);
    }

    #[test]
    fn a_pair_of_surrogates_takes_two_and_is_not_split() {
        check(&"😀".repeat(35), Encoding::Ucs2, 1);
        check(&"😀".repeat(36), Encoding::Ucs2, 2);
        // Each message holds 33 letters in 66 of its 67 units.
        check(&"😀".repeat(66), Encoding::Ucs2, 2);
        check(&"😀".repeat(67), Encoding::Ucs2, 3);
        check(&("あ".to_owned() + &"😀".repeat(66)), Encoding::Ucs2, 2);
    }

    /// TS 23.038 §6.2.1 has 127 letters and the escape, §6.2.1.1 ten.
    #[test]
    fn the_alphabet_is_whole() {
        assert_eq!(ALPHABET.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        for letter in ALPHABET.chars() {
            let (before, after) = ALPHABET.split_once(letter).unwrap();
            assert!(!before.contains(letter) && !after.contains(letter), "{letter} twice");
            assert!(!EXTENSION.contains(letter), "{letter}");
        }
        for missing in ["`", "ç", "á", "À", "\t", "…", "’", "–", "ー", "１", "\u{1b}"] {
            assert_eq!(count(missing).0, Encoding::Ucs2, "{missing}");
        }
        // Greek capitals that look Latin are written with those, and have no place of their own.
        for missing in ["Α", "Β", "Ε"] {
            assert_eq!(count(missing).0, Encoding::Ucs2, "{missing}");
        }
    }

    /// The programme's example of a text message: 43 units.
    #[test]
    fn the_programme_s_example_is_one_message() {
        check(
            "パスワード : 241330\nご利用金額 : JPY3,150\n株式会社ジェーシービー",
            Encoding::Ucs2,
            1,
        );
    }
}
