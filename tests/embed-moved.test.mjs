// A container that the page moves or changes. A browser loads a frame anew wherever it is put; the
// shop hears of one verification once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { settled, withPage } from "./support/browser.mjs";
import { containers } from "./support/merchant-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { browser, create, open, prove } = await startEmbedding();

/** @param {string} secret @param {(secret: string) => string} container */
const twoForms = (secret, container) =>
  `<form id="pay">${container(secret)}</form><form id="other"></form>`;

/** Moves the container into the other form, and says what the field in it holds in that moment. */
const move = `(() => {
  const [from, to] = document.forms[0].firstElementChild ? document.forms : [...document.forms].reverse();
  to.append(from.firstElementChild);
  return new FormData(to).get("warifu-response");
})()`;

/**
 * Waits until a form has said so often that it is complete, and the page was told what follows.
 * @param {Page} page
 * @param {import("./support/browser.mjs").Watch} seen
 * @param {number} times
 */
async function completedOverPort(page, seen, times) {
  for (let heard = 1, complete = 0; complete < times; heard++) {
    if ((await seen.until("port", heard)).type === "complete") complete += 1;
  }
  await settled(page, seen);
}

for (const [what, container] of containers) {
  test(`moved after the right code, the ${what} keeps its response and tells it once`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const body = twoForms(challenge.secret, container);
      const seen = await open(page, { body });
      await seen.until("ready");
      await prove(page, challenge);
      const { response } = await seen.until("complete");
      assert.equal(await page.evaluate(move), response);
      assert.equal(await page.evaluate("warifu.getResponse()"), response);
      await seen.until("ready", 2);
      assert.equal(await page.evaluate(move), response);
      await seen.until("ready", 3);
      await completedOverPort(page, seen, 3);
      assert.equal(await responseOf(page), response);
      assert.deepEqual(
        seen.of("complete").map((detail) => detail.response),
        [response],
      );
    }));

  test(`moved before the right code, the ${what} goes on`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await open(page, { body: twoForms(challenge.secret, container) });
      await seen.until("ready");
      await page.evaluate(move);
      await seen.until("ready", 2);
      await prove(page, challenge);
      const { response } = await seen.until("complete");
      assert.equal(await page.evaluate("warifu.getResponse()"), response);
    }));
}
