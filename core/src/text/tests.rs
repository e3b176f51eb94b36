use super::*;

#[test]
fn takes_names_people_have_and_refuses_what_breaks_a_line() {
    for good in ["●●shop", "O’Neill & Söhne", "<script>", "שלום", "👩‍👩‍👧 store"]
    {
        assert_eq!(MerchantName::parse(good).unwrap().as_str(), good);
    }
    assert_eq!(MerchantName::parse("  shop ").unwrap().as_str(), "shop");
    for empty in ["", " \u{3000}", "\u{200b}", "\u{feff}\u{200d}", "\u{61c}"] {
        assert_eq!(MerchantName::parse(empty).unwrap_err(), TextError::Empty);
    }
    assert_eq!(MerchantName::parse(&"あ".repeat(41)).unwrap_err(), TextError::TooLong { max: 40 });
    assert!(MerchantName::parse(&"あ".repeat(40)).is_ok());
    for bad in ["a\nb", "a\rb", "a\u{0}b", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b"] {
        assert_eq!(MerchantName::parse(bad).unwrap_err(), TextError::Forbidden, "{bad:?}");
    }
}

#[test]
fn what_nobody_sees_is_refused_by_name() {
    for hidden in [
        '\u{ad}',    // soft hyphen
        '\u{34f}',   // combining grapheme joiner
        '\u{61c}',   // Arabic letter mark
        '\u{115f}',  // Hangul choseong filler
        '\u{1160}',  // Hangul jungseong filler
        '\u{17b4}',  // Khmer inherent vowel
        '\u{180e}',  // Mongolian vowel separator
        '\u{200b}',  // zero-width space
        '\u{200c}',  // zero-width non-joiner
        '\u{200d}',  // zero-width joiner
        '\u{200e}',  // left-to-right mark
        '\u{200f}',  // right-to-left mark
        '\u{2060}',  // word joiner
        '\u{2064}',  // invisible plus
        '\u{2065}',  // not assigned, to be ignored
        '\u{206a}',  // inhibit symmetric swapping
        '\u{2800}',  // braille blank
        '\u{303f}',  // ideographic half fill space
        '\u{3164}',  // Hangul filler
        '\u{fe00}',  // variation selector
        '\u{fe0f}',  // the one of emoji
        '\u{feff}',  // byte order mark
        '\u{ffa0}',  // half-width Hangul filler
        '\u{fff0}',  // not assigned, to be ignored
        '\u{fffb}',  // end of an annotation
        '\u{fffc}',  // object replacement
        '\u{1d159}', // null note head
        '\u{1d173}', // begin of a beam
        '\u{e0001}', // language tag
        '\u{e0041}', // tag A
        '\u{e007f}', // end of tags
        '\u{e0100}', // ideographic variation selector
        '\u{e0fff}', // not assigned, to be ignored
    ] {
        for text in [format!("sh{hidden}op"), format!("葛{hidden}飾"), format!("7{hidden}")] {
            let refused = MerchantName::parse(&text).unwrap_err();
            assert_eq!(refused, TextError::Invisible(hidden), "{text:?}");
            assert_eq!(Reference::parse(&text).unwrap_err(), refused);
            assert_eq!(PersonalMessage::parse(&text).err(), Some(refused));
            // What an earlier release stored is read.
            assert_eq!(MerchantName::stored(&text).unwrap().as_str(), text);
        }
    }
    assert_eq!(MerchantName::parse("\u{3164}"), Err(TextError::Invisible('\u{3164}')));
}

#[test]
fn an_emoji_of_several_characters_is_seen_and_nothing_hides_beside_it() {
    for good in ["👩‍👩‍👧‍👦", "❤️", "ハワイ大好き❤️", "🏋🏽‍♂️ gym", "❤︎", "👨🏿‍🚒👨🏿‍🚒", "🏳️‍🌈", "™"]
    {
        assert_eq!(MerchantName::parse(good).unwrap().as_str(), good);
    }
    for (bad, hidden) in [
        ("👩\u{200d}", '\u{200d}'),
        ("👩\u{200d}shop", '\u{200d}'),
        ("a\u{200d}👩", '\u{200d}'),
        ("❤\u{fe0f}\u{fe0f}", '\u{fe0f}'),
        ("1\u{fe0f}", '\u{fe0f}'),
        ("👩\u{200d}\u{200d}👩", '\u{200d}'),
        ("🏴\u{e0067}", '\u{e0067}'),
        ("😀\u{200b}", '\u{200b}'),
    ] {
        assert_eq!(MerchantName::parse(bad), Err(TextError::Invisible(hidden)), "{bad:?}");
    }
}

#[test]
fn words_of_scripts_that_are_not_written_together_are_found() {
    for (text, words) in [
        ("", &[][..]),
        ("Shop 24 GmbH & Co.", &[]),
        ("株式会社わりふカード WARIFU", &[]),
        ("Ｔシャツ専門店ABCあいう", &[]),
        ("ポイント・カードー 々〆", &[]),
        ("한국 은행은행은행 KB국민은행", &[]),
        ("ㄅㄆ台灣Shop", &[]),
        ("Магазин-Shop, שלום Shop", &[]),
        ("Café Ångström", &[]),
        ("Cafe\u{301}", &[]),
        ("7-11 №1 ℃ ㈱あ", &[]),
        ("p\u{430}ypal", &["p\u{430}ypal"]),
        ("my p\u{430}ypal shop", &["p\u{430}ypal"]),
        ("\u{410}mazon \u{395}bay-shop", &["\u{410}mazon", "\u{395}bay"]),
        ("カ\u{440}ド", &["カ\u{440}ド"]),
        ("한あ", &["한あ"]),
        ("ㄅあ", &["ㄅあ"]),
    ] {
        let found: Vec<_> = mixed_words(text).iter().map(|mixed| mixed.word).collect();
        assert_eq!(found, words, "{text}");
    }
    let [mixed] = &mixed_words("1p\u{430}y\u{430}")[..] else { panic!("one word") };
    assert_eq!(mixed.scripts, ["Latin", "Cyrillic"]);
    let [mixed] = &mixed_words("\u{ff9e}\u{42f}")[..] else { panic!("one word") };
    assert_eq!(mixed.scripts, ["Hiragana", "Cyrillic"]);
}

proptest::proptest! {
    #[test]
    fn a_text_that_is_taken_is_stored_and_shows_every_character(text in "\\PC{0,50}") {
        if let Ok(name) = MerchantName::parse(&text) {
            assert_eq!(MerchantName::stored(name.as_str()).unwrap(), name);
            assert_eq!(first_invisible(name.as_str()), None);
            let words = mixed_words(name.as_str());
            assert!(words.iter().all(|mixed| mixed.scripts.len() > 1), "{words:?}");
        }
    }
}
