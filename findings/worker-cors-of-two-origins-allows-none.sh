#!/usr/bin/env bash
# The `worker` crate: a `Cors` with two allowed origins allows neither.
#
# `with_origins` takes a list and is documented as the origins that are allowed. A browser takes one in
# `Access-Control-Allow-Origin`, or `*` (Fetch standard, CORS check), so a server compares the request's
# origin with its list and answers with that one. The crate never sees the request: it writes the whole
# list, with commas, which matches no page. The first shop works, and both stop on the day when the
# second is added.
#
# Needs Rust's target wasm32-unknown-unknown. Builds for some minutes; with CARGO_TARGET_DIR, once.
#
# Seen with worker 0.8.7 and Chromium 156.0.8078.114:
#   one origin: read
#   two origins: Failed to fetch
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund miniflare@5.20261117.0-beta puppeteer-core@25.16.0 >/dev/null
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
worker = "=0.8.7"
wasm-bindgen = "=0.2.130"
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
use worker::{Context, Cors, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    let mut origins = vec![env.var("SHOP")?.to_string()];
    if request.path() == "/two" {
        origins.push("https://other.example".to_owned());
    }
    Response::ok("read")?.with_cors(&Cors::new().with_origins(origins))
}
RUST
cat >worker.mjs <<'JS'
import wasm from "./pkg/shown_bg.wasm";
import { fetch, initSync } from "./pkg/shown.js";
initSync({ module: wasm });
export default { fetch };
JS
cat >run.mjs <<'JS'
import { createServer } from "node:http";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import puppeteer from "puppeteer-core";
const page = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>shop"));
await new Promise((resolve) => page.listen(0, "127.0.0.1", resolve));
const shop = `http://127.0.0.1:${page.address().port}`;
const scripts = process.argv.slice(2).map((path) => ({ type: "ESModule", path }));
const server = new Miniflare(
  convertV4MiniflareOptions({
    name: "worker",
    compatibilityDate: "2026-11-01",
    modules: [...scripts, { type: "CompiledWasm", path: "pkg/shown_bg.wasm" }],
    bindings: { SHOP: shop },
  }),
);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
const tab = await browser.newPage();
await tab.goto(shop);
for (const number of ["one", "two"]) {
  const read = (url) => fetch(url).then((answer) => answer.text(), (error) => error.message);
  const outcome = await tab.evaluate(read, new URL(number, await server.ready).href);
  console.log(`${number} origin${number === "one" ? "" : "s"}: ${outcome}`);
}
await browser.close();
await server.dispose();
page.close();
JS
cargo build --quiet --lib --target wasm32-unknown-unknown
cargo run --quiet -- "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/debug/shown.wasm" pkg
seen=$(node run.mjs worker.mjs pkg/shown.js pkg/snippets/*/*.js)
echo "$seen"
[ "$seen" = $'one origin: read\ntwo origins: Failed to fetch' ]
