//! Hands the built front end to the Worker: the widget's hashed path and the minified styles.
//!
//! Without a front-end build (a plain `cargo clippy`), the style sources and a fixed path stand in,
//! so that checking the Rust code needs no Node.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=WARIFU_NEXT_VERSION");
    let next_version = env::var_os("CARGO_FEATURE_NEXT_VERSION").is_some();
    let is_test = env::var("WARIFU_NEXT_VERSION").is_ok_and(|given| given == "1");
    assert!(!next_version || is_test, "the feature next-version is for tests/mixed-versions");

    // As it is now. With `env!` a copy of the folder would go on reading the front end of its original,
    // because the compiled build script is copied too.
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default().join("..");
    let manifest = root.join("dist/manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let widget = fs::read_to_string(&manifest)
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .and_then(|value| value.get("widget")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| "/w/dev".to_owned());
    println!("cargo::rustc-env=WARIFU_WIDGET={widget}");

    for name in ["frame", "enrollment", "requestor"] {
        let built = root.join(format!("dist/style/{name}.css"));
        let source = root.join(format!("widget/style/{name}.css"));
        println!("cargo::rerun-if-changed={}", built.display());
        println!("cargo::rerun-if-changed={}", source.display());
        let file = if built.exists() { built } else { source };
        println!("cargo::rustc-env=WARIFU_STYLE_{}={}", name.to_uppercase(), file.display());
    }
}
