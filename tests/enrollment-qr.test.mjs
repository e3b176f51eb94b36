// The QR code of an app's entry can be read off a screen: each module is at least 4 px wide on a
// screen of 1×, with names of any length. Other readers than this one look at the same pages in
// tests/wide/qr-codes.test.mjs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startBrowser } from "./support/bench.mjs";
import { client } from "./support/api.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { createSession } from "./support/enrollment.mjs";
import { choose, qrOf, scan } from "./support/enrollment-pages.mjs";
import { entryNames } from "./support/entry-names.mjs";
import { assertSound, schemes } from "./support/layout.mjs";
import { readQr } from "./support/qr.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("playwright-core").Page} Page */

const worker = await startWorker();
after(() => worker.stop());
const api = client(worker.origin);
const browser = await startBrowser();

/** Leads to the page that shows the code. @param {Page} page @param {"ja" | "en"} lang */
async function show(page, lang) {
  const { id } = await registerCardholder(api);
  await page.goto((await createSession(api, { id }, { locale: lang })).url);
  await choose(page, "app", lang);
}

/** How wide a module is drawn, in CSS pixels, and how many there are. @param {Page} page */
const drawn = (page) =>
  qrOf(page)
    .locator("svg")
    .evaluate((svg) => {
      const { width: units } = /** @type {SVGSVGElement} */ (svg).viewBox.baseVal;
      return { module: svg.getBoundingClientRect().width / units, modules: units - 8 };
    });

for (const [which, vars] of Object.entries(entryNames)) {
  test(`with ${which} names every module has 4 px, and the code is read at 1×`, async () => {
    await worker.restart(vars);
    for (const lang of /** @type {const} */ (["ja", "en"])) {
      await withPage(browser, { deviceScaleFactor: 1 }, async (page) => {
        await show(page, lang);
        for (const width of [500, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          for (const [scheme, media] of Object.entries(schemes)) {
            const at = `${lang}, ${width} px, ${scheme}`;
            await page.emulateMedia(media);
            const { module } = await drawn(page);
            assert.equal(module, 4, at);
            const issuer = lang === "ja" ? vars.ISSUER_NAME : vars.ISSUER_NAME_EN;
            const uri = new URL((await scan(browser, page)).uri);
            assert.equal(uri.searchParams.get("issuer"), issuer, at);
          }
        }
      });
    }
  });

  // Where the window is narrower than the code, it shrinks, so that nothing scrolls sideways. That is
  // a telephone or an enlarged page, where a module still has many points of the screen.
  test(`with ${which} names it fits 250 and 320 px, and is read at the 3× of a telephone`, async () => {
    await worker.restart(vars);
    await withPage(browser, { deviceScaleFactor: 3 }, async (page) => {
      await show(page, "ja");
      for (const width of [250, 320]) {
        await page.setViewportSize({ width, height: 400 });
        await assertSound(page, `${width} px`);
        assert.ok(await readQr(browser, qrOf(page)), `${width} px`);
      }
    });
  });
}

test("at 250 px the demonstration's code has its 4 px too", async () => {
  await worker.restart(entryNames["the demonstration's"]);
  for (const lang of /** @type {const} */ (["ja", "en"])) {
    await withPage(browser, { viewport: { width: 250, height: 400 } }, async (page) => {
      await show(page, lang);
      const { module, modules } = await drawn(page);
      assert.equal(module, 4, `${modules} modules`);
      await scan(browser, page);
    });
  }
});

test("four modules around the code are white in every colour scheme", async () => {
  await withPage(browser, { deviceScaleFactor: 1 }, async (page) => {
    await show(page, "ja");
    for (const [scheme, media] of Object.entries(schemes)) {
      await page.emulateMedia(media);
      const background = await qrOf(page).evaluate((qr) => getComputedStyle(qr).backgroundColor);
      assert.equal(background, "rgb(255, 255, 255)", scheme);
      const margin = await qrOf(page).evaluate((qr) => {
        const [code, white] = ["path", "svg"].map((name) =>
          /** @type {Element} */ (qr.querySelector(name)).getBoundingClientRect(),
        );
        const { left, top, right, bottom } = code;
        return [left - white.left, top - white.top, white.right - right, white.bottom - bottom];
      });
      for (const side of margin) assert.ok(side >= 16, `${scheme}: ${margin}`);
    }
  });
});
