//! How amounts, times and cards are written on screens and in messages.

use chrono::{Datelike as _, Timelike as _};

use crate::{locale::Locale, money::Amount, time::Timestamp, transaction::CardLast4};

/// An amount on a screen or in a mail: `3,150円`; in English and for other currencies
/// `JPY 3,150`.
#[must_use]
pub fn amount(amount: &Amount, locale: Locale) -> String {
    match locale {
        Locale::Ja if amount.currency().is_yen() => format!("{}円", amount.grouped()),
        Locale::Ja | Locale::En => format!("{} {}", amount.currency().code(), amount.grouped()),
    }
}

/// An amount in a text message: `JPY3,150`.
#[must_use]
pub fn amount_short(amount: &Amount) -> String {
    format!("{}{}", amount.currency().code(), amount.grouped())
}

/// A day on a screen, in Japan time: `23/2/13`.
#[must_use]
pub fn day(time: Timestamp) -> String {
    let day = time.japan();
    format!("{:02}/{}/{}", day.year() % 100, day.month(), day.day())
}

/// A time in a mail, in Japan time: `2023/2/13 00:00:00`.
#[must_use]
pub fn time(time: Timestamp) -> String {
    let time = time.japan();
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{}/{}/{} {hour:02}:{minute:02}:{second:02}", time.year(), time.month(), time.day())
}

/// The end of a wait on a screen, in Japan time: `2023/2/13 00:00`. A minute that has begun counts, so
/// that the wait is over when the clock of whoever reads it shows this.
#[must_use]
pub fn end_minute(end: Timestamp) -> String {
    const MINUTE: u64 = 60_000;
    let time = Timestamp::from_millis(end.millis().div_ceil(MINUTE) * MINUTE).japan();
    let (hour, minute) = (time.hour(), time.minute());
    format!("{}/{}/{} {hour:02}:{minute:02}", time.year(), time.month(), time.day())
}

/// A card by its last four digits: `**** **** **** 1234`.
#[must_use]
pub fn card(last4: &CardLast4) -> String {
    format!("**** **** **** {}", last4.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_purchase_is_written_as_people_read_it() {
        let yen = Amount::new(3150, Currency::parse("JPY").unwrap()).unwrap();
        let dollars = Amount::new(123_450, Currency::parse("USD").unwrap()).unwrap();
        let bought = Timestamp::parse_rfc3339("2023-02-12T15:00:00Z").unwrap();
        assert_eq!(amount(&yen, Locale::Ja), "3,150円");
        assert_eq!(amount(&yen, Locale::En), "JPY 3,150");
        assert_eq!(amount(&dollars, Locale::Ja), "USD 1,234.50");
        assert_eq!(amount_short(&yen), "JPY3,150");
        assert_eq!(day(bought), "23/2/13");
        assert_eq!(time(bought), "2023/2/13 00:00:00");
        assert_eq!(end_minute(bought), "2023/2/13 00:00");
        let later = Timestamp::from_millis(bought.millis() + 1);
        assert_eq!(end_minute(later), "2023/2/13 00:01");
        assert_eq!(card(&CardLast4::parse("1234").unwrap()), "**** **** **** 1234");
    }
}
