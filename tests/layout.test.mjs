// The challenge form at the sizes of EMV's challenge windows, in every colour scheme: nothing is
// cut off, nothing scrolls but the page, everything can be read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { enhanced, formFrame, until, watch, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { enrollApp, presentStep } from "./support/enrollment.mjs";
import { assertHittable, assertReadable, assertSound, schemes, sizes } from "./support/layout.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";

/** @typedef {import("./support/layout.mjs").Form} Form */

const { api, site, browser, merchant } = await startEmbedding();

/**
 * @param {Form} form
 * @param {string} wrong
 */
async function makeError(form, wrong) {
  await form.fill("#code", wrong);
  await form.click("#send");
  await form.waitForSelector("#error:not(:empty)");
}

/** Waits until the frame is as high as what is in it. @param {Form} form */
const fits = (form) =>
  until(form, () => {
    const { scrollHeight, clientHeight, clientWidth } = document.documentElement;
    return scrollHeight <= clientHeight && clientWidth === innerWidth;
  });

for (const [scheme, options] of Object.entries(schemes)) {
  for (const locale of ["ja", "en"]) {
    test(`${scheme}, ${locale}: alone, the form fits every window`, () =>
      withPage(browser, options, async (page) => {
        const challenge = await createChallenge(api, { merchant, more: { locale } });
        await page.goto(challenge.url);
        await enhanced(page);
        const code = await newestCode(api, challenge);
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${size.width}x${size.height}`);
          await assertHittable(page, `${size.width}x${size.height}`);
        }
        await makeError(page, wrongCode(code));
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${size.width}x${size.height} with an error`);
        }
        await page.fill("#code", code);
        await page.click("#send");
        await page.waitForSelector('#warifu[data-status="verified"]');
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${size.width}x${size.height} when verified`);
        }
      }));
  }

  test(`${scheme}: the form that asks for an app's code fits every window, alone and framed`, () =>
    withPage(browser, options, async (page) => {
      const cardholder = await registerCardholder(api);
      const [wrong] = (await enrollApp(api, cardholder)).wrong(await presentStep(api));
      const seen = await watch(page);
      for (const locale of ["ja", "en"]) {
        const challenge = await createChallenge(api, { merchant, cardholder, more: { locale } });
        await page.goto(challenge.url);
        await makeError(page, wrong);
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${locale} ${size.width}x${size.height}`);
          await assertHittable(page, `${locale} ${size.width}x${size.height}`);
        }
        await assertReadable(page, locale);
      }
      const { secret } = await createChallenge(api, { merchant, cardholder });
      const html = embeddingPage({ worker: api.origin, secret });
      await page.goto(site.show({ html }));
      const form = await formFrame(page);
      await seen.until("ready");
      for (const size of sizes) {
        await page.setViewportSize(size);
        await fits(form);
        await assertSound(form, `framed ${size.width}x${size.height}`);
      }
    }));

  test(`${scheme}: framed, the form is as high as its frame, whatever the width`, () =>
    withPage(browser, options, async (page) => {
      const challenge = await createChallenge(api, { merchant });
      const seen = await watch(page);
      const html = embeddingPage({ worker: api.origin, secret: challenge.secret });
      const flush = html.replace("</head>", "<style>body{margin:0}</style></head>");
      await page.goto(site.show({ html: flush }));
      const form = await formFrame(page);
      await seen.until("ready");
      await enhanced(form);
      const code = await newestCode(api, challenge);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await fits(form);
        await assertSound(form, `${size.width}x${size.height}`);
        await assertSound(page, `the page around it at ${size.width}`);
      }
      await makeError(form, wrongCode(code));
      for (const size of sizes) {
        await page.setViewportSize(size);
        await fits(form);
      }
    }));
}

/** @type {[string, string, string][]} */
const longest = [
  ["wide letters", "株".repeat(40), "海".repeat(40)],
  ["letters without a break", "W".repeat(40), "M".repeat(40)],
];

for (const [what, name, message] of longest) {
  test(`the longest facts fit every window: ${what}`, () =>
    withPage(browser, {}, async (page) => {
      const verbose = await registerMerchant(api, { name });
      const email = `taro@${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example`;
      const cardholder = await registerCardholder(api, { message, email });
      const transaction = {
        amount: 999_999_999_999,
        currency: "USD",
        purchased_at: "2023-12-31T00:00:00+09:00",
        card_last4: "1234",
      };
      for (const locale of ["ja", "en"]) {
        const more = { locale, transaction };
        const challenge = await createChallenge(api, { merchant: verbose, cardholder, more });
        await page.goto(challenge.url);
        await enhanced(page);
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${locale} ${size.width}x${size.height}`);
        }
      }
    }));
}

for (const width of [320, 360, 375]) {
  for (const locale of ["ja", "en"]) {
    test(`${locale}: with text at 200 % nothing scrolls sideways at ${width} px`, () =>
      withPage(browser, { viewport: { width, height: 640 } }, async (page) => {
        const challenge = await createChallenge(api, { merchant, more: { locale } });
        await page.goto(challenge.url);
        await enhanced(page);
        // What a browser's own setting for the size of text does to a page in rem.
        await page.evaluate(() => void (document.documentElement.style.fontSize = "200%"));
        await assertSound(page, "as it opens");
        await makeError(page, wrongCode(await newestCode(api, challenge)));
        await assertSound(page, "with an error");
        await page.fill("#code", await newestCode(api, challenge));
        await page.click("#send");
        await page.waitForSelector('#warifu[data-status="verified"]');
        await assertSound(page, "when verified");
      }));
  }
}

for (const path of ["/", "/?lang=ja", "/?lang=en"]) {
  test(`the first page fits every window: ${path}`, () =>
    withPage(browser, {}, async (page) => {
      await page.goto(api.origin + path);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await assertSound(page, `${size.width}x${size.height}`);
      }
      await assertReadable(page, path);
    }));
}

test("at 250 px no line ends inside a masked number", () =>
  withPage(browser, { viewport: sizes[0] }, async (page) => {
    const cardholder = await registerCardholder(api, { channel: "sms" });
    for (const locale of ["ja", "en"]) {
      const challenge = await createChallenge(api, { merchant, cardholder, more: { locale } });
      await page.goto(challenge.url);
      // Moved along the line step by step, so that its end meets every place in the number.
      const lines = await page.evaluate(() => {
        const sent = /** @type {HTMLElement} */ (document.getElementById("sent"));
        const words = /** @type {Text} */ (sent.firstChild);
        const at = words.data.indexOf("***");
        const number = new Range();
        number.setStart(words, at);
        number.setEnd(words, words.data.indexOf("1234", at) + 4);
        const tops = [];
        for (let width = 0; width < 220; width += 4) {
          sent.style.textIndent = `${width}px`;
          tops.push(new Set([...number.getClientRects()].map(({ top }) => Math.round(top))).size);
        }
        return tops;
      });
      assert.deepEqual([...new Set(lines)], [1], `${locale}: ${lines}`);
    }
  }));

test("a message that appears moves nothing", () =>
  withPage(browser, { viewport: sizes[1] }, async (page) => {
    const challenge = await createChallenge(api, { merchant });
    await page.goto(challenge.url);
    await enhanced(page);
    const places = () =>
      page.evaluate(() =>
        ["code", "send", "resend", "cancel"].map(
          (id) => document.getElementById(id)?.getBoundingClientRect().top ?? 0,
        ),
      );
    const before = await places();
    await makeError(page, wrongCode(await newestCode(api, challenge)));
    await page.evaluate(() => scrollTo(0, 0));
    assert.deepEqual(await places(), before);
  }));

test("no text is under 16 px, and the code's figures are at least 24 px", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await createChallenge(api, { merchant });
    await page.goto(challenge.url);
    await enhanced(page);
    await assertReadable(page, "the form");
    const size = await page
      .locator("#code")
      .evaluate((input) => parseFloat(getComputedStyle(input).fontSize));
    assert.ok(size >= 24, `${size}`);
  }));

test("with text twice as large, nothing is cut off at 390 px", () =>
  withPage(browser, { viewport: sizes[1] }, async (page) => {
    const challenge = await createChallenge(api, { merchant });
    await page.goto(challenge.url);
    await enhanced(page);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    await assertSound(page, "200 %");
  }));
