use warifu_delivery::settings::{Default, Form};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// The rows of the guide's tables of settings, by name: the cells after it.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let guide = include_str!("../../../docs/issuer/settings.md");
    let (settings, _) = guide.split_once("\n## Bindings\n").unwrap();
    let mut rows = Vec::new();
    for line in settings.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let names = cells.next().unwrap();
        let others: Vec<_> = cells.collect();
        rows.extend(names.split(", ").map(|name| (name.trim_matches('`'), others.clone())));
    }
    rows
}

#[wasm_bindgen_test]
fn the_guide_explains_every_setting_once_and_nothing_else() {
    let mut registered: Vec<_> = registry().map(|setting| setting.name).collect();
    let mut explained: Vec<_> = rows().into_iter().map(|(name, _)| name).collect();
    registered.sort_unstable();
    explained.sort_unstable();
    assert_eq!(registered, explained);
}

#[wasm_bindgen_test]
fn the_guide_has_the_bounds_and_the_default_of_every_setting() {
    let rows = rows();
    for setting in registry() {
        let (name, cells) = rows.iter().find(|(name, _)| *name == setting.name).unwrap();
        if let Form::Number { low, high } = setting.form {
            let bounds = format!("{low} to {high}");
            assert!(cells.iter().any(|cell| cell.contains(&bounds)), "{name}: {bounds}");
        }
        if let Default::Value(default) = setting.default {
            assert_eq!(cells[0].trim_matches('`'), default, "{name}");
        } else {
            // Whatever has no default is required, or says what applies without it.
            assert!(!cells[0].starts_with(|first: char| first.is_ascii_digit()), "{name}");
        }
    }
}

#[wasm_bindgen_test]
fn a_default_is_what_the_setting_may_be() {
    for setting in registry() {
        let Default::Value(default) = setting.default else { continue };
        let given = |_: &str| Some(default.to_owned());
        let mut settings = Settings::new(&given, false);
        assert_eq!(settings.required(setting), default);
        assert_eq!(settings.accepted(), Ok(()), "{}", setting.name);
    }
}

#[wasm_bindgen_test]
fn waits_before_an_event_is_told_again_are_a_list_in_bounds() {
    assert_eq!(retry_waits("1"), Some(vec![1]));
    assert_eq!(retry_waits("5, 43200"), Some(vec![5, 43_200]));
    assert_eq!(usual_retry_waits().len(), 9);
    for bad in ["0", "43201", "5,", ",5", "5;6", "-1", "1.5", "1,1,1,1,1,1,1,1,1,1,1,1,1"] {
        assert_eq!(retry_waits(bad), None, "{bad}");
    }
}
