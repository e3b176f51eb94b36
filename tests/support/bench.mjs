// What a test file starts once, and what ends with it.
import assert from "node:assert/strict";
import { after } from "node:test";
import { client } from "./api.mjs";
import { formFrame, launch, settled, watch } from "./browser.mjs";
import { createChallenge, newestCode, registerMerchant } from "./demo.mjs";
import { embeddingPage, startMerchantSite } from "./merchant-page.mjs";
import { startWorker } from "./worker.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./demo.mjs").Challenge} Challenge */

/**
 * A Worker of the file's own.
 * @param {import("./worker.mjs").WorkerOptions} [options]
 */
export async function startApi(options) {
  const worker = await startWorker(options);
  after(() => worker.stop());
  return { worker, api: client(worker.origin) };
}

/** A browser of the file's own. */
export async function startBrowser() {
  const browser = await launch();
  after(() => browser.close());
  return browser;
}

/** Another origin with pages of a merchant's. @param {string} [host] */
export async function startSite(host) {
  const site = await startMerchantSite(host);
  after(() => site.stop());
  return site;
}

/**
 * A merchant whose pages embed challenges.
 * @param {import("./worker.mjs").WorkerOptions} [options]
 */
export async function startEmbedding(options) {
  const { worker, api } = await startApi(options);
  const site = await startSite();
  const browser = await startBrowser();
  const merchant = await registerMerchant(api, { origins: [site.origin] });

  /**
   * Types the right code into the form in the page.
   * @param {Page} page
   * @param {Challenge} challenge
   */
  async function prove(page, challenge) {
    const form = await formFrame(page);
    await form.fill("#code", await newestCode(api, challenge));
    await form.click("#send");
  }

  return {
    worker,
    api,
    site,
    browser,
    merchant,
    /** @param {{ cardholder?: import("./demo.mjs").Cardholder }} [given] */
    create: (given) => createChallenge(api, { merchant, ...given }),

    /**
     * Opens a page of the merchant's with the script tag in it.
     * @param {Page} page
     * @param {Omit<Parameters<typeof embeddingPage>[0], "worker">} embedding
     * @param {{ csp?: string, where?: import("./merchant-page.mjs").MerchantSite }} [under]
     */
    async open(page, embedding, { csp, where = site } = {}) {
      const seen = await watch(page);
      const html = embeddingPage({ worker: worker.origin, ...embedding });
      await page.goto(where.show({ html, csp }));
      return seen;
    },
    prove,

    /**
     * Proves a challenge in the page's only form, and holds that the page was told once and its form
     * would post what it was told.
     * @param {Page} page
     * @param {import("./browser.mjs").Watch} seen
     * @param {Challenge} challenge
     * @param {number} [loads] how often the form was ready
     */
    async buy(page, seen, challenge, loads = 1) {
      await seen.until("ready", loads);
      assert.equal(await page.locator("iframe").count(), 1);
      assert.equal(await page.locator('input[name="warifu-response"]').count(), 1);
      await prove(page, challenge);
      const { response } = await seen.until("complete");
      assert.equal(await responseOf(page), response);
      await settled(page, seen);
      for (const [type, times] of /** @type {const} */ ([
        ["ready", loads],
        ["complete", 1],
        ["error", 0],
      ])) {
        assert.equal(seen.of(type).length, times, type);
      }
      const { body } = await api.siteverify({ secret: merchant.key, response });
      assert.equal(body.challenge, challenge.id);
      return response;
    },
  };
}

/**
 * What the merchant's form would post.
 * @param {Page} page
 * @param {string} [name]
 */
export const responseOf = (page, name = "warifu-response") =>
  page.evaluate((field) => document.forms[0] && new FormData(document.forms[0]).get(field), name);
