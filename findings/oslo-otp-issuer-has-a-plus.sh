#!/usr/bin/env bash
# The otpauth address of @oslojs/otp writes an issuer's space as `+`; the package otpauth reads that as
# a plus, and then writes it into both places where an issuer stands.
#
# The format has an issuer twice, as a prefix of the label and as a parameter, and wants percent-encoding
# (RFC 3986) in both. @oslojs/otp does that in the label; the parameter is encoded as a form's field.
# Readers that decode it as a form's field, as Python's pyotp and the crate totp-rs do, see no fault.
# otpauth decodes as the format says, prefers the parameter, and does not say that the two differ: the
# account has the name `Example+Card` from then on, also in what is exported from it.
# An issuer with a name of one word never sees it.
#
# Seen with @oslojs/otp 1.1.0 and otpauth 9.5.2:
#   written: /Example%20Card:taro, issuer=Example+Card
#   read: Example+Card
#   written again: /Example%2BCard:taro, issuer=Example%2BCard
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @oslojs/otp@1.1.0 otpauth@9.5.2 >/dev/null
cat >run.mjs <<'JS'
import { createTOTPKeyURI } from "@oslojs/otp";
import { URI } from "otpauth";
const parts = (uri) => `${/\/[^/?]+(?=\?)/.exec(uri)}, ${/issuer=[^&]+/.exec(uri)}`;
const written = createTOTPKeyURI("Example Card", "taro", new Uint8Array(20), 30, 6);
const read = URI.parse(written);
console.log(`written: ${parts(written)}`);
console.log(`read: ${read.issuer}`);
console.log(`written again: ${parts(read.toString())}`);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "written: /Example%20Card:taro, issuer=Example+Card
read: Example+Card
written again: /Example%2BCard:taro, issuer=Example%2BCard" ]
