#!/usr/bin/env bash
# In workerd, what `setTimeout` returns is a number or an object, depending on the compatibility date
# alone: nothing about Node.js compatibility is asked for by a flag.
#
# Glue that declares a number, as web-sys and the `worker` crate 0.8.7 do (their debug builds then throw
# "expected a number argument, found object" at the first timer), works for years and fails on the day
# when somebody raises the date.
#
# Seen with miniflare 5.20261117.0-beta (workerd 1.20261117.1):
#   2026-04-01: number
#   2026-11-01: object
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund miniflare@5.20261117.0-beta >/dev/null
cat >worker.mjs <<'JS'
export default {
  async fetch() {
    const timer = setTimeout(() => {}, 1);
    clearTimeout(timer);
    return new Response(typeof timer);
  },
};
JS
cat >run.mjs <<'JS'
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
for (const compatibilityDate of ["2026-04-01", "2026-11-01"]) {
  const modules = [{ type: "ESModule", path: "worker.mjs" }];
  const options = { name: "worker", compatibilityDate, modules };
  const server = new Miniflare(convertV4MiniflareOptions(options));
  const answer = await server.dispatchFetch("http://worker/");
  console.log(`${compatibilityDate}: ${await answer.text()}`);
  await server.dispose();
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'2026-04-01: number\n2026-11-01: object' ]
