//! The code in a text that was pasted whole: a line of a mail, a text message.
//!
//! Never a guess: where two numbers could be the code, none is taken. Shared by the form, which fills
//! it in, and by the Worker, for a form without script.

use alloc::string::String;

use crate::normalize::digit;

/// The code in `text`: the one number of six digits, which may stand there more than once.
///
/// `None` if there is no such number, or more than one. Six digits are no such number where they are
/// part of a longer number or a time (`090-123456`), of an amount (`123,456円`, `JPY 123456`), of a
/// word or an address (`/123456`), or are counted (`123456番`).
#[must_use]
pub fn find_code(text: &str) -> Option<String> {
    let mut found = String::new();
    let mut number = String::new();
    // Whether the number is part of something else.
    let mut part = false;
    // The kinds before this one.
    let mut before = [b' '; 5];
    // The mark at the end ends a number that ends the text.
    for character in text.chars().chain(['!']) {
        let kind = kind(character);
        let [first, second, third, fourth, last] = before;
        let is_digit = kind.is_ascii_digit();
        let was_digit = last.is_ascii_digit();
        if is_digit && last == b',' && !number.is_empty() {
            part = true;
        } else if !was_digit || !is_digit && kind != b',' && kind != b' ' {
            // The number ends here. Behind it there may have been one mark or space.
            part |= matches!(kind, b'$' | b'%')
                || last != b' ' && touches(kind)
                || was_digit && kind == b'~';
            if number.len() == 6 && !part {
                if !found.is_empty() && found != number {
                    return None;
                }
                found = core::mem::take(&mut number);
            }
            number.clear();
            // Another may begin here.
            let word = [second, third, fourth];
            let currency = !first.is_ascii_uppercase()
                && word.iter().all(u8::is_ascii_uppercase)
                && !matches!(&word, b"OTP" | b"PIN");
            part = touches(last) || last == b' ' && (fourth == b'$' || currency);
        }
        if is_digit {
            number.push(char::from(kind));
        }
        before = [second, third, fourth, last, kind];
    }
    (!found.is_empty()).then_some(found)
}

/// What a character can be to the number beside it: a digit, full-width or not; a letter or another
/// mark of ASCII, as itself; a space for what is dropped from a code; `,` for what joins digits to one
/// number; `$` and `%` for what stands before and behind an amount; `~` for a Chinese character, which
/// behind a number is a unit; `!` for any other.
fn kind(character: char) -> u8 {
    match character {
        '\''..='.' | ':' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '，'..='／' | '：' => b',',
        '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '＄' | '￠'..='￦' => b'$',
        '円' | '％' => b'%',
        '\u{4E00}'..='\u{9FFF}' => b'~',
        _ => digit(character).map_or(b' ', |meant| u8::try_from(meant).unwrap_or(b'!')),
    }
}

/// Whether a number right beside it is part of the same word, address or amount.
fn touches(kind: u8) -> bool {
    matches!(kind, b'$'..=b'&' | b'/' | b'=' | b'@'..=b'Z' | b'_'..=b'z')
}

#[cfg(test)]
mod tests {
    use super::find_code;

    #[test]
    fn the_one_number_of_six_digits_is_the_code() {
        let texts = [
            "123456",
            "１２３４５６",
            "ワンタイムパスワード：123456",
            "ワンタイムパスワード：１２３４５６",
            "パスワード : 123456",
            "『123456』",
            "「123456」",
            "123456。",
            "123456、",
            "123456.",
            "(123456)",
            "\u{2066}123456\u{2069} です",
            "コードは123456です",
            "認証番号123456",
            "One-time password: 123456",
            "Your OTP is 123456.",
            "OTP 123456",
            "PIN 123456",
            "PASSCODE 123456",
            "Password:123456",
            "123456 is your code",
            "123456 10分間有効",
            "送信：第1回 123456",
            "3,150円 123456",
            // The same number again is no second one.
            "コード: 123456 @shop.example #123456",
            "パスワード : 123456\nご利用金額 : JPY3,150\n送信 : 第1回\nサンプルカード\n@shop.example #123456",
            "利用金額：123,456円 利用時刻：2026/11/30 14:01:00 ワンタイムパスワード：123456",
            "ご利用金額 : JPY123,456 パスワード : 123456",
            "JPY 654321 123456",
            "¥654321 code 123456",
        ];
        for text in texts {
            assert_eq!(find_code(text).as_deref(), Some("123456"), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        let texts = [
            "",
            "ワンタイムパスワード",
            "12345",
            "1234567",
            "12345678 123",
            "123 456 です",
            // Two numbers that could be it.
            "123456 654321",
            "コード 123456 または 654321",
            "123456、654321",
            // Amounts.
            "3,150円",
            "123456円",
            "123456 円",
            "123,456円",
            "1,123456",
            "123456.00",
            "¥123456",
            "￥123456",
            "￥ 123456",
            "$123456",
            "€ 123456",
            "JPY123456",
            "JPY 123456",
            "ご利用金額 : JPY 123456",
            "USD 123456",
            "123456%",
            "123456％",
            // Times, dates, longer numbers.
            "12:123456",
            "14:01:23.123456",
            "2026-123456",
            "123456-7",
            "090-123456",
            "1/123456",
            // Words, addresses, counts.
            "A123456",
            "123456a",
            "a_123456",
            "https://shop.example/123456",
            "https://shop.example/?order=123456",
            "123456@shop.example",
            "123456番",
            "123456分",
            "12\u{AD}3456 です",
        ];
        for text in texts {
            assert_eq!(find_code(text), None, "{text}");
        }
    }
}
