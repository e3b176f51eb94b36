#!/usr/bin/env bash
# The crate emv-3ds reads and writes an authentication request with element names that EMV 3-D Secure
# does not have.
#
# Its documentation promises the wire's form for every name with capitals, `threeDSServerTransID` or
# `acsURL`, which serde's camel case would spoil. In the AReq one name got that and the others did not:
# `threeDSRequestorID` is `threeDsRequestorId`, `notificationURL` is `notificationUrl`, and what the
# browser sent, which the message has flat, is in an object `browserInfo`. A request as directory servers
# send it is refused for its required names. Where only these are put right, the others are lost without
# an error: an issuer's server does not know where to send the cardholder back to.
#
# Seen with emv-3ds 0.2.0:
#   names of the specification: missing field `threeDsRequestorId`
#   required ones as the crate has them: read, notification_url None, browser_info None
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
emv-3ds = "=0.2.0"
serde_json = "1"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use emv_3ds::message::areq::AuthenticationRequest;
use serde_json::{Value, from_value, json};

fn show(name: &str, message: Value) {
    match from_value::<AuthenticationRequest>(message) {
        Ok(AuthenticationRequest { notification_url, browser_info, .. }) => println!(
            "{name}: read, notification_url {notification_url:?}, browser_info {browser_info:?}"
        ),
        Err(error) => println!("{name}: {error}"),
    }
}

fn main() {
    let mut message = json!({
        "messageType": "AReq", "messageVersion": "2.2.0", "deviceChannel": "02", "messageCategory": "01",
        "threeDSServerTransID": "6f0e2f9c-3a66-4d0e-9d8a-6d2b1f0c7a11",
        "threeDSRequestorID": "shop", "threeDSRequestorName": "Shop",
        "threeDSRequestorURL": "https://shop.example", "threeDSCompInd": "U",
        "acctNumber": "4000000000000002", "cardExpiryDate": "3012",
        "notificationURL": "https://shop.example/back",
        "browserAcceptHeader": "*/*", "browserLanguage": "ja", "browserUserAgent": "Mozilla/5.0",
    });
    show("names of the specification", message.clone());
    for (own, wire) in [("Id", "ID"), ("Name", "Name"), ("Url", "URL")] {
        message[format!("threeDsRequestor{own}")] = message[format!("threeDSRequestor{wire}")].clone();
    }
    show("required ones as the crate has them", message);
}
RUST
seen=$(cargo run --quiet)
echo "$seen"
[ "$seen" = 'names of the specification: missing field `threeDsRequestorId`
required ones as the crate has them: read, notification_url None, browser_info None' ]
