//! Gives the module a small stack, so that the addresses of its strings are small numbers. LEB128
//! writes an address up to 8191 in two bytes, and one behind the usual stack of 1 MiB in four, at
//! every mention of a string.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32")
        && std::env::var("PROFILE").as_deref() == Ok("release")
    {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=6144");
    }
}
