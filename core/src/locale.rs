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
    /// Its BCP 47 tag.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The best match for a BCP 47 tag: `en…` is English, everything else Japanese. An unknown
    /// language is never an error.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") { Self::En } else { Self::Ja }
    }

    /// The first of our languages in an `Accept-Language` header (RFC 9110 §12.5.4).
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        header
            .split(',')
            .map(|part| part.split([';', '-']).next().unwrap_or_default().trim())
            .find_map(|tag| match tag.to_ascii_lowercase().as_str() {
                "ja" => Some(Self::Ja),
                "en" => Some(Self::En),
                _ => None,
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
