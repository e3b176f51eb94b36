//! The secret as an app reads it.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn text_that_is_typed_stands_in_groups_of_four() {
    assert_eq!(
        in_groups("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    );
    assert_eq!(in_groups("ABCDE"), "ABCD E");
}

/// Every dark module is in the path, and no other.
#[wasm_bindgen_test]
fn the_path_is_the_code() {
    let code = QrCode::encode_binary(b"otpauth://totp/a:b?secret=c", QrCodeEcc::Medium).unwrap();
    let svg = svg(&code);
    let (_, path) = svg.split_once(" d=\"M").unwrap();
    let path = path.trim_end_matches("z\"/></svg>");
    let mut drawn = Vec::new();
    for run in path.split("zM") {
        let (at, wide) = run.split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let wide = wide.split_once("v1h-").unwrap();
        assert_eq!(wide.0, wide.1, "a run goes back as far as it came");
        let number = |text: &str| text.parse::<i32>().unwrap();
        drawn.extend((0..number(wide.0)).map(|more| (number(x) + more, number(y))));
    }
    let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark: Vec<_> = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
    assert_eq!(drawn, dark);
}
