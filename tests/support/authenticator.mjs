// An authenticator app: reads the QR code that is on the screen and computes codes (RFC 6238). It
// shares nothing with the Worker.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import jsqr from "jsqr";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Locator} Locator */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const period = 30;

/**
 * What an app that was pointed at a part of the page reads; null when there is nothing to read. Dark
 * on light only, as many apps read no other.
 * @param {Browser} browser to decode the picture in, apart from the page
 * @param {Locator} shown
 * @returns {Promise<string | null>}
 */
export async function readQr(browser, shown) {
  const png = (await shown.screenshot()).toString("base64");
  const page = await browser.newPage();
  try {
    const { base64, width, height } = await page.evaluate(pixels, png);
    const data = new Uint8ClampedArray(Buffer.from(base64, "base64"));
    return jsqr.default(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
  } finally {
    await page.close();
  }
}

/** Runs in a page of its own. @param {string} png */
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

/**
 * The code that an app shows.
 * @param {string} secret base32
 * @param {number} seconds since 1970
 */
export function codeAt(secret, seconds) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / period)));
  const digest = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** A code of no time step near this one. @param {string} secret @param {number} seconds */
export function noCodeAt(secret, seconds) {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(secret, seconds + steps * period));
  const code = ["000000", "111111", "222222", "333333", "444444", "555555"].find(
    (other) => !near.includes(other),
  );
  assert.ok(code);
  return code;
}

/** @param {string} base32 */
function bytesOf(base32) {
  assert.match(base32, /^[A-Z2-7]+$/);
  const bits = [...base32]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/**
 * An account as an app keeps it, from an otpauth address. Apps guess what an address leaves out, so
 * everything must be said and be what every app can do.
 * @param {string} address
 */
export function accountOf(address) {
  const { protocol, host, pathname, searchParams } = new URL(address);
  assert.equal(`${protocol}//${host}`, "otpauth://totp", address);
  const given = Object.fromEntries(searchParams);
  const { algorithm = "SHA1", digits = "6", period: seconds = "30", secret, issuer } = given;
  assert.deepEqual([algorithm, digits, seconds], ["SHA1", "6", "30"], address);
  return { label: decodeURIComponent(pathname.replace(/^\//, "")), issuer, secret };
}
