#!/usr/bin/env bash
# jose refuses a token that has been valid since half a second ago, until the second is over, when its
# `nbf` has a fraction.
#
# A JWT's times may have fractions (RFC 7519 §2), and Python's `time.time()` has one, which PyJWT writes
# as it is. jose rounds its own clock down to whole seconds, and not the claim: at 1000.9 it compares 1000
# with 1000.25. A token that is used as soon as it is made is refused, unless a second began in between,
# and one that had to wait in a queue is taken. A test whose clock stands at whole seconds does not show
# it, nor does PyJWT as the reader: it cuts the claim's fraction off.
#
# Seen with jose 6.2.18 and PyJWT 2.15.1, `nbf` 1000.25:
#   at 1000.90: "nbf" claim timestamp check failed
#   at 1001.00: accepted
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jose@6.2.18 >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check PyJWT==2.15.1
cat >sign.py <<'PY'
import jwt
print(jwt.encode({"nbf": 1000.25}, "0123456789abcdef0123456789abcdef", algorithm="HS256"))
PY
cat >run.mjs <<'JS'
import { jwtVerify } from "jose";
const key = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
for (const seconds of [1000.9, 1001]) {
  const outcome = await jwtVerify(process.argv[2], key, { currentDate: new Date(seconds * 1000) }).then(
    () => "accepted",
    (error) => error.message,
  );
  console.log(`at ${seconds.toFixed(2)}: ${outcome}`);
}
JS
seen=$(node run.mjs "$(python/bin/python sign.py)")
echo "$seen"
[ "$seen" = $'at 1000.90: "nbf" claim timestamp check failed\nat 1001.00: accepted' ]
