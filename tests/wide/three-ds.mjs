// A purchase with 3-D Secure in a requestor's frame, written once for every engine.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { wrongCode } from "../support/demo.mjs";
import { tabOf } from "../support/engines/tab.mjs";
import { framingPage, requesting, sandboxes } from "../support/requestor.mjs";
import { startRequests } from "../support/three-ds-frames.mjs";

/** @param {() => Promise<import("../support/engines/tab.mjs").Engine>} start */
export async function runThreeDs(start) {
  const { worker, ds, requestor, asked, code } = await startRequests();
  const engine = await start();
  after(() => engine.close());

  /**
   * @param {string} name
   * @param {(tab: import("../support/engines/tab.mjs").Tab) => Promise<void>} body
   * @param {{ script?: boolean }} [options] of the tab
   */
  const scenario = (name, body, options) =>
    test(name, async () => {
      const tab = tabOf(await engine.tab(options));
      try {
        await body(tab);
      } finally {
        await tab.close();
      }
    });

  describe(`${engine.name}: 3-D Secure`, () => {
    for (const [name, sandbox] of sandboxes) {
      scenario(`${name}: a wrong code, then the right one`, async (tab) => {
        const ares = await asked();
        await tab.open(requestor.show(framingPage({ acs: worker.origin, ares, sandbox })));
        await tab.until("form", `document.querySelector("#code") !== null`);
        const right = await code(ares);
        await tab.type("form", "#code", wrongCode(right));
        await tab.click("form", "#send");
        assert.match(await tab.said("form", "#error"), /残り4回/);
        await tab.type("form", "#code", right);
        await tab.click("form", "#send");
        if (sandbox === "allow-forms") await tab.click("form", "form[action*=notification] button");
        assert.equal((await requestor.until(ares)).message.transStatus, "Y");
        assert.deepEqual(
          ds.results(ares.dsTransID).map(({ transStatus }) => transStatus),
          ["Y"],
        );
      });
    }

    scenario(
      "without script, at the top of a window",
      async (tab) => {
        const ares = await asked();
        await tab.open(requestor.show(requesting({ acs: worker.origin, ares })));
        await tab.click("page", "#begin");
        await tab.until("page", `document.querySelector("#code") !== null`);
        await tab.type("page", "#code", await code(ares));
        await tab.click("page", "#send");
        await tab.click("page", "form[action*=notification] button");
        assert.equal((await requestor.until(ares)).message.transStatus, "Y");
      },
      { script: false },
    );
  });
}
