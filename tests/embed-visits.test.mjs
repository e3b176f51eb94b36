// The guide's examples for Turbo and htmx: the page with the form is visited without a load, left, and
// there again by Back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { watch, withPage } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";
import { example, filled } from "./support/guide.mjs";

const { api, site, browser, create, buy } = await startEmbedding();

const withTurbo = example("html", "turbo.js");
const withHtmx = example("html", "htmx.js");

/** @param {RegExp} part @param {string} html */
const find = (part, html) => part.exec(html)?.[0] ?? assert.fail(`${part}`);

const form = find(/<form[^]*<\/form>/, withTurbo);
const htmxLink = find(/<a [^]*<\/a>/, withHtmx);

/**
 * @typedef {object} Library
 * @property {string} source what a page's bundle has of it
 * @property {string} name of the bundle in the example
 * @property {(content: string) => string} page the example with other content
 * @property {(to: string) => string} link
 */

/** @type {Library} */
const turbo = {
  source: 'import "@hotwired/turbo";',
  name: "/turbo.js",
  page: (content) => withTurbo.replace(form, content),
  link: (to) => `<a href="${to}">次へ</a>`,
};

/** @param {string} source @returns {Library} */
const htmx = (source) => ({
  source,
  name: "/htmx.js",
  page: (content) => withHtmx.replace(htmxLink, content),
  link: (to) => htmxLink.replaceAll("/checkout", to),
});

/** @type {Record<string, Library>} */
const libraries = {
  "Turbo 8": turbo,
  "htmx 2": htmx('import htmx from "htmx.org"; window.htmx = htmx;'),
  "htmx 4": htmx('import "htmx4";'),
  "htmx 4 with its history cache": htmx(
    'import "htmx4"; import "htmx4/dist/ext/hx-history-cache.js";',
  ),
};

/**
 * Three pages, each with a link to the next: the cart, the checkout with the form, and the terms.
 * @param {Library} library
 * @param {string} secret
 */
async function shop({ source, name, page, link }, secret) {
  const script = site.show({ html: await bundle(source), type: "text/javascript" });
  /** @param {string} content */
  const show = (content) => {
    const html = filled(page(content), api.origin, secret).replace(name, script);
    return site.show({ html: `<!doctype html><html lang="ja">${html}</html>` });
  };
  const terms = show("<p>規約</p>");
  const checkout = show(form + link(terms));
  return show(link(checkout));
}

for (const [name, library] of Object.entries(libraries)) {
  test(`a checkout that ${name} shows, leaves and goes back to has one form that works`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await watch(page);
      await page.goto(await shop(library, challenge.secret));
      await page.evaluate("window.loadedOnce = true");
      await page.click("a");
      await seen.until("ready");
      await page.click("a");
      await page.waitForSelector("iframe", { state: "detached" });
      assert.equal(await page.evaluate("warifu.getResponse()"), "");
      await page.evaluate("history.back()");
      await buy(page, seen, challenge, 2);
      assert.equal(await page.evaluate("window.loadedOnce"), true);
    }));
}
