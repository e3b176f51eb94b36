use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// The value of one custom property.
fn value(css: &str, name: &str) -> [u8; 3] {
    let (_, rest) = css.split_once(&format!("--{name}:#")).unwrap_or_else(|| panic!("{css}"));
    let number = u32::from_str_radix(&rest[..6], 16).unwrap();
    let [_, rgb @ ..] = number.to_be_bytes();
    rgb
}

/// WCAG 2.2 contrast by the letter of its definition, apart from the code under test.
fn ratio(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| -> f64 {
        let weights = [0.2126, 0.7152, 0.0722];
        let parts = colour.iter().zip(weights).map(|(channel, weight)| {
            let c = f64::from(*channel) / 255.0;
            weight * if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        parts.sum()
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[wasm_bindgen_test]
fn light_is_what_its_definition_says() {
    for channel in 0..=255 {
        let c = f64::from(channel) / 255.0;
        let exact = if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        assert!((linear(channel) - exact).abs() < 1e-14, "{channel}: {}", linear(channel));
    }
}

#[wasm_bindgen_test]
fn no_colour_is_judged_otherwise_than_by_its_definition() {
    // Every grey, and a net over all colours: what is taken, and what it becomes on dark pages.
    let net = (0..=255_u8).step_by(15);
    let greys = (0..=255).map(|grey| [grey; 3]);
    let colours = net.clone().flat_map(|red| {
        let net = net.clone();
        net.clone().flat_map(move |green| net.clone().map(move |blue| [red, green, blue]))
    });
    for rgb in greys.chain(colours) {
        let text = Colour(rgb).css();
        let read = Accent::parse(&text);
        assert_eq!(read.is_some(), ratio(rgb, WHITE.0) >= READABLE, "{text}");
        let Some(Accent { css }) = read else { continue };
        let mut dark = Colour(rgb);
        while ratio(dark.0, DARK_SURFACE.0) < READABLE {
            dark = dark.lighter();
        }
        assert_eq!(value(&css, "accent-d"), dark.0, "{text}");
        for (name, on) in [("accent-ink", rgb), ("accent-ink-d", dark.0)] {
            let ink = if ratio(on, WHITE.0) >= ratio(on, BLACK.0) { WHITE } else { BLACK };
            assert_eq!(value(&css, name), ink.0, "{text} {name}");
        }
    }
}

#[wasm_bindgen_test]
fn every_pair_is_readable_in_both_themes() {
    const PAPER: [u8; 3] = [0xff; 3];
    const DARK_PAPER: [u8; 3] = [0x15, 0x18, 0x1c];
    for text in [
        "#000000", "#0a5a8c", "#17437a", "#003399", "#0000ff", "#7f0000", "#c00000", "#d40000",
        "#006400", "#008000", "#4b0082", "#800080", "#5a4500", "#767676", "#b3261e", "#0F6E84",
    ] {
        let css = Accent::parse(text).unwrap_or_else(|| panic!("{text}")).css;
        let light = value(&css, "accent");
        let dark = value(&css, "accent-d");
        assert_eq!(light, value(&format!("--accent:{text}"), "accent"), "the issuer's own colour");
        for (what, one, other) in [
            ("on white", light, PAPER),
            ("its words", light, value(&css, "accent-ink")),
            ("on dark", dark, DARK_PAPER),
            ("its words on dark", dark, value(&css, "accent-ink-d")),
        ] {
            let contrast = ratio(one, other);
            assert!(contrast >= 4.5, "{text} {what}: {contrast:.2} in {css}");
        }
    }
}

#[wasm_bindgen_test]
fn dark_pages_are_as_dark_as_the_style_says() {
    // The style's own surfaces, in its dark theme; the accent is measured on a lighter one.
    let style = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../widget/style/frame.css"));
    let (_, dark) = style.split_once("prefers-color-scheme: dark").unwrap();
    let paper = dark.split_once("--paper: ").unwrap().1;
    let paper = Colour::parse(&paper[..7]).unwrap();
    assert!(DARK_SURFACE.luminance() >= paper.luminance());
}

#[wasm_bindgen_test]
fn dark_pages_have_a_lighter_accent() {
    // None that is dark enough for white is light enough for the dark surface as it is.
    for text in ["#767676", "#000000", "#0000ff"] {
        let css = Accent::parse(text).unwrap_or_else(|| panic!("{text}")).css;
        let (light, dark) = (value(&css, "accent"), value(&css, "accent-d"));
        assert!(Colour(dark).luminance() > Colour(light).luminance(), "{css}");
    }
}

#[wasm_bindgen_test]
fn what_cannot_be_read_on_white_is_refused() {
    // #767676 is the lightest grey with 4.5 on white; its neighbour has 4.48.
    assert!(Accent::parse("#767676").is_some());
    for light in ["#777777", "#ffffff", "#ffcc00", "#00ff00", "#ff0000", "#00bfff", "#ffc0cb"] {
        assert!(Accent::parse(light).is_none(), "{light}");
    }
}

#[wasm_bindgen_test]
fn only_six_hexadecimal_digits_are_a_colour() {
    for bad in [
        "",
        "#",
        "000000",
        "#000",
        "#00000",
        "#0000000",
        "#00000g",
        "#-10000",
        "#00000é",
        "black",
        "rgb(0,0,0)",
        "#000000;}",
        " #000000",
    ] {
        assert!(Accent::parse(bad).is_none(), "{bad}");
    }
}
