//! Countries, as telephone numbers belong to them.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A country or territory with telephone numbers of its own, by its code of ISO 3166-1 alpha-2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Japan.
    pub const JAPAN: Self = Self(*b"JP");

    /// Reads a code such as `JP`; `None` for one that no telephone number belongs to.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let known = code.parse::<phonenumber::country::Id>();
        known.ok().and_then(|_| code.as_bytes().try_into().ok()).map(Self)
    }

    /// The country of a number in E.164 form; `None` where the plan of its calling code does not tell
    /// one, and for the numbers of no country, such as +800. Several countries share a calling code:
    /// +1 876 is Jamaica, and most other +1 are the United States or Canada.
    pub(super) fn of_number(e164: &str) -> Option<Self> {
        // The numbers of Japan are most of all, and need no table.
        if e164.starts_with("+81") {
            return Some(Self::JAPAN);
        }
        let number = phonenumber::parse(None, e164).ok()?;
        Self::parse(number.country().id()?.as_ref())
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<Ctx> Encode<Ctx> for Country {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.str(self.as_str()).map(drop)
    }
}

/// Any two capitals are read: which countries have numbers changes with releases.
impl<'b, Ctx> Decode<'b, Ctx> for Country {
    fn decode(decoder: &mut Decoder<'b>, _: &mut Ctx) -> Result<Self, decode::Error> {
        match *decoder.str()?.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([first, second])),
            _ => Err(decode::Error::message("not a country's code")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_belongs_to_the_country_of_its_plan() {
        for (number, country) in [
            ("+819012341234", Some("JP")),
            ("+81312345678", Some("JP")),
            ("+14155550100", Some("US")),
            ("+12125550123", Some("US")),
            ("+16135550123", Some("CA")),
            ("+18765550123", Some("JM")),
            ("+18095550123", Some("DO")),
            ("+442071838750", Some("GB")),
            ("+447781123456", Some("GG")),
            ("+79161234567", Some("RU")),
            ("+77011234567", Some("KZ")),
            ("+821012345678", Some("KR")),
            ("+8613812345678", Some("CN")),
            ("+6581234567", Some("SG")),
            ("+94771234567", Some("LK")),
            // Of no country: toll-free of the world, satellites.
            ("+80012345678", None),
            ("+881612345678", None),
            ("+99912345678", None),
            ("+2101234567", None),
        ] {
            let found = Country::of_number(number);
            assert_eq!(found.as_ref().map(Country::as_str), country, "{number}");
        }
    }

    #[test]
    fn a_code_is_two_capitals_that_numbers_belong_to() {
        for code in ["JP", "US", "GB", "KR", "HK"] {
            assert_eq!(Country::parse(code).unwrap().as_str(), code);
        }
        assert_eq!(Country::parse("JP"), Some(Country::JAPAN));
        for bad in ["", "J", "jp", "JPN", "XX", "81", "日本", "J ", "UK"] {
            assert_eq!(Country::parse(bad), None, "{bad}");
        }
    }
}
