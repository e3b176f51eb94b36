//! Characters that nobody sees: a name that has them looks empty, or like another name, or carries
//! text that only machines read.

use icu_properties::{
    CodePointSetData,
    props::{DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic},
};

/// The first character of a text that shows nothing, though white space does: a default-ignorable
/// one (Unicode Standard §5.21: zero-width characters, fillers, variation selectors, tags, soft
/// hyphens, marks of direction) or another blank. Those that make one emoji of several are taken, as
/// Unicode TR 51 joins them.
pub(super) fn first(text: &str) -> Option<char> {
    let mut rest = text.chars();
    let mut emoji = Emoji::None;
    while let Some(letter) = rest.next() {
        let next = rest.clone().next();
        if is_invisible(letter) && !emoji.takes(letter, next) {
            return Some(letter);
        }
        emoji = emoji.after(letter);
    }
    None
}

fn is_invisible(letter: char) -> bool {
    /// What shows nothing and is not among those to be ignored: annotations of ruby text, the place
    /// of an object, blanks of braille, music, and three scripts.
    const OTHERS: [char; 10] = [
        '\u{2800}',
        '\u{303f}',
        '\u{fff9}',
        '\u{fffa}',
        '\u{fffb}',
        '\u{fffc}',
        '\u{13441}',
        '\u{13442}',
        '\u{16fe4}',
        '\u{1d159}',
    ];
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
        || OTHERS.contains(&letter)
}

/// Where in an emoji the text is.
#[derive(Clone, Copy)]
enum Emoji {
    /// In none.
    None,
    /// After a picture, perhaps with a tone of the skin.
    Picture,
    /// After a picture with its presentation.
    Presented,
}

impl Emoji {
    /// Whether an invisible character belongs to the emoji: a presentation, or a joiner between two
    /// pictures.
    fn takes(self, letter: char, next: Option<char>) -> bool {
        match (self, letter) {
            (Self::Picture, '\u{fe0e}' | '\u{fe0f}') => true,
            (Self::Picture | Self::Presented, '\u{200d}') => next.is_some_and(is_picture),
            _ => false,
        }
    }

    fn after(self, letter: char) -> Self {
        match (self, letter) {
            (Self::Picture, '\u{fe0e}' | '\u{fe0f}') => Self::Presented,
            (Self::Picture | Self::Presented, tone)
                if CodePointSetData::new::<EmojiModifier>().contains(tone) =>
            {
                self
            }
            (_, picture) if is_picture(picture) => Self::Picture,
            _ => Self::None,
        }
    }
}

fn is_picture(letter: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(letter)
}
