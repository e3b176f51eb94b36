//! ISO codes by number: countries (ISO 3166-1) and currencies (ISO 4217).

use iso_currency::Currency as Iso;
use warifu_core::money::Currency;

/// The currency of three digits, if the list of ISO 4217 has it and it has a minor unit. So the codes
/// that the protocol excludes (955 to 964, and 999) are none.
pub(crate) fn currency(digits: &str) -> Option<Currency> {
    Currency::parse(Iso::from_numeric(digits.parse().ok()?)?.code()).ok()
}

/// Whether ISO 3166-1 has given the three digits to a country. So the codes that the protocol
/// excludes (901 to 999, which ISO leaves to its users) are none.
pub(crate) fn is_country(digits: &str) -> bool {
    digits.parse().is_ok_and(|number: u16| COUNTRIES.binary_search(&number).is_ok())
}

const COUNTRIES: [u16; 249] = [
    4, 8, 10, 12, 16, 20, 24, 28, 31, 32, 36, 40, 44, 48, 50, 51, 52, 56, 60, 64, 68, 70, 72, 74,
    76, 84, 86, 90, 92, 96, 100, 104, 108, 112, 116, 120, 124, 132, 136, 140, 144, 148, 152, 156,
    158, 162, 166, 170, 174, 175, 178, 180, 184, 188, 191, 192, 196, 203, 204, 208, 212, 214, 218,
    222, 226, 231, 232, 233, 234, 238, 239, 242, 246, 248, 250, 254, 258, 260, 262, 266, 268, 270,
    275, 276, 288, 292, 296, 300, 304, 308, 312, 316, 320, 324, 328, 332, 334, 336, 340, 344, 348,
    352, 356, 360, 364, 368, 372, 376, 380, 384, 388, 392, 398, 400, 404, 408, 410, 414, 417, 418,
    422, 426, 428, 430, 434, 438, 440, 442, 446, 450, 454, 458, 462, 466, 470, 474, 478, 480, 484,
    492, 496, 498, 499, 500, 504, 508, 512, 516, 520, 524, 528, 531, 533, 534, 535, 540, 548, 554,
    558, 562, 566, 570, 574, 578, 580, 581, 583, 584, 585, 586, 591, 598, 600, 604, 608, 612, 616,
    620, 624, 626, 630, 634, 638, 642, 643, 646, 652, 654, 659, 660, 662, 663, 666, 670, 674, 678,
    682, 686, 688, 690, 694, 702, 703, 704, 705, 706, 710, 716, 724, 728, 729, 732, 740, 744, 748,
    752, 756, 760, 762, 764, 768, 772, 776, 780, 784, 788, 792, 795, 796, 798, 800, 804, 807, 818,
    826, 831, 832, 833, 834, 840, 850, 854, 858, 860, 862, 876, 882, 887, 894,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countries_are_those_that_iso_3166_lists() {
        for number in 0..=999_u16 {
            let listed = rust_iso3166::from_numeric(number).is_some() && number <= 900;
            assert_eq!(is_country(&format!("{number:03}")), listed, "{number:03}");
        }
    }

    #[test]
    fn a_currency_is_found_by_its_number() {
        for (digits, code, exponent) in [
            ("392", "JPY", 0),
            ("840", "USD", 2),
            ("008", "ALL", 2),
            ("414", "KWD", 3),
            ("990", "CLF", 4),
        ] {
            let found = currency(digits).unwrap();
            assert_eq!((found.code(), found.exponent()), (code, exponent));
        }
    }

    /// EMV 3-D Secure 2.2.0, table A.5; what was withdrawn; what was never given.
    #[test]
    fn what_the_protocol_excludes_is_no_currency() {
        for digits in (955..=964).map(|number| number.to_string()) {
            assert!(currency(&digits).is_none(), "{digits}");
        }
        for digits in ["999", "000", "001", "191", "994", "965", "12a", "", "39２"] {
            assert!(currency(digits).is_none(), "{digits}");
        }
    }
}
