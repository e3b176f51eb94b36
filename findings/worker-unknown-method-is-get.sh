#!/usr/bin/env bash
# The `worker` crate: a request with a method that the crate does not list has the method GET.
#
# Methods are an open set (RFC 9110 §16.1), and a router that knows a few of them answers 405 or 501
# to the others. With `worker::Method`, `Request::method()` says `Get` for QUERY, PROPFIND or PURGE,
# without an error, so a router serves them what it serves to GET and cannot tell. REPORT, which is
# listed, is itself. The name that was sent is still in `request.inner().method()`.
#
# Seen with worker 0.8.7:
#   GET: Get
#   QUERY: Get
#   PROPFIND: Get
#   PURGE: Get
#   REPORT: Report
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
worker = "=0.8.7"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use worker::Method;

fn main() {
    for name in ["GET", "QUERY", "PROPFIND", "PURGE", "REPORT"] {
        println!("{name}: {:?}", Method::from(name.to_owned()));
    }
}
RUST
seen=$(cargo run --quiet)
echo "$seen"
[ "$seen" = "GET: Get
QUERY: Get
PROPFIND: Get
PURGE: Get
REPORT: Report" ]
