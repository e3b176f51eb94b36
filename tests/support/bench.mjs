// What a test file starts once, and what ends with it.
import { after } from "node:test";
import { client } from "./api.mjs";
import { formFrame, launch, watch } from "./browser.mjs";
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

    /**
     * Types the right code into the form in the page.
     * @param {Page} page
     * @param {Challenge} challenge
     */
    async prove(page, challenge) {
      const form = await formFrame(page);
      await form.fill("#code", await newestCode(api, challenge));
      await form.click("#send");
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
