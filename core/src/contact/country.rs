//! Countries, as telephone numbers belong to them.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A country or territory with telephone numbers of its own, by its code of ISO 3166-1 alpha-2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Which country the numbers of a prefix belong to: a prefix without its plus and a country in each
/// line. Made from libphonenumber's tables by `core/examples/number_plan.rs`.
const PLAN: &str = include_str!("country/plan.txt");

fn plan() -> impl Iterator<Item = (&'static str, &'static str)> {
    PLAN.lines().filter_map(|line| line.split_once(' '))
}

impl Country {
    /// Japan.
    pub const JAPAN: Self = Self(*b"JP");

    /// Reads a code such as `JP`; `None` for one that no telephone number belongs to.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let known = plan().any(|(_, country)| country == code);
        known.then(|| code.as_bytes().try_into().ok()).flatten().map(Self)
    }

    /// The country of a number in E.164 form; `None` where the plan of its calling code does not tell
    /// one, and for the numbers of no country, such as +800. Several countries share a calling code:
    /// +1 876 is Jamaica, and most other +1 are the United States or Canada.
    pub(super) fn of_number(e164: &str) -> Option<Self> {
        // Most numbers are Japanese: they are told without a search of the plan.
        if e164.starts_with("+81") {
            return Some(Self::JAPAN);
        }
        let digits = e164.strip_prefix('+')?;
        // No prefix begins with another one.
        let (_, country) = plan().find(|(prefix, _)| digits.starts_with(prefix))?;
        country.as_bytes().try_into().ok().map(Self)
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
    fn no_prefix_of_the_plan_begins_with_another_and_each_country_is_a_code() {
        let prefixes: Vec<_> = plan().map(|(prefix, _)| prefix).collect();
        assert_eq!(prefixes.len(), PLAN.lines().count());
        for (index, prefix) in prefixes.iter().enumerate() {
            let others = prefixes.iter().enumerate().filter(|(other, _)| *other != index);
            assert!(others.clone().all(|(_, other)| !other.starts_with(prefix)), "{prefix}");
            assert!(prefix.bytes().all(|byte| byte.is_ascii_digit()), "{prefix}");
        }
        for (_, country) in plan() {
            assert!(Country::parse(country).is_some_and(|known| known.as_str() == country));
            assert!(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
        }
    }

    /// The countries of libphonenumber, each by the numbers that it has as examples of mobile numbers,
    /// which are those that text messages go to.
    #[test]
    fn the_plan_says_what_libphonenumber_says() {
        use phonenumber::metadata::DATABASE;
        let mut held = 0;
        for code in 1..1000_u16 {
            for of in DATABASE.by_code(&code).into_iter().flatten() {
                let example = of.descriptors().mobile().and_then(|mobile| mobile.example());
                let Some(example) = example.filter(|_| of.id() != "001") else { continue };
                let number = format!("+{code}{example}");
                let told = phonenumber::parse(None, &number).ok();
                let told = told.and_then(|number| number.country().id());
                let found = Country::of_number(&number);
                let expected = told.as_ref().map(AsRef::as_ref);
                assert_eq!(found.as_ref().map(Country::as_str), expected, "{number}");
                held += 1;
            }
        }
        assert!(held > 230, "{held}");
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
