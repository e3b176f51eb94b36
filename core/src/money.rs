//! Amounts of money, in the minor unit of their currency.

use iso_currency::Currency as Iso;
use minicbor::{
    Decode, Decoder, Encode, Encoder, decode,
    encode::{self, Write},
};
use serde::{Deserialize, Serialize};

/// Why an amount was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Less than one minor unit, or more than [`Amount::MAX`].
    OutOfBounds,
    /// Not an active ISO 4217 code with a minor unit.
    UnknownCurrency,
}

/// Codes that the table of `iso_currency` has and that ISO 4217 does not list any more, as of 1
/// January 2026. The table's own mark for them is not used, because it marks VES too, which is
/// listed.
const WITHDRAWN: [&str; 5] = ["BGN", "CUC", "HRK", "SLL", "ZWL"];

/// A currency of ISO 4217 by its three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Finds a currency by its code, in the list of ISO 4217 as published on 1 January 2026.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for anything not in the list, such as a currency that was
    /// withdrawn, and for units without a minor unit such as gold.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        if WITHDRAWN.contains(&text) {
            return Err(MoneyError::UnknownCurrency);
        }
        Self::stored(text)
    }

    /// Finds a currency that a record holds. A record can be older than a withdrawal: its purchase
    /// goes on in the currency it began with.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for anything that was never a currency with a minor unit.
    pub fn stored(text: &str) -> Result<Self, MoneyError> {
        let code = <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| MoneyError::UnknownCurrency)?;
        let known = Iso::from_code(text).filter(|_| code.iter().all(u8::is_ascii_uppercase));
        let exponent = known.and_then(Iso::exponent).ok_or(MoneyError::UnknownCurrency)?;
        let exponent = u8::try_from(exponent).map_err(|_| MoneyError::UnknownCurrency)?;
        Ok(Self { code, exponent })
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimal digits the minor unit has: 0 for JPY, 2 for USD.
    #[must_use]
    pub fn exponent(&self) -> u8 {
        self.exponent
    }

    pub(crate) fn is_yen(&self) -> bool {
        &self.code == b"JPY"
    }
}

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::stored(&text).map_err(|_| "not an ISO 4217 currency")
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount to be paid, in minor units of a currency: at least one unit, at most 12 digits (ISO
/// 8583 field 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    minor: u64,
    currency: Currency,
}

impl Amount {
    /// The largest amount, in minor units.
    pub const MAX: u64 = 999_999_999_999;

    /// An amount of `minor` units of `currency`.
    ///
    /// # Errors
    /// [`MoneyError::OutOfBounds`] below 1 or above [`Amount::MAX`].
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        match u64::try_from(minor) {
            Ok(minor @ 1..=Self::MAX) => Ok(Self { minor, currency }),
            _ => Err(MoneyError::OutOfBounds),
        }
    }

    /// Minor units.
    #[must_use]
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The number in major units with thousands separators: `3,150` yen, `1,234.50` dollars.
    #[must_use]
    pub fn grouped(&self) -> String {
        let scale = 10_u64.pow(u32::from(self.currency.exponent));
        let (whole, fraction) = (self.minor / scale, self.minor % scale);
        let digits = whole.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if self.currency.exponent > 0 {
            let width = usize::from(self.currency.exponent);
            text.push_str(&format!(".{fraction:0width$}"));
        }
        text
    }
}

/// The bytes of an [`Amount`].
#[derive(Encode, Decode)]
#[cbor(map)]
struct WrittenAmount {
    #[n(0)]
    minor: u64,
    #[n(1)]
    currency: String,
}

impl<Ctx> Encode<Ctx> for Amount {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        ctx: &mut Ctx,
    ) -> Result<(), encode::Error<W::Error>> {
        let currency = self.currency.code().to_owned();
        WrittenAmount { minor: self.minor, currency }.encode(encoder, ctx)
    }
}

impl<'b, Ctx> Decode<'b, Ctx> for Amount {
    fn decode(decoder: &mut Decoder<'b>, ctx: &mut Ctx) -> Result<Self, decode::Error> {
        let WrittenAmount { minor, currency } = WrittenAmount::decode(decoder, ctx)?;
        let currency = Currency::stored(&currency).ok();
        let amount = i64::try_from(minor).ok().zip(currency);
        let amount = amount.and_then(|(minor, currency)| Self::new(minor, currency).ok());
        amount.ok_or_else(|| decode::Error::message("not an amount"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_by_the_currency_s_minor_unit() {
        for (minor, currency, text) in [
            (3150, "JPY", "3,150"),
            (1, "JPY", "1"),
            (100, "JPY", "100"),
            (1_234_567, "JPY", "1,234,567"),
            (123_450, "USD", "1,234.50"),
            (5, "USD", "0.05"),
            (1_234_567, "KWD", "1,234.567"),
            (999_999_999_999, "JPY", "999,999,999,999"),
        ] {
            let amount = Amount::new(minor, Currency::parse(currency).unwrap()).unwrap();
            assert_eq!(amount.grouped(), text);
        }
    }

    #[test]
    fn refuses_amounts_and_currencies_that_are_not() {
        let yen = Currency::parse("JPY").unwrap();
        for bad in [0, -1, i64::MIN, 1_000_000_000_000, i64::MAX] {
            assert_eq!(Amount::new(bad, yen), Err(MoneyError::OutOfBounds));
        }
        for bad in ["", "jpy", "JP", "YEN", "円", "XAU", "JPYJPY"] {
            assert_eq!(Currency::parse(bad), Err(MoneyError::UnknownCurrency), "{bad}");
        }
    }

    /// The codes with a minor unit by its digits, in the list that SIX published for ISO on
    /// 1 January 2026 (`list-one.xml`; read with PyPI iso4217 1.16.20260101).
    const LISTED: [(u8, &str); 4] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (
            2,
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN \
             BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD \
             FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW \
             KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR \
             MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG \
             SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD \
             USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ];

    #[test]
    fn takes_the_currencies_that_iso_4217_lists_and_no_others() {
        let listed = |code: &str| {
            let mut found =
                LISTED.iter().filter(|(_, codes)| codes.split(' ').any(|it| it == code));
            found.next().map(|(exponent, _)| *exponent)
        };
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|first| letters().map(move |second| (first, second)));
        let mut taken = 0;
        for (first, second) in codes {
            for third in letters() {
                let code = String::from_iter([first, second, third]);
                let found = Currency::parse(&code).ok().map(|currency| currency.exponent());
                assert_eq!(found, listed(&code), "{code}");
                taken += usize::from(found.is_some());
            }
        }
        assert_eq!(taken, 165);
    }

    #[test]
    fn a_record_in_a_currency_that_was_withdrawn_since_is_read() {
        for (code, digits) in [("BGN", 2), ("HRK", 2), ("ZWL", 2), ("VES", 2), ("JPY", 0)] {
            let read: Currency = serde_json::from_str(&format!("\"{code}\"")).unwrap();
            assert_eq!((read.code(), read.exponent()), (code, digits));
        }
        assert!(serde_json::from_str::<Currency>("\"XAU\"").is_err());
    }
}
