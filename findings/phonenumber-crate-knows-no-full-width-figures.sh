#!/usr/bin/env bash
# The crate phonenumber, a port of libphonenumber, finds no number in figures that a Japanese keyboard
# writes at full width.
#
# libphonenumber takes any script's decimal figures and the full-width hyphen, and its other ports do too:
# the documents of all say that they parse what a person typed. The crate says `NoNumber`, as for letters.
# Who checks a form with libphonenumber in the page, or holds such numbers from a system in Python,
# and reads them by the crate on the server, refuses them there.
#
# Seen with phonenumber 0.3.10+9.0.33 and Python's phonenumbers 9.0.43:
#   090-1234-5678: Python +819012345678, Rust +819012345678
#   ０９０－１２３４－５６７８: Python +819012345678, Rust NoNumber
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2024"
[dependencies]
phonenumber = "=0.3.10"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use phonenumber::{Mode, country::JP, parse};

fn main() {
    let number = std::env::args().nth(1).unwrap();
    match parse(Some(JP), number) {
        Ok(number) => println!("{}", number.format().mode(Mode::E164)),
        Err(error) => println!("{error:?}"),
    }
}
RUST
cat >read.py <<'PY'
import sys, phonenumbers
number = phonenumbers.parse(sys.argv[1], "JP")
print(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
PY
seen=$(for number in 090-1234-5678 ０９０－１２３４－５６７８; do
  echo "$number: Python $(python/bin/python read.py "$number"), Rust $(cargo run --quiet -- "$number")"
done)
echo "$seen"
[ "$seen" = '090-1234-5678: Python +819012345678, Rust +819012345678
０９０－１２３４－５６７８: Python +819012345678, Rust NoNumber' ]
