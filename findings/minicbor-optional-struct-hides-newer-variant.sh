#!/usr/bin/env bash
# minicbor's derive: where an optional struct holds an enum's variant of a newer version, the struct
# reads as `None`, and the fields after it get values that are not theirs, without an error.
#
# The documentation says that an unknown variant in an optional field is `None`. The error is also
# taken for that when the variant is deeper in the field's value. Then only the variant is skipped:
# the reader goes on inside the value that it gave up, and not behind it.
# Below, an order of 3,150 with an outcome at time 7 is written by a newer version, which has one
# variant more. The former version reads it as an order of 7 without an outcome.
# A reader of our own for every `Option`, whose error is another one, stops at such bytes.
#
# Seen with minicbor 2.3.1 (derive 0.19.5):
#   Ok(Order { outcome: None, amount: Some(7) })
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2024"
[dependencies]
minicbor = { version = "=2.3.1", features = ["derive", "alloc"] }
[workspace]
TOML
cat >src/main.rs <<'RUST'
mod newer {
    use minicbor::Encode;
    #[derive(Encode)]
    pub enum Status {
        #[n(1)]
        Refunded,
    }
    #[derive(Encode)]
    pub struct Outcome {
        #[n(0)]
        pub status: Status,
        #[n(1)]
        pub at: u32,
    }
    #[derive(Encode)]
    pub struct Order {
        #[n(0)]
        pub outcome: Option<Outcome>,
        #[n(1)]
        pub amount: Option<u32>,
    }
}
use minicbor::Decode;
#[derive(Debug, Decode)]
#[allow(dead_code)]
enum Status {
    #[n(0)]
    Paid,
}
#[derive(Debug, Decode)]
#[allow(dead_code)]
struct Outcome {
    #[n(0)]
    status: Status,
    #[n(1)]
    at: u32,
}
#[derive(Debug, Decode)]
#[allow(dead_code)]
struct Order {
    #[n(0)]
    outcome: Option<Outcome>,
    #[n(1)]
    amount: Option<u32>,
}
fn main() {
    let outcome = newer::Outcome { status: newer::Status::Refunded, at: 7 };
    let order = newer::Order { outcome: Some(outcome), amount: Some(3150) };
    let bytes = minicbor::to_vec(&order).unwrap();
    println!("{:?}", minicbor::decode::<Order>(&bytes));
}
RUST
seen=$(cargo run --quiet 2>/dev/null)
echo "$seen"
[ "$seen" = 'Ok(Order { outcome: None, amount: Some(7) })' ]
