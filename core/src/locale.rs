//! The languages people are addressed in.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A language of pages and messages. A cardholder gets Japanese unless the merchant or the browser
/// asks for English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
#[cbor(map)]
pub enum Locale {
    /// 日本語
    #[default]
    #[n(0)]
    Ja,
    /// English
    #[n(1)]
    En,
}

impl Locale {
    /// Every language, Japanese first.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// Its BCP 47 tag.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Whether it is Japanese, for templates that hold both languages.
    #[must_use]
    pub fn is_japanese(self) -> bool {
        match self {
            Self::Ja => true,
            Self::En => false,
        }
    }

    /// The best match for a BCP 47 tag: `en…` is English, everything else Japanese. An unknown
    /// language is never an error.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::of_primary(primary).unwrap_or_default()
    }

    /// The first of our languages in an `Accept-Language` header (RFC 9110 §12.5.4).
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        header
            .split(',')
            .map(|part| part.split([';', '-']).next().unwrap_or_default().trim())
            .find_map(Self::of_primary)
            .unwrap_or_default()
    }

    /// The language of a primary subtag (RFC 5646 §2.2.1), in upper or lower case.
    fn of_primary(subtag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| subtag.eq_ignore_ascii_case(locale.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The match makes a new language break the build here, so that it gets its place in the list.
    #[test]
    fn every_language_is_listed_and_found_by_its_tag() {
        let place = |locale| match locale {
            Locale::Ja => 0,
            Locale::En => 1,
        };
        assert_eq!(Locale::ALL.map(place), [0, 1]);
        for locale in Locale::ALL {
            let tag = locale.as_str();
            assert_eq!(Locale::from_tag(tag), locale, "{tag}");
            assert_eq!(Locale::from_accept_language(&format!("fr, {tag};q=0.5")), locale, "{tag}");
            assert_eq!(serde_json::to_string(&locale).unwrap(), format!("{tag:?}"));
        }
    }

    #[test]
    fn falls_back_to_japanese() {
        for (tag, locale) in [
            ("ja", Locale::Ja),
            ("ja-JP", Locale::Ja),
            ("en", Locale::En),
            ("EN-us", Locale::En),
            ("fr", Locale::Ja),
            ("", Locale::Ja),
        ] {
            assert_eq!(Locale::from_tag(tag), locale, "{tag}");
        }
        assert_eq!(Locale::from_accept_language("fr-FR, en-US;q=0.8, ja;q=0.5"), Locale::En);
        assert_eq!(Locale::from_accept_language("fr"), Locale::Ja);
    }
}
