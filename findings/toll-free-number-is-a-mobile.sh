#!/usr/bin/env bash
# validator's `isMobilePhone` and the package phone take a Japanese toll-free number for a mobile's.
#
# Both are asked before a text message goes out; phone says that it accepts mobile numbers only and
# returns this one in E.164, ready to send. A number that begins with 0800 is a firm's, to be called free
# of charge, and no telephone that a text message could reach. It has eleven figures like a mobile's and
# the same first three, so a rule of 080 and a length does not tell them apart: a mobile's fourth figure
# is never 0. libphonenumber knows.
#
# Seen with validator 13.15.35, phone 3.1.72 and libphonenumber-js 1.13.16:
#   08012345678: validator true, phone +818012345678, libphonenumber MOBILE
#   08001234567: validator true, phone +818001234567, libphonenumber TOLL_FREE
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund validator@13.15.35 phone@3.1.72 libphonenumber-js@1.13.16 >/dev/null
cat >run.mjs <<'JS'
import { parsePhoneNumber } from "libphonenumber-js/max";
import { phone } from "phone";
import validator from "validator";
for (const number of ["08012345678", "08001234567"]) {
  const mobile = validator.isMobilePhone(number, "ja-JP");
  const { phoneNumber } = phone(number, { country: "JPN" });
  const type = parsePhoneNumber(number, "JP").getType();
  console.log(`${number}: validator ${mobile}, phone ${phoneNumber}, libphonenumber ${type}`);
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "08012345678: validator true, phone +818012345678, libphonenumber MOBILE
08001234567: validator true, phone +818001234567, libphonenumber TOLL_FREE" ]
