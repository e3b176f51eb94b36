// The form in frames of every size that requestors make: what it takes to send a code stands at its top,
// nothing scrolls sideways, everything can be read.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { enhanced, withPage } from "./support/browser.mjs";
import { eventually, wrongCode } from "./support/demo.mjs";
import { assertHittable, assertReadable, assertSound, schemes } from "./support/layout.mjs";
import { startFrames } from "./support/three-ds-frames.mjs";

/** @typedef {import("playwright-core").Frame} Frame */

const images = await startImages();
const { browser, asked, open, code } = await startFrames({
  vars: { ISSUER_IMAGE_URL: `${images.origin}/issuer.svg` },
  directoryServer: {
    scheme_name: { ja: "見本の国際ブランド", en: "Sample Scheme" },
    scheme_image: `${images.origin}/scheme.svg`,
  },
});
const plain = await startFrames();

/** Of EMV's challenge windows 01 to 04, and what requestors' clients really make. @type {[number, number][]} */
const sizes = [
  [250, 400],
  [390, 400],
  [500, 600],
  [600, 400],
  [300, 150],
  [400, 250],
  [1264, 150],
  [400, 600],
];

/** A site of images that says nothing of who may show them. */
async function startImages() {
  const picture = (/** @type {string} */ path) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="80"><title>${path}</title><rect width="160" height="80" fill="#246"/></svg>`;
  /** @type {import("node:http").IncomingHttpHeaders[]} */
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    response.writeHead(200, { "content-type": "image/svg+xml" });
    response.end(picture(request.url ?? ""));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { origin: `http://127.0.0.1:${port}`, asked };
}

/** @param {Frame} frame @param {[number, number]} size */
async function resize(frame, [width, height]) {
  await frame.page().evaluate(
    ([w, h]) => {
      const box = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
      Object.assign(box, { width: String(w), height: String(h) });
    },
    [width, height],
  );
  // Asked from here: in a frame without script nothing in the page can wait.
  await eventually(
    () => frame.evaluate(() => [innerWidth, innerHeight]),
    ([w, h]) => w === width && h === height,
  );
  await frame.evaluate(() => scrollTo(0, 0));
}

/**
 * Holds what it takes to send a code to stand in this order, each below or beside the one before, in
 * the first 400 px of a narrow frame.
 * @param {Frame} frame
 * @param {string} where
 */
async function assertWithin400(frame, where) {
  const boxes = await frame.evaluate(() =>
    ["sent", "deal", "code", "send"].map((id) => {
      const { top, bottom, left, right } = /** @type {HTMLElement} */ (
        document.getElementById(id)
      ).getBoundingClientRect();
      return { id, top, bottom, left, right };
    }),
  );
  boxes.reduce((before, box) => {
    const comes = before.bottom <= box.top || before.right <= box.left;
    assert.ok(comes, `${where}: ${before.id} before ${box.id}`);
    return box;
  });
  for (const { id, bottom } of boxes) assert.ok(bottom <= 400, `${where}: ${id} ends at ${bottom}`);
}

/** Holds merchant and amount to stand in one line. @param {Frame} frame @param {string} where */
async function assertOneLine(frame, where) {
  const [height, line] = await frame
    .locator("#deal")
    .evaluate((deal) => [deal.clientHeight, parseFloat(getComputedStyle(deal).lineHeight)]);
  assert.ok(height < 1.5 * line, `${where}: ${height} px, of which a line is ${line}`);
}

/** @param {Frame} frame @param {string} state */
async function assertEverySize(frame, state) {
  for (const size of sizes) {
    const where = `${state} ${size.join("x")}`;
    await resize(frame, size);
    await assertSound(frame, where);
    await assertHittable(frame, where);
    await assertOneLine(frame, where);
    if (size[0] < 400) await assertWithin400(frame, where);
  }
  await assertReadable(frame, state);
}

const channels = /** @type {const} */ (["email", "sms"]);

for (const [scheme, options] of Object.entries(schemes)) {
  for (const language of ["ja-JP", "en-GB"]) {
    for (const channel of channels) {
      test(`${scheme}, ${language}, ${channel}: the form fits every frame, also after a wrong code`, () =>
        withPage(browser, { ...options, viewport: { width: 1280, height: 700 } }, async (page) => {
          const ares = await asked({ cardholder: { channel }, browserLanguage: language });
          const frame = await open(page, ares);
          await enhanced(frame);
          await assertEverySize(frame, "as it opens,");
          await frame.fill("#code", wrongCode(await code(ares)));
          await frame.click("#send");
          await frame.waitForSelector("#error:not(:empty)");
          await assertEverySize(frame, "after a wrong code,");
        }));
    }
  }
}

test("without script the form fits every frame", () =>
  withPage(browser, { viewport: { width: 1280, height: 700 } }, async (page) => {
    for (const browserLanguage of ["ja-JP", "en-GB"]) {
      const ares = await asked({ browserLanguage });
      const frame = await open(page, ares, { sandbox: "allow-forms allow-same-origin" });
      await assertEverySize(frame, browserLanguage);
    }
  }));

test("the longest names, and names in place of images, fit every frame", () =>
  withPage(browser, { viewport: { width: 1280, height: 700 } }, async (page) => {
    const long = {
      merchantName: "株".repeat(40),
      purchaseAmount: "999999999999",
      purchaseCurrency: "840",
      purchaseExponent: "2",
    };
    const frames = [await open(page, await asked(long))];
    await assertEverySize(frames[0], "images,");
    await assertEverySize(await plain.open(page, await plain.asked(long)), "names,");
  }));

test("with text at 200 % nothing scrolls sideways", () =>
  withPage(browser, { viewport: { width: 1280, height: 700 } }, async (page) => {
    const frame = await open(page, await asked());
    await frame.evaluate(() => void (document.documentElement.style.fontSize = "200%"));
    for (const size of sizes) {
      await resize(frame, size);
      await assertSound(frame, size.join("x"));
    }
  }));

test("in a frame of 150 px the input and its button are in view where the frame is wide", () =>
  withPage(browser, { viewport: { width: 1280, height: 700 } }, async (page) => {
    const frame = await open(page, await asked());
    await enhanced(frame);
    await resize(frame, [1264, 150]);
    for (const id of ["sent", "deal", "code", "send"]) {
      const bottom = await frame
        .locator(`#${id}`)
        .evaluate((box) => box.getBoundingClientRect().bottom);
      assert.ok(bottom <= 150, `${id} ends at ${bottom}`);
    }
  }));

test("issuer at the left and scheme at the right, as images of servers that know nothing of it", () =>
  withPage(browser, {}, async (page) => {
    const frame = await open(page, await asked());
    const shown = await frame.locator(".top img").evaluateAll((all) =>
      /** @type {HTMLImageElement[]} */ (all).map((image) => ({
        alt: image.alt,
        loaded: image.complete && image.naturalWidth > 0,
        left: image.getBoundingClientRect().left,
      })),
    );
    assert.deepEqual(
      shown.map(({ alt, loaded }) => [alt, loaded]),
      [
        ["株式会社わりふカード", true],
        ["見本の国際ブランド", true],
      ],
    );
    assert.ok(shown[0].left < shown[1].left);
    for (const { referer, cookie } of images.asked)
      assert.deepEqual([referer, cookie], [undefined, undefined]);
    // A directory server without a name and an image of its scheme.
    const names = await plain.open(page, await plain.asked());
    assert.equal(await names.locator(".top img").count(), 0);
  }));

test("without a payment there is no amount", () =>
  withPage(browser, {}, async (page) => {
    const frame = await open(page, await asked({ category: "02" }));
    assert.equal((await frame.textContent("#title"))?.trim(), "本人確認");
    assert.equal(await frame.locator(".amount").count(), 0);
    assert.equal(await frame.locator("#deal b").count(), 0);
    assert.equal((await frame.textContent("body"))?.includes("購入"), false);
  }));
