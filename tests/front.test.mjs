// The first pages: what a development server shows at `/`, what a deployment shows there, and the
// documents that the former leads to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { hasDesktop } from "../scripts/lib/desktop.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { newestCode } from "./support/demo.mjs";
import { startDocs } from "./support/docs.mjs";
import { startShop } from "./support/shop.mjs";
import { all } from "./support/sources.mjs";
import { startWorker } from "./support/worker.mjs";

const places = {
  DEMO_SHOP: "http://localhost:1001",
  DEMO_MEMBER_SITE: "http://localhost:1002",
  DEMO_DOCS: "http://localhost:1003",
  DEMO_THREE_DS: "http://localhost:1004",
};
const { api } = await startApi({ vars: places });
const browser = await startBrowser();

/** The addresses of a page's links. @param {string} html */
const linksIn = (html) => [...html.matchAll(/ href="([^"]*)"/g)].map(([, address]) => address);

test("a development server's first page leads to shops, outbox, member site and documents", async () => {
  const links = linksIn(assertStatus(await api.get("/")).text);
  for (const address of [...Object.values(places), "/dev/outbox", "/?lang=ja"]) {
    assert.ok(links.includes(address), `${address} in ${links}`);
  }
  const head = await fetch(`${api.origin}/`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  const posted = await api.post("/", { json: {} });
  assertProblem(posted, 405, "method_not_allowed");
  assert.equal(posted.headers.get("allow"), "GET, HEAD");
  assertProblem(await api.get("//"), 404, "not_found");
});

test("without the demonstration it leads to what is there", async () => {
  const worker = await startWorker();
  try {
    const links = linksIn(assertStatus(await client(worker.origin).get("/")).text);
    assert.deepEqual(links, ["/dev/outbox", "/?lang=ja"]);
  } finally {
    await worker.stop();
  }
});

test("a deployment's first page says what it is, whom to ask and where the terms are", async () => {
  const worker = await startWorker({
    environment: "",
    vars: { PUBLIC_ORIGIN: "https://localhost", MEMBER_SITE_URL: "https://my.example/" },
  });
  try {
    const deployed = client(worker.origin);
    const headers = { "accept-language": "en-GB,ja;q=0.5" };
    for (const [lang, page] of /** @type {const} */ ([
      ["ja", await deployed.get("/")],
      ["en", await deployed.get("/", { headers })],
      ["ja", await deployed.get("/?lang=ja", { headers })],
      ["en", await deployed.get("/?lang=en")],
    ])) {
      const { text } = assertStatus(page);
      assert.ok(text.includes(`<html lang="${lang}">`), text);
      const terms = {
        ja: "https://www.example.co.jp/terms",
        en: "https://www.example.co.jp/en/terms",
      };
      const links = linksIn(text);
      assert.deepEqual(links.slice(0, 2), ["https://my.example/", terms[lang]]);
      assert.ok(!links.some((address) => address.startsWith("/dev/")), text);
    }
    assertProblem(await deployed.post("/", { json: {} }), 405, "method_not_allowed");
  } finally {
    await worker.stop();
  }
});

test("on a development server that page is there too, in both languages", async () => {
  for (const lang of ["ja", "en"]) {
    const { text } = assertStatus(await api.get(`/?lang=${lang}`));
    assert.ok(text.includes(`<html lang="${lang}">`) && text.includes('id="terms"'), text);
  }
});

test("the shop's page that waits for a code leads to the outbox, and stays as it is", async () => {
  const shop = await startShop(api);
  after(() => shop.stop());
  await withPage(browser, {}, async (page) => {
    await page.goto(shop.origin);
    assert.equal(await page.getAttribute("#outbox", "href"), `${api.origin}/dev/outbox`);
    await page.click("#buy");
    await page.waitForSelector("#pay", { state: "attached" });
    const challenge = await shop.challengeIn(page);
    const code = await newestCode(api, challenge);
    const opened = page.context().waitForEvent("page");
    await page.click("#outbox");
    const outbox = await opened;
    await outbox.waitForSelector("article");
    assert.equal(await outbox.textContent("article .code"), code);
    await outbox.close();
    assert.equal((await shop.challengeIn(page)).secret, challenge.secret);
  });
});

test("every link of the documents leads somewhere, and nothing else of the folder is shown", async () => {
  const origin = await startDocs();
  const waiting = [`${origin}/`];
  /** Each page by its address, without the part after `#`. @type {Map<string, string>} */
  const pages = new Map();
  for (let from = waiting.pop(); from; from = waiting.pop()) {
    const { href } = new URL(from);
    if (pages.has(href)) continue;
    const answer = await fetch(href);
    assert.equal(answer.status, 200, href);
    const type = answer.headers.get("content-type") ?? "";
    const text = await answer.text();
    pages.set(href, text);
    if (!type.startsWith("text/html")) continue;
    for (const [, link] of text.matchAll(/ (?:href|src|srcset)="([^"#]+)/g)) {
      const to = new URL(link, answer.url);
      if (to.origin === origin) waiting.push(to.href);
    }
  }
  for (const [part, least] of /** @type {const} */ ([
    ["/docs/issuer/", 20],
    ["/docs/decisions/", 40],
    ["/docs/pictures/", 3],
    ["/README.ja.md", 1],
  ])) {
    const there = [...pages.keys()].filter((address) => address.startsWith(origin + part));
    assert.ok(there.length >= least, `${part}: ${there.length}`);
  }
  const guide = pages.get(`${origin}/README.ja.md`) ?? "";
  assert.ok(guide.includes('id="加盟店への組み込み"'), "the front page leads to this heading");
  assert.ok(pages.get(`${origin}/README.md`)?.includes('id="how-a-merchant-integrates"'));
  for (const path of [".dev.vars", "docs/..%2f.dev.vars", ".warifu/demo.json", "package.json"]) {
    const answer = await fetch(`${origin}/${path}`);
    assert.equal(answer.status, 404, path);
    assert.ok(linksIn(await answer.text()).includes("/README.ja.md"), "a way back");
  }
});

test("the picture of a purchase is a list of who tells whom what, step by step", async () => {
  const origin = await startDocs();
  const text = await (await fetch(`${origin}/docs/merchant/README.md`)).text();
  const source = readFileSync(at("docs/merchant/README.md"), "utf8");
  const steps = all(source, /^ +\w+--?>>\w+: (.*)$/gm);
  assert.ok(steps.length > 10 && !text.includes("sequenceDiagram"));
  assert.deepEqual(all(text, /^<li><b>[^<>]+ → [^<>]+<\/b>(.*)<\/li>$/gm), steps);
  assert.ok(text.includes("<b>Browser → Your server</b>confirms the order"), text);
});

test("a page opens by itself in a terminal of a desktop session alone", () => {
  const desktop = { DISPLAY: ":0" };
  for (const [env, isTerminal, opens] of /** @type {const} */ ([
    [desktop, true, true],
    [{ WAYLAND_DISPLAY: "wayland-0" }, true, true],
    [desktop, false, false],
    [{}, true, false],
    [{ ...desktop, CI: "true" }, true, false],
    [{ ...desktop, SSH_CONNECTION: "::1 1 ::1 22" }, true, false],
    [{ ...desktop, BROWSER: "none" }, true, false],
  ])) {
    assert.equal(hasDesktop(env, isTerminal), opens, JSON.stringify({ env, isTerminal }));
  }
});
