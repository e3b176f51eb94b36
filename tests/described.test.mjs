// What the Worker serves to those who integrate: the contract, the types, and a page for every problem.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { openapi, problemCodes } from "./support/contract.mjs";
import { challengeBody, issuerKey, registerMerchant } from "./support/demo.mjs";
import { read } from "./support/sources.mjs";

const { parse } = createRequire(import.meta.url)("yaml");

const { api } = await startApi();
const browser = await startBrowser();

test("/v1/warifu.d.ts has the types of the package, as text and for anybody", async () => {
  const { text, headers } = assertStatus(await api.get("/v1/warifu.d.ts"));
  assert.equal(text, read("packages/warifu/warifu.d.ts"));
  assert.equal(headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(headers.get("cache-control"), "public, max-age=300");
});

test("/openapi.yaml is the contract, with this deployment as its server", async () => {
  const { text, headers } = assertStatus(await api.get("/openapi.yaml"));
  const { servers, ...described } = parse(text);
  const { servers: _, ...contract } = openapi;
  assert.deepEqual(described, contract);
  assert.deepEqual(
    servers.map((/** @type {{ url: string }} */ { url }) => new URL(url, api.origin).origin),
    [api.origin],
  );
  assert.equal(headers.get("content-type"), "application/yaml");
  assert.equal(headers.get("cache-control"), "public, max-age=300");
});

/** @param {string} code */
const address = (code) => `/problems/${code.replaceAll("_", "-")}`;

/** The text of an element of a page. @param {string} html @param {string} id */
function textOf(html, id) {
  const [, inner] = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(html) ?? [];
  return (inner ?? "").replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
}

const japanese = /[\p{Script=Hiragana}\p{Script=Han}]/u;

test("every code of the contract has a page, in Japanese and in English", async () => {
  assert.ok(problemCodes.length > 40, `${problemCodes.length}`);
  /** @type {Set<string>} */
  const titles = new Set();
  for (const code of problemCodes) {
    for (const lang of ["ja", "en"]) {
      const { text } = assertStatus(await api.get(`${address(code)}?lang=${lang}`));
      const [title, advice] = [textOf(text, "title"), textOf(text, "advice")];
      for (const words of [title, advice])
        assert.equal(japanese.test(words), lang === "ja", `${code}, ${lang}: ${words}`);
      assert.ok(text.includes(`<html lang="${lang}">`), code);
      assert.ok(text.includes(`>${code}</dd>`), code);
      assert.doesNotMatch(text, /<script/);
      titles.add(title);
    }
  }
  assert.equal(titles.size, 2 * problemCodes.length, "no two codes are called the same");
});

test("the type of a refusal leads to what the refusal says", async () => {
  const merchant = await registerMerchant(api);
  const json = challengeBody("nobody");
  for (const refused of [
    await api.post("/v1/challenges", { json }),
    await api.post("/v1/challenges", { json, key: issuerKey() }),
    await api.post("/v1/challenges", { json, key: merchant.key }),
    await api.get("/v1/nothing"),
    await api.post("/healthz", { json: {} }),
  ]) {
    const { type, title, detail, code, status } = refused.body;
    assert.equal(type, api.origin + address(code));
    const { text } = assertStatus(await api.get(`${new URL(type).pathname}?lang=en`));
    assert.equal(textOf(text, "title"), title);
    assert.equal(textOf(text, "advice"), detail);
    assert.ok(text.includes(`<dd>${status}</dd>`), code);
  }
});

test("the language is the browser's unless the address says it, and Japanese where neither does", async () => {
  for (const [path, accept, lang] of /** @type {const} */ ([
    ["/problems/not-found", "en-US,en;q=0.9,ja;q=0.8", "en"],
    ["/problems/not-found", "ja,en;q=0.9", "ja"],
    ["/problems/not-found", "fr", "ja"],
    ["/problems/not-found?lang=ja", "en", "ja"],
    ["/problems/not-found?lang=en", "ja", "en"],
  ])) {
    const headers = { "accept-language": accept };
    const { text } = assertStatus(await api.get(path, { headers }));
    assert.ok(text.includes(`<html lang="${lang}">`), `${path}, ${accept}`);
  }
});

test("a problem that is none is not found, and a page takes no post", async () => {
  for (const none of ["none", "not_found", "Not-Found", "not-found-"])
    assert.equal(assertStatus(await api.get(`/problems/${none}`), 404).body.code, "not_found");
  const { headers } = assertStatus(await api.post("/problems/not-found", { json: {} }), 405);
  assert.equal(headers.get("allow"), "GET, HEAD");
});

test("a page leads to itself in the other language and to the contract", () =>
  withPage(browser, { locale: "ja-JP", javaScriptEnabled: false }, async (page) => {
    await page.goto(`${api.origin}/problems/not-enrolled`);
    assert.equal(await page.getAttribute("html", "lang"), "ja");
    await page.click("#other");
    await page.waitForSelector("html[lang=en]");
    await page.click("#other");
    await page.waitForSelector("html[lang=ja]");
    const contract = await page.getAttribute('.foot a[href$=".yaml"]', "href");
    assert.equal((await fetch(new URL(contract ?? "", page.url()))).status, 200);
  }));
