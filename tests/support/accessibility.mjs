// What axe-core finds on a page by WCAG 2.2 A and AA, frames included, in both themes: nothing.
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";

/** @typedef {import("playwright-core").Page} Page */

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** @param {Page} page @param {string} [where] */
export async function assertAccessible(page, where) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    const framed = page.frames().length > 1;
    // A page without frames is looked at where it is, and not put together in a page of its own.
    const axe = new AxeBuilder({ page }).withTags(tags).setLegacyMode(!framed);
    const { violations, passes } = await axe.analyze();
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n${target}\n${failureSummary}`),
    );
    assert.deepEqual(found, [], [colorScheme, where].join());
    const looked = passes.flatMap(({ nodes }) => nodes.map(({ target }) => target.length));
    assert.equal(Math.max(...looked), framed ? 2 : 1, "axe looked into every frame");
  }
}
