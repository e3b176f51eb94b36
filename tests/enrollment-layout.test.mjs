// The enrollment pages at every size and in every colour scheme: nothing is cut off, everything can
// be read, hit, and reached with the keyboard alone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { createSession, presentStep } from "./support/enrollment.mjs";
import {
  atStep,
  choice,
  choose,
  codeInput,
  enroll,
  scan,
  walk,
  words,
} from "./support/enrollment-pages.mjs";
import { assertHittable, assertReadable, assertSound, schemes, sizes } from "./support/layout.mjs";
import { startMemberSite } from "./support/member-site.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api } = await startApi();
const site = await startMemberSite(api);
after(() => site.stop());
const browser = await startBrowser();

/** @param {Page} page @param {string} where */
async function assertFits(page, where) {
  for (const size of sizes) {
    await page.setViewportSize(size);
    const at = `${where} at ${size.width}x${size.height}`;
    await assertSound(page, at);
    await assertReadable(page, at);
    await assertHittable(page, at);
  }
}

/** @param {Page} page @param {string} where */
async function assertFitsInColours(page, where) {
  for (const [scheme, media] of Object.entries(schemes)) {
    await page.emulateMedia(media);
    await assertFits(page, `${where}, ${scheme}`);
  }
}

for (const lang of /** @type {const} */ (["ja", "en"])) {
  test(`${lang}: every page fits every window, in every colour scheme`, () =>
    withPage(browser, {}, (page) =>
      walk({ api, browser, page, lang }, (where) => assertFitsInColours(page, where)),
    ));
}

test("the member site and the terms fit every window, in every colour scheme", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    await enroll(api, browser, page, { cardholder: cardholder.id, channel: "app" });
    for (const lang of /** @type {const} */ (["ja", "en"])) {
      await page.goto(`${site.home(cardholder, lang)}&warifu-enrollment=changed`);
      await assertFitsInColours(page, `the member site, ${lang}`);
      await page.click("#expect");
      await page.waitForSelector("#amount");
      await assertFitsInColours(page, `asked for an amount, ${lang}`);
      await page.goto(`${site.terms}?lang=${lang}`);
      await assertFitsInColours(page, `the terms, ${lang}`);
      await page.goto(site.home({ id: "nobody" }, lang));
      await assertFitsInColours(page, `nobody, ${lang}`);
    }
  }));

test("the longest destination fits every window", () =>
  withPage(browser, {}, async (page) => {
    const email = `taro@${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example`;
    for (const lang of /** @type {const} */ (["ja", "en"])) {
      const look = (/** @type {string} */ where) => assertFits(page, `${lang}, ${where}`);
      await walk({ api, browser, page, lang, facts: { email } }, look);
    }
  }));

for (const width of [320, 375, 390]) {
  test(`with text twice as large, nothing is cut off at ${width} px`, () =>
    withPage(browser, { viewport: { width, height: 844 } }, (page) =>
      walk({ api, browser, page }, async (where) => {
        await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
        await assertSound(page, `${where} at 200 %`);
      }),
    ));
}

for (const hasTouch of [true, false]) {
  const where = hasTouch ? "where fingers point there is" : "where a mouse points there is no";
  test(`${where} a link for the app on the same device`, () =>
    withPage(browser, { hasTouch, isMobile: hasTouch }, async (page) => {
      const { id } = await registerCardholder(api);
      await page.goto((await createSession(api, { id })).url);
      await choose(page, "app");
      const link = page.locator('a[href^="otpauth:"]');
      assert.equal(await link.isVisible(), hasTouch);
      if (hasTouch) await assertFits(page, "step 2 under a finger");
    }));
}

test("a line of the app's key ends with a group, in every window", () =>
  withPage(browser, {}, async (page) => {
    const { id } = await registerCardholder(api);
    await page.goto((await createSession(api, { id })).url);
    await choose(page, "app");
    for (const width of [250, 280, 320, 360, 390, 430, 600, 1280]) {
      await page.setViewportSize({ width, height: 600 });
      const lines = await page
        .locator(".key span")
        .evaluateAll((groups) => groups.map((group) => group.getClientRects().length));
      assert.deepEqual([...new Set(lines)], [1], `${width} px: ${lines}`);
    }
  }));

test("the figures of the app's code are at least 24 px", () =>
  withPage(browser, {}, async (page) => {
    const { id } = await registerCardholder(api);
    await page.goto((await createSession(api, { id })).url);
    await choose(page, "app");
    const size = await codeInput(page).evaluate((input) =>
      parseFloat(getComputedStyle(input).fontSize),
    );
    assert.ok(size >= 24, `${size}`);
  }));

test("what has the focus can be seen to have it", () =>
  withPage(browser, {}, (page) =>
    walk({ api, browser, page }, async (where) => {
      const stops = await tabStops(page);
      const stop = "a:visible, button:visible, [type=text], [type=radio]:checked";
      const expected = await page.locator(stop).count();
      assert.equal(stops.length, expected, where);
      for (const { name, outlined } of stops) assert.ok(outlined, `${where}: ${name}`);
    }),
  ));

/**
 * What the Tab key reaches, from the beginning of the page to its end.
 * @param {Page} page
 */
async function tabStops(page) {
  await tabToEnd(page);
  return tabToEnd(page);
}

/** @param {Page} page */
async function tabToEnd(page) {
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return {
        name: element instanceof HTMLInputElement ? element.name : element.textContent?.trim(),
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
      };
    });
    if (!stop) return stops;
    stops.push(stop);
    if (stops.length > 20) throw new Error(`the focus is caught: ${JSON.stringify(stops)}`);
  }
}

for (const lang of /** @type {const} */ (["ja", "en"])) {
  test(`the keyboard alone is enough, in the order of the page, ${lang}`, () =>
    withPage(browser, {}, async (page) => {
      const { id } = await registerCardholder(api);
      const w = words[lang];
      await page.goto((await createSession(api, { id }, { locale: lang })).url);
      const names = async () => (await tabStops(page)).map(({ name }) => name);
      const first = await names();
      assert.deepEqual(first.slice(-3), ["channel", w.cancel, w.toConfirm]);

      await choice(page, "sms", lang).focus();
      await page.keyboard.press("ArrowDown");
      assert.ok(await choice(page, "app", lang).isChecked());
      await page.keyboard.press("Enter");
      await atStep(page, 1, lang);
      assert.deepEqual((await names()).slice(-4), ["code", w.cancel, w.change, w.back]);
      const app = await scan(browser, page);
      await codeInput(page, lang).focus();
      await page.keyboard.type(app.code(await presentStep(api)));
      // Enter in a form is its first button's: it must not be the one that gives up.
      await page.keyboard.press("Enter");
      await atStep(page, 2, lang);
    }));
}

test("with the keyboard alone, from the member site to 完了 and back", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    /** Goes there by Tab and presses Enter. @param {string} name */
    const press = async (name) => {
      const here = () => page.evaluate(() => document.activeElement?.textContent?.trim());
      for (let stops = 0; (await here()) !== name; stops++) {
        assert.ok(stops < 20, `${name} cannot be reached`);
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
    };
    await page.goto(site.home(cardholder));
    await press("認証方式の変更");
    await atStep(page, 0);
    await press(words.ja.toConfirm);
    await atStep(page, 1);
    await press(words.ja.change);
    await atStep(page, 2);
    await press("会員サイトへ戻る");
    await page.waitForSelector("#changed");
  }));
