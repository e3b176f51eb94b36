// Pages with old libraries, which replace what a browser gives, and with style sheets that mean every
// element there is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";

const { browser, create, open, prove } = await startEmbedding();

/** What the library replaces, as it behaves. @type {Record<string, string>} */
const libraries = {
  // `remove` of an element without a parent throws; `append` and the like were other libraries'.
  "Prototype 1.7.3": `
    Element.prototype.remove = function () { this.parentNode.removeChild(this); return this; };
    Array.prototype.find = function (test, self) {
      for (const value of this) if (test.call(self, value)) return value;
    };
    Array.prototype.entries = Array.prototype.toArray = function () { return this.slice(); };
    for (const name of ["append", "prepend", "before", "after", "replaceWith"])
      Element.prototype[name] = function () { throw Error(name + " is another library's"); };`,
  "MooTools 1.4.5": `
    window.Element = function (tag, properties) {
      return Object.assign(document.createElement(tag), properties);
    };
    Array.from = (item) => (item == null ? [] : typeof item.length == "number" ? [].slice.call(item) : [item]);
    Array.prototype.append = function (more) { this.push(...more); return this; };
    Array.prototype.erase = function (item) { return this; };
    Object.assign(HTMLElement.prototype, {
      dispose() { return this.parentNode ? this.parentNode.removeChild(this) : this; },
    });`,
};

for (const [name, script] of Object.entries(libraries)) {
  test(`beside ${name} a form comes, hands over its response and goes`, () =>
    withPage(browser, {}, async (page) => {
      /** @type {string[]} */
      const uncaught = [];
      page.on("pageerror", ({ message }) => void uncaught.push(message));
      const [one, two] = [await create(), await create()];
      const seen = await open(page, { secret: one.secret, script });
      await seen.until("ready");
      await prove(page, one);
      const { response } = await seen.until("complete");
      assert.equal(await responseOf(page), response);
      await page.evaluate(
        (clientSecret) =>
          /** @type {any} */ (window).warifu.render(".warifu-challenge", { clientSecret }),
        two.secret,
      );
      await seen.until("ready", 2);
      await page.evaluate("warifu.remove()");
      assert.equal(await page.locator("iframe, input[type=hidden]").count(), 0);
      assert.deepEqual(uncaught, []);
    }));
}

for (const style of [
  "iframe{display:none!important}",
  "*{all:unset!important}",
  "iframe{width:0!important;height:0!important;min-height:0!important;border:9px solid!important}",
]) {
  test(`under ${style} the form is seen, at its own size`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const container = `<div class="warifu-challenge" data-client-secret="${challenge.secret}"></div>`;
      const seen = await open(page, { body: `<style>${style}</style><form>${container}</form>` });
      await seen.until("ready");
      const { height } = await seen.until("resize");
      const box = await page.locator("iframe").boundingBox();
      assert.ok(box);
      assert.equal(box.height, height);
      assert.ok(box.width >= 400, `${box.width} px wide`);
      await prove(page, challenge);
      await seen.until("complete");
    }));
}
