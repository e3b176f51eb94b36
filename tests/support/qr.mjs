// Reads a QR code off the screen, as a telephone does; it shares nothing with what drew it.
import jsqr from "jsqr";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Locator} Locator */

/**
 * What an app that was pointed at a part of the page reads; null when there is nothing to read. Dark
 * on light only, as many apps read no other.
 * @param {Browser} browser to decode the picture in, apart from the page
 * @param {Locator} shown
 * @returns {Promise<string | null>}
 */
export async function readQr(browser, shown) {
  const png = (await shown.screenshot()).toString("base64");
  const { base64, width, height } = await (await decoder(browser)).evaluate(pixels, png);
  const data = new Uint8ClampedArray(Buffer.from(base64, "base64"));
  return jsqr.default(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
}

/** @type {WeakMap<Browser, Promise<import("playwright-core").Page>>} */
const decoders = new WeakMap();

/** An empty page of the browser, which ends with it. @param {Browser} browser */
function decoder(browser) {
  const page = decoders.get(browser) ?? browser.newPage();
  decoders.set(browser, page);
  return page;
}

/** Runs in that page. @param {string} png */
async function pixels(png) {
  const picture = new Image();
  picture.src = `data:image/png;base64,${png}`;
  await picture.decode();
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("no canvas");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let bytes = "";
  for (const byte of data) bytes += String.fromCharCode(byte);
  return { base64: btoa(bytes), width, height };
}
