#!/usr/bin/env bash
# The `worker` crate: a message that serde knows as a map goes into a queue as `{}`, without an error.
#
# `Queue::send` is documented for what serde can serialize, and its default content type is JSON. The crate
# first makes a JavaScript value of the message, and of a map a `Map`, of which JSON has nothing to say.
# A `HashMap` and `serde_json::json!({…})` are maps for serde, and so is a struct with one
# `#[serde(flatten)]`: a field more, and the struct that arrived for months arrives empty. The sender is
# told that it was sent. Text that one has serialized oneself arrives.
#
# Needs Rust's target wasm32-unknown-unknown. Builds for some minutes; with CARGO_TARGET_DIR, once.
#
# Seen with worker 0.8.7 and miniflare 5.20261117.0-beta:
#   struct: {"amount":3150}
#   struct with flatten: {}
#   HashMap: {}
#   json!: {}
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund miniflare@5.20261117.0-beta >/dev/null
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[profile.dev]
debug = false
[target.'cfg(target_family = "wasm")'.dependencies]
worker = { version = "=0.8.7", features = ["queue"] }
wasm-bindgen = "=0.2.130"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
[target.'cfg(not(target_family = "wasm"))'.dependencies]
wasm-bindgen-cli-support = "=0.2.130"
[workspace]
TOML
cat >src/main.rs <<'RUST'
fn main() {
    let [_, input, output] = std::env::args().collect::<Vec<_>>().try_into().unwrap();
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(input).web(true).unwrap().generate(output).unwrap();
}
RUST
cat >src/lib.rs <<'RUST'
#![cfg(target_family = "wasm")]
use std::collections::HashMap;
use worker::{Context, Env, Request, Response, Result, event};

#[derive(serde::Serialize)]
struct Order {
    amount: u32,
}
#[derive(serde::Serialize)]
struct Event {
    id: u32,
    #[serde(flatten)]
    order: Order,
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    let (queue, order) = (env.queue("QUEUE")?, Order { amount: 3150 });
    match request.path().as_str() {
        "/struct" => queue.send(order).await?,
        "/struct%20with%20flatten" => queue.send(Event { id: 1, order }).await?,
        "/HashMap" => queue.send(HashMap::from([("amount", 3150)])).await?,
        _ => queue.send(serde_json::json!({ "amount": 3150 })).await?,
    }
    Response::ok("sent")
}
RUST
cat >worker.mjs <<'JS'
import wasm from "./pkg/shown_bg.wasm";
import { fetch, initSync } from "./pkg/shown.js";
initSync({ module: wasm });
const queue = ({ messages }, { ARRIVED }) => ARRIVED.put("message", JSON.stringify(messages[0].body));
export default { fetch, queue };
JS
cat >run.mjs <<'JS'
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
const scripts = process.argv.slice(2).map((path) => ({ type: "ESModule", path }));
const server = new Miniflare(
  convertV4MiniflareOptions({
    name: "worker",
    compatibilityDate: "2026-11-01",
    modules: [...scripts, { type: "CompiledWasm", path: "pkg/shown_bg.wasm" }],
    kvNamespaces: ["ARRIVED"],
    queueProducers: { QUEUE: { queueName: "queue" } },
    queueConsumers: { queue: { maxBatchSize: 1 } },
  }),
);
const arrived = await server.getKVNamespace("ARRIVED");
for (const name of ["struct", "struct with flatten", "HashMap", "json!"]) {
  await server.dispatchFetch(`http://worker/${name}`);
  let message = null;
  for (let tries = 0; message === null && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    message = await arrived.get("message");
  }
  await arrived.delete("message");
  console.log(`${name}: ${message}`);
}
await server.dispose();
JS
cargo build --quiet --lib --target wasm32-unknown-unknown
cargo run --quiet -- "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/debug/shown.wasm" pkg
seen=$(node run.mjs worker.mjs pkg/shown.js pkg/snippets/*/*.js)
echo "$seen"
[ "$seen" = 'struct: {"amount":3150}
struct with flatten: {}
HashMap: {}
json!: {}' ]
