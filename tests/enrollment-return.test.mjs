// The way from the enrollment pages back to the member site: canceled or done, the cardholder gets
// there, wherever its address leads on to, and it is told how it ended.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi, startBrowser, startSite } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { backOf, confirmed, createSession, pages, readCardholder } from "./support/enrollment.mjs";
import { atStep, button, change, choose } from "./support/enrollment-pages.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api } = await startApi();
const browser = await startBrowser();
const site = await startSite();
const elsewhere = await startSite("127.0.0.1");
const icon = '<link rel="icon" href="data:,">';
const html = `<!doctype html><title>Myわりふ</title>${icon}<h1>Myわりふ</h1>`;
const back = site.show({ html });
const return_url = `${back}?menu=settings&name=%E2%97%8F#method`;

/** @param {Page} page @param {Record<string, unknown>} [json] */
async function open(page, json) {
  const cardholder = await registerCardholder(api);
  const session = await createSession(api, cardholder, json);
  await page.goto(session.url);
  await atStep(page, 0);
  return { cardholder, session };
}

/** @param {Page} page */
const wayBack = (page) => page.getByRole("link", { name: "会員サイトへ戻る" });

for (const javaScriptEnabled of [true, false]) {
  for (const step of [1, 2]) {
    const how = `from step ${step}, ${javaScriptEnabled ? "with" : "without"} script`;

    test(`canceled ${how}: a page says that nothing has changed, and a link leads back`, () =>
      withPage(browser, { javaScriptEnabled }, async (page) => {
        const { cardholder, session } = await open(page, { return_url });
        if (step === 2) await choose(page, "sms");
        await button(page, "cancel").click();
        await page.waitForURL(`${session.url}/done`);
        assert.match(await page.locator("body").innerText(), /ご登録内容は変わっていません/);
        await page.reload();
        await wayBack(page).click();
        await page.waitForURL(`${back}**`);
        const { searchParams, hash } = new URL(page.url());
        assert.deepEqual(Object.fromEntries(searchParams), {
          menu: "settings",
          name: "●",
          "warifu-enrollment": "canceled",
        });
        assert.equal(hash, "#method");
        const { channel, terms } = await readCardholder(api, cardholder);
        assert.deepEqual([channel, terms], ["email", null]);
      }));
  }
}

test("a return_url that leads on to another origin is reached, canceled and done", () =>
  withPage(browser, {}, async (page) => {
    /** @type {string[]} */
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    const signIn = elsewhere.show({ html });
    const moved = site.show({ html: "", location: signIn });
    for (const end of /** @type {const} */ (["cancel", "change"])) {
      await open(page, { return_url: moved });
      await choose(page, "sms");
      if (end === "cancel") await button(page, "cancel").click();
      else await change(page);
      await wayBack(page).click();
      await page.waitForURL(signIn);
    }
    assert.deepEqual(complaints, []);
  }));

test("done, the return_url is told", () =>
  withPage(browser, {}, async (page) => {
    await open(page, { return_url });
    await choose(page, "sms");
    await change(page);
    await wayBack(page).click();
    await page.waitForURL(`${back}**`);
    assert.equal(page.url(), return_url.replace("#", "&warifu-enrollment=changed#"));
  }));

test("without a return_url there is no link", () =>
  withPage(browser, {}, async (page) => {
    for (const end of /** @type {const} */ (["cancel", "change"])) {
      await open(page);
      await choose(page, "sms");
      if (end === "cancel") await button(page, "cancel").click();
      else await change(page);
      await page.locator("#ended").waitFor();
      assert.equal(await page.getByRole("link").count(), 0);
    }
  }));

/** @type {[given: string, told: string][]} the result for CHANGED */
const addresses = [
  ["https://my.example", "https://my.example/?warifu-enrollment=CHANGED"],
  ["https://my.example/a?", "https://my.example/a?warifu-enrollment=CHANGED"],
  // Somebody may have signed it, or read it by hand.
  [
    "https://my.example/a?flag&x=%20y+z&e=%e3%81%82&&q=a%2Fb/c#frag",
    "https://my.example/a?flag&x=%20y+z&e=%e3%81%82&&q=a%2Fb/c&warifu-enrollment=CHANGED#frag",
  ],
  [
    "https://my.example/a?signature=a%2Bb%3D%3D&warifu=1",
    "https://my.example/a?signature=a%2Bb%3D%3D&warifu=1&warifu-enrollment=CHANGED",
  ],
];

for (const [given, told] of addresses) {
  test(`the query of a return_url stays as it was written: ${given}`, async () => {
    const cardholder = await registerCardholder(api);
    for (const end of /** @type {const} */ (["canceled", "changed"])) {
      const session = await createSession(api, cardholder, { return_url: given });
      const { done, cancel, change: accept } = pages(api, session);
      if (end === "canceled") await cancel();
      else await accept((await confirmed(api, session, "sms")).form);
      assert.equal(backOf((await done()).text), told.replace("CHANGED", end));
    }
  });
}

test("a result that the return_url came with is replaced", async () => {
  const cardholder = await registerCardholder(api);
  const forged = "https://my.example/?warifu-enrollment=changed&x=1&warifu-enrollment=changed";
  const session = await createSession(api, cardholder, { return_url: forged });
  await pages(api, session).cancel();
  const { searchParams } = new URL(backOf((await pages(api, session).done()).text) ?? "");
  assert.deepEqual(searchParams.getAll("warifu-enrollment"), ["canceled"]);
  assert.equal(searchParams.get("x"), "1");
});
