//! The frozen bytes of `core/fixtures/frozen.txt`, by name.

use std::collections::BTreeMap;

fn all() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("../../fixtures/frozen.txt").lines();
    let named = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    named.map(|line| line.split_once(' ').unwrap()).collect()
}

/// The frozen bytes of this name.
#[track_caller]
pub(crate) fn text(name: &str) -> &'static str {
    all().get(name).unwrap_or_else(|| panic!("{name} is not in frozen.txt"))
}

/// Every name that begins so.
pub(crate) fn names(prefix: &str) -> Vec<&'static str> {
    all().into_keys().filter(|name| name.starts_with(prefix)).collect()
}

/// Fails, with the lines that would have to be in the file, when something is written otherwise.
#[track_caller]
pub(crate) fn hold(written: &[(impl AsRef<str>, String)]) {
    let all = all();
    let other: Vec<_> = written
        .iter()
        .filter(|(name, text)| all.get(name.as_ref()) != Some(&text.as_str()))
        .map(|(name, text)| format!("{} {text}", name.as_ref()))
        .collect();
    assert!(other.is_empty(), "written otherwise than frozen:\n{}", other.join("\n"));
}
