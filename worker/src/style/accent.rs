//! The issuer's colour, made readable on light and dark.

/// One accent colour with what is written on it, for both themes.
pub(crate) struct Accent {
    /// CSS that defines the colours.
    pub(crate) css: String,
}

#[derive(Clone, Copy)]
struct Colour([u8; 3]);

/// WCAG 2.2 §1.4.3: text needs this contrast.
const READABLE: f64 = 4.5;
const WHITE: Colour = Colour([255; 3]);
const BLACK: Colour = Colour([0; 3]);
/// The lightest surface that dark pages put the accent on.
const DARK_SURFACE: Colour = Colour([0x1c, 0x20, 0x26]);

impl Accent {
    /// Reads `#rrggbb`. On white it must be readable as it is; for dark pages it is lightened.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let colour = Colour::parse(text).filter(|colour| contrast(*colour, WHITE) >= READABLE);
        let light = colour?;
        let mut dark = light;
        while contrast(dark, DARK_SURFACE) < READABLE {
            dark = dark.lighter();
        }
        let css = format!(
            ":root{{--accent:{};--accent-ink:{};--accent-d:{};--accent-ink-d:{}}}",
            light.css(),
            light.ink().css(),
            dark.css(),
            dark.ink().css(),
        );
        Some(Self { css })
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    fn css(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    fn lighter(self) -> Self {
        Self(self.0.map(|channel| channel.saturating_add((255 - channel) / 16 + 1)))
    }

    /// The colour of text on it: white or black, whichever has more contrast.
    fn ink(self) -> Self {
        if contrast(self, WHITE) >= contrast(self, BLACK) { WHITE } else { BLACK }
    }

    /// WCAG 2.2 relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// The light of one sRGB channel.
fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.04045 {
        return share / 12.92;
    }
    ((share + 0.055) / 1.055).powf(2.4)
}

/// WCAG 2.2 contrast ratio.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests;
