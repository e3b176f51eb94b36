#!/usr/bin/env bash
# A Durable Object that awaits `storage.put` and then calls `ctx.abort()` has lost the write.
#
# Whoever resets an object after a fault would expect that what was awaited is stored: the promise
# of `put` has resolved, and in any other course the value is there at the next call. It resolves
# when the write is in memory, though; abort() drops what is not durable yet, without an error.
# With `await storage.sync()` in between, the value is kept.
#
# Seen with miniflare 5.20261117.0-beta (workerd 1.20261117.1):
#   put, then abort: null
#   put, sync, then abort: "stored"
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund miniflare@5.20261117.0-beta >/dev/null
cat >worker.mjs <<'JS'
import { DurableObject } from "cloudflare:workers";
export class Store extends DurableObject {
  async fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/read") return Response.json((await this.ctx.storage.get("key")) ?? null);
    await this.ctx.storage.put("key", "stored");
    if (path === "/sync") await this.ctx.storage.sync();
    this.ctx.abort("reset");
  }
}
export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const object = env.STORE.getByName(searchParams.get("object"));
    return object.fetch(new URL(searchParams.get("path"), "https://object"));
  },
};
JS
cat >run.mjs <<'JS'
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
const server = new Miniflare(
  convertV4MiniflareOptions({
    name: "worker",
    compatibilityDate: "2026-11-01",
    modules: [{ type: "ESModule", path: "worker.mjs" }],
    durableObjects: { STORE: { className: "Store", useSQLite: true } },
  }),
);
const ask = (object, path) =>
  server.dispatchFetch(`http://worker/?object=${object}&path=${path}`).then((answer) => answer.text());
for (const path of ["/put", "/sync"]) {
  await ask(path.slice(1), path).catch(() => {});
  const name = path === "/put" ? "put, then abort" : "put, sync, then abort";
  console.log(`${name}: ${await ask(path.slice(1), "/read")}`);
}
await server.dispose();
JS
seen=$(node run.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = $'put, then abort: null\nput, sync, then abort: "stored"' ]
