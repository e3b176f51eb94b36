#!/usr/bin/env bash
# OpenAuth's storage for Workers KV cannot keep an authorization code for the 60 seconds that OpenAuth
# gives it, once a millisecond has passed.
#
# The issuer writes a code with an expiry of now and 60 seconds. `CloudflareStorage` turns the expiry
# into a life by its own reading of the clock, rounded down: 59 seconds as soon as the two readings
# differ. KV takes no life under 60, so the write fails and with it the sign-in. Whoever sees 60 in the
# library and 60 in KV's documentation would expect that they fit.
#
# Seen with @openauthjs/openauth 0.4.3 and miniflare 5.20261117.0-beta:
#   61 seconds ahead: stored
#   60 seconds ahead: Invalid expiration_ttl of 59
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @openauthjs/openauth@0.4.3 miniflare@5.20261117.0-beta >/dev/null
cat >run.mjs <<'JS'
import { CloudflareStorage } from "@openauthjs/openauth/storage/cloudflare";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
const server = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script: "export default { fetch: () => new Response() }",
    kvNamespaces: ["KV"],
  }),
);
const storage = CloudflareStorage({ namespace: await server.getKVNamespace("KV") });
for (const seconds of [61, 60]) {
  const expiry = new Date(Date.now() + seconds * 1000);
  while (expiry - Date.now() === seconds * 1000);
  const outcome = await storage.set(["oauth:code", "1"], {}, expiry).then(
    () => "stored",
    (error) => /Invalid expiration_ttl of \d+/.exec(error.message)?.[0] ?? error.message,
  );
  console.log(`${seconds} seconds ahead: ${outcome}`);
}
await server.dispose();
JS
seen=$(node run.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = $'61 seconds ahead: stored\n60 seconds ahead: Invalid expiration_ttl of 59' ]
