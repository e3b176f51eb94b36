//! Words whose letters are of scripts that people do not mix: in `pаypal` the second letter is
//! Cyrillic, and no eye tells it from the Latin one (Unicode TS 39).

use icu_properties::{PropertyNamesLong, props::Script, script::ScriptWithExtensions};

/// A word of mixed scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedWord<'a> {
    /// The word.
    pub word: &'a str,
    /// The scripts of its letters, by their Unicode names, each once, in the word's order.
    pub scripts: Vec<&'static str>,
}

/// The scripts that may be mixed in one word: those of Japanese, Chinese with Bopomofo, and Korean,
/// each with Latin ("highly restrictive", Unicode TS 39 §5.2).
const TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// The words of a text whose letters are neither of one script nor of scripts that go together.
#[must_use]
pub fn mixed_words(text: &str) -> Vec<MixedWord<'_>> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && !is_mark(letter));
    words.filter_map(mixed).collect()
}

fn mixed(word: &str) -> Option<MixedWord<'_>> {
    let all = ScriptWithExtensions::new();
    let sets = || {
        let sets = word.chars().map(|letter| all.get_script_extensions_val(letter));
        // Digits, and marks that follow any letter, are of no script.
        sets.filter(|set| !set.contains(&Script::Common) && !set.contains(&Script::Inherited))
    };
    let first = sets().next()?;
    let is_of = |scripts: &[Script]| sets().all(|set| scripts.iter().any(|one| set.contains(one)));
    if first.iter().any(|one| is_of(&[one])) || TOGETHER.into_iter().any(is_of) {
        return None;
    }
    let mut scripts = Vec::new();
    // A mark of a few scripts alone, such as the half-width dakuten, is named by the first of those.
    for script in sets().filter_map(|set| set.iter().next()) {
        let name = PropertyNamesLong::<Script>::new().get(script).unwrap_or("Unknown");
        if !scripts.contains(&name) {
            scripts.push(name);
        }
    }
    Some(MixedWord { word, scripts })
}

fn is_mark(letter: char) -> bool {
    ScriptWithExtensions::new().get_script_val(letter) == Script::Inherited
}
