// Two versions at once, as while a new one is deployed: pages and static files of one version
// beside those of the other. Purchases go through, and a pinned loader stays where it is.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { version } from "../scripts/build/version.mjs";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { responseOf, startBrowser, startSite } from "./support/bench.mjs";
import { formFrame, until, watch, withPage } from "./support/browser.mjs";
import { createChallenge, newestCode, registerMerchant } from "./support/demo.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";
import { copyRepository } from "./support/versions.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support/api.mjs").Api} Api */

const next = "99.0.0";
const repository = await copyRepository();
after(() => repository.remove());

/** The files of this version, released, and of a next one, in which both scripts are others. */
async function build() {
  const { folder, edit, buildFiles, keepFiles, formAddress, writeRelease } = repository;
  // Published here, whether it is already or not.
  rmSync(join(folder, "releases", version), { recursive: true, force: true });
  buildFiles();
  repository.commit(version);
  const former = { form: formAddress(), files: await keepFiles("former") };
  await writeRelease(version);
  const published = readdirSync(join(folder, "releases")).filter((name) => /^\d/.test(name));

  edit("package.json", (text) => text.replace(`"${version}"`, `"${next}"`));
  // So that a test sees which version's script runs.
  const made = `document.documentElement.dataset.made = "${next}";`;
  edit("packages/warifu/loader/loader.js", (text) => `${text}\n${made}\n`);
  edit("widget/js/boot.js", (text) => `${text}\n${made}\n`);
  buildFiles();
  const later = { form: formAddress(), files: await keepFiles("later") };
  return { published, former, later };
}

const { published, former, later } = await build();
assert.ok(published.includes(version));
assert.notEqual(former.form, later.form);

/**
 * A Worker whose pages name one form's script, with these static files.
 * @param {string} name
 * @param {string} form
 * @param {string} files
 */
async function start(name, form, files) {
  const built = await repository.assemble(name, { files, form: [former.form, form] });
  const worker = await startWorker({ built });
  after(() => worker.stop());
  const api = client(worker.origin);
  return { api, merchant: await registerMerchant(api, { origins: [site.origin] }) };
}

/** @typedef {Awaited<ReturnType<typeof start>>} Deployed */

const site = await startSite();
const browser = await startBrowser();
const [formerOnLater, laterOnFormer, laterAlone] = await Promise.all([
  start("former-on-later", former.form, later.files),
  start("later-on-former", later.form, former.files),
  start("later-alone", later.form, later.files),
]);

/**
 * The attributes of a script tag that pins a version's loader, with the hash that is published.
 * @param {Api} api
 * @param {string} pinned
 */
async function pin(api, pinned) {
  const hashes = assertStatus(await api.get(`/v${pinned}/sri.json`)).body;
  const loader = `/v${pinned}/warifu.js`;
  return `src="${api.origin}${loader}" integrity="${hashes["warifu.js"]}" crossorigin="anonymous"`;
}

/**
 * Opens a merchant's page with a form in it.
 * @param {Page} page
 * @param {Deployed} deployed
 * @param {{ tag?: string, more?: Record<string, unknown> }} [how] attributes of the script tag
 */
async function open(page, { api, merchant }, { tag, more } = {}) {
  const challenge = await createChallenge(api, { merchant, more });
  const seen = await watch(page);
  const newest = `src="${api.origin}/v1/warifu.js"`;
  const html = embeddingPage({ worker: api.origin, secret: challenge.secret });
  assert.ok(html.includes(newest));
  await page.goto(site.show({ html: html.replace(newest, tag ?? newest) }));
  return { challenge, seen };
}

/** Which version's script runs in a document. @param {Page | import("playwright-core").Frame} page */
const made = (page) => page.evaluate(() => document.documentElement.dataset.made ?? "former");

/**
 * Buys in a merchant's page, where loader and form are expected to be of these versions.
 * @param {Page} page
 * @param {Deployed} deployed
 * @param {{ loader: string, form: string, tag?: string }} expected
 */
async function buy(page, deployed, { loader, form, tag }) {
  const { api, merchant } = deployed;
  const { challenge, seen } = await open(page, deployed, { tag });
  const frame = await formFrame(page);
  await seen.until("ready");
  assert.deepEqual([await made(page), await made(frame)], [loader, form]);
  // Only the widget counts seconds.
  await until(frame, () => /\d+分\d+秒/.test(document.getElementById("timer")?.textContent ?? ""));
  await frame.fill("#code", await newestCode(api, challenge));
  await frame.click("#send");
  const { response } = await seen.until("complete");
  assert.equal(await responseOf(page), response);
  const redeemed = await api.siteverify({ secret: merchant.key, response });
  assert.equal(redeemed.body.challenge, challenge.id, redeemed.text);
  assert.deepEqual(seen.of("error"), []);
}

test("the former version's page has its script among the next one's files, in the newest loader", () =>
  withPage(browser, {}, (page) => buy(page, formerOnLater, { loader: next, form: "former" })));

test("the former version's page and pinned loader work with the next one's files", () =>
  withPage(browser, {}, async (page) => {
    const tag = await pin(formerOnLater.api, version);
    await buy(page, formerOnLater, { loader: "former", form: "former", tag });
  }));

for (const older of published) {
  test(`the pinned loader of ${older} works under its hash when all else is of the next version`, () =>
    withPage(browser, {}, async (page) => {
      const tag = await pin(laterAlone.api, older);
      await buy(page, laterAlone, { loader: "former", form: next, tag });
    }));
}

test("the next version's page, whose script the former version does not have, is bought without", () =>
  withPage(browser, {}, async (page) => {
    const { api, merchant } = laterOnFormer;
    const return_url = site.show({ html: "<title>paid</title>" });
    const challenge = await createChallenge(api, { merchant, more: { return_url } });
    const script = page.waitForResponse(`**${later.form}/widget.js`);
    await page.goto(challenge.url);
    assert.equal((await script).status(), 404);
    await page.fill("#code", await newestCode(api, challenge));
    await page.click("#send");
    await page.waitForURL(`${return_url}?**`);
    const response = new URL(page.url()).searchParams.get("warifu-response");
    const redeemed = await api.siteverify({ secret: merchant.key, response });
    assert.equal(redeemed.body.challenge, challenge.id, redeemed.text);
  }));

test("in a merchant's page it says nothing for ten seconds; then a link leads to the form itself", () =>
  withPage(browser, {}, async (page) => {
    const { api, merchant } = laterOnFormer;
    await page.clock.install();
    const return_url = site.show({ html: "<title>paid</title>" });
    const { challenge, seen } = await open(page, laterOnFormer, { more: { return_url } });
    const frame = await formFrame(page);
    await frame.waitForLoadState("load");
    await page.clock.fastForward(10_000);
    assert.equal((await seen.until("error")).code, "load-timeout");
    await page.click(".warifu-challenge > a");
    await page.waitForURL(challenge.url);
    await page.fill("#code", await newestCode(api, challenge));
    await page.click("#send");
    await page.waitForURL(`${return_url}?**`);
    const response = new URL(page.url()).searchParams.get("warifu-response");
    const redeemed = await api.siteverify({ secret: merchant.key, response });
    assert.equal(redeemed.body.challenge, challenge.id, redeemed.text);
  }));

test("files of every version have the headers of files that never change; the newest loader has not", async () => {
  const { api } = laterAlone;
  const forever = "public, max-age=31536000, immutable";
  const headers = async (/** @type {string} */ path) => {
    const answer = await fetch(api.origin + path);
    await answer.arrayBuffer();
    const names = ["cache-control", "access-control-allow-origin", "cross-origin-resource-policy"];
    const said = [...names, "x-content-type-options"].map((name) => answer.headers.get(name));
    return [answer.status, ...said];
  };
  for (const pinned of [...published, next]) {
    for (const name of ["warifu.js", "sri.json"]) {
      const expected = [200, forever, "*", "cross-origin", "nosniff"];
      assert.deepEqual(await headers(`/v${pinned}/${name}`), expected, `${pinned} ${name}`);
    }
  }
  // A form in a sandbox without an origin loads its script from another one.
  for (const form of [former.form, later.form]) {
    const expected = [200, forever, "*", "cross-origin", "nosniff"];
    assert.deepEqual(await headers(`${form}/widget.js`), expected, form);
  }
  const newest = [200, "public, max-age=300", "*", "cross-origin", "nosniff"];
  assert.deepEqual(await headers("/v1/warifu.js"), newest);
});

test("a file that this deployment does not have is a 404 that nothing keeps", async () => {
  const { api } = laterOnFormer;
  for (const path of [`/v${next}/warifu.js`, `/v${next}/sri.json`, `${later.form}/widget.js`]) {
    const answer = await api.get(path);
    assertProblem(answer, 404, "not_found");
    assert.equal(answer.headers.get("cache-control"), "no-store");
  }
});
