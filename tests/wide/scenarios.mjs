// A purchase as a buyer lives it, written once for every engine: tests/support/engines/ says how each
// is driven.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deliveries, newestCode, wrongCode } from "../support/demo.mjs";
import { tabOf } from "../support/engines/tab.mjs";
import { assertHittable, assertReadable, assertSound } from "../support/layout.mjs";
import { field, startShopping, times } from "./shopping.mjs";

/** @typedef {import("../support/engines/tab.mjs").Tab} Tab */

/** Seconds for which the server takes a response. */
const responseLife = 300;

/** @param {() => Promise<import("../support/engines/tab.mjs").Engine>} start */
export async function runScenarios(start) {
  const shopping = await startShopping(start);
  const { api, site, engine, elsewhere, create, frame, fits, prove, siteverify, redeem } = shopping;
  const { later, leaveAndReturn, returned } = shopping;

  /**
   * @param {string} name
   * @param {(tab: Tab) => Promise<void>} body
   * @param {{ script?: boolean }} [options] of the tab
   */
  const scenario = (name, body, options) =>
    test(name, async (context) => {
      const tab = tabOf(await engine.tab(options));
      try {
        await body(tab);
      } catch (error) {
        const kept = tab.keepPicture(`${engine.name} ${name}`);
        context.diagnostic(`what it showed: ${await kept.catch(({ message }) => message)}`);
        throw error;
      } finally {
        await tab.close();
      }
    });

  describe(engine.name, () => {
    scenario(
      "buy: the form is in the page, and its response is worth the purchase",
      async (tab) => {
        const challenge = await frame(tab);
        assert.match(await tab.text("form", "#transaction"), /3,150円/);
        await fits(tab, 500);
        const response = await prove(tab, challenge);
        assert.equal(await tab.run("page", "warifu.getResponse()"), response);
        assert.equal(await tab.run("page", times("complete")), 1);
        await redeem(challenge, response);
      },
    );

    scenario("full-width digits, and the mail's line pasted whole, are the code", async (tab) => {
      const typed = await frame(tab);
      await tab.type("form", "#code", wide(await newestCode(api, typed)));
      await tab.click("form", "#send");
      await redeem(typed, await tab.until("page", field));

      const pasted = await frame(tab);
      const [{ text, code }] = await deliveries(api, pasted);
      const line = text.split("\n").find((one) => one.includes(code)) ?? "";
      assert.match(line, /^ワンタイムパスワード/);
      await tab.type("page", "#mail", line);
      await tab.paste("#mail", "#code");
      await tab.click("form", "#send");
      await redeem(pasted, await tab.until("page", field));
    });

    scenario("wrong code: the form says so, has the focus and takes the right one", async (tab) => {
      const challenge = await frame(tab);
      await tab.type("form", "#code", wrongCode(await newestCode(api, challenge)));
      await tab.click("form", "#send");
      assert.match(await tab.said("form", "#error"), /残り4回/);
      assert.deepEqual(
        await tab.run(
          "form",
          `[document.activeElement.id, document.hasFocus(), document.querySelector("#error").role]`,
        ),
        ["code", true, "alert"],
      );
      assert.equal(await tab.run("page", times("complete")), 0);
      await redeem(challenge, await prove(tab, challenge));
    });

    scenario(
      "resend: after the wait another code comes, which is the one that counts",
      async (tab) => {
        const challenge = await frame(tab);
        const first = await newestCode(api, challenge);
        assert.match(await tab.text("form", "#resend"), /^OTP再送信 あと\d+秒$/);
        await later(31, tab, "form");
        await tab.until("form", `document.querySelector("#resend[aria-disabled=false]") !== null`);
        assert.equal(await tab.text("form", "#resend"), "OTP再送信");
        await tab.click("form", "#resend");
        await tab.said("form", "#status");
        await tab.until("page", times("resend"));
        const [newest, ...others] = await deliveries(api, challenge);
        assert.deepEqual(
          others.map(({ code }) => code),
          [first],
        );
        assert.notEqual(newest.code, first);
        await redeem(challenge, await prove(tab, challenge));
      },
    );

    scenario("back, and a reload: the page has the response, and heard of it once", async (tab) => {
      const challenge = await frame(tab);
      const response = await prove(tab, challenge);
      await leaveAndReturn(tab);
      assert.equal(await tab.run("page", field), response);
      assert.equal(await tab.run("page", "warifu.getResponse()"), response);
      assert.equal(await tab.run("page", times("complete")), 1);
      await tab.run("page", "void location.reload()");
      await tab.until("page", `shown.join() === "false"`);
      const anew = await tab.until("page", field);
      assert.equal(await tab.run("page", times("complete")), 1);
      await redeem(challenge, anew, response);
    });

    scenario("back after the response died: the page is told, and has none", async (tab) => {
      const challenge = await frame(tab);
      const response = await prove(tab, challenge);
      await leaveAndReturn(tab, () => later(responseLife + 1, tab, "page"));
      await tab.until("page", times("expire"));
      assert.deepEqual(
        await tab.run("page", `[${field}, warifu.getResponse(), warifu.isExpired()]`),
        ["", "", true],
      );
      assert.equal(await tab.run("page", times("expire")), 1);
      assert.deepEqual((await siteverify(response))["error-codes"], ["timeout-or-duplicate"]);
    });

    scenario("back to a form that waits: by keyboard alone, it takes the code", async (tab) => {
      const challenge = await frame(tab);
      await leaveAndReturn(tab);
      await tab.click("page", "iframe");
      await tab.press("Tab");
      await tab.enter(await newestCode(api, challenge));
      await tab.press("Enter");
      await redeem(challenge, await tab.until("page", field));
    });

    scenario(
      "expire: the form says when its code has died, the page when the challenge has",
      async (tab) => {
        const challenge = await frame(tab);
        const code = await newestCode(api, challenge);
        await later(601, tab, "form");
        await tab.until(
          "form",
          `document.body.innerText.includes(document.querySelector("#warifu").dataset.textDead)`,
        );
        assert.equal(await tab.run("page", times("expire")), 0);
        await later(1200, tab, "form");
        await tab.type("form", "#code", code);
        await tab.click("form", "#send");
        assert.match(await tab.said("form", "#ended"), /期限が過ぎました/);
        await tab.until("page", times("expire"));
        assert.deepEqual(await tab.run("page", `[${field}, warifu.isExpired()]`), ["", true]);
      },
    );

    scenario(
      "alone in the window: the response goes to the shop, and Back leads past the form",
      async (tab) => {
        const done = site.show({ html: "<!doctype html><title>done</title>" });
        const challenge = await create({ return_url: done });
        await tab.open(elsewhere);
        await tab.open(challenge.url);
        await tab.until("page", `document.querySelector("#resend[aria-disabled=true]") !== null`);
        await tab.type("page", "#code", await newestCode(api, challenge));
        await tab.click("page", "#send");
        await redeem(challenge, await returned(tab));
        await tab.back();
        await tab.until("page", `location.href === ${JSON.stringify(elsewhere)}`);
      },
    );

    scenario(
      "without script: wrong code, resend, and the response goes to the shop",
      async (tab) => {
        const done = site.show({ html: "<!doctype html><title>done</title>" });
        const challenge = await create({ return_url: done });
        await tab.open(challenge.url);
        await tab.type("page", "#code", wrongCode(await newestCode(api, challenge)));
        await tab.click("page", "#send");
        assert.match(await tab.said("page", "#error"), /残り4回/);
        assert.equal(await tab.text("page", "#timer"), "約10分間有効", "the words without script");
        await later(31, tab);
        await tab.click("page", "#resend");
        await tab.said("page", "#status");
        await tab.type("page", "#code", wide(await newestCode(api, challenge)));
        await tab.click("page", "#send");
        await redeem(challenge, await returned(tab));
      },
      { script: false },
    );

    scenario("a page's own important styles do not hide the form", async (tab) => {
      const style = "iframe{display:none!important} *{all:unset!important}";
      const challenge = await frame(tab, { style });
      // The container has lost its width with its styles.
      await fits(tab, 600);
      await redeem(challenge, await prove(tab, challenge));
    });

    scenario("in a sandbox without allow-forms, click and Enter send the code", async (tab) => {
      const challenge = await frame(tab, { csp: "sandbox allow-scripts allow-same-origin" });
      const code = await newestCode(api, challenge);
      await tab.type("form", "#code", wrongCode(code));
      await tab.click("form", "#send");
      await tab.said("form", "#error");
      await tab.type("form", "#code", code);
      await tab.press("Enter");
      await redeem(challenge, await tab.until("page", field));
    });

    for (const width of [250, 390, 500]) {
      scenario(
        `layout: nothing of a form of ${width} pixels is cut off or too small`,
        async (tab) => {
          const challenge = await frame(tab, { width });
          const form = /** @type {import("../support/layout.mjs").Form} */ ({
            evaluate: (/** @type {() => unknown} */ body) => tab.run("form", `(${body})()`),
          });
          const sound = async (/** @type {string} */ where) => {
            await assertSound(form, where);
            await assertReadable(form, where);
            await assertHittable(form, where);
          };
          await sound("as it comes");
          await tab.type("form", "#code", wrongCode(await newestCode(api, challenge)));
          await tab.click("form", "#send");
          await tab.said("form", "#error");
          await sound("with an error");
        },
      );
    }
  });
}

/** What a Japanese keyboard writes. @param {string} code */
const wide = (code) => code.replace(/\d/g, (digit) => "０１２３４５６７８９"[Number(digit)]);
